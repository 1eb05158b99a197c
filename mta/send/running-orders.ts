// The orders and questions of people to the running scheduler (queue-orders.ts): what the queue's files say, joined with
// what only the scheduler knows.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Log, quoted } from '../log.ts';
import { errorCode } from '../queue/files.ts';
import { isQueueName, type QueueLayout } from '../queue/layout.ts';
import { countMessages, type ListedMessage, listNumbers, readListed } from '../queue/listing.ts';
import type { Queue } from '../queue/queue.ts';
import type { Jobs } from './jobs.ts';
import type { Orders } from './orders.ts';
import { pageLimits, type QueueEntry, type QueueOrders, type QueuePage } from './queue-orders.ts';
import type { Waiting } from './waiting.ts';

export interface RunningOrdersOptions {
  readonly queue: Queue;
  readonly jobs: Jobs;
  readonly waiting: Waiting;
  readonly orders: Orders;
  readonly isBusy: (id: string) => boolean;
  readonly retryAll: () => void;
  readonly isPaused: () => boolean;
  readonly setPaused: (isPaused: boolean) => void;
  readonly log: Log;
}

/** Bytes of a message that are given at once: they go to others in a frame of calls/frames.ts. */
const readLimit = 128 * 1024;
/** Characters of JSON after which a page ends, and of the recipients of one entry; in UTF-8 they are thrice as many. */
const pageBytes = 32 * 1024;
const entryBytes = 40 * 1024;

export function createRunningOrders(options: RunningOrdersOptions): QueueOrders {
  const { queue, orders, log } = options;
  const since = Math.floor(Date.now() / 1000);
  const tell = (what: string, by: string): void => log(`order: ${what} (by ${quoted(by)})`);
  return {
    status: async () => ({
      isRunning: true,
      isPaused: options.isPaused(),
      messages: await countMessages(queue.layout),
      pid: process.pid,
      since,
    }),
    list: (after) => listEntries(queue.layout, after, (listed) => describe(listed, options)),
    show: async (id, skip = 0) => {
      const listed = await showListed(queue.layout, id, skip);
      return listed && fitEntry(describe(listed, options));
    },
    read: (id, offset) => readMessagePart(queue.layout, id, offset),
    give: (order, id, by, expected) => orders.give(order, id, by, expected),
    retryAll: async (by) => {
      tell('retry all messages now', by);
      options.retryAll();
    },
    pause: async (by) => {
      tell('pause: no delivery is begun', by);
      options.setPaused(true);
    },
    resume: async (by) => {
      tell('resume deliveries', by);
      options.setPaused(false);
    },
    close: async () => undefined,
  };
}

/** One message with a page of its recipients. */
export const showListed = async (
  layout: QueueLayout,
  id: string,
  skip: number,
): Promise<ListedMessage | undefined> =>
  isQueueName(id) ? readListed(layout, id, { limit: pageLimits.recipientsOfOne, skip }) : undefined;

/** A page of the list. */
export async function listEntries(
  layout: QueueLayout,
  after: string | undefined,
  describeOne: (listed: ListedMessage) => QueueEntry,
): Promise<QueuePage> {
  const numbers = await listNumbers(layout, after, pageLimits.entries);
  const entries: QueueEntry[] = [];
  let size = 0;
  for (const { id, cursor } of numbers) {
    const listed = await readListed(layout, id, { limit: pageLimits.recipients });
    if (listed) {
      const entry = fitEntry(describeOne(listed));
      entries.push(entry);
      size += JSON.stringify(entry).length;
    }
    if (size > pageBytes) return { entries, next: cursor };
  }
  const last = numbers.length === pageLimits.entries ? numbers.at(-1)?.cursor : undefined;
  return { entries, ...(last === undefined ? {} : { next: last }) };
}

/** An entry with no more recipients than fit into an answer: strangers choose how long addresses are. */
function fitEntry(entry: QueueEntry): QueueEntry {
  let size = 0;
  const recipients = entry.recipients.filter((recipient) => {
    size += JSON.stringify(recipient).length;
    return size <= entryBytes;
  });
  return { ...entry, recipients };
}

/** Bytes of a message; undefined when there is none. */
export async function readMessagePart(
  layout: QueueLayout,
  id: string,
  offset: number,
): Promise<Buffer | undefined> {
  if (!isQueueName(id) || !Number.isSafeInteger(offset) || offset < 0) return undefined;
  const path = layout.path('mess', id);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (!file) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(readLimit), 0, readLimit, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function describe(listed: ListedMessage, options: RunningOrdersOptions): QueueEntry {
  const { queue, jobs, waiting, isBusy } = options;
  const { id } = listed;
  const known = waiting.of(id);
  const next: { local?: number; remote?: number } = {};
  for (const channel of ['local', 'remote'] as const) {
    const due = jobs.dueOf(id, channel);
    if (due !== undefined) next[channel] = Math.floor(due);
  }
  return {
    ...listed,
    recipients: listed.recipients.map((recipient) => {
      const { channel, address, done } = recipient;
      const report = done || channel === undefined ? undefined : known?.reports[channel].get(address);
      return report === undefined ? recipient : { ...recipient, report };
    }),
    isHeld: queue.holds.has(id),
    next,
    ...(known === undefined ? {} : { attempts: known.attempts }),
    isRunning: isBusy(id) || jobs.isRunning(id),
  };
}
