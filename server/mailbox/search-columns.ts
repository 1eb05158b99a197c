// The columns of a folder that SEARCH asks for most, in typed arrays: UIDs ascending, flags, sizes, dates, MODSEQ. They are
// read once, in steps, and kept for the folders that were searched last; after that only what changed since their MODSEQ
// is put in, and what has been parsed since. So a search for flags or dates in a folder of 100,000 costs a walk over
// numbers. A cache of the index, which is a cache of the Maildir.
import { type AccountContext, type FolderState, yieldTurn } from './context.ts';
import { readGone, readUidFolder } from './uid-rows.ts';

/** Rows read in one step. */
const step = 5000;
/** Messages kept over all folders of an account; 45 bytes each. */
const mostKept = 400_000;

export interface Columns {
  length: number;
  ids: Float64Array;
  uids: Uint32Array;
  modseqs: Float64Array;
  /** Bits of `flagBits`. */
  flags: Uint8Array;
  received: Float64Array;
  saved: Float64Array;
  /** Bytes with CRLF. */
  sizes: Float64Array;
  /** The day of the Date field, midnight UTC; NaN: none. */
  days: Float64Array;
}

interface Kept extends Columns {
  modseq: number;
  readonly uidValidity: number;
  /** Row ids that were not parsed when they were read: their sizes and days are still to come. */
  unparsed: Set<number>;
}

/** Kept columns by folder, the one used last at the end. */
export type KeptColumns = Map<number, Kept>;

type Row = readonly [
  id: number,
  uid: number,
  modseq: number,
  flags: number,
  received: number,
  saved: number,
  size: number,
  day: number | null,
  parsed: number,
];

const select = `SELECT m.id, m.uid, m.modseq, m.flags, m.received, m.saved, iif(m.wire > 0, m.wire, m.size), s.day,
  m.parsed FROM message m LEFT JOIN searched s ON s.id = m.id`;

const readRows = (context: AccountContext, where: string, ...values: readonly number[]): readonly Row[] =>
  context.db.rows(`${select} WHERE ${where}`, ...values) as unknown as readonly Row[];

/** With more messages parsed since they are all read anew. */
const fewUnparsed = 2000;

/**
 * The columns of a folder as it is now. They are good until the next await of the caller.
 * @param withParsed sizes and days are asked for: the messages are parsed
 */
export async function readColumns(
  context: AccountContext,
  kept: KeptColumns,
  folder: FolderState,
  withParsed: boolean,
): Promise<Columns> {
  for (let round = 0; round < 3; round++) {
    const row = readUidFolder(context.db, folder.id);
    let columns = kept.get(folder.id);
    if (
      !columns ||
      columns.uidValidity !== row?.uid_validity ||
      columns.modseq < (row?.gone_floor ?? 0) ||
      (withParsed && columns.unparsed.size > fewUnparsed)
    ) {
      columns = await readAll(context, folder);
      if (context.closing.aborted) return columns;
    }
    kept.delete(folder.id);
    if (!bringUp(context, folder, columns, withParsed)) continue;
    keep(kept, folder.id, columns);
    return columns;
  }
  return readAll(context, folder);
}

function keep(kept: KeptColumns, folder: number, columns: Kept): void {
  kept.set(folder, columns);
  let sum = 0;
  for (const { length } of kept.values()) sum += length;
  for (const [id, { length }] of kept) {
    if (sum <= mostKept || id === folder) break;
    kept.delete(id);
    sum -= length;
  }
}

async function readAll(context: AccountContext, folder: FolderState): Promise<Kept> {
  const row = readUidFolder(context.db, folder.id);
  const room = (row?.messages ?? 0) + 256;
  const columns: Kept = {
    modseq: row?.modseq ?? 0,
    uidValidity: row?.uid_validity ?? 0,
    unparsed: new Set(),
    length: 0,
    ids: new Float64Array(room),
    uids: new Uint32Array(room),
    modseqs: new Float64Array(room),
    flags: new Uint8Array(room),
    received: new Float64Array(room),
    saved: new Float64Array(room),
    sizes: new Float64Array(room),
    days: new Float64Array(room),
  };
  for (let after = 0; !context.closing.aborted; ) {
    const rows = readRows(
      context,
      'm.folder = ? AND m.uid > 0 AND m.uid > ? ORDER BY m.uid LIMIT ?',
      folder.id,
      after,
      step,
    );
    if (rows.length === 0) break;
    for (const found of rows) put(columns, columns.length, found);
    after = rows.at(-1)![1];
    if (rows.length === step) await yieldTurn();
  }
  return columns;
}

function put(columns: Kept, index: number, row: Row): void {
  if (index >= columns.uids.length) grow(columns);
  if (index === columns.length) columns.length += 1;
  const [id, uid, modseq, flags, received, saved, size, day, parsed] = row;
  columns.ids[index] = id;
  columns.uids[index] = uid;
  columns.modseqs[index] = modseq;
  columns.flags[index] = flags;
  columns.received[index] = received;
  columns.saved[index] = saved;
  columns.sizes[index] = size;
  columns.days[index] = day ?? Number.NaN;
  if (parsed === 0) columns.unparsed.add(id);
  else columns.unparsed.delete(id);
}

const numberArrays = ['ids', 'modseqs', 'received', 'saved', 'sizes', 'days'] as const;

function grow(columns: Kept): void {
  const room = Math.ceil(columns.uids.length * 1.5) + 256;
  for (const name of numberArrays) {
    const larger = new Float64Array(room);
    larger.set(columns[name]);
    columns[name] = larger;
  }
  const uids = new Uint32Array(room);
  uids.set(columns.uids);
  columns.uids = uids;
  const flags = new Uint8Array(room);
  flags.set(columns.flags);
  columns.flags = flags;
}

/** Where a UID is; -1: it is not there. */
function indexOfUid(columns: Columns, uid: number): number {
  let low = 0;
  let high = columns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (columns.uids[middle]! < uid) low = middle + 1;
    else high = middle;
  }
  return low < columns.length && columns.uids[low] === uid ? low : -1;
}

/** Puts in what happened since. False: read them anew. */
function bringUp(context: AccountContext, folder: FolderState, columns: Kept, withParsed: boolean): boolean {
  const row = readUidFolder(context.db, folder.id);
  if (!row || row.uid_validity !== columns.uidValidity || columns.modseq < row.gone_floor) return false;
  if (row.modseq !== columns.modseq) {
    removeUids(columns, readGone(context.db, folder.id, columns.modseq));
    const changed = readRows(
      context,
      'm.folder = ? AND m.uid > 0 AND m.modseq > ? ORDER BY m.uid',
      folder.id,
      columns.modseq,
    );
    for (const found of changed) {
      const index = indexOfUid(columns, found[1]);
      if (index >= 0) put(columns, index, found);
      // UIDs only ascend; anything else is no folder that we know.
      else if (columns.length > 0 && found[1] < columns.uids[columns.length - 1]!) return false;
      else put(columns, columns.length, found);
    }
    columns.modseq = row.modseq;
  }
  for (const id of withParsed ? [...columns.unparsed] : []) {
    const found = readRows(context, 'm.id = ? AND m.folder = ? AND m.uid > 0', id, folder.id)[0];
    const index = found ? indexOfUid(columns, found[1]) : -1;
    if (found && index >= 0) put(columns, index, found);
    else columns.unparsed.delete(id);
  }
  return true;
}

/** `gone` ascends. */
function removeUids(columns: Kept, gone: readonly number[]): void {
  const places = gone.map((uid) => indexOfUid(columns, uid)).filter((index) => index >= 0);
  if (places.length === 0) return;
  let to = places[0]!;
  for (const [i, place] of places.entries()) {
    const end = places[i + 1] ?? columns.length;
    for (const name of numberArrays) columns[name].copyWithin(to, place + 1, end);
    columns.uids.copyWithin(to, place + 1, end);
    columns.flags.copyWithin(to, place + 1, end);
    to += end - place - 1;
  }
  columns.length = to;
}
