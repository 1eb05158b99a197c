// Lists in their order: one page of a folder by keyset over an index, never by OFFSET (spec/webmail.md 2.5), and
// whole results of searches and of lists over several folders as sorted row ids.
// Orders: date = received, then base. Sender, subject and size put the newest first among equals when ascending;
// descending is exactly the reverse. Reads only; what is up to date is the business of read.ts.
import type { AccountContext, FolderState } from './context.ts';
import {
  compareText,
  type IndexRow,
  type Position,
  type PositionRow,
  rowColumns,
  rowSource,
  type Sort,
} from './rows.ts';
import type { Bindable } from './schema.ts';
import type { ListQuery } from './types.ts';

/** What a conversation is called in `listed`, of `message m`: its number, or the negative of a row not read yet. */
export const placeSql = 'iif(m.conversation > 0, m.conversation, -m.id)';

export type Filter = NonNullable<ListQuery['filter']>;
export type Direction = NonNullable<ListQuery['direction']>;

/** Newest and biggest first, names and subjects from A. */
export const defaultDirection = (sort: Sort): Direction =>
  sort === 'date' || sort === 'size' ? 'desc' : 'asc';

const filterSql: Readonly<Record<Filter, string>> = {
  all: '',
  unread: ' AND m.seen = 0',
  starred: ' AND m.flagged = 1',
  attach: ' AND m.attach = 1',
};
const filterIndex: Readonly<Record<Exclude<Filter, 'all'>, string>> = {
  unread: 'message_unread',
  starred: 'message_flagged',
  attach: 'message_attach',
};
const sortColumn: Readonly<Record<Exclude<Sort, 'date'>, string>> = {
  from: 'm.from_key',
  subject: 'm.subject_key',
  size: 'm.size',
};
/** Up to here it is cheaper to sort what a filter leaves than to walk the order and skip. */
const sparse = 2000;

export interface FolderCounts {
  readonly total: number;
  readonly unread: number;
  readonly flagged: number;
  readonly attach: number;
  readonly pending: number;
}

export function readCounts(context: AccountContext, folder: FolderState): FolderCounts {
  return (
    context.db.get<FolderCounts>(
      'SELECT total, unread, flagged, attach, pending FROM folder WHERE id = ?',
      folder.id,
    ) ?? { total: 0, unread: 0, flagged: 0, attach: 0, pending: 0 }
  );
}

/** How many of a folder's messages the index has still to read, and of how many, those not listed yet included. */
export function unreadByIndex(
  counts: FolderCounts,
  folder: FolderState,
): { readonly pending: number; readonly known: number } {
  const known = Math.max(counts.total, folder.expected ?? 0);
  return { pending: counts.pending + (known - counts.total), known };
}

export function countFor(counts: FolderCounts, filter: Filter): number {
  const by = { all: counts.total, unread: counts.unread, starred: counts.flagged, attach: counts.attach };
  return by[filter];
}

export interface PageOrder {
  readonly folder: FolderState;
  readonly filter: Filter;
  readonly sort: Sort;
  readonly direction: Direction;
}

/**
 * Rows of one folder from a position on (not including it), `backwards` against the direction of the list; in the
 * order walked. Without a position: from the start, or backwards from the end.
 */
export function walkFolder(
  context: AccountContext,
  order: PageOrder,
  from: Position | undefined,
  backwards: boolean,
  limit: number,
): IndexRow[] {
  const { folder, filter, sort } = order;
  const ascending = (order.direction === 'asc') !== backwards;
  const filtered = `m.folder = ? AND m.trashed = 0${filterSql[filter]}`;
  const { db } = context;
  if (sort === 'date') {
    const [than, way] = ascending ? ['>', 'ASC'] : ['<', 'DESC'];
    const bound = from ? ` AND (m.received, m.base) ${than} (?, ?)` : '';
    return db.all<IndexRow>(
      `SELECT ${rowColumns} FROM ${rowSource} WHERE ${filtered}${bound}
       ORDER BY m.received ${way}, m.base ${way} LIMIT ?`,
      folder.id,
      ...(from ? [from.received, from.base] : []),
      limit,
    );
  }
  const column = sortColumn[sort];
  const [than, way, innerThan, innerWay] = ascending ? ['>', 'ASC', '<', 'DESC'] : ['<', 'DESC', '>', 'ASC'];
  const isSparse = filter !== 'all' && countFor(readCounts(context, folder), filter) < sparse;
  const source = isSparse
    ? `message m INDEXED BY ${filterIndex[filter as Exclude<Filter, 'all'>]} LEFT JOIN envelope e ON e.id = m.id`
    : rowSource;
  const select = `SELECT ${rowColumns} FROM ${source} WHERE ${filtered}`;
  const inner = `m.received ${innerWay}, m.base ${innerWay}`;
  if (!from) {
    return db.all<IndexRow>(`${select} ORDER BY ${column} ${way}, ${inner} LIMIT ?`, folder.id, limit);
  }
  // Two ranges of the index, the rest of the equal keys and what comes after them: an OR would read all equals.
  const equals = db.all<IndexRow>(
    `${select} AND ${column} = ? AND (m.received, m.base) ${innerThan} (?, ?) ORDER BY ${inner} LIMIT ?`,
    folder.id,
    from.key,
    from.received,
    from.base,
    limit,
  );
  if (equals.length >= limit) return equals;
  const beyond = db.all<IndexRow>(
    `${select} AND ${column} ${than} ? ORDER BY ${column} ${way}, ${inner} LIMIT ?`,
    folder.id,
    from.key,
    limit - equals.length,
  );
  return [...equals, ...beyond];
}

/** A question over one folder or several; `folders` undefined is all but `except`. */
export interface WideQuery {
  readonly folder: FolderState | undefined;
  readonly except: readonly number[];
  readonly filter: Filter;
  readonly sort: Sort;
  readonly direction: Direction;
  /** FTS5 expression. */
  readonly match: string | undefined;
  readonly where: readonly string[];
  readonly values: readonly Bindable[];
}

/** Row ids (or message ids) of all that match, in order. */
export function findAll<Value extends number | string>(
  context: AccountContext,
  query: WideQuery,
  column: 'm.id' | 'm.key',
  limit: number,
): Value[] {
  const { sql, values } = wideSql(query, column);
  return context.db.pluck<Value>(sql, ...values, limit);
}

/** Row ids of all that match, in order, of each conversation only the first. */
export function findConversations(context: AccountContext, query: WideQuery, limit: number): number[] {
  const { sql, values } = wideSql(query, `m.id, ${placeSql}`);
  const seen = new Set<unknown>();
  const ids: number[] = [];
  for (const [id, place] of context.db.rows(sql, ...values, limit)) {
    if (seen.has(place)) continue;
    seen.add(place);
    ids.push(id as number);
  }
  return ids;
}

/** The columns of all that match, in order; the limit is the last value. */
function wideSql(query: WideQuery, columns: string): { readonly sql: string; readonly values: Bindable[] } {
  const values: Bindable[] = [];
  const where: string[] = [];
  let source = 'message m';
  if (query.match !== undefined) {
    source = 'words CROSS JOIN message m ON m.id = words.rowid';
    where.push('words MATCH ?');
    values.push(query.match);
  }
  where.push('m.trashed = 0', 'in_time()');
  if (query.folder) {
    where.push('m.folder = ?');
    values.push(query.folder.id);
  } else if (query.except.length > 0) {
    where.push(`m.folder NOT IN (${query.except.join(', ')})`);
  }
  where.push(...query.where);
  values.push(...query.values);
  const [way, innerWay] = query.direction === 'asc' ? ['ASC', 'DESC'] : ['DESC', 'ASC'];
  const order =
    query.sort === 'date'
      ? `m.received ${way}, m.base ${way}, m.id ${way}`
      : `${sortColumn[query.sort]} ${way}, m.received ${innerWay}, m.base ${innerWay}, m.id ${innerWay}`;
  const sql = `SELECT ${columns} FROM ${source} WHERE ${where.join(' AND ')}${filterSql[query.filter]} ORDER BY ${order} LIMIT ?`;
  return { sql, values };
}

/** Rows by row id, in the order given; rows that are gone are left out. */
export function readRows(context: AccountContext, ids: readonly number[]): IndexRow[] {
  const rows: IndexRow[] = [];
  for (const id of ids) {
    const row = context.db.get<IndexRow>(`SELECT ${rowColumns} FROM ${rowSource} WHERE m.id = ?`, id);
    if (row) rows.push(row);
  }
  return rows;
}

/** How many of the sorted ids come before a position: the place where it is, or would be. */
export function placeOf(
  context: AccountContext,
  ids: readonly number[],
  position: Position,
  direction: Direction,
): { readonly index: number; readonly isMember: boolean } {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = context.db.get<PositionRow>(
      'SELECT id, base, received, size, from_key, subject_key FROM message WHERE id = ?',
      ids[middle]!,
    );
    // A row that went since the ids were read: its neighbour decides, one step off at most.
    if (row && comparePosition(row, position, direction) < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, isMember: ids[low] === position.row };
}

function comparePosition(row: PositionRow, position: Position, direction: Direction): number {
  const sign = direction === 'asc' ? 1 : -1;
  const time =
    row.received - position.received || compareText(row.base, position.base) || row.id - position.row;
  if (position.sort === 'date') return sign * time;
  const key =
    position.sort === 'size'
      ? row.size - Number(position.key)
      : compareText(position.sort === 'from' ? row.from_key : row.subject_key, String(position.key));
  return key !== 0 ? sign * key : -sign * time;
}
