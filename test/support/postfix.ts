// A private Postfix: configuration, queue and log in a directory of the test, its master a child of the test. It takes
// letters on port 25 of its host, or on another, and by its sendmail; a file tells what became of them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runProgram } from './root.ts';

const daemons = '/usr/lib/postfix/sbin';

/** Why there is no Postfix here; false: there is. */
export const noPostfix: string | false = !existsSync(join(daemons, 'master'))
  ? 'postfix is not installed'
  : process.geteuid?.() === 0
    ? false
    : 'a private Postfix runs as root only';

export interface Postfix {
  /** Of the master. */
  readonly pid: number;
  /** What it has logged so far. */
  log(): Promise<string>;
  /** Gives it a letter. */
  send(sender: string, recipients: readonly string[], letter: string): Promise<void>;
  stop(): Promise<void>;
}

export interface PostfixOptions {
  /** Parameters of main.cf beside those that make it private. */
  readonly main: Readonly<Record<string, string>>;
  /** Where it takes letters, as master.cf has it; default 25. */
  readonly listen?: string;
  /** More lines of master.cf. */
  readonly services?: readonly string[];
  /** Runs it elsewhere (test/support/hosts.ts). */
  readonly wrapper?: readonly string[];
}

const services = (listen: string): readonly string[] => [
  `${listen} inet n - n - - smtpd`,
  'pickup unix n - n 60 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'relay unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'virtual unix - n n - - virtual',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
];

const idOf = (flag: string, name: string): number =>
  Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout.trim());
const groupOf = (name: string): number =>
  Number(spawnSync('getent', ['group', name], { encoding: 'utf8' }).stdout.split(':')[2]);

/** @param directory is made; others must be able to walk to it */
export async function startPostfix(directory: string, options: PostfixOptions): Promise<Postfix> {
  const { main, listen = '25', wrapper = [] } = options;
  const [user, drop] = [idOf('-u', 'postfix'), groupOf('postdrop')];
  const [etc, spool] = [join(directory, 'etc'), join(directory, 'spool')];
  const logFile = join(directory, 'log');
  for (const each of [directory, etc, spool]) await mkdir(each, { recursive: true });
  for (const name of 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split(
    ' ',
  )) {
    await mkdir(join(spool, name), { mode: 0o700 });
    await chown(join(spool, name), user, 0);
  }
  await mkdir(join(spool, 'pid'));
  for (const [name, mode] of [
    ['maildrop', 0o1730],
    ['public', 0o2710],
  ] as const) {
    await mkdir(join(spool, name));
    await chown(join(spool, name), user, drop);
    await chmod(join(spool, name), mode);
  }
  await mkdir(join(directory, 'data'));
  await chown(join(directory, 'data'), user, 0);
  const parameters = {
    compatibility_level: '3.6',
    queue_directory: spool,
    data_directory: join(directory, 'data'),
    maillog_file: logFile,
    maillog_file_prefixes: directory,
    inet_protocols: 'ipv4',
    alias_maps: '',
    alias_database: '',
    mydestination: '',
    ...main,
  };
  const lines = Object.entries(parameters).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(join(etc, 'main.cf'), lines.join(''));
  const listed = [...services(listen), ...(options.services ?? [])];
  await writeFile(join(etc, 'master.cf'), listed.map((line) => `${line}\n`).join(''));

  // At its end the master stops its own process group, which must not be the test's; it ends with the test all the same.
  const line = [...wrapper, 'setpriv', '--pdeathsig=TERM', join(daemons, 'master'), '-c', etc, '-d'];
  const [program = '', ...args] = line;
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const exited = once(child, 'exit');
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  const log = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');
  for (let tries = 0; !/daemon started/.test(await log()); tries++) {
    if (isOver || tries > 500) throw new Error(`Postfix did not start: ${await log()}`);
    await pause(20);
  }
  return {
    pid: child.pid as number,
    log,
    async send(sender, recipients, letter) {
      const line = ['/usr/sbin/sendmail', '-C', etc, '-i', '-f', sender, '--', ...recipients];
      const { status, stderr } = await runProgram(line, undefined, letter);
      if (status !== 0) throw new Error(`sendmail: ${stderr}`);
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
