// Dovecot's and Courier's own servers, run on a Maildir of the test over their standard input, as they start themselves
// after a login. Where they are not installed the tests that need them are skipped.
// Courier's programs may lie below a directory of their own, $COURIER_ROOT (Debian's package conflicts with Dovecot's).
import { spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** nobody: Dovecot refuses to serve root. */
const nobody = 65_534;

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const courierRoot = process.env.COURIER_ROOT ?? '';
const programs = {
  dovecotImap: '/usr/lib/dovecot/imap',
  dovecotPop3: '/usr/lib/dovecot/pop3',
  courierImap: `${courierRoot}/usr/bin/imapd`,
  courierPop3: `${courierRoot}/usr/lib/courier/courier/courierpop3d`,
} as const;
export type ForeignServer = keyof typeof programs;

/** Why a test with this program is skipped; false: it is there. */
export const isMissing = async (server: ForeignServer): Promise<string | false> =>
  (await isThere(programs[server])) ? false : `${programs[server]} is not installed`;

/** A Maildir in a directory that `nobody` can reach too. */
export async function withForeignMaildir(work: (maildir: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'facteur-foreign-'));
  try {
    await chmod(root, 0o755);
    const { makeFixtureFolder } = await import('./maildir.ts');
    const maildir = join(root, 'Maildir');
    await makeFixtureFolder(maildir, '');
    await work(maildir);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** What the server answers to these lines, one session; each is sent when the server has answered the one before. */
export async function askForeign(
  server: ForeignServer,
  maildir: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  const home = join(maildir, '..');
  const isDovecot = server.startsWith('dovecot');
  if (process.getuid?.() === 0) await giveAll(home, isDovecot ? nobody : 0);
  const args = isDovecot ? ['-c', await writeDovecotConf(home, maildir)] : ['Maildir'];
  // Through pipes: Dovecot's programs take a socket for one that their master handed over.
  const child = spawn('/bin/sh', ['-c', 'cat | "$0" "$@" | cat', programs[server], ...args], {
    cwd: home,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: home,
      USER: 'nobody',
      LD_LIBRARY_PATH: courierRoot && `${courierRoot}/usr/lib/x86_64-linux-gnu:${courierRoot}/usr/lib`,
      IMAP_KEYWORDS: '1',
      IMAP_ACL: '1',
      MAILDIR: 'Maildir',
      ...(server === 'courierPop3' ? { AUTHENTICATED: 'u@x', AUTHADDR: 'u@x' } : {}),
    },
  });
  const answered: string[] = [];
  try {
    child.stderr.resume();
    const waiting = [...lines];
    let rest = '';
    child.stdin.on('error', () => undefined);
    // Dovecot's POP3 server says nothing first when it is started so.
    if (server === 'dovecotPop3') child.stdin.write(`${waiting.shift()}\r\n`);
    const isEnd = (line: string): boolean =>
      server.endsWith('Pop3') ? /^(\.|-ERR.*|\+OK.*)$/.test(line) : /^\w+ (OK|NO|BAD) |PREAUTH/.test(line);
    // A list of POP3 begins with +OK and ends with a dot.
    let isInList = server === 'dovecotPop3' && /^(UIDL|LIST)$/.test(lines[0] ?? '');
    for await (const chunk of child.stdout) {
      rest += (chunk as Buffer).toString('latin1');
      const complete = rest.split('\r\n');
      rest = complete.pop()!;
      for (const line of complete) {
        answered.push(line);
        if (server.endsWith('Pop3') && isInList ? line !== '.' : !isEnd(line)) continue;
        isInList = /^(UIDL|LIST)$/.test(waiting[0] ?? '');
        const next = waiting.shift();
        if (next === undefined) child.stdin.end();
        else child.stdin.write(`${next}\r\n`);
      }
    }
    return answered;
  } finally {
    if (child.exitCode === null && child.pid) process.kill(-child.pid, 'SIGKILL');
  }
}

async function writeDovecotConf(home: string, maildir: string): Promise<string> {
  const path = join(home, 'dovecot.conf');
  const uid = process.getuid?.() || nobody;
  const gid = process.getgid?.() || nobody;
  await writeFile(
    path,
    [
      `base_dir = ${home}/run`,
      `mail_location = maildir:${maildir}`,
      `mail_uid = ${uid}`,
      `mail_gid = ${gid}`,
      'first_valid_uid = 1',
      'first_valid_gid = 1',
      'ssl = no',
      'namespace inbox {',
      '  inbox = yes',
      '  separator = .',
      '}',
      '',
    ].join('\n'),
  );
  return path;
}

async function giveAll(path: string, uid: number): Promise<void> {
  for (const entry of await readdir(path, { recursive: true })) await chown(join(path, entry), uid, uid);
  await chown(path, uid, uid);
}
