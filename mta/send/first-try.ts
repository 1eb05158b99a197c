// The first delivery of a message with one recipient, from S4 or from the journal: nothing more is written when it
// succeeds at once. A letter of the journal whose delivery takes longer gets its ordinary queue entry meanwhile, so that
// the journal holds no letter for long.
import type { Outcome } from '../outcome.ts';
import type { QueuedMessage } from '../queue/entry.ts';
import type { PlannedRecipient, Queue } from '../queue/queue.ts';
import type { Deliveries } from './deliveries.ts';

/** Milliseconds after which a letter of the journal that is not delivered yet becomes an ordinary queue entry. */
const journalPatience = 1000;
/** Bytes of messages that wait for their first delivery in memory; beyond, they are read from their files. */
const memoryLimit = 64 * 1024 * 1024;

export interface FirstTryOptions {
  readonly queue: Queue;
  readonly deliveries: Deliveries;
  readonly message: QueuedMessage;
  readonly planned: PlannedRecipient;
  /** Bytes of messages held for their first delivery, shared by all of them. */
  readonly memory: { used: number };
  /** The letter has an ordinary entry now and goes by its number. */
  readonly adopt: (stored: QueuedMessage) => QueuedMessage;
  /** Nobody works on this number any more. */
  readonly forget: (id: string) => void;
  readonly warn: (words: string, error: unknown) => void;
}

export type FirstTryResult =
  /** Delivered from the journal, and out of it. */
  | { readonly state: 'gone'; readonly id: string }
  /** Delivered; its ordinary entry (S4) is to be eliminated. */
  | { readonly state: 'delivered'; readonly id: string }
  /** The program stops; the message stays where it is. */
  | { readonly state: 'stopped' }
  /** Not delivered: an ordinary entry (S4) with the outcome that is to be recorded. */
  | { readonly state: 'left'; readonly left: QueuedMessage; readonly outcome: Outcome };

/** Tries. Throws on trouble with the queue's own files: the caller tries the message again later. */
export async function tryFirst(options: FirstTryOptions): Promise<FirstTryResult> {
  const { queue, message, planned, memory } = options;
  let current = message;
  let writing: Promise<void> | undefined;
  const writeOut = (): Promise<void> => {
    writing ??= queue.writeOut(message.id).then(
      (stored) => {
        if (stored) current = options.adopt(stored);
      },
      (error: unknown) => {
        writing = undefined;
        throw error;
      },
    );
    return writing;
  };
  const isJournaled = message.state === 'journal';
  const fits = message.message !== undefined && memory.used + message.size <= memoryLimit;
  if (isJournaled && !fits) await writeOut();
  const kept = fits ? message.message : undefined;
  if (kept) memory.used += message.size;
  const timer = isJournaled
    ? setTimeout(() => {
        // If it cannot be written now it is safe where it is, and the end of the delivery tries again.
        writeOut().catch((error: unknown) => {
          options.warn(`unable to write out journaled msg ${message.id}; will try again later`, error);
        });
      }, journalPatience)
    : undefined;
  const outcome = await options.deliveries.deliver(
    planned.channel,
    {
      id: current.id,
      path: queue.layout.path('mess', current.id),
      file: isJournaled
        ? async () => {
            await writeOut();
            return queue.layout.path('mess', current.id);
          }
        : undefined,
      size: message.size,
      message: kept,
      sender: message.sender,
      recipient: planned.address,
    },
    false,
  );
  clearTimeout(timer);
  if (kept) memory.used -= message.size;
  if (outcome === undefined) return { state: 'stopped' };
  // If it fails the letter is in the journal still; what is delivered needs no other place.
  await writing?.catch(() => undefined);
  if (outcome.code !== 'K') {
    if (current.state === 'journal') await writeOut();
    return { state: 'left', left: current, outcome };
  }
  const { id, state } = current;
  if (state !== 'journal') return { state: 'delivered', id };
  options.forget(id);
  queue.strike(id);
  return { state: 'gone', id };
}
