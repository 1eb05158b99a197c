// Letters of a person that the queue could not deliver yet: how each recipient stands, when the next try is, and the two
// orders that a sender may give: try now, and stop sending to those who have not got it. A letter is the person's own by
// two proofs: its queue number was noted when this person's letter was queued, and the queue has them as its sender.
import type { Request } from 'express';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { quoted } from '../../../mta/log.ts';
import type { OrderAnswer, QueueEntry } from '../../../mta/send/queue-orders.ts';
import type { MessageHistory } from '../../history/types.ts';
import type { Address } from '../../mailbox/types.ts';
import { type DeliveryLine, deliveryLines } from '../message/delivery.ts';
import type { WebParts } from '../web.ts';
import type { SentLetter } from './fates.ts';

export interface QueuedLetter {
  readonly messageId: string;
  readonly at: number;
  readonly subject: string;
  readonly recipients: readonly Address[];
  /** Path of the copy in Sent; '' without one. */
  readonly href: string;
  readonly lines: readonly DeliveryLine[];
  /** Milliseconds since 1970; undefined: a try is under way, or nobody can tell. */
  readonly nextTry: number | undefined;
  /** Orders can be given about it. */
  readonly isOurs: boolean;
}

interface Found {
  readonly history: MessageHistory;
  readonly entry: QueueEntry | undefined;
}

/** The queue counts whole seconds, and its log line comes a moment after the letter. */
const birthSlack = 120;

/** What the history and the queue know of a letter; undefined: nothing (any more). */
async function findLetter(web: WebParts, req: Request, letter: SentLetter): Promise<Found | undefined> {
  const history = await web.history?.findQueued(letter.qp, letter.at);
  // Numbers of the queue come again after a restart: another's letter is not this one.
  if (history?.sender.toLowerCase() !== web.session(req).account.address.toLowerCase()) return undefined;
  if (history.endedAt !== undefined || !web.queueDesk) return { history, entry: undefined };
  try {
    const entry = await web.queueDesk.showOwn(actorOf(web, req), history.msg);
    const isIt = Math.abs(entry.birth - history.receivedAt / 1000) <= birthSlack;
    return { history, entry: isIt ? entry : undefined };
  } catch (error) {
    if (!(error instanceof NoSuchObject)) web.log(`web: queue of a sent letter: ${quoted(String(error))}`);
    return { history, entry: undefined };
  }
}

const actorOf = (web: WebParts, req: Request) =>
  ({ kind: 'account', address: web.session(req).account.address, ip: req.ip ?? '' }) as const;

/** The letters that wait in the queue, newest first. */
export async function queuedLetters(web: WebParts, req: Request): Promise<readonly QueuedLetter[]> {
  const { address } = web.session(req).account;
  const mailbox = await web.mailbox(req);
  const letters: QueuedLetter[] = [];
  for (const letter of web.fates.deferred(address)) {
    const found = await findLetter(web, req, letter).catch((error: unknown) => {
      web.log(`web: history of a sent letter: ${quoted(String(error))}`);
      return undefined;
    });
    if (!found || found.history.endedAt !== undefined) continue;
    const { history, entry } = found;
    const row = letter.copy && (await mailbox.find(letter.copy.id, letter.copy.folder))?.row;
    const nexts = [entry?.next.local, entry?.next.remote].filter((next) => next !== undefined);
    letters.push({
      messageId: letter.messageId,
      at: letter.at,
      subject: row?.subject ?? '',
      recipients: row?.to ?? [],
      href: letter.copy && row ? `/m/${letter.copy.id}?in=${encodeURIComponent(letter.copy.folder)}` : '',
      lines: deliveryLines(history, row?.to ?? []),
      nextTry: nexts.length === 0 ? undefined : Math.min(...nexts) * 1000,
      isOurs: entry !== undefined,
    });
  }
  return letters;
}

/** Gives an order about one's own letter; undefined: the queue does not have it any more. */
export async function orderLetter(
  web: WebParts,
  req: Request,
  messageId: string,
  order: 'drop' | 'retryNow',
): Promise<OrderAnswer | undefined> {
  const { address } = web.session(req).account;
  const letter = web.fates.deferred(address).find((one) => one.messageId === messageId);
  const found = letter && (await findLetter(web, req, letter));
  if (!found?.entry || !web.queueDesk) return undefined;
  const { id, birth } = found.entry;
  try {
    const answer = await web.queueDesk.giveOwn(actorOf(web, req), order, id, birth);
    if (order === 'drop' && answer.state === 'done') web.fates.cancel(address, messageId);
    return answer;
  } catch (error) {
    if (error instanceof NoSuchObject) return undefined;
    throw error;
  }
}
