// Orders to a queue that nobody serves (queue-orders.ts), carried out on its files while the queue's lock is held: the next
// start, of Facteur or of qmail-send, finds what they left. Opening such a queue does what every start does first: letters
// that a crash left in the journal become ordinary messages.
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { EnvelopeError } from '../queue/envelope.ts';
import { namesIn, statFile } from '../queue/files.ts';
import type { QueueLayout } from '../queue/layout.ts';
import { countMessages, type ListedMessage, readListed } from '../queue/listing.ts';
import { Queue } from '../queue/queue.ts';
import { appendFailure } from './bounce-message.ts';
import { noteReturned, returnedText } from './orders.ts';
import { isExpected, type OrderAnswer, type QueueEntry, type QueueOrders } from './queue-orders.ts';
import { listEntries, readMessagePart, showListed } from './running-orders.ts';
import type { SendSettings } from './settings.ts';

const done: OrderAnswer = { state: 'done' };
const refuse = (why: string): OrderAnswer => ({ state: 'refused', why });

/** Looks at a queue that nobody serves, or that another program serves, without its lock. It takes no order. */
export async function openQueueView(layout: QueueLayout): Promise<QueueOrders> {
  const since = Math.floor(Date.now() / 1000);
  const held = new Set(await namesIn(`${layout.directory}/hold`));
  const noOrder = (): Promise<never> => Promise.reject(new Error('no Facteur serves this queue'));
  const describe = (listed: ListedMessage): QueueEntry => ({
    ...listed,
    isHeld: held.has(listed.id),
    next: {},
    isRunning: false,
  });
  return {
    status: async () => ({
      isRunning: false,
      isPaused: false,
      messages: await countMessages(layout),
      pid: process.pid,
      since,
    }),
    list: (after) => listEntries(layout, after, describe),
    show: async (id, skip = 0) => {
      const listed = await showListed(layout, id, skip);
      if (!listed) return undefined;
      // The times of the next tries are in the files' mtimes.
      const next: { local?: number; remote?: number } = {};
      for (const channel of ['local', 'remote'] as const) {
        const facts = listed.counts[channel] > 0 ? await statFile(layout.path(channel, id)) : undefined;
        if (facts) next[channel] = Math.floor(facts.mtime);
      }
      return { ...describe(listed), next };
    },
    read: (id, offset) => readMessagePart(layout, id, offset),
    give: noOrder,
    retryAll: noOrder,
    pause: noOrder,
    resume: noOrder,
    close: async () => undefined,
  };
}

/**
 * Takes the queue's lock until it is closed.
 * @throws QueueLockError (isTaken: somebody serves it), QueueLayoutError
 */
export async function openStoppedOrders(
  directory: string,
  directorySync: DirectorySync,
  settings: SendSettings,
): Promise<QueueOrders> {
  const queue = await Queue.open({ directory, directorySync, journal: false, onQueued: () => undefined });
  const { layout } = queue;
  return {
    ...(await openQueueView(layout)),
    give: async (order, id, _by, expected) => {
      const listed = await showListed(layout, id, 0);
      if (!listed || (expected && !isExpected(listed, expected)))
        return refuse(`there is no message ${id} in the queue`);
      switch (order) {
        case 'drop':
          return (await queue.drop(id, () => undefined))
            ? done
            : refuse(`there is no message ${id} in the queue`);
        case 'hold':
          if (queue.holds.has(id)) return refuse(`message ${id} is held already`);
          return (await queue.holds.add(id)) ? done : refuse(`there is no message ${id} in the queue`);
        case 'release':
          if (!queue.holds.has(id)) return refuse(`message ${id} is not held`);
          await queue.holds.remove(id);
          return done;
        case 'retryNow':
          for (const channel of ['local', 'remote'] as const)
            if (listed.counts[channel] > 0) await queue.saveDue(channel, id, Date.now() / 1000);
          return done;
        case 'bounceNow':
          return bounce(queue, listed, settings);
      }
    },
    close: () => queue.close(),
  };
}

/** The next start sends the bounce. */
async function bounce(queue: Queue, listed: ListedMessage, settings: SendSettings): Promise<OrderAnswer> {
  const { id, birth, state } = listed;
  try {
    if (state === 'S4') {
      const envelope = await queue.readTodo(id);
      if (!envelope) return refuse(`there is no message ${id} in the queue`);
      const texts = envelope.recipients.map((recipient) => appendFailure(recipient, returnedText));
      // Done again after a crash it must not say it twice.
      if ((await queue.readBounce(id)) === undefined) await queue.appendBounce(id, texts.join(''));
      await queue.record(id, envelope.sender, birth, []);
    } else {
      const sender = (await queue.readInfo(id))?.sender;
      if (sender === undefined) return refuse(`there is no message ${id} in the queue`);
      for (const channel of ['local', 'remote'] as const) {
        await noteReturned(queue, channel, { id, sender }, settings);
        await queue.finishChannel(channel, id);
      }
    }
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return refuse(`the envelope of message ${id} cannot be read: mend its file, or drop the message`);
  }
  await queue.holds.remove(id);
  return (await readListed(queue.layout, id, { limit: 0 }))
    ? done
    : refuse(`message ${id} has gone meanwhile`);
}
