// qmail-queue: fd 0 is the message, fd 1 the envelope, the exit status the answer (spec/qmail.md 1.3). Scripts, filters
// and old programs that end in qmail-queue call this; it hands the message to the running queue over run/inject.
import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { addressFromBytes } from '../formats/address-bytes.ts';
import { createInjector } from '../inject/client.ts';
import { type OriginClaim, originVariable } from '../inject/types.ts';
import type { Outcome } from '../outcome.ts';
import type { CommandContext } from './command.ts';

export const usage = `usage: qmail-queue

Reads a message from descriptor 0 and its envelope from descriptor 1 (F sender NUL, T recipient NUL ..., NUL), queues it
and exits 0. Other exit statuses are qmail-queue's: 11 address too long, 31 refused for good, 51 envelope too long, 53 disk full or write
error, 54 read error, 74 no connection to the queue, 91 envelope format error.
`;

/** qmail-queue: addresses above this are refused (exit 11), counted with the NUL. */
const addressLimit = 1003;
const envelopeLimit = 16 * 1024 * 1024;

/** What is wrong with an envelope, as an exit status. */
export class EnvelopeFault extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/**
 * Reads `F sender NUL T recipient NUL ... NUL`. Empty recipients are left out: qmail delivers them to nobody.
 * @throws EnvelopeFault 91 bad form, 11 too long, 31 not UTF-8, 54 cut short
 */
export function parseQueueEnvelope(bytes: Buffer): { sender: string; recipients: string[] } {
  let at = 0;
  const record = (letter: string, name: string): string | undefined => {
    if (at >= bytes.length) throw new EnvelopeFault(54, 'the envelope ends in the middle');
    if (bytes[at] === 0 && letter === 'T') return undefined;
    if (bytes[at] !== letter.charCodeAt(0))
      throw new EnvelopeFault(91, `a ${name} does not begin with ${letter}`);
    const end = bytes.indexOf(0, at);
    // The limit counts the NUL, not the letter.
    if ((end < 0 ? bytes.length : end) - at > addressLimit)
      throw new EnvelopeFault(11, `the address of a ${name} is too long`);
    if (end < 0) throw new EnvelopeFault(54, 'the envelope ends in the middle');
    const address = bytes.subarray(at + 1, end);
    at = end + 1;
    return addressFromBytes(address);
  };
  const sender = record('F', 'sender') ?? '';
  const recipients: string[] = [];
  for (let next = record('T', 'recipient'); next !== undefined; next = record('T', 'recipient'))
    if (next !== '') recipients.push(next);
  return { sender, recipients };
}

/** qmail.c's table backwards: the exit status that makes an old caller say these words. */
export function exitStatusOf(outcome: Outcome): number {
  if (outcome.code === 'K') return 0;
  if (outcome.code === 'D') return outcome.text.includes('#5.1.3') ? 11 : 31;
  if (outcome.text.includes('disk full')) return 53;
  if (outcome.text.includes('#4.4.2')) return 74;
  if (outcome.text.includes('out of memory')) return 51;
  return 71;
}

/** Who we are, and whose message it was before a filter of the servers had it. */
function claimOrigin(before: string | undefined): OriginClaim {
  const own = `uid ${process.getuid?.() ?? 0}` as const;
  return before === 'network' || before === 'relay' || before === 'bounce' ? `${own} for ${before}` : own;
}

/** qmail-queue: a terminal that hangs up does not stop the mail that was typed on it; ALRM is the end of its patience. */
function heedSignals(): void {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT'] as const) process.on(signal, () => undefined);
  process.on('SIGALRM', () => process.exit(52));
}

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (args.length > 0) {
    context.stderr.write(usage);
    return 100;
  }
  heedSignals();
  const injector = createInjector(join(context.home.run, 'inject'));
  const injection = injector.open(claimOrigin(context.env[originVariable]));
  const finish = (status: number, words: string): number => {
    injection.abort();
    if (words !== '') context.stderr.write(`qmail-queue: ${words}\n`);
    return status;
  };
  try {
    // The whole message before a look at the envelope: the caller may decide late, by closing fd 1 early.
    for await (const chunk of context.stdin)
      if (!injection.write(Buffer.from(chunk))) await injection.drained();
  } catch (error) {
    return finish(54, `cannot read the message: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    const { sender, recipients } = parseQueueEnvelope(await readEnvelope());
    const outcome = await injection.finish(sender, recipients);
    if (outcome.code !== 'K') context.stderr.write(`qmail-queue: ${outcome.text}\n`);
    return exitStatusOf(outcome);
  } catch (error) {
    if (error instanceof EnvelopeFault) return finish(error.status, error.message);
    return finish(54, `cannot read the envelope: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    injector.close();
  }
}

/** Descriptor 1, read up to the empty record that ends an envelope: a caller's pipe may stay open after it. */
async function readEnvelope(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let last = -1;
  const stream = openDescriptor1();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > envelopeLimit) throw new EnvelopeFault(51, 'the envelope is too long');
      const beforeLast = chunk.length > 1 ? chunk[chunk.length - 2] : last;
      last = chunk[chunk.length - 1] as number;
      if (last === 0 && beforeLast === 0) break;
    }
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks);
}

/** Files are read as such; pipes and sockets are waited for, since they may be non-blocking. */
function openDescriptor1(): Readable {
  const stats = fstatSync(1);
  return stats.isFIFO() || stats.isSocket()
    ? new Socket({ fd: 1, readable: true, writable: false })
    : createReadStream('', { fd: 1, autoClose: false });
}
