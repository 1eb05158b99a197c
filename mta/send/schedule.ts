// qmail-send's retry schedule (spec/qmail.md 7.2). Pure.
import type { Channel } from '../queue/queue.ts';

/** chanskip of qmail-send.c: local 10, remote 20. */
const skip: Readonly<Record<Channel, number>> = { local: 10, remote: 20 };

/** 2000-01-01: an arrival before that was stamped by a clock that had not been set yet. */
export const earliestArrival = 946_684_800;

/** An arrival that a clock can have stamped: else the message counts as new. Seconds since 1970. */
export function plausibleBirth(birth: number, now: number): number {
  return birth > now || (birth < earliestArrival && now >= earliestArrival) ? now : birth;
}

/**
 * The time of the next try of a pass that starts now.
 * @param birth arrival of the message, seconds since 1970
 * @param now seconds since 1970
 * @returns seconds since 1970: birth + (floor(sqrt(age)) + skip)^2
 */
export function nextRetry(channel: Channel, birth: number, now: number): number {
  const from = Math.floor(plausibleBirth(birth, now));
  const root = Math.floor(Math.sqrt(Math.floor(now) - from)) + skip[channel];
  return from + root * root;
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
