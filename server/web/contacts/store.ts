// Contacts of all accounts, put together from their parts: cards, groups, people written to, completion. The rooms get it
// as `web.contacts`.
import type { StateDatabase } from '../state/database.ts';
import { openCards, restorable } from './cards.ts';
import { type FindColleagues, openCompletion } from './complete.ts';
import { openGroups } from './groups.ts';
import { openRecent } from './recent.ts';
import { makeContactTables } from './tables.ts';
import type { Contacts } from './types.ts';

/** @param now milliseconds since 1970 */
export function openContacts(
  database: StateDatabase,
  findColleagues: FindColleagues,
  now: () => number,
): Contacts {
  makeContactTables(database);
  const groups = openGroups(database);
  const removeGone = database.prepare('delete from web_contacts where gone <= ?');
  return {
    ...openCards(database, now),
    ...groups,
    ...openRecent(database, now),
    complete: openCompletion(database, findColleagues, groups.groupMembers),
    prune: () => void removeGone.run(now() - restorable),
  };
}
