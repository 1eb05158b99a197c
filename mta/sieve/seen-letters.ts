// Which letters an account has seen (RFC 7352 duplicate): `sieve-seen` among our files of the account, a line each, until
// when and a hash of handle and id; the youngest MOST_SEEN. Ids of a run are written only when its delivery is done, so that
// a letter that is tried again is no duplicate of itself.
import { createHash } from 'node:crypto';
import type { AccountHome } from '../accounts/account-files.ts';
import { changeAccountFile, readAccountFile } from '../accounts/account-files.ts';

const FILE = 'sieve-seen';
/** Lines of 28 bytes; what our files of an account may have holds twice as many. */
const MOST_SEEN = 4000;

export interface SeenLetters {
  /** As SieveMailbox.isDuplicate. A file that cannot be read knows nothing. */
  isDuplicate(handle: string, id: string, seconds: number, restarts: boolean): Promise<boolean>;
  /** Writes down what was asked about. Rejects with system errors, AccountFileError and LockBusyError. */
  commit(): Promise<void>;
}

/** @param now seconds since 1970 */
export function openSeenLetters(home: AccountHome, now: number): SeenLetters {
  let known: Promise<Map<string, number>> | undefined;
  const asked = new Map<string, number>();
  const load = (): Promise<Map<string, number>> => {
    known ??= readAccountFile(home, FILE).then(
      (text) => parseSeen(text, now),
      () => new Map(),
    );
    return known;
  };
  return {
    async isDuplicate(handle, id, seconds, restarts) {
      const key = createHash('sha256').update(`${handle}\0${id}`).digest('hex').slice(0, 16);
      const isSeen = (await load()).has(key);
      if (!isSeen || restarts) asked.set(key, now + seconds);
      return isSeen;
    },
    async commit() {
      if (asked.size === 0) return;
      await changeAccountFile(home, FILE, (text) => {
        const seen = parseSeen(text, now);
        for (const [key, until] of asked) {
          seen.delete(key);
          seen.set(key, until);
        }
        return [...seen]
          .slice(-MOST_SEEN)
          .map(([key, until]) => `${until} ${key}\n`)
          .join('');
      });
    },
  };
}

function parseSeen(text: string | undefined, now: number): Map<string, number> {
  const seen = new Map<string, number>();
  for (const line of text?.split('\n') ?? []) {
    const [, until, key] = /^(\d{1,12}) ([0-9a-f]{16})$/.exec(line) ?? [];
    if (key !== undefined && Number(until) > now) seen.set(key, Number(until));
  }
  return seen;
}
