// $QMAILQUEUE: a program with qmail-queue's interface, message on descriptor 0, envelope on descriptor 1, an exit status
// as the answer (spec/qmail.md 1.3), behind the same interface as the queue itself. Filters of old sites work through it.
// Descriptor 2 is the caller's; 6 carries the text of exit 82. Whether the message is durable is the program's promise.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import type { Injection, Injector } from './types.ts';

export interface ProgramInjectorOptions {
  /** Where the program runs: qmail's home. */
  readonly directory: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** An Injector that runs `program`, one process a message. */
export function createProgramInjector(program: string, options: ProgramInjectorOptions): Injector {
  const open = (): Injection => new ProgramInjection(program, options);
  return {
    open,
    inject: async (_origin, message, sender, recipients) => {
      const injection = open();
      if (!injection.write(message)) await injection.drained();
      return injection.finish(sender, recipients);
    },
    close: () => undefined,
  };
}

/** Exit 82: bytes of its text that are read. */
const reportLimit = 255;

class ProgramInjection implements Injection {
  readonly #child: ChildProcess;
  readonly #message: Writable;
  readonly #envelope: Writable;
  readonly #ended: Promise<number | 'crashed' | 'not run'>;
  #report = '';
  #isCut = false;
  #over = false;

  constructor(program: string, options: ProgramInjectorOptions) {
    this.#child = spawn(program, [], {
      cwd: options.directory,
      env: { ...options.env },
      // Descriptor 1 is ours to write: Node's pipes are socket pairs, good for both directions.
      stdio: ['pipe', 'pipe', 'inherit', 'ignore', 'ignore', 'ignore', 'pipe'],
    });
    const pipes: readonly (Readable | Writable | null | undefined)[] = this.#child.stdio;
    this.#message = pipes[0] as Writable;
    this.#envelope = pipes[1] as Duplex;
    (pipes[1] as Duplex).resume(); // what it prints is not for us, and must not hold its end back
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve('not run'));
      this.#child.once('close', (code) => resolve(code ?? 'crashed'));
    });
    for (const stream of [this.#message, this.#envelope])
      stream?.on('error', () => {
        this.#isCut = true;
      });
    pipes[6]?.on('data', (bytes: Buffer) => {
      this.#report = (this.#report + bytes.toString('utf8')).slice(0, reportLimit);
    });
  }

  write(chunk: Buffer): boolean {
    if (this.#over || this.#isCut || chunk.length === 0) return true;
    return this.#message.write(chunk);
  }

  async drained(): Promise<void> {
    if (!this.#isCut && this.#message.writableNeedDrain)
      await Promise.race([once(this.#message, 'drain').catch(() => undefined), this.#ended]);
  }

  async finish(sender: string, recipients: readonly string[]): Promise<Outcome> {
    this.#over = true;
    this.#message.end();
    this.#envelope.end(`F${sender}\0${recipients.map((recipient) => `T${recipient}\0`).join('')}\0`);
    const ended = await this.#ended;
    // qmail.c: success of a program that did not take everything is none.
    if (ended === 0 && this.#isCut) return temporary('qq read error (#4.3.0)');
    const outcome = queueProgramOutcome(ended, this.#report);
    // qmail.c: the number that callers report is the program's process id.
    return outcome.code === 'K' ? success(`ok qp ${this.#child.pid}`) : outcome;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    // qmail-queue reads the envelope last: without its end nothing is queued.
    this.#envelope.destroy();
    this.#message.destroy();
  }
}

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

/** qmail.c's table: what the exit status of qmail-queue, or of a program in its place, means. `report` is exit 82's text. */
export function queueProgramOutcome(ended: number | 'crashed' | 'not run', report: string): Outcome {
  if (ended === 'not run') return temporary('unable to exec qq (#4.3.0)');
  if (ended === 'crashed') return temporary('qq crashed (#4.3.0)');
  if (ended === 0) return { code: 'K', text: 'ok' };
  if (ended === 11 || ended === 115) return permanent('envelope address too long for qq (#5.1.3)');
  if (ended === 31) return permanent('mail server permanently rejected message (#5.3.0)');
  if (ended === 82 && /^[DZ]../s.test(report))
    return { code: report[0] as 'D' | 'Z', text: report.slice(1).trimEnd() };
  if (ended >= 62 && ended <= 66) return temporary('qq trouble creating files in queue (#4.3.0)');
  if (ended >= 11 && ended <= 40) return permanent('qq permanent problem (#5.3.0)');
  return temporary(temporaryWords[ended] ?? 'qq temporary problem (#4.3.0)');
}
