// The program as root runs it: homes whose roles have users by number (no entry in /etc/passwd is needed or made), what
// /proc says of each role, and probes that run as one of them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programRoot } from '../../mta/root.ts';
import { checkReach } from '../../server/supervisor/role-users.ts';
import { withTemporaryDirectory } from './queue.ts';
import { makeHome, setControl } from './serve.ts';

/** Why a test of separate users cannot run here; false: it can. */
export const needsRoot = await whyNot();

async function whyNot(): Promise<string | false> {
  if (process.geteuid?.() !== 0) return 'needs root: only root can start processes of other users';
  for (const path of [process.execPath, programRoot(), tmpdir()]) {
    const error = await checkReach(path).catch((reason: Error) => reason);
    if (error) return `other users cannot reach the program: ${error.message}`;
  }
  return false;
}

export const uids = { queue: 7794, send: 7796, remote: 7795, smtpd: 7791, people: 7789 } as const;
export const gids = { qmail: 7000, nofiles: 7001, people: 7089 } as const;
/** A user of the machine with a home of their own, and a stranger. */
export const local = { uid: 7101, gid: 7101 } as const;
export const stranger = { uid: 7102, gid: 7102 } as const;

/** control/roleusers for a site whose virtual domains belong to this user. */
export const roleUsersOf = (people: { readonly uid: number; readonly gid: number }): string =>
  [
    `queue:${uids.queue}:${gids.qmail}`,
    `send:${uids.send}:${gids.qmail}`,
    `remote:${uids.remote}:${gids.qmail}`,
    `smtpd:${uids.smtpd}:${gids.nofiles}`,
    `accounts:${people.uid}:${people.gid}`,
    `web:${people.uid}:${people.gid}`,
    '',
  ].join('\n');

/** The domain of the user of the machine. */
export const localHost = 'host.example';

/**
 * A home with accounts whose domain belongs to a user of its own, and one user of the machine, `lucy`, who is known by
 * users/assign; removed afterwards.
 */
export function withRootHome(
  users: readonly string[],
  use: (home: string, lucy: string) => Promise<void>,
): Promise<void> {
  return withTemporaryDirectory(async (directory) => {
    // Other users walk through it.
    await chmod(directory, 0o755);
    const home = join(directory, 'home');
    await makeHome(home, users);
    await giveTree(join(home, 'vpopmail'), uids.people, gids.people);
    await giveTree(join(home, 'qmail', 'alias'), uids.people, gids.people);
    const assign = join(home, 'qmail', 'users', 'assign');
    const lucy = join(directory, 'lucy');
    await makeLucy(lucy);
    const lines = (await readFile(assign, 'utf8'))
      .replace(/^(\+[^:]*:[^:]*):\d+:\d+:/gm, `$1:${uids.people}:${gids.people}:`)
      .replace(/^\.$/m, '');
    const lucyLines = `=lucy:lucy:${local.uid}:${local.gid}:${lucy}:::\n+lucy-:lucy:${local.uid}:${local.gid}:${lucy}:-::\n=boss:root:0:0:/root:::\n`;
    await writeFile(assign, `${lines.trimEnd()}\n${lucyLines}.\n`);
    await runProgram([
      process.execPath,
      join(programRoot(), 'server', 'main.ts'),
      'qmail-newu',
      '--home',
      home,
    ]);
    await setControl(home, 'locals', `${localHost}\n`);
    await setControl(home, 'rcpthosts', `whole.example\n${localHost}\n`);
    await setControl(home, 'roleusers', roleUsersOf({ uid: uids.people, gid: gids.people }));
    // The load comes from one address.
    await setControl(home, 'relayclients', '127.0.0.1\n');
    await use(home, lucy);
  });
}

async function makeLucy(lucy: string): Promise<void> {
  await mkdir(lucy);
  for (const name of ['Maildir', 'Maildir/tmp', 'Maildir/new', 'Maildir/cur'])
    await mkdir(join(lucy, name), { mode: 0o700 });
  await giveTree(lucy, local.uid, local.gid);
  await chmod(lucy, 0o700);
}

async function giveTree(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true }))
    await chown(join(entry.parentPath, entry.name), uid, gid);
}

/** Writes a file of lucy's. */
export async function writeLucy(lucy: string, name: string, text: string): Promise<void> {
  await writeFile(join(lucy, name), text, { mode: 0o600 });
  await chown(join(lucy, name), local.uid, local.gid);
}

/** Subjects in a Maildir's new/. */
export async function subjectsIn(maildir: string): Promise<string[]> {
  const names = await readdir(join(maildir, 'new'));
  const texts = await Promise.all(names.map((name) => readFile(join(maildir, 'new', name), 'utf8')));
  return texts.map((text) => /^Subject: (.*)$/m.exec(text)?.[1] ?? '').sort();
}

export interface ProgramEnd {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, as another user when told. */
export function runProgram(
  line: readonly string[],
  user?: { readonly uid: number; readonly gid: number },
  input = '',
): Promise<ProgramEnd> {
  const drop = user
    ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs', '--']
    : [];
  const [file = '', ...args] = [...drop, ...line];
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: tmpdir(), timeout: 60_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      resolve({ status, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** Runs a command of ours as another user. */
export const runAs = (
  user: { readonly uid: number; readonly gid: number },
  args: readonly string[],
  input = '',
): Promise<ProgramEnd> =>
  runProgram([process.execPath, join(programRoot(), 'server', 'main.ts'), ...args], user, input);

/** What the program says of its processes at start: role and pid. */
export function readTable(stdout: string): Map<string, number> {
  const roles = new Map<string, number>();
  for (const [, role, pid] of stdout.matchAll(/^([a-z0-9]+) +(\d+) \S+ +[a-z]/gm))
    roles.set(role as string, Number(pid));
  return roles;
}

/** Fields of /proc/PID/status. */
export async function statusOf(pid: number): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => {
        const [name = '', ...rest] = line.split(':');
        return [name, rest.join(':').trim().replace(/\s+/g, ' ')] as const;
      }),
  );
}

/** Children of a process, by pid. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** The role that a running child of the server plays now, found by its uid and gid. */
export function assertRefused(end: ProgramEnd, what: string): void {
  assert.notEqual(end.status, 0, `${what}: must be refused, but gave ${end.stdout.slice(0, 200)}`);
}
