// Passwords that were right a moment ago: a mail program opens ten connections at once, and a hash that is dear on purpose
// need not be paid for each (security.md A1, A2). What is kept is no password and no hash, but a keyed digest (HMAC) of
// both, with a key that this process made up and nobody else has: worthless outside it. The stored hash is part of it, so
// a changed password ends it at once.
import { createHmac, randomBytes } from 'node:crypto';

/** Milliseconds that a good password is remembered. */
const keptFor = 5 * 60_000;
/** Digests that are kept; the oldest go first. */
const mostKept = 20_000;

export interface RecentPasswords {
  /** Was this password right for this stored hash a moment ago? */
  knows(address: string, password: string, stored: string): boolean;
  note(address: string, password: string, stored: string): void;
}

/** @param clock milliseconds; it only goes forward */
export function createRecentPasswords(clock: () => number = () => performance.now()): RecentPasswords {
  const key = randomBytes(32);
  const until = new Map<string, number>();
  // Lengths in front, so that no two questions have the same text.
  const digestOf = (...texts: readonly string[]): string => {
    const hmac = createHmac('sha256', key);
    for (const text of texts) hmac.update(`${Buffer.byteLength(text)}:`).update(text);
    return hmac.digest('base64');
  };
  return {
    knows: (address, password, stored) => {
      const digest = digestOf(address, password, stored);
      const end = until.get(digest);
      if (end === undefined) return false;
      if (end > clock()) return true;
      until.delete(digest);
      return false;
    },
    note: (address, password, stored) => {
      const digest = digestOf(address, password, stored);
      until.delete(digest);
      until.set(digest, clock() + keptFor);
      if (until.size > mostKept) until.delete(until.keys().next().value as string);
    },
  };
}
