// What SORT and THREAD need to know of messages, out of the index, a thousand at a time.
import { type FactName, noSortFacts } from '../mailbox/uid-types.ts';
import type { SortCriterion, SortRow } from '../message/imap/sort.ts';
import type { Session } from './session.ts';

const batchSize = 1000;

/** What these criteria look at. */
export function factsFor(criteria: readonly SortCriterion[]): readonly FactName[] {
  const names = new Set<FactName>();
  for (const { key } of criteria) {
    if (key === 'SIZE') names.add('size');
    else if (key === 'ARRIVAL') names.add('received');
    else names.add('sortFacts').add('received');
  }
  return [...names];
}

/** All that THREAD looks at. */
export const threadFacts: readonly FactName[] = ['received', 'sortFacts'];

/** Rows of these UIDs, ascending; those that are gone are left out. */
export async function readSortRows(
  session: Session,
  uids: Uint32Array,
  names: readonly FactName[],
): Promise<SortRow[]> {
  const { folder } = session.folder.model;
  const rows: SortRow[] = [];
  const ask = (from: number) => {
    if (from >= uids.length) return undefined;
    const answer = session.uids.facts(folder, Array.from(uids.subarray(from, from + batchSize)), names);
    // Told when its turn comes.
    answer.catch(() => undefined);
    return answer;
  };
  let next = ask(0);
  for (let from = 0; next !== undefined; from += batchSize) {
    const facts = await next;
    next = ask(from + batchSize);
    for (const { uid, received = 0, size = 0, sortFacts } of facts)
      rows.push({ uid, received, size, facts: sortFacts ?? noSortFacts });
  }
  return rows;
}
