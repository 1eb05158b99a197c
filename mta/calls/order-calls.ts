// Questions and orders of people to the running queue as calls: run/orders, whose owner and mode say who may give them
// (root, or the user of a site that is one user's).
import {
  type ExpectedMessage,
  type OrderAnswer,
  orderNames,
  type QueueEntry,
  type QueueOrders,
  type QueuePage,
  type QueueStatus,
} from '../send/queue-orders.ts';
import type { Answer } from './answering.ts';
import { createRoleClient } from './conversation.ts';
import type { CallFields } from './frames.ts';

/** Longest name of who gives an order that is believed. */
const byLimit = 200;

/** Answers the questions of `createOrderCalls`. */
export function answerOrders(orders: QueueOrders): Answer {
  return async ({ fields }) => {
    const { question, order, id, after, by } = fields;
    const count = (value: unknown): number =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
    const who = typeof by === 'string' ? by.slice(0, byLimit) : 'somebody';
    const known = orderNames.find((name) => name === order);
    try {
      switch (question) {
        case 'status':
          return { found: await orders.status() };
        case 'list':
          return { found: await orders.list(typeof after === 'string' ? after : undefined) };
        case 'show':
          if (typeof id === 'string') return { found: await orders.show(id, count(fields.skip)) };
          break;
        case 'read':
          if (typeof id === 'string')
            return { found: (await orders.read(id, count(fields.offset)))?.toString('base64') };
          break;
        case 'give':
          if (typeof id === 'string' && known)
            return { found: await orders.give(known, id, who, expectedOf(fields)) };
          break;
        case 'retryAll':
        case 'pause':
        case 'resume':
          await orders[question](who);
          return { found: true };
      }
    } catch (error) {
      // A file that cannot be read, a full disk: the person who asks can act on it.
      return { error: error instanceof Error ? error.message : String(error) };
    }
    return { error: 'no such question' };
  };
}

/** Which message an order means, as it came; a question that names none means whatever has the number. */
export function expectedOf({ expected }: CallFields): ExpectedMessage | undefined {
  if (expected === undefined || expected === null) return undefined;
  const { sender, birth } = expected as { readonly sender?: unknown; readonly birth?: unknown };
  // What cannot be read is no message at all.
  return typeof sender === 'string' && typeof birth === 'number'
    ? { sender, birth }
    : { sender: '', birth: -1 };
}

/** Orders to the queue behind a socket. A queue that is not there, or goes away, is a rejection (CallLost). */
export function createOrderCalls(path: string): QueueOrders {
  const client = createRoleClient(path);
  const ask = async (fields: CallFields): Promise<unknown> => {
    const { found, error } = await client.ask(fields);
    if (error !== undefined) throw new Error(`the queue: ${String(error)}`);
    return found;
  };
  return {
    status: async () => (await ask({ question: 'status' })) as QueueStatus,
    list: async (after) => (await ask({ question: 'list', after })) as QueuePage,
    show: async (id, skip) => (await ask({ question: 'show', id, skip })) as QueueEntry | undefined,
    read: async (id, offset) => {
      const found = await ask({ question: 'read', id, offset });
      return typeof found === 'string' ? Buffer.from(found, 'base64') : undefined;
    },
    give: async (order, id, by, expected) =>
      (await ask({ question: 'give', order, id, by, expected })) as OrderAnswer,
    retryAll: async (by) => void (await ask({ question: 'retryAll', by })),
    pause: async (by) => void (await ask({ question: 'pause', by })),
    resume: async (by) => void (await ask({ question: 'resume', by })),
    close: async () => client.close(),
  };
}
