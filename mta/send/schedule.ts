// qmail-send's retry schedule (spec/qmail.md 7.2). Pure.
import type { Channel } from '../queue/queue.ts';

/** chanskip of qmail-send.c: local 10, remote 20. */
const skip: Readonly<Record<Channel, number>> = { local: 10, remote: 20 };

/**
 * The time of the next try of a pass that starts now.
 * @param birth arrival of the message, seconds since 1970
 * @param now seconds since 1970
 * @returns seconds since 1970: birth + (floor(sqrt(age)) + skip)^2
 */
export function nextRetry(channel: Channel, birth: number, now: number): number {
  const age = Math.max(0, Math.floor(now) - Math.floor(birth));
  const root = Math.floor(Math.sqrt(age)) + skip[channel];
  return Math.floor(birth) + root * root;
}

/** Is a pass that starts now the last one? Each temporary failure of it becomes permanent. */
export function isDying(birth: number, now: number, queuelifetime: number): boolean {
  return now > birth + queuelifetime;
}

/** What qmail-send adds to the report of a delivery that fails for good because of its age. */
export const dyingText = "I'm not going to try again; this message has been in the queue too long.";

/**
 * VERP: the sender given to one delivery (spec/qmail.md 7.6). A sender `pre@host-@[]` becomes `pre` + `box=dom@host`
 * for the recipient box@dom; anything else is passed unchanged.
 */
export function expandVerp(sender: string, recipient: string): string {
  if (sender.length < 4 || !sender.endsWith('-@[]')) return sender;
  const template = sender.slice(0, -4);
  const at = template.lastIndexOf('@');
  const recipientAt = recipient.lastIndexOf('@');
  if (at < 0 || recipientAt < 0) return sender;
  const box = recipient.slice(0, recipientAt);
  const host = recipient.slice(recipientAt + 1);
  return `${template.slice(0, at)}${box}=${host}@${template.slice(at + 1)}`;
}

/** Where a bounce for this sender goes: a VERP template `pre@host-@[]` bounces to `pre@host`. */
export function bounceRecipient(sender: string): string {
  return sender.endsWith('-@[]') ? sender.slice(0, -4) : sender;
}
