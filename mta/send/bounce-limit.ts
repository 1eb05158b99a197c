// Backscatter (spec/security.md R9): bounces to people who never wrote. A stranger's message for one of our domains that
// fails after it was taken gives one bounce a sender, cause and hour, and none when it says that a machine sent it. Only
// strangers are limited: who logged in, may relay or sent from this machine hears of every letter, and so does a sender
// who lives here. The door says so with the letter (origin `relay`), which the queue knows until it is started again; then
// the Received line is looked at, which does not tell of clients that only a tcp rule lets relay. List managers keep their bounces too: those go to the list's own address and clean it. What is held
// back is told in the log. The memory is this process's: after a restart a sender may be told once more.
import { createHash } from 'node:crypto';
import { isRcpthost, rewriteRecipient } from '../control/match.ts';
import { makeClientMatcher } from '../control/network.ts';
import type { Failure } from './bounce-message.ts';
import { statusOfReport } from './bounce-message.ts';
import type { SendSettings } from './settings.ts';

/** Senders and causes that are remembered. */
const MOST_TOLD = 20_000;

/** What may be bounced. */
export interface BounceCause {
  readonly sender: string;
  readonly failures: readonly Failure[];
}

/** Counts of one sender and cause. */
interface Told {
  /** Seconds of a clock that only goes forward. */
  readonly at: number;
  heldBack: number;
}

export class BounceLimit {
  readonly #told = new Map<string, Told>();

  /**
   * May this be told now? It then counts as told; `forget` when it could not be queued.
   * @param interval seconds
   * @returns undefined, or how many were held back with this one
   */
  takeTurn(cause: BounceCause, interval: number, now: number): number | undefined {
    for (const [key, { at }] of this.#told) {
      if (now - at < interval && this.#told.size < MOST_TOLD) break;
      this.#told.delete(key);
    }
    const key = keyOf(cause);
    const told = this.#told.get(key);
    if (told !== undefined && now - told.at < interval) return ++told.heldBack;
    this.#told.delete(key);
    this.#told.set(key, { at: now, heldBack: 0 });
    return undefined;
  }

  forget(cause: BounceCause): void {
    this.#told.delete(keyOf(cause));
  }
}

/** The same cause: the same recipients failed with the same status. A digest, so that long addresses cost no memory. */
function keyOf({ sender, failures }: BounceCause): string {
  const lines = failures.map(({ address, report }) => `${address}\n${statusOfReport(report)}`).sort();
  return createHash('sha256')
    .update([sender, ...lines].join('\n'))
    .digest('base64');
}

// qmail-queue's line, and the first one of smtpd or qmtpd below it (smtpd/trace.ts). Both are ours, on top of all that the
// stranger wrote; between them is what a filter in the place of qmail-queue put on top.
const ENTRANCE =
  /^Received: \(qmail \d+ invoked from network\);[^\n]*\n(?:(?!Received: from )[^\n]+\n)*Received: from \S+(?: \(HELO \S+\))? \((?:[^\s()]*@)?([^\s()@]+)\)\n {2}by \S+ with ([A-Z0-9]+);/;

/**
 * Did a stranger send this to one of our domains, under the name of somebody who does not live here?
 * @param original the beginning of the message as it lies in the queue
 */
export function isFromStranger(
  original: Buffer,
  { sender, failures }: BounceCause,
  settings: SendSettings,
): boolean {
  const [, ip, protocol] = ENTRANCE.exec(original.toString('latin1', 0, 2000)) ?? [];
  // RFC 3848: the names of authenticated sessions end in A.
  if (ip === undefined || protocol === undefined || protocol.endsWith('A')) return false;
  if (ip === '::1' || ip.startsWith('127.') || makeClientMatcher(settings.relayclients)(ip)) return false;
  if (rewriteRecipient(sender, settings).channel === 'local') return false;
  // After a restart: who has recipients elsewhere was let relay, as a stranger's are all of rcpthosts.
  return failures.every(({ address }) =>
    isRcpthost(address.slice(address.lastIndexOf('@') + 1), settings.rcpthosts, settings.morercpthosts),
  );
}

/** RFC 3834 5: does the message say that no person sent it? */
export function isAutoSubmitted(original: Buffer): boolean {
  const text = original.toString('latin1');
  const end = text.indexOf('\n\n');
  const field = /^auto-submitted[ \t]*:[ \t]*([^\s;(]*)/im.exec(end < 0 ? text : text.slice(0, end));
  return field !== null && field[1]!.toLowerCase() !== 'no';
}
