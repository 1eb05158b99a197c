// qmail-start: what an old boot script or supervise run file calls (spec/qmail.md 1.1, 7.1). Runs queue, local and remote
// in the foreground, as qmail-send did with its helpers, and no door unless control/listen names some: tcpserver and
// qmail-smtpd may stay beside it. Log lines go to standard output or into a logger, with qmail's words for a start that
// fails. TERM stops, HUP reads control/ again, ALRM tries every waiting message now.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { parsePasswd } from '../../mta/accounts/passwd-file.ts';
import type { CommandContext } from '../../mta/commands/command.ts';
import { ControlError, type ListenEntry, readSettings } from '../../mta/control/settings.ts';
import { quoted } from '../../mta/log.ts';
import { sendSettingNames } from '../../mta/send/settings.ts';
import { surviveBugs } from './bugs.ts';
import { type LineLog, openStreamLog } from './line-log.ts';
import { isFile, serveSite } from './serve.ts';
import { QueueTakenError, StartError } from './start-error.ts';

export const usage = `usage: qmail-start [ --one-process ] [ defaultdelivery [ logger arg ... ] ]

Runs the queue with local and remote delivery until TERM. HUP reads the control files again, ALRM tries waiting mail now.
Listeners are opened only if control/listen is there; otherwise qmail-smtpd under tcpserver, or facteur serve, takes mail.

defaultdelivery   lines as in .qmail for users without one; otherwise those of control/defaultdelivery, or ./Mailbox
logger            a program that reads the log lines (splogger qmail); otherwise they go to standard output
--one-process     root only: all roles in this process, as root
`;

/** qmail-start's own, when neither its argument nor a file says more. */
const qmailDefault = './Mailbox';
/** Milliseconds that a logger has to write what it was given last. */
const loggerPatience = 5000;
/** Milliseconds after which an ended program is gone, whatever still runs in it. */
const lingerMilliseconds = 1000;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const isOneProcess = args[0] === '--one-process';
  const [delivery, ...words] = isOneProcess ? args.slice(1) : args;
  let logger: Logger | undefined;
  let lines: LineLog;
  try {
    logger = words.length > 0 ? await startLogger(words) : undefined;
    lines = openStreamLog(logger?.input ?? context.stdout);
  } catch (error) {
    context.stderr.write(`qmail-start: fatal: ${error instanceof Error ? error.message : String(error)}\n`);
    return 111;
  }
  const forgetBugs = surviveBugs(lines.log);
  try {
    await serve(delivery, isOneProcess, lines, context);
    return 0;
  } catch (error) {
    if (!(error instanceof CannotStart || error instanceof StartError)) throw error;
    lines.log(`alert: ${error instanceof CannotStart ? 'cannot start: ' : ''}${quoted(error.message)}`);
    return 111;
  } finally {
    await lines.close();
    await logger?.close();
    forgetBugs();
    setTimeout(() => process.exit(), lingerMilliseconds).unref();
  }
}

/** In qmail-send's words. */
class CannotStart extends Error {}

async function serve(
  delivery: string | undefined,
  isOneProcess: boolean,
  { log }: LineLog,
  { home }: CommandContext,
): Promise<void> {
  if (!(await isDirectory(home.qmail))) throw new CannotStart('unable to switch to home directory');
  let listen: readonly ListenEntry[];
  try {
    const isAsked = await isFile(join(home.qmail, 'control', 'listen'));
    listen = isAsked ? (await readSettings(home.qmail, ['listen'])).listen : [];
    await readSettings(home.qmail, sendSettingNames);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    log(`alert: ${quoted(error.message)}`);
    throw new CannotStart('unable to read controls');
  }
  if (!(await isDirectory(join(home.qmail, 'queue'))))
    throw new CannotStart('unable to switch to queue directory');
  const hasFile = await isFile(join(home.qmail, 'control', 'defaultdelivery'));
  const defaultdelivery = delivery ?? (hasFile ? undefined : qmailDefault);
  if (/^[ \t]*\.\/Maildir[ \t]*$/m.test(defaultdelivery ?? ''))
    log('warning: defaultdelivery ./Maildir is an mbox file of that name; a Maildir is ./Maildir/');
  try {
    await serveSite({
      roles: { home, listen, isChosen: true, given: { defaultdelivery }, log },
      isOneProcess,
      isAttended: false,
      check: (roles) => {
        // Why it is not there has been logged.
        if (!roles.addresses.some(({ name }) => name === 'inject'))
          throw new CannotStart('the queue cannot be served');
      },
      ready: () => undefined,
    });
  } catch (error) {
    if (error instanceof QueueTakenError) throw new CannotStart('qmail-send is already running');
    if (error instanceof ControlError) throw new CannotStart(error.message);
    throw error;
  }
}

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

interface Logger {
  readonly input: NodeJS.WritableStream;
  /** The log has ended; resolves when the logger has, or has had its time. */
  close(): Promise<void>;
}

/** qmail-start: the logger runs as qmaill. Lines are lost, and said to be, once it is gone; mail goes on. */
async function startLogger(words: readonly string[]): Promise<Logger> {
  const [program = '', ...args] = words;
  const user = process.getuid?.() === 0 ? await findUser('qmaill') : undefined;
  const child: ChildProcess = spawn(program, args, {
    stdio: ['pipe', 'inherit', 'inherit'],
    // The terminal's Ctrl-C is for us; the logger ends with its input.
    detached: true,
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  const input = child.stdin as Writable;
  input.on('error', () => undefined);
  await once(child, 'spawn').catch((error: Error) => {
    throw new Error(`unable to run the logger ${program}: ${error.message}`);
  });
  let isOver = false;
  const ended = once(child, 'exit').then(() => {
    if (!isOver) process.stderr.write(`qmail-start: warning: the logger ${quoted(program)} has ended\n`);
  });
  return {
    input,
    close: async () => {
      isOver = true;
      input.end();
      const enough = new Promise((resolve) => setTimeout(resolve, loggerPatience).unref());
      await Promise.race([ended, enough]);
    },
  };
}

async function findUser(name: string): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  return parsePasswd(await readFile('/etc/passwd', 'utf8')).get(name);
}
