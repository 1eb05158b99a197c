// How each recipient of a letter that one sent stands: waiting, delivered, refused and why (spec/webmail.md; the delivery
// history knows it). Shown under a letter in Sent. What the history does not know is not guessed at.
import type { MessageHistory, RecipientHistory } from '../../history/types.ts';
import type { Address } from '../../mailbox/types.ts';
import { cleanLine, cleanLines } from '../shell/foreign.ts';
import type { Web } from '../types.ts';

export interface DeliveryLine {
  readonly address: string;
  readonly state: 'waiting' | 'delivered' | 'deferred' | 'failed' | 'stopped';
  /** The other side's words; '' when there are none worth telling. */
  readonly words: string;
  /** Milliseconds since 1970; undefined: nothing was tried yet. */
  readonly at: number | undefined;
  readonly attempts: number;
}

/** The address that the sender wrote: qmail-send puts the domain of a virtual domain in front (spec/qmail.md 5.1). */
export function writtenAddress({
  recipient,
  channel,
}: Pick<RecipientHistory, 'recipient' | 'channel'>): string {
  const at = recipient.lastIndexOf('@');
  const domain = recipient.slice(at + 1);
  const prefix = `${domain}-`;
  return channel === 'local' && recipient.startsWith(prefix) ? recipient.slice(prefix.length) : recipient;
}

/** The lines of a letter: its recipients in their order, then others that the queue knew. Pure. */
export function deliveryLines(
  history: MessageHistory,
  recipients: readonly Address[],
): readonly DeliveryLine[] {
  const known = new Map(history.recipients.map((each) => [writtenAddress(each).toLowerCase(), each]));
  const isEnded = history.endedAt !== undefined;
  const lines = new Map<string, DeliveryLine>();
  for (const { address } of recipients) {
    const key = address.toLowerCase();
    if (key !== '' && !lines.has(key)) lines.set(key, lineOf(cleanLine(address), known.get(key), isEnded));
    known.delete(key);
  }
  for (const [key, each] of known) lines.set(key, lineOf(cleanLine(writtenAddress(each)), each, isEnded));
  return [...lines.values()];
}

function lineOf(address: string, known: RecipientHistory | undefined, isEnded: boolean): DeliveryLine {
  if (known === undefined) return { address, state: 'waiting', words: '', at: undefined, attempts: 0 };
  const { state, at, attempts, channel } = known;
  // qmail-local's own report of a success, `did 0+0+1`, says nothing to people.
  const words = channel === 'local' && state === 'delivered' ? '' : cleanLines(known.words, 500);
  // The queue is done with the letter and did not deliver it: somebody took it out.
  if (isEnded && (state === 'deferred' || state === 'waiting'))
    return { address, state: 'stopped', words: '', at, attempts };
  return { address, state, words, at, attempts };
}

/** The lines for a letter of this account; undefined when it did not go out here, or too long ago. */
export async function deliveryOf(
  web: Web,
  account: string,
  letter: { readonly messageId: string; readonly recipients: readonly Address[] },
): Promise<readonly DeliveryLine[] | undefined> {
  const queued = letter.messageId === '' ? undefined : web.sentLetters.find(account, letter.messageId);
  if (queued === undefined || web.history === undefined) return undefined;
  try {
    const history = await web.history.findQueued(queued.qp, queued.at);
    return history && deliveryLines(history, letter.recipients);
  } catch (error) {
    // The letter is shown all the same.
    web.log(`web: delivery state of a sent letter: ${cleanLine(String(error), 200)}`);
    return undefined;
  }
}
