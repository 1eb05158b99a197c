// SORT over rows that a test makes, by the table that the index worker keeps.
import type { SortCriterion, SortRow } from '../../server/message/imap/sort.ts';
import { SortTable } from '../../server/message/imap/sort-table.ts';

/** UIDs of the rows in the order asked for. */
export async function sortMessages(
  rows: readonly SortRow[],
  criteria: readonly SortCriterion[],
): Promise<number[]> {
  const table = new SortTable(1);
  for (const { uid, received, facts } of rows) table.add({ uid, received, sortFacts: facts });
  const uids = Uint32Array.from(rows, ({ uid }) => uid);
  const size = rows.map((row) => row.size);
  const received = rows.map((row) => row.received);
  return Array.from(await table.sort(uids, criteria, { size, received }));
}
