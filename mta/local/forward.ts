// Forwards of a .qmail file: all addresses of one delivery in one new message, after everything else has been done
// (spec/qmail.md 6.5). The message is the Delivered-To line and the raw bytes; no Return-Path, no new header.
import { constants } from 'node:fs';
import type { DsnRequest } from '../formats/dsn.ts';
import type { Injector } from '../inject/types.ts';
import { describeError, dropFile, openFile, readBytes } from '../maildir/calls.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';

export interface ForwardRequest {
  readonly injector: Injector;
  /** With LF; what else stands before the message follows it. */
  readonly deliveredTo: string | Buffer;
  readonly message: Buffer | undefined;
  readonly path: string;
  readonly size: number;
  /** Bytes at the beginning of the file that `deliveredTo` stands for; a message in memory comes without them. */
  readonly skip?: number | undefined;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly dsn?: DsnRequest | undefined;
}

/** Forwards. K text is `qp NUMBER`, as qmail-local reports it. */
export async function forwardMessage(request: ForwardRequest): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await inject(request);
  } catch (error) {
    return temporary(`Unable to forward message: ${describeError(error)}. (#4.3.0)`);
  }
  if (outcome.code === 'K') return success(/\bqp \d+/.exec(outcome.text)?.[0] ?? '');
  const text = `Unable to forward message: ${outcome.text}.`;
  return outcome.code === 'D' ? permanent(text) : temporary(text);
}

async function inject(request: ForwardRequest): Promise<Outcome> {
  const { injector, message, sender, recipients, dsn } = request;
  const { deliveredTo } = request;
  const line = typeof deliveredTo === 'string' ? Buffer.from(deliveredTo, 'utf8') : deliveredTo;
  if (message) return injector.inject('alias', Buffer.concat([line, message]), sender, recipients, dsn);
  const descriptor = await openFile(request.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const injection = injector.open('alias');
  let finished = false;
  try {
    let ready = injection.write(line);
    let total = request.skip ?? 0;
    for (;;) {
      if (!ready) await injection.drained();
      // A new buffer each time: the injection may still hold the one before.
      const chunk = Buffer.allocUnsafe(65_536);
      const bytes = await readBytes(descriptor, chunk, total);
      if (bytes === 0) break;
      total += bytes;
      ready = injection.write(chunk.subarray(0, bytes));
    }
    if (total !== request.size) return temporary('queue file has changed');
    finished = true;
    return await injection.finish(sender, recipients, dsn);
  } finally {
    if (!finished) injection.abort();
    dropFile(descriptor);
  }
}
