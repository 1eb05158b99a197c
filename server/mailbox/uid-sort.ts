// SORT and THREAD (RFC 5256) of a folder, in the index worker, so that nothing but UIDs crosses to the role. What they compare
// is kept for the folders that were sorted last (server/message/imap/sort-table.ts): it is read once, and then of new
// messages only. A cache of the index, which is a cache of the Maildir.
import { orderNumbers } from '../../mta/formats/number-order.ts';
import type { SortCriterion } from '../message/imap/sort.ts';
import { isOfTable, SortTable } from '../message/imap/sort-table.ts';
import { formatThreads, type ThreadAlgorithm, threadMessages } from '../message/imap/thread.ts';
import type { AccountContext, FolderState } from './context.ts';
import { hashName } from './conversations.ts';
import { type PackedFacts, packFacts, unpackFacts } from './facts.ts';
import { type KeptColumns, readColumns } from './search-columns.ts';
import { readUidFolder } from './uid-rows.ts';
import { parseFolder } from './uid-search.ts';
import type { FactName } from './uid-types.ts';

/** Messages kept over all folders of an account; some 200 bytes each. */
const mostKept = 300_000;
/** Messages that are read at once. */
const step = 2000;

/** Tables by folder, the one used last at the end. */
export type SortTables = Map<number, SortTable>;

/** The table of a folder, with all of these messages that are there. */
async function readTable(
  context: AccountContext,
  tables: SortTables,
  folder: FolderState,
  uids: Uint32Array,
  withNames: boolean,
): Promise<SortTable> {
  const row = readUidFolder(context.db, folder.id);
  // Also of a folder whose rows are still coming.
  const uidValidity = folder.sight?.uidValidity ?? row?.uid_validity ?? 0;
  const messages = folder.sight?.uids.length ?? row?.messages ?? 0;
  let table = tables.get(folder.id);
  tables.delete(folder.id);
  if (
    table?.uidValidity !== uidValidity ||
    (withNames && !table.hasNames) ||
    // Most of what it has is gone from the folder.
    table.size > 2 * messages + 1000
  )
    table = new SortTable(uidValidity, withNames ? hashName : undefined);
  tables.set(folder.id, table);
  const missing = Array.from(uids).filter((uid) => !table.has(uid));
  const ask = (from: number) => {
    if (from >= missing.length) return undefined;
    const answer = packFacts(context, folder, missing.slice(from, from + step), factNames);
    // Told when its turn comes.
    answer.catch(() => undefined);
    return answer;
  };
  let next = ask(0);
  for (let from = step; next !== undefined && !context.closing.aborted; from += step) {
    const packed = await next;
    next = ask(from);
    for (const facts of unpackFacts(packed, factNames)) table.add(facts);
  }
  let sum = 0;
  for (const { size } of tables.values()) sum += size;
  for (const [id, { size }] of tables) {
    if (sum <= mostKept || tables.size === 1) break;
    tables.delete(id);
    sum -= size;
  }
  return table;
}

const factNames: readonly FactName[] = ['received', 'sortFacts'];

function isSame(one: Uint32Array, other: Uint32Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** RFC 5256 3: equal ones in the order of their numbers, also in reverse. */
function sortByNumber(uids: Uint32Array, values: Float64Array, isReverse: boolean): Uint32Array {
  const most = isReverse ? values.reduce((one, other) => Math.max(one, other), 0) : 0;
  const order = orderNumbers(isReverse ? values.map((value) => most - value) : values);
  return Uint32Array.from(order, (at) => uids[at]!);
}

/** Sizes and times of arrival: from the columns that searches keep, or with the facts of a folder whose rows are coming. */
async function readNumbers(
  context: AccountContext,
  kept: KeptColumns,
  folder: FolderState,
  uids: Uint32Array,
  names: readonly FactName[],
): Promise<Pick<PackedFacts, 'uids' | 'numbers'>> {
  if (folder.sight) return packFacts(context, folder, Array.from(uids), names);
  const withSizes = names.includes('size');
  if (withSizes) await parseFolder(context, folder);
  const columns = await readColumns(context, kept, folder, withSizes);
  const found = new Uint32Array(uids.length);
  const size = new Float64Array(uids.length);
  const received = new Float64Array(uids.length);
  let count = 0;
  for (let at = 0, i = 0; i < uids.length; i++) {
    while (at < columns.length && columns.uids[at]! < uids[i]!) at++;
    if (at === columns.length || columns.uids[at] !== uids[i]) continue;
    found[count] = uids[i]!;
    size[count] = columns.sizes[at]!;
    received[count++] = columns.received[at]!;
  }
  return {
    uids: found.subarray(0, count),
    numbers: { size: size.subarray(0, count), received: received.subarray(0, count) },
  };
}

/**
 * Sorts messages; those that are gone may be left out.
 * @param uids ascending
 */
export async function sortFolder(
  context: AccountContext,
  tables: SortTables,
  columns: KeptColumns,
  folder: FolderState,
  uids: Uint32Array,
  criteria: readonly SortCriterion[],
): Promise<Uint32Array> {
  const numbers = criteria.flatMap(({ key }): FactName[] =>
    key === 'SIZE' ? ['size'] : key === 'ARRIVAL' ? ['received'] : [],
  );
  const table = criteria.some(({ key }) => isOfTable(key))
    ? await readTable(context, tables, folder, uids, false)
    : undefined;
  const key = JSON.stringify(criteria);
  const last = table?.answer;
  if (last?.key === key && last.version === table?.version && isSame(last.uids, uids))
    return (last.value as Uint32Array).slice();
  const packed = numbers.length > 0 ? await readNumbers(context, columns, folder, uids, numbers) : undefined;
  const alone = criteria.length === 1 ? packed?.numbers[numbers[0] as 'size' | 'received'] : undefined;
  if (packed && alone) return sortByNumber(packed.uids, alone, criteria[0]!.isReverse);
  const version = table?.version ?? 0;
  const sorted = await (table ?? new SortTable(0)).sort(packed?.uids ?? uids, criteria, packed?.numbers);
  // Sizes and times of arrival are not kept.
  if (table && !packed) table.answer = { key, version, uids, value: sorted.slice() };
  return sorted;
}

/**
 * Threads messages: the text of the answer, with UIDs.
 * @param uids ascending
 */
export async function threadFolder(
  context: AccountContext,
  tables: SortTables,
  folder: FolderState,
  uids: Uint32Array,
  algorithm: ThreadAlgorithm,
): Promise<string> {
  const table = await readTable(context, tables, folder, uids, true);
  const last = table.answer;
  if (last?.key === algorithm && last.version === table.version && isSame(last.uids, uids))
    return last.value as string;
  const { version } = table;
  const value = formatThreads(await threadMessages(table.threadRows(uids), algorithm), (uid) => uid);
  table.answer = { key: algorithm, version, uids, value };
  return value;
}
