// $QMAILQUEUE: a program with qmail-queue's interface, message on descriptor 0, envelope on descriptor 1, an exit status
// as the answer (spec/qmail.md 1.3), behind the same interface as the queue itself. Filters of old sites work through it.
// The words of exit 82 or 88 come on descriptor 6 (notqmail) or 4 (the patched qmails). A program that takes too long is
// ended with all that it started, and so is one whose message is given up. Whether the message is durable is its promise.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve as resolvePath } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { type Outcome, permanent, temporary } from '../outcome.ts';
import { type Injection, type Injector, type Origin, originVariable } from './types.ts';

export interface ProgramInjectorOptions {
  /** Where the program runs, and where a relative name of it begins: qmail's home. */
  readonly directory: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Seconds that the program may let us wait: for each taking of bytes, and from the envelope to its end. */
  readonly timeout?: number | undefined;
  /** Those that run; who stops gives up what is left in it with `stop`. */
  readonly running?: Set<RunningQueueProgram> | undefined;
  /** Takes what the program says on standard error, a line each; without it that is ours. */
  readonly log?: Log | undefined;
}

/** A program whose message waits for it. */
export interface RunningQueueProgram {
  /** Ends it with all that it started; its message is answered Z. */
  stop(): void;
}

/** An Injector that runs `program`, one process a message. */
export function createProgramInjector(program: string, options: ProgramInjectorOptions): Injector {
  const open = (origin: Origin): Injection =>
    new ProgramInjection(program, { ...options, env: { ...options.env, [originVariable]: origin } });
  return {
    open,
    inject: async (origin, message, sender, recipients) => {
      const injection = open(origin);
      if (!injection.write(message)) await injection.drained();
      return injection.finish(sender, recipients);
    },
    close: () => undefined,
  };
}

/** Exits 82 and 88: bytes of their text that are read. */
const reportLimit = 255;
/** Bytes of standard error that are logged. */
const errorLimit = 4096;
const usualTimeout = 300;
/** How long descriptors of an ended program are waited for: a child of it may hold them open for ever. */
const drainMilliseconds = 1000;
/** What a program may still do when its message was given up, and between SIGTERM and SIGKILL. */
const mercyMilliseconds = 2000;

type Ended = number | 'crashed' | 'not run' | 'timeout';

class ProgramInjection implements Injection, RunningQueueProgram {
  readonly #child: ChildProcess;
  readonly #message: Writable;
  readonly #envelope: Writable;
  readonly #ended: Promise<Ended>;
  readonly #timeout: number;
  /** By descriptor. */
  readonly #reports = new Map<number, string>();
  #isCut = false;
  #isLate = false;
  #over = false;

  constructor(program: string, options: ProgramInjectorOptions) {
    this.#timeout = (options.timeout ?? usualTimeout) * 1000;
    // qmail.c: execv, so a name without a slash is one in qmail's home, not in PATH.
    this.#child = spawn(resolvePath(options.directory, program), [], {
      cwd: options.directory,
      env: { ...options.env },
      // Descriptor 1 is ours to write: Node's pipes are socket pairs, good for both directions.
      stdio: ['pipe', 'pipe', options.log ? 'pipe' : 'inherit', 'ignore', 'pipe', 'ignore', 'pipe'],
      // A group of its own, which is ended as a whole.
      detached: true,
    });
    const pipes: readonly (Readable | Writable | null | undefined)[] = this.#child.stdio;
    this.#message = pipes[0] as Writable;
    this.#envelope = pipes[1] as Duplex;
    (pipes[1] as Duplex | undefined)?.resume(); // what it prints is not for us, and must not hold its end back
    this.#ended = this.#awaitEnd();
    for (const stream of [this.#message, this.#envelope])
      stream?.on('error', () => {
        if (!stream.writableFinished) this.#isCut = true;
      });
    for (const descriptor of [4, 6])
      pipes[descriptor]?.on('error', ignore).on('data', (bytes: Buffer) => {
        const before = this.#reports.get(descriptor) ?? '';
        this.#reports.set(descriptor, (before + bytes.toString('utf8')).slice(0, reportLimit));
      });
    if (options.log) this.#logErrors(options.log);
    options.running?.add(this);
    void this.#ended.then(() => options.running?.delete(this));
  }

  #awaitEnd(): Promise<Ended> {
    const child = this.#child;
    return new Promise((resolve) => {
      child.once('error', () => resolve('not run'));
      child.once('close', (code) => resolve(code ?? 'crashed'));
      child.once('exit', (code) => {
        setTimeout(() => resolve(code ?? 'crashed'), drainMilliseconds).unref();
      });
    });
  }

  #logErrors(log: Log): void {
    let text = '';
    const { stderr, pid } = this.#child;
    stderr?.on('error', ignore).on('data', (bytes: Buffer) => {
      if (text.length < errorLimit) text += bytes.toString('utf8');
    });
    void this.#ended.then(() => {
      for (const line of text.slice(0, errorLimit).split('\n'))
        if (line !== '') log(`queue program ${pid ?? ''}: ${quoted(line)}`);
    });
  }

  write(chunk: Buffer): boolean {
    if (this.#over || this.#isCut || chunk.length === 0) return true;
    return this.#message.write(chunk);
  }

  async drained(): Promise<void> {
    if (this.#isCut || !this.#message.writableNeedDrain) return;
    const alarm = this.#setAlarm();
    await Promise.race([once(this.#message, 'drain').catch(() => undefined), this.#ended]);
    clearTimeout(alarm);
  }

  async finish(sender: string, recipients: readonly string[]): Promise<Outcome> {
    this.#over = true;
    this.#message.end();
    this.#envelope.end(`F${sender}\0${recipients.map((recipient) => `T${recipient}\0`).join('')}\0`);
    const alarm = this.#setAlarm();
    const ended = await this.#ended;
    clearTimeout(alarm);
    // What it left running does not outlive its message.
    if (this.#isLate) this.#kill('SIGKILL');
    if (this.#isLate) return queueProgramOutcome('timeout', '');
    // qmail.c: success of a program that did not take everything is none.
    if (ended === 0 && this.#isCut) return temporary('qq read error (#4.3.0)');
    const report = this.#reports.get(6) || this.#reports.get(4) || '';
    const outcome = queueProgramOutcome(ended, report);
    // qmail.c: the number that callers report is the program's process id.
    const now = Math.floor(Date.now() / 1000);
    return outcome.code === 'K' ? { code: 'K', text: `ok ${now} qp ${this.#child.pid}` } : outcome;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    // qmail-queue reads the envelope last: without its end nothing is queued.
    this.#envelope?.destroy();
    this.#message?.destroy();
    const mercy = setTimeout(() => this.#end(), mercyMilliseconds);
    void this.#ended.then(() => clearTimeout(mercy));
  }

  stop(): void {
    this.#isLate = true;
    this.#isCut = true;
    this.#end();
  }

  #setAlarm(): NodeJS.Timeout {
    return setTimeout(() => this.stop(), this.#timeout);
  }

  /** Ends the program and what it started. */
  #end(): void {
    this.#kill('SIGTERM');
    const killer = setTimeout(() => this.#kill('SIGKILL'), mercyMilliseconds);
    void this.#ended.then(() => {
      clearTimeout(killer);
      this.#kill('SIGKILL');
    });
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // ESRCH: the whole group has ended.
    }
  }
}

const ignore = (): void => undefined;

const temporaryWords: Readonly<Record<number, string>> = {
  51: 'qq out of memory (#4.3.0)',
  52: 'qq timeout (#4.3.0)',
  53: 'qq write error or disk full (#4.3.0)',
  54: 'qq read error (#4.3.0)',
  55: 'qq unable to read configuration (#4.3.0)',
  56: 'qq trouble making network connection (#4.3.0)',
  61: 'qq trouble in home directory (#4.3.0)',
  71: 'mail server temporarily rejected message (#4.3.0)',
  72: 'connection to mail server timed out (#4.4.1)',
  73: 'connection to mail server rejected (#4.4.1)',
  74: 'communication with mail server failed (#4.4.2)',
  81: 'qq internal bug (#4.3.0)',
  91: 'qq internal bug (#4.3.0)',
  120: 'unable to exec qq (#4.3.0)',
};

/** qmail.c's table: what the exit status of qmail-queue, or of a program in its place, means. `report` is the text of exits 82 and 88. */
export function queueProgramOutcome(ended: Ended, report: string): Outcome {
  if (ended === 'timeout') return temporary('qq timeout (#4.3.0)');
  if (ended === 'not run') return temporary('unable to exec qq (#4.3.0)');
  if (ended === 'crashed') return temporary('qq crashed (#4.3.0)');
  if (ended === 0) return { code: 'K', text: 'ok' };
  if (ended === 11 || ended === 115) return permanent('envelope address too long for qq (#5.1.3)');
  if (ended === 31) return permanent('mail server permanently rejected message (#5.3.0)');
  if ((ended === 82 || ended === 88) && /^[DZ]../s.test(report))
    return { code: report[0] as 'D' | 'Z', text: report.slice(1).trimEnd() };
  if (ended >= 62 && ended <= 66) return temporary('qq trouble creating files in queue (#4.3.0)');
  if (ended >= 11 && ended <= 40) return permanent('qq permanent problem (#5.3.0)');
  return temporary(temporaryWords[ended] ?? 'qq temporary problem (#4.3.0)');
}
