// Rows that few accounts have, and every page asks for: who has none is remembered, so that most pages ask no database.
import type { StateDatabase } from './database.ts';

/** Accounts remembered. */
const most = 10_000;

export interface Few {
  /** May the account have rows? */
  hasSome(address: string): boolean;
  /** The account gets one: to be called before every insert, for rows are made nowhere else. */
  gets(address: string): void;
}

/** @param column of the table that names the account */
export function createFew(
  database: StateDatabase,
  table: string,
  column: 'address' | 'account' | 'owner' = 'address',
): Few {
  const any = database.prepare<[string], unknown>(`select 1 from ${table} where ${column} = ? limit 1`);
  const none = new Set<string>();
  return {
    hasSome(address) {
      if (none.has(address)) return false;
      if (any.get(address) !== undefined) return true;
      if (none.size >= most) none.clear();
      none.add(address);
      return false;
    },
    gets: (address) => void none.delete(address),
  };
}
