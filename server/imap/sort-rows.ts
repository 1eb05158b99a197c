// What SORT and THREAD need to know of messages, out of the index, a thousand at a time.
import type { SortRow } from '../message/imap/sort.ts';
import type { Session } from './session.ts';

const batchSize = 1000;

/** Rows of these UIDs, ascending; those that are gone are left out. */
export async function readSortRows(session: Session, uids: Uint32Array): Promise<SortRow[]> {
  const { folder } = session.folder.model;
  const rows: SortRow[] = [];
  const ask = (from: number) => {
    if (from >= uids.length) return undefined;
    const names = ['size', 'received', 'sortFacts'] as const;
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
      if (sortFacts) rows.push({ uid, received, size, facts: sortFacts });
  }
  return rows;
}
