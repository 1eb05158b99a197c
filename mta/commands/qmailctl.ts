// qmailctl: one word for what people do with the server, the words and lines of the script that most qmail sites have from
// "Life with qmail" (spec/qmail.md 12.1), for a server without supervise: signals go to the program of run/pid, and what the
// script did with svc -p is an order to the queue (mail comes in, nothing goes out). Where systemd or supervise keeps the
// server, they start and stop it; everything else works there as well.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileTcpRules, TcpRulesError } from '../control/tcp-rules.ts';
import { quoted } from '../log.ts';
import { errorCode } from '../maildir/calls.ts';
import { type RunningProgram, readRunning } from '../running.ts';
import type { CommandContext } from './command.ts';
import { replaceCompiled } from './compiled-file.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';
import { openRunningOrders, whoAsks } from './open-orders.ts';

export const usage = `Usage: qmailctl {start|stop|restart|doqueue|flush|reload|stat|pause|cont|cdb|queue|help}
`;

const help = `   stop -- stops mail service (smtp connections refused, nothing goes out)
  start -- starts mail service (smtp connection accepted, mail can go out)
  pause -- temporarily stops mail service (connections accepted, nothing leaves)
   cont -- continues paused mail service
   stat -- displays status of mail service
    cdb -- rebuild the cdb files of access rules (tcp.smtp)
restart -- stops and restarts the mail service
doqueue -- schedules queued messages for immediate delivery (also: flush)
 reload -- rereads the control files
  queue -- shows status of queue
   alrm -- same as doqueue
    hup -- same as reload
`;

/** Milliseconds that a start and a stop may take, and between looks. */
const patience = 60_000;
const lookInterval = 100;

type Verb = (context: CommandContext, options: readonly string[]) => Promise<number>;

const verbs: Readonly<Record<string, Verb>> = {
  start: (context, options) => start(context, options),
  stop: (context) => stop(context),
  restart: (context) => restart(context),
  stat: (context) => stat(context),
  doqueue: (context) => flush(context),
  flush: (context) => flush(context),
  alrm: (context) => flush(context),
  reload: (context) => reload(context),
  hup: (context) => reload(context),
  pause: (context) => setPaused(context, true),
  cont: (context) => setPaused(context, false),
  cdb: (context) => compileRules(context),
  queue: async (context) => (await runCommand('qmail-qstat', context)) || runCommand('qmail-qread', context),
  help: async (context) => {
    context.stdout.write(help);
    return 0;
  },
};

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmailctl', context, async () => {
    const [word = '', ...more] = args;
    const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    if (!verb || (more.length > 0 && word !== 'start')) {
      context.stdout.write(usage);
      return 1;
    }
    return verb(context, more);
  });
}

const say = ({ stdout }: CommandContext, line: string): void => void stdout.write(`${line}\n`);

async function runCommand(
  name: 'qmail-qstat' | 'qmail-qread' | 'qmail-tcpok',
  context: CommandContext,
): Promise<number> {
  const command =
    name === 'qmail-qstat'
      ? await import('./qmail-qstat.ts')
      : name === 'qmail-qread'
        ? await import('./qmail-qread.ts')
        : await import('./qmail-tcpok.ts');
  return command.run([], context);
}

/** The server. @returns undefined when there is none, which is said */
async function findRunning(context: CommandContext): Promise<RunningProgram | undefined> {
  const running = await readRunning(context.home);
  if (!running) say(context, 'qmail-send is not running');
  return running;
}

function signal(running: RunningProgram, name: NodeJS.Signals): void {
  try {
    process.kill(running.pid, name);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return;
    throw new Fatal(111, `unable to signal the server (pid ${running.pid}): permission denied`);
  }
}

/** @param options those of facteur serve */
async function start(context: CommandContext, options: readonly string[]): Promise<number> {
  say(context, 'Starting qmail');
  const before = await readRunning(context.home);
  if (before) {
    say(context, `qmail-send is already running (pid ${before.pid})`);
    return 0;
  }
  const { home, qmail, vpopmail, state } = context.home;
  const places = ['--home', home, '--qmail', qmail, '--vpopmail', vpopmail, '--state', state];
  const log = ['--log', join(home, 'log', 'current')];
  return launch(['serve', ...places, ...log, ...options], context);
}

/** Starts the server behind our back and waits until it serves. */
async function launch(words: readonly string[], context: CommandContext): Promise<number> {
  const logs = join(context.home.home, 'log');
  await mkdir(logs, { recursive: true, mode: 0o700 });
  // What a start that fails says; lines of a running server go to the log.
  const said = join(logs, 'start');
  const output = await open(said, 'w', 0o600).catch((error: unknown) => {
    throw systemFatal(`unable to write ${said}`, error);
  });
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...words], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  await output.close();
  let hasEnded = false;
  void once(child, 'exit').then(
    () => {
      hasEnded = true;
    },
    () => {
      hasEnded = true;
    },
  );
  child.unref();
  for (let waited = 0; waited < patience && !hasEnded; waited += lookInterval) {
    if ((await readRunning(context.home))?.pid === child.pid) return 0;
    await sleep(lookInterval);
  }
  context.stderr.write(await readFile(said, 'utf8').catch(() => ''));
  throw new Fatal(111, hasEnded ? 'the server could not be started' : 'the server is not ready yet');
}

async function end(running: RunningProgram, context: CommandContext): Promise<void> {
  signal(running, 'SIGTERM');
  for (let waited = 0; waited < patience; waited += lookInterval) {
    if ((await readRunning(context.home))?.pid !== running.pid && !isAlive(running.pid)) return;
    await sleep(lookInterval);
  }
  throw new Fatal(111, `the server (pid ${running.pid}) has not ended yet`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

async function stop(context: CommandContext): Promise<number> {
  say(context, 'Stopping qmail...');
  const running = await findRunning(context);
  if (!running) return 0;
  say(context, '  qmail-smtpd');
  say(context, '  qmail-send');
  await end(running, context);
  return 0;
}

/** The same command line again, whoever gave it. */
async function restart(context: CommandContext): Promise<number> {
  say(context, 'Restarting qmail:');
  const running = await readRunning(context.home);
  if (!running) {
    say(context, '* Restarting qmail-smtpd.');
    return start({ ...context, stdout: silent }, []);
  }
  const line = (await readFile(`/proc/${running.pid}/cmdline`, 'utf8').catch(() => ''))
    .split('\0')
    .slice(0, -1);
  const words = line.slice(line.findIndex((word) => word === 'serve' || word === 'start'));
  if (words[0] !== 'serve' && words[0] !== 'start')
    throw new Fatal(
      111,
      `the server (pid ${running.pid}) was not started by facteur serve; restart it where it was`,
    );
  say(context, '* Stopping qmail-smtpd.');
  say(context, '* Sending qmail-send SIGTERM and restarting.');
  await end(running, context);
  say(context, '* Restarting qmail-smtpd.');
  return launch(words, context);
}

/** The words of a restart are its own. */
const silent = { write: () => true } as unknown as CommandContext['stdout'];

async function stat(context: CommandContext): Promise<number> {
  const running = await readRunning(context.home);
  const now = Math.floor(Date.now() / 1000);
  const up = (pid: number, since: number): string => `up (pid ${pid}) ${Math.max(0, now - since)} seconds`;
  const orders = running && (await openRunningOrders(context).catch(() => undefined));
  const status = await orders?.status().catch(() => undefined);
  await orders?.close();
  const paused = status?.isPaused === true ? ', paused' : '';
  const queue = status ? up(status.pid, status.since) : running && up(running.pid, running.since);
  say(context, `qmail-send: ${queue === undefined ? 'down' : `${queue}${paused}`}`);
  const doors = await readFile(join(context.home.run, 'listen'), 'utf8').catch(() => '');
  const hasDoor = running !== undefined && /^(smtp|smtps|submission|submissions) /m.test(doors);
  say(context, `qmail-smtpd: ${hasDoor ? up(running.pid, running.since) : 'down'}`);
  return runCommand('qmail-qstat', context);
}

async function flush(context: CommandContext): Promise<number> {
  const running = await findRunning(context);
  if (!running) return 1;
  say(context, 'Flushing timeout table and sending ALRM signal to qmail-send.');
  const status = await runCommand('qmail-tcpok', context);
  signal(running, 'SIGALRM');
  return status;
}

async function reload(context: CommandContext): Promise<number> {
  const running = await findRunning(context);
  if (!running) return 1;
  say(context, 'Sending HUP signal to qmail-send.');
  signal(running, 'SIGHUP');
  return 0;
}

async function setPaused(context: CommandContext, isPaused: boolean): Promise<number> {
  const orders = await openRunningOrders(context);
  if (!orders) {
    say(context, 'qmail-send is not running');
    return 1;
  }
  say(context, isPaused ? 'Pausing qmail-send' : 'Continuing qmail-send');
  try {
    await (isPaused ? orders.pause : orders.resume)(whoAsks('qmailctl'));
  } finally {
    await orders.close();
  }
  return 0;
}

/** Access rules where qmail sites have them. */
async function compileRules(context: CommandContext): Promise<number> {
  const { qmail, vpopmail } = context.home;
  let compiled = 0;
  for (const path of [join(qmail, 'control', 'tcp.smtp'), join(vpopmail, 'etc', 'tcp.smtp')]) {
    const text = await readFile(path, 'latin1').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw systemFatal(`unable to read ${path}`, error);
    });
    if (text === undefined) continue;
    try {
      await replaceCompiled(`${path}.cdb`, `${path}.tmp`, compileTcpRules(text));
    } catch (error) {
      if (!(error instanceof TcpRulesError)) throw error;
      throw new Fatal(100, `${path}: unable to parse this line: ${quoted(error.text)} (line ${error.line})`);
    }
    compiled += 1;
    say(context, `Reloaded ${path}.`);
  }
  if (compiled === 0) throw new Fatal(111, `there is no ${join(qmail, 'control', 'tcp.smtp')}`);
  return 0;
}
