// All messages of a folder in typed arrays, as a session that opens it needs them. A big folder is packed once, in steps,
// and kept; from then on only what changed since its MODSEQ is put in, so that a folder of 100,000 messages opens in
// milliseconds. What is given out is a copy: its buffers move to another thread.
import { type AccountContext, type FolderState, yieldTurn } from './context.ts';
import { readChangedRows, readGone, readUidFolder, statusOf, type UidFolderRow } from './uid-rows.ts';
import type { FolderSnapshot } from './uid-types.ts';

/** Messages packed in one step. */
const step = 20_000;
/** Folders below this are packed anew each time. */
const keptFrom = 2000;
/** Messages of packed folders that an account keeps; 15 bytes each. */
const mostKept = 400_000;

interface Packed {
  readonly uidValidity: number;
  modseq: number;
  length: number;
  uids: Uint32Array;
  modseqs: Float64Array;
  flags: Uint8Array;
  keywords: Uint16Array;
  /** Sets of keywords as the index writes them, by number. */
  readonly sets: string[];
  readonly setNumbers: Map<string, number>;
}

/** Packed folders of one account, the one used last at the end. */
export type PackedFolders = Map<number, Packed>;

export const createPackedFolders = (): PackedFolders => new Map();

/** A snapshot of a folder whose UIDs were read. Undefined: the folder is gone. */
export async function takeSnapshot(
  context: AccountContext,
  packedFolders: PackedFolders,
  folder: FolderState,
  recent: readonly number[],
): Promise<FolderSnapshot | undefined> {
  const kept = packedFolders.get(folder.id) ?? (await packFolder(context, folder));
  packedFolders.delete(folder.id);
  return context.db.reading(() => {
    const row = readUidFolder(context.db, folder.id);
    if (!row) return undefined;
    // What cannot be brought up to date by the log is packed anew, in one step.
    const packed = bringUp(context, folder, kept, row) ? kept : packNow(context, folder, row);
    if (packed.length >= keptFrom) keep(packedFolders, folder.id, packed);
    return {
      ...statusOf(context, folder, row),
      uids: packed.uids.slice(0, packed.length),
      modseqs: packed.modseqs.slice(0, packed.length),
      flags: packed.flags.slice(0, packed.length),
      keywords: packed.keywords.slice(0, packed.length),
      keywordSets: packed.sets.map((set) => (set === '' ? [] : set.split(' '))),
      knownKeywords: knownKeywords(context, folder),
      recentUids: Uint32Array.from(recent),
    };
  });
}

/** Keywords of the folder: those that messages have, and those that have a letter. */
export function knownKeywords(context: AccountContext, folder: FolderState): string[] {
  const sets = context.db.pluck<string>(
    "SELECT DISTINCT keywords FROM message INDEXED BY message_keywords WHERE folder = ? AND keywords <> ''",
    folder.id,
  );
  const names = new Map<string, string>();
  for (const name of [
    ...folder.keywordLetters.filter((name) => name !== undefined),
    ...sets.flatMap((set) => set.split(' ')),
  ]) {
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return [...names.values()];
}

function keep(packedFolders: PackedFolders, folder: number, packed: Packed): void {
  packedFolders.set(folder, packed);
  let sum = 0;
  for (const { length } of packedFolders.values()) sum += length;
  for (const [id, { length }] of packedFolders) {
    if (sum <= mostKept || id === folder) break;
    packedFolders.delete(id);
    sum -= length;
  }
}

function createPacked(row: UidFolderRow): Packed {
  const room = row.messages + 256;
  return {
    uidValidity: row.uid_validity,
    modseq: row.modseq,
    length: 0,
    uids: new Uint32Array(room),
    modseqs: new Float64Array(room),
    flags: new Uint8Array(room),
    keywords: new Uint16Array(room),
    sets: [''],
    setNumbers: new Map([['', 0]]),
  };
}

/** Packs in steps. What changes between two of them has a higher MODSEQ, or is in the log of what is gone. */
async function packFolder(context: AccountContext, folder: FolderState): Promise<Packed> {
  const row = readUidFolder(context.db, folder.id);
  if (!row) return createPacked(emptyRow);
  const packed = createPacked(row);
  for (let after = 0; ; await yieldTurn()) {
    const last = packStep(context, folder, packed, after);
    if (last === 0) return packed;
    after = last;
  }
}

const emptyRow: UidFolderRow = {
  uid_validity: 0,
  uid_next: 0,
  modseq: 0,
  mailbox_id: '',
  messages: 0,
  unseen: 0,
  deleted: 0,
  bytes: 0,
  recent_from: 0,
  gone_floor: 0,
  gone_rows: 0,
};

function packNow(context: AccountContext, folder: FolderState, row: UidFolderRow): Packed {
  const packed = createPacked(row);
  for (let after = packStep(context, folder, packed, 0); after > 0; ) {
    after = packStep(context, folder, packed, after);
  }
  return packed;
}

/** Packs the messages after a UID; gives the last UID, 0 at the end. */
function packStep(context: AccountContext, folder: FolderState, packed: Packed, after: number): number {
  // Three texts cross from SQLite in place of thousands of rows: a third of the time.
  const found = context.db.get<{ uids: string | null; modseqs: string; flags: string; last: number }>(
    `SELECT group_concat(uid) AS uids, group_concat(modseq) AS modseqs, group_concat(flags) AS flags, max(uid) AS last
     FROM (SELECT uid, modseq, flags FROM message WHERE folder = ? AND uid > 0 AND uid > ? ORDER BY uid LIMIT ?)`,
    folder.id,
    after,
    step,
  );
  if (!found || found.uids === null) return 0;
  const start = packed.length;
  const count = readNumbers(found.uids, (index, value) => {
    if (start + index >= packed.uids.length) grow(packed);
    packed.uids[start + index] = value;
  });
  readNumbers(found.modseqs, (index, value) => {
    packed.modseqs[start + index] = value;
  });
  readNumbers(found.flags, (index, value) => {
    packed.flags[start + index] = value;
  });
  packed.keywords.fill(0, start, start + count);
  packed.length += count;
  const rows = context.db.all<{ uid: number; keywords: string }>(
    `SELECT uid, keywords FROM message INDEXED BY message_keywords WHERE folder = ? AND keywords <> '' AND uid > ? AND uid <= ?`,
    folder.id,
    after,
    found.last,
  );
  for (const { uid, keywords } of rows) {
    const index = indexOfUid(packed, uid);
    if (index >= 0) packed.keywords[index] = numberOfSet(packed, keywords);
  }
  return found.last;
}

/** Decimal numbers parted by commas. Gives how many there were. */
function readNumbers(text: string, take: (index: number, value: number) => void): number {
  let value = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 44) {
      take(count++, value);
      value = 0;
    } else value = value * 10 + code - 48;
  }
  take(count, value);
  return count + 1;
}

function grow(packed: Packed): void {
  const room = Math.ceil(packed.uids.length * 1.5) + 256;
  const larger = <Numbers extends Uint32Array | Float64Array | Uint8Array | Uint16Array>(
    to: Numbers,
    from: Numbers,
  ): Numbers => {
    to.set(from);
    return to;
  };
  packed.uids = larger(new Uint32Array(room), packed.uids);
  packed.modseqs = larger(new Float64Array(room), packed.modseqs);
  packed.flags = larger(new Uint8Array(room), packed.flags);
  packed.keywords = larger(new Uint16Array(room), packed.keywords);
}

/** Different sets of keywords that one folder may have; those past it are shown as none. */
const mostSets = 65_535;

function numberOfSet(packed: Packed, keywords: string): number {
  const known = packed.setNumbers.get(keywords);
  if (known !== undefined) return known;
  if (packed.sets.length > mostSets) return 0;
  packed.sets.push(keywords);
  packed.setNumbers.set(keywords, packed.sets.length - 1);
  return packed.sets.length - 1;
}

/** Where a UID is among the packed ones; where it would be, less one and negated, when it is not there. */
function indexOfUid(packed: Packed, uid: number): number {
  let low = 0;
  let high = packed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (packed.uids[middle]! < uid) low = middle + 1;
    else high = middle;
  }
  return low < packed.length && packed.uids[low] === uid ? low : -low - 1;
}

/** Puts in what happened since. False: it cannot be known, or would cost as much as packing anew. */
function bringUp(context: AccountContext, folder: FolderState, packed: Packed, row: UidFolderRow): boolean {
  if (packed.uidValidity !== row.uid_validity || packed.modseq < row.gone_floor) return false;
  if (packed.modseq === row.modseq) return true;
  if (packed.sets.length > 1000) return false;
  const changed = readChangedRows(context.db, folder.id, packed.modseq);
  if (changed.length > step) return false;
  removeUids(packed, readGone(context.db, folder.id, packed.modseq));
  for (const { uid, modseq, flags, keywords } of changed) {
    let index = indexOfUid(packed, uid);
    if (index < 0) {
      // UIDs only ascend; anything else is no folder that we packed.
      if (-index - 1 !== packed.length) return false;
      index = packed.length;
      if (index >= packed.uids.length) grow(packed);
      packed.length += 1;
    }
    packed.uids[index] = uid;
    packed.modseqs[index] = modseq;
    packed.flags[index] = flags;
    packed.keywords[index] = numberOfSet(packed, keywords);
  }
  packed.modseq = row.modseq;
  return true;
}

/** `gone` ascends. */
function removeUids(packed: Packed, gone: readonly number[]): void {
  if (gone.length === 0) return;
  const places = gone.map((uid) => indexOfUid(packed, uid)).filter((index) => index >= 0);
  if (places.length === 0) return;
  let to = places[0]!;
  for (const [i, place] of places.entries()) {
    const end = places[i + 1] ?? packed.length;
    for (const array of [packed.uids, packed.modseqs, packed.flags, packed.keywords]) {
      array.copyWithin(to, place + 1, end);
    }
    to += end - place - 1;
  }
  packed.length = to;
}
