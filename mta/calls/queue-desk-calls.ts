// The queue's desk for administrators as calls to the admin role: it decides who may look and order, and asks the queue
// with the rights that it needs (run/orders is root's). What comes is looked at before it is used.
import { ownOrders, type QueueDesk, type WholeOrder } from '../accounts/administration/queue-desk.ts';
import type { Actor } from '../accounts/administration.ts';
import { NoSuchObject } from '../accounts/administration.ts';
import { type Log, quoted } from '../log.ts';
import {
  type OrderAnswer,
  orderNames,
  type QueueEntry,
  type QueuePage,
  type QueueStatus,
} from '../send/queue-orders.ts';
import type { Answer } from './answering.ts';
import { createRoleClient } from './conversation.ts';
import type { CallFields } from './frames.ts';

const wholeOrders: readonly WholeOrder[] = ['retryAll', 'pause', 'resume'];

/** Does this question go to the desk? The admin role answers others on the same socket. */
export const isForQueueDesk = (fields: CallFields): boolean => fields.desk === 'queue';

const shortText = (value: unknown, most = 1000): string | undefined =>
  typeof value === 'string' && value.length <= most ? value : undefined;
const count = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

/** Answers the questions of {@link createQueueDeskCalls}. Nobody is the machine over a socket. */
export function answerQueueDesk(desk: QueueDesk, log: Log): Answer {
  return async ({ fields }) => {
    const { question, address, ip, id, after, order } = fields;
    const who = shortText(address);
    const known = shortText(id, 40);
    if (who === undefined) return { error: 'a question without who asks it' };
    const actor: Actor = { kind: 'account', address: who, ip: shortText(ip, 100) ?? '' };
    try {
      switch (question) {
        case 'status':
          return { found: await desk.status(actor) };
        case 'list':
          return { found: await desk.list(actor, shortText(after, 100)) };
        case 'show':
          if (known !== undefined) return { found: await desk.show(actor, known, count(fields.skip)) };
          break;
        case 'read':
          if (known !== undefined)
            return { found: (await desk.read(actor, known, count(fields.offset))).toString('base64') };
          break;
        case 'give': {
          const name = orderNames.find((each) => each === order);
          if (known !== undefined && name) return { found: await desk.give(actor, name, known) };
          break;
        }
        case 'showOwn':
          if (known !== undefined) return { found: await desk.showOwn(actor, known) };
          break;
        case 'giveOwn': {
          const name = ownOrders.find((each) => each === order);
          if (known !== undefined && name)
            return { found: await desk.giveOwn(actor, name, known, count(fields.birth)) };
          break;
        }
        case 'giveAll': {
          const name = wholeOrders.find((each) => each === order);
          if (!name) break;
          await desk.giveAll(actor, name);
          return { found: true };
        }
      }
    } catch (error) {
      if (error instanceof NoSuchObject) return { missing: error.message };
      log(`alert: the queue's desk: ${quoted(error instanceof Error ? error.message : String(error))}`);
      return { error: 'the queue does not answer now' };
    }
    return { error: 'no such question' };
  };
}

/** The desk behind the admin role's socket. A lost role is a rejection. */
export function createQueueDeskCalls(path: string): QueueDesk & { readonly close: () => void } {
  const client = createRoleClient(path);
  const ask = async (actor: Actor, question: string, fields: CallFields = {}): Promise<unknown> => {
    if (actor.kind === 'machine') throw new Error('the machine asks the queue itself');
    const { address, ip } = actor;
    const { found, missing, error } = await client.ask({ ...fields, desk: 'queue', question, address, ip });
    if (typeof missing === 'string') throw new NoSuchObject(missing);
    if (error !== undefined) throw new Error(`the admin role: ${String(error)}`);
    return found;
  };
  return {
    status: async (actor) => (await ask(actor, 'status')) as QueueStatus,
    list: async (actor, after) => (await ask(actor, 'list', { after })) as QueuePage,
    show: async (actor, id, skip) => (await ask(actor, 'show', { id, skip })) as QueueEntry,
    read: async (actor, id, offset) =>
      Buffer.from(String(await ask(actor, 'read', { id, offset })), 'base64'),
    give: async (actor, order, id) => (await ask(actor, 'give', { order, id })) as OrderAnswer,
    showOwn: async (actor, id) => (await ask(actor, 'showOwn', { id })) as QueueEntry,
    giveOwn: async (actor, order, id, birth) =>
      (await ask(actor, 'giveOwn', { order, id, birth })) as OrderAnswer,
    giveAll: async (actor, order) => void (await ask(actor, 'giveAll', { order })),
    close: () => client.close(),
  };
}
