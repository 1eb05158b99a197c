// One call of an ezmlm program, whoever calls: the command of its name (mta/commands) or a built-in .qmail line
// (mta/local). What it gets, what it answers, and how it sends. A program is a function; ListError is its way to fail.
// It touches no stream, directory or variable than those of its call.
import { isSafeAddress } from '../formats/address.ts';
import type { Injector, Origin } from '../inject/types.ts';
import { ListError } from './errors.ts';

/** The letter on standard input. */
export interface Letter {
  /** Its bytes from the beginning; may be called again. */
  open(): AsyncIterable<Buffer>;
}

export interface ListCall {
  /** Options, list directory and what follows; without the program's name. */
  readonly args: readonly string[];
  /** SENDER, DEFAULT, LOCAL, HOST, RECIPIENT, DTLINE ... (qmail-command(8)). */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly letter: Letter;
  /** Opened when something is sent; closed by the caller. */
  readonly injector: () => Promise<Injector>;
  /** For the queue's Received line. */
  readonly origin: Origin;
  /** Seconds since 1970. */
  readonly now: number;
  /** The site's directory of ezmlm; /etc/ezmlm unless told. */
  readonly etc?: string | undefined;
}

/** What qmail-command(8) knows: 0 done, 99 done and no further line, 100 failed for good, 111 try again. */
export interface ListAnswer {
  readonly status: 0 | 99 | 100 | 111;
  /** What the program said, with line feeds. */
  readonly output: string;
}

export type ListProgram = (call: ListCall) => Promise<ListAnswer>;

/** Runs a program; a ListError becomes `NAME: fatal: WORDS` and its status. */
export async function runListProgram(
  name: string,
  program: ListProgram,
  call: ListCall,
): Promise<ListAnswer> {
  try {
    return await program(call);
  } catch (error) {
    if (!(error instanceof ListError)) throw error;
    return { status: error.status, output: `${name}: fatal: ${error.message}\n` };
  }
}

/** A variable that qmail-local sets. @throws ListError 100 */
export function requireEnv(call: Pick<ListCall, 'env'>, name: string): string {
  const value = call.env[name];
  if (value === undefined) throw new ListError(100, `${name} not set`);
  return value;
}

/** A letter of the list's own, or a post. */
export interface OutgoingLetter {
  readonly content: Iterable<Buffer | string> | AsyncIterable<Buffer | string>;
  readonly sender: string;
  /** Read while the letter is written: subscribers as they come from the store. */
  readonly recipients: Iterable<string> | AsyncIterable<string>;
}

/**
 * Queues a letter. Pieces that are strings are byte strings (latin1).
 * @returns `qp NUMBER`
 * @throws ListError 100 or 111 with the queue's words; nothing is queued then
 */
export async function sendListLetter(
  call: Pick<ListCall, 'injector' | 'origin'>,
  letter: OutgoingLetter,
): Promise<string> {
  const injector = await call.injector();
  const injection = injector.open(call.origin);
  let isFinished = false;
  try {
    for await (const piece of letter.content) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
      if (bytes.length > 0 && !injection.write(bytes)) await injection.drained();
    }
    const recipients: string[] = [];
    // What no envelope can hold (a broken line of an old file) would keep the letter from all others.
    for await (const recipient of letter.recipients) if (isSafeAddress(recipient)) recipients.push(recipient);
    isFinished = true;
    const outcome = await injection.finish(letter.sender, recipients);
    if (outcome.code !== 'K') throw new ListError(outcome.code === 'D' ? 100 : 111, outcome.text);
    return /\bqp \d+/.exec(outcome.text)?.[0] ?? 'ok';
  } finally {
    if (!isFinished) injection.abort();
  }
}
