// Where a letter in our queue came from, and what our checks said of it, out of the lines that we put on top ourselves:
// everything above the Received line of the door where it came in was written by us (smtpd/judged.ts, queue/entry.ts),
// everything below may be a stranger's. Pure.
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { type Field, unfoldValue } from './canonical.ts';

export interface LetterOrigin {
  /** It came in by SMTP or QMTP from somebody who had not signed in. False for our own people, programs and bounces. */
  readonly isFromNetwork: boolean;
  /** A .qmail file sent it on. */
  readonly isForwarded: boolean;
  /** The domain whose .qmail file sent it on last; '' when none did. */
  readonly forwarder: string;
  /** A mailing list of ours sent it on last, in the domain `forwarder` (lists/post/header.ts). */
  readonly isListPost: boolean;
  /** Results of our own checks, from top to bottom: Authentication-Results fields without their names. */
  readonly results: readonly string[];
}

/** @param host our name in Authentication-Results (RFC 8601 2.5) */
export function readOrigin(fields: readonly Field[], host: string): LetterOrigin {
  const door = fields.findIndex(({ name, text }) => name === 'received' && /^received:\s*from\s/i.test(text));
  const own = door < 0 ? fields : fields.slice(0, door);
  const last = own.find(({ name }) => name === 'delivered-to');
  const isForwarded = last !== undefined;
  const forwarder = last ? lowerAscii(splitAddress(unfoldValue(last)).domain) : '';
  const isListPost = last !== undefined && /^mailing list \S+@\S+$/.test(unfoldValue(last));
  const results =
    door < 0
      ? []
      : own
          .filter(({ name }) => name === 'authentication-results')
          .map(unfoldValue)
          .filter((value) => isOurs(value, host));
  if (door < 0) return { isFromNetwork: false, isForwarded, forwarder, isListPost, results };
  // qmail-queue's line tells who gave it the letter; RFC 3848: the names of authenticated sessions end in A.
  const queue = own.findLast(({ name }) => name === 'received');
  const isByDoor = queue !== undefined && /\binvoked from network\)/.test(queue.text);
  const protocol = /\swith\s+([A-Z0-9]+)/i.exec(fields[door]!.text)?.[1] ?? '';
  const isFromNetwork = !(isByDoor && protocol.endsWith('A'));
  return { isFromNetwork, isForwarded, forwarder, isListPost, results };
}

/** RFC 8601 2.2: the field begins with the name of who wrote it, perhaps a version. */
function isOurs(value: string, host: string): boolean {
  const name = /^([^\s;()]+)(?:\s+\d+)?\s*;/.exec(value)?.[1];
  return name !== undefined && host !== '' && lowerAscii(name) === lowerAscii(host);
}

/** The result of a method (`dmarc`, `arc` ...) in lower case, comments and quoted texts left out; undefined: none. */
export function resultOf(results: readonly string[], method: string): string | undefined {
  for (const value of results) {
    const plain = value.replace(/\((?:[^()\\]|\\.)*\)/g, ' ').replace(/"(?:[^"\\]|\\.)*"/g, ' ');
    for (const part of plain.split(';').slice(1)) {
      const match = /^\s*([a-z0-9-]+)(?:\/\d+)?\s*=\s*([a-z]+)/i.exec(part);
      if (match?.[1]?.toLowerCase() === method) return match[2]!.toLowerCase();
    }
  }
  return undefined;
}

/**
 * May we sign in the name of the letter's author? Yes for what our own people wrote and what relay clients brought. A
 * stranger's letter that says it is ours, and leaves again by a forward or to a host behind us, gets our name only when
 * the check of senders proved it: our signature would make a forgery real.
 */
export function mayVouch({
  isFromNetwork,
  isForwarded,
  results,
}: Omit<LetterOrigin, 'forwarder' | 'isListPost'>): boolean {
  if (!isFromNetwork) return true;
  if (results.length > 0) return resultOf(results, 'dmarc') === 'pass';
  return !isForwarded;
}
