// The queue for administrators of the system: looking at what waits and giving orders about it, each order in the audit
// log. Others are told that there is no such thing. The orders themselves, and their safety, are send/queue-orders.ts.
import type {
  OrderAnswer,
  OrderName,
  QueueEntry,
  QueueOrders,
  QueuePage,
  QueueStatus,
} from '../../send/queue-orders.ts';
import type { Actor, Administration } from '../administration.ts';
import { NoSuchObject } from '../administration.ts';

/** Orders that concern the whole queue. */
export type WholeOrder = 'retryAll' | 'pause' | 'resume';

/** Orders that senders may give about their own messages. */
export const ownOrders = ['drop', 'retryNow'] as const;
export type OwnOrder = (typeof ownOrders)[number];

/** As QueueOrders, for an actor. Every method but the two for senders throws NoSuchObject for who does
 * not administer the system. */
export interface QueueDesk {
  status(actor: Actor): Promise<QueueStatus>;
  /** @param after `next` of the page before */
  list(actor: Actor, after?: string): Promise<QueuePage>;
  /** @throws NoSuchObject when there is no such message (any more) */
  show(actor: Actor, id: string, skip?: number): Promise<QueueEntry>;
  /** Bytes of the message from an offset, as many as come at once; empty at the end. */
  read(actor: Actor, id: string, offset: number): Promise<Buffer>;
  give(actor: Actor, order: OrderName, id: string): Promise<OrderAnswer>;
  giveAll(actor: Actor, order: WholeOrder): Promise<void>;
  /** A message that the actor sent, for everybody. @throws NoSuchObject when it is somebody else's, or gone */
  showOwn(actor: Actor, id: string): Promise<QueueEntry>;
  /** @param birth of the entry that was shown: the order is for that message and no other of its number */
  giveOwn(actor: Actor, order: OwnOrder, id: string, birth: number): Promise<OrderAnswer>;
}

/** @param orders the queue, running here or behind a socket */
export function createQueueDesk(
  administration: Pick<Administration, 'level' | 'note'>,
  orders: QueueOrders,
): QueueDesk {
  const check = async (actor: Actor): Promise<string> => {
    if ((await administration.level(actor)) !== 'system') throw new NoSuchObject('no such page');
    return actor.kind === 'machine' ? 'machine' : actor.address;
  };
  /** The sender of the envelope says whose message it is: ours writes nobody else's there (security.md W6). */
  const showOwn = async (actor: Actor, id: string): Promise<QueueEntry> => {
    const entry = actor.kind === 'account' ? await orders.show(id) : undefined;
    if (actor.kind !== 'account' || entry?.sender?.toLowerCase() !== actor.address.toLowerCase())
      throw new NoSuchObject('no such message');
    return entry;
  };
  return {
    showOwn,
    async giveOwn(actor, order, id, birth) {
      const { sender = '' } = await showOwn(actor, id);
      const by = actor.kind === 'machine' ? 'machine' : actor.address;
      const answer = await orders.give(order, id, by, { sender, birth });
      const details = answer.state === 'refused' ? `refused: ${answer.why}` : answer.state;
      await administration.note(actor, `queue.own.${order}`, `msg ${id}`, details);
      return answer;
    },
    async status(actor) {
      await check(actor);
      return orders.status();
    },
    async list(actor, after) {
      await check(actor);
      return orders.list(after);
    },
    async show(actor, id, skip) {
      await check(actor);
      const entry = await orders.show(id, skip);
      if (entry === undefined) throw new NoSuchObject('no such message');
      return entry;
    },
    async read(actor, id, offset) {
      await check(actor);
      const bytes = await orders.read(id, offset);
      if (bytes === undefined) throw new NoSuchObject('no such message');
      return bytes;
    },
    async give(actor, order, id) {
      const by = await check(actor);
      const answer = await orders.give(order, id, by);
      const details = answer.state === 'refused' ? `refused: ${answer.why}` : answer.state;
      await administration.note(actor, `queue.${order}`, `msg ${id}`, details);
      return answer;
    },
    async giveAll(actor, order) {
      const by = await check(actor);
      await orders[order](by);
      await administration.note(actor, `queue.${order}`, 'queue', '');
    },
  };
}
