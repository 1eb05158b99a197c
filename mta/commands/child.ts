// Programs that a command runs: the words of its arguments, never a shell, on the command's own descriptors. Signals for
// the command go to the program, and the program's end becomes the command's. An input that was read from a pipe by
// Node is blocking again in the program: libuv sees to it for descriptors 0 to 2.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeError, errorCode } from '../maildir/calls.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';

/** How a program ended, or why it never began. */
export type ChildEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'crashed'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'not run'; readonly status: 100 | 111; readonly reason: string };

export interface Child {
  /** Undefined when it could not be run. */
  readonly process: ChildProcess | undefined;
  readonly ended: Promise<ChildEnd>;
}

/** qmail error_temp.c: errors that may pass. */
const passing: ReadonlySet<string> = new Set(
  'EINTR ENOMEM ETXTBSY EIO ETIMEDOUT EAGAIN EDQUOT ENFILE EMFILE ENOSPC EBUSY ENETUNREACH ESTALE'.split(' '),
);

/** A terminal sends INT and QUIT to the program itself; the others come to us alone. */
const passedOn: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGALRM', 'SIGINT', 'SIGQUIT'];

/** Runs `words` (program and arguments; the program is looked up in the PATH of `options.env`). Never throws. */
export function startChild(words: readonly string[], options: SpawnOptions): Child {
  const [program = '', ...args] = words;
  let child: ChildProcess | undefined;
  const pass = (signal: NodeJS.Signals): void => {
    if ((signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY) return;
    child?.kill(signal);
  };
  // Before there is a program: one that is quick may send us a signal before the next line is run.
  for (const signal of passedOn) process.on(signal, pass);
  const stopPassing = (): void => {
    for (const signal of passedOn) process.off(signal, pass);
  };
  try {
    child = spawn(program, args, options);
  } catch (error) {
    stopPassing();
    return { process: undefined, ended: Promise.resolve(notRun(error)) };
  }
  const started = child;
  const ended = new Promise<ChildEnd>((resolve) => {
    started.once('error', (error) => resolve(notRun(error)));
    started.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exited', status: code ?? 111 } : { kind: 'crashed', signal }),
    );
  }).finally(stopPassing);
  return { process: started, ended };
}

function notRun(error: unknown): ChildEnd {
  const status = passing.has(errorCode(error)) ? 111 : 100;
  return { kind: 'not run', status, reason: describeError(error) };
}

/**
 * What a program says about the message on descriptor 0: exit 0 is yes, 111 is a temporary trouble, all else is no
 * (condredirect.c, bouncesaying.c, except.c). A program that is not there says no, as in qmail, but not in silence.
 * @throws Fatal 111
 */
export async function askProgram(
  name: string,
  words: readonly string[],
  context: CommandContext,
): Promise<boolean> {
  const end = await startChild(words, { env: { ...context.env }, stdio: 'inherit' }).ended;
  if (end.kind === 'crashed') throw new Fatal(111, 'child crashed');
  if (end.kind === 'not run')
    context.stderr.write(
      `${name}: ${end.status === 100 ? 'warning' : 'fatal'}: unable to run ${words[0]}: ${end.reason}\n`,
    );
  if (end.status === 111) throw new Fatal(111, 'temporary child error');
  return end.status === 0;
}

/**
 * Runs a program with `input` on its descriptor 0 and gives its exit status. A program that does not read to the end
 * has had enough, which is no error.
 * @throws Fatal: it could not be run (100, 111), crashed (111), or the input failed (111)
 */
export async function feedProgram(
  words: readonly string[],
  input: AsyncIterable<Buffer>,
  context: CommandContext,
): Promise<number> {
  const { process: child, ended } = startChild(words, {
    env: { ...context.env },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const stdin = child?.stdin;
  if (stdin) {
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
    };
    stdin.on('error', close).on('close', close);
    try {
      for await (const chunk of input) {
        if (!isOpen) break;
        if (!stdin.write(chunk)) await Promise.race([once(stdin, 'drain').catch(() => undefined), ended]);
      }
    } catch (error) {
      // Half a message must not pass for a whole one.
      child?.kill('SIGTERM');
      await ended;
      throw error;
    }
    stdin.end();
  }
  const end = await ended;
  if (end.kind === 'not run') throw new Fatal(end.status, `unable to run ${words[0]}: ${end.reason}`);
  if (end.kind === 'crashed') throw new Fatal(111, 'child crashed');
  return end.status;
}

/**
 * Runs a program in the command's place: its descriptors, its exit status; a signal that ends it ends us.
 * @throws Fatal when it cannot be run
 */
export async function becomeProgram(words: readonly string[], options: SpawnOptions): Promise<number> {
  const end = await startChild(words, { stdio: 'inherit', ...options }).ended;
  if (end.kind === 'not run') throw new Fatal(end.status, `unable to run ${words[0]}: ${end.reason}`);
  if (end.kind === 'exited') return end.status;
  process.kill(process.pid, end.signal);
  return 111;
}
