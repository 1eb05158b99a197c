// Browsers that need no second step for 30 days, because somebody who gave a code there asked for it. The browser holds
// 256 random bits, the database their SHA-256, for whom, and for which second factor: one that is turned on anew knows
// none of them. One value a browser, for all accounts that are used there; it changes whenever it gains an account.
import { createHash, randomBytes } from 'node:crypto';
import type { StateDatabase } from './database.ts';

/** Milliseconds that a browser is remembered. */
export const rememberedFor = 30 * 24 * 3600_000;

export interface RememberedBrowsers {
  /**
   * Remembers the browser that shows `cookie` (or none) for an account; gives its new cookie value.
   * @param since when the account's second factor was turned on, seconds since 1970
   */
  remember(cookie: string, address: string, since: number): string;
  isRemembered(cookie: string, address: string, since: number): boolean;
  /** How many there are for an account and its second factor. */
  count(address: string, since: number): number;
  forgetAll(address: string): void;
  prune(): void;
}

const hashOf = (value: string): string => createHash('sha256').update(value).digest('base64url');

/** @param now milliseconds since 1970 */
export function openRememberedBrowsers(database: StateDatabase, now: () => number): RememberedBrowsers {
  const insert = database.prepare('insert or replace into web_remembered values (?, ?, ?, ?)');
  const rename = database.prepare('update web_remembered set hash = ? where hash = ?');
  const find = database.prepare(
    'select 1 from web_remembered where hash = ? and address = ? and since = ? and at > ?',
  );
  const countAll = database.prepare<[string, number, number], { n: number }>(
    'select count(*) as n from web_remembered where address = ? and since = ? and at > ?',
  );
  const removeAll = database.prepare('delete from web_remembered where address = ?');
  const removeOld = database.prepare('delete from web_remembered where at <= ?');
  const oldest = (): number => now() - rememberedFor;
  return {
    remember: database.transaction((cookie: string, address: string, since: number) => {
      const fresh = randomBytes(32).toString('base64url');
      rename.run(hashOf(fresh), hashOf(cookie));
      insert.run(hashOf(fresh), address, since, now());
      return fresh;
    }),
    isRemembered: (cookie, address, since) =>
      cookie !== '' && find.get(hashOf(cookie), address, since, oldest()) !== undefined,
    count: (address, since) => countAll.get(address, since, oldest())?.n ?? 0,
    forgetAll: (address) => void removeAll.run(address),
    prune: () => void removeOld.run(oldest()),
  };
}
