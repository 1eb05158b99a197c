// One record more, less or another in a cdb of many (spec/qmail.md 12.4): what cdbmake would write, without making all of
// it again. The records stay as they are, positions behind the change move, and only the hash table of a key that came or
// went is filled anew. Whoever calls knows that the bytes are what cdbmake wrote; a file that is laid out otherwise
// (other writers may) is refused, and its caller compiles it from its source.
import { endianness } from 'node:os';
import { CDB_HEADER, hashKey } from './cdb.ts';

/** What becomes of a cdb. */
export interface CdbSplice {
  /** Where in the file the change is: the start of a record, or the end of all. */
  readonly at: number;
  /** The record that begins there goes. */
  readonly removed?: { readonly key: Buffer; readonly length: number } | undefined;
  /** This one comes in its place. */
  readonly added?: { readonly key: Buffer; readonly data: Buffer } | undefined;
}

/** A cdb laid out as cdbmake does: header, records, then 256 tables without a gap. */
export class PlainCdb {
  readonly bytes: Buffer;
  /** Where the records end. */
  readonly end: number;
  /** How many records. */
  readonly count: number;
  /** Hash and position of each slot of all tables, one after the other. */
  readonly #slots: Uint32Array<ArrayBuffer>;

  private constructor(bytes: Buffer, end: number) {
    this.bytes = bytes;
    this.end = end;
    this.#slots = new Uint32Array((bytes.length - end) / 4);
    const copy = Buffer.from(this.#slots.buffer);
    bytes.copy(copy, 0, end);
    if (endianness() === 'BE') copy.swap32();
    this.count = this.#slots.length / 4;
  }

  /** Undefined: laid out otherwise, or no whole cdb. */
  static from(bytes: Buffer): PlainCdb | undefined {
    if (bytes.length < CDB_HEADER) return undefined;
    const end = bytes.readUInt32LE(0);
    let next = end;
    for (let table = 0; table < 256; table++) {
      const slots = bytes.readUInt32LE(table * 8 + 4);
      // cdbmake: twice as many slots as records.
      if (bytes.readUInt32LE(table * 8) !== next || slots % 2 !== 0) return undefined;
      next += slots * 8;
    }
    return end >= CDB_HEADER && next === bytes.length ? new PlainCdb(bytes, end) : undefined;
  }

  /** How many records begin before a place in the file. */
  countBefore(place: number): number {
    let before = 0;
    for (let at = 1; at < this.#slots.length; at += 2) {
      const position = this.#slots[at] as number;
      if (position !== 0 && position < place) before++;
    }
    return before;
  }

  /**
   * The changed file in pieces, most of them views of the old one. Once: the tables are changed in place. Undefined: the
   * tables do not fit the records.
   */
  splice({ at, removed, added }: CdbSplice): readonly Buffer[] | undefined {
    const gone = removed === undefined ? 0 : removed.length;
    const record = added === undefined ? [] : [recordHead(added.key, added.data), added.key, added.data];
    const shift = record.reduce((sum, part) => sum + part.length, 0) - gone;
    const end = this.end + shift;
    const changed = new Map<number, TableChange>();
    const changeOf = (hash: number): TableChange => {
      const known = changed.get(hash & 255) ?? {};
      changed.set(hash & 255, known);
      return known;
    };
    if (removed !== undefined) changeOf(hashKey(removed.key)).without = at;
    if (added !== undefined) changeOf(hashKey(added.key)).hash = hashKey(added.key);

    const header = Buffer.from(this.bytes.subarray(0, CDB_HEADER));
    const parts: Uint32Array<ArrayBuffer>[] = [];
    let first = 0;
    let tableAt = end;
    for (let table = 0; table < 256; table++) {
      const length = header.readUInt32LE(table * 8 + 4) * 2;
      const old = this.#slots.subarray(first, first + length);
      first += length;
      const change = changed.get(table);
      if (change === undefined && shift !== 0) movePositions(old, at + gone, shift);
      const slots = change === undefined ? old : rebuildTable(old, change, at, gone, shift);
      if (slots === undefined) return undefined;
      header.writeUInt32LE(tableAt, table * 8);
      header.writeUInt32LE(slots.length / 2, table * 8 + 4);
      tableAt += slots.length * 4;
      parts.push(slots);
    }
    // Above 4 GiB no position fits: whoever compiles it anew says so.
    if (tableAt > 0xffffffff) return undefined;
    return [
      header,
      this.bytes.subarray(CDB_HEADER, at),
      ...record,
      this.bytes.subarray(at + gone, this.end),
      Buffer.concat(parts.map(toLittleEndian)),
    ];
  }
}

/** What a table loses (by position) and gets (by hash). */
interface TableChange {
  without?: number;
  hash?: number;
}

function recordHead(key: Buffer, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(key.length, 0);
  head.writeUInt32LE(data.length, 4);
  return head;
}

/** Position 0 is an empty slot, and stays one. */
function movePositions(slots: Uint32Array, from: number, shift: number): void {
  for (let at = 1; at < slots.length; at += 2)
    if ((slots[at] as number) >= from) slots[at] = (slots[at] as number) + shift;
}

/** A table anew, filled in the order of the records, which is the order of their positions. */
function rebuildTable(
  old: Uint32Array,
  { without, hash }: TableChange,
  at: number,
  gone: number,
  shift: number,
): Uint32Array<ArrayBuffer> | undefined {
  const entries: { readonly hash: number; readonly position: number }[] = [];
  for (let slot = 0; slot < old.length; slot += 2) {
    const position = old[slot + 1] as number;
    if (position === 0 || position === without) continue;
    const moved = position >= at + gone ? position + shift : position;
    entries.push({ hash: old[slot] as number, position: moved });
  }
  if (entries.length + (without === undefined ? 0 : 1) !== old.length / 4) return undefined;
  if (hash !== undefined) entries.push({ hash, position: at });
  entries.sort((one, other) => one.position - other.position);
  const length = entries.length * 2;
  const slots = new Uint32Array(length * 2);
  for (const entry of entries) {
    let slot = (entry.hash >>> 8) % length;
    while (slots[slot * 2 + 1] !== 0) slot = slot + 1 === length ? 0 : slot + 1;
    slots[slot * 2] = entry.hash;
    slots[slot * 2 + 1] = entry.position;
  }
  return slots;
}

function toLittleEndian(slots: Uint32Array<ArrayBuffer>): Buffer {
  const bytes = Buffer.from(slots.buffer, slots.byteOffset, slots.byteLength);
  // The numbers are ours alone: nobody reads them after this.
  return endianness() === 'BE' ? bytes.swap32() : bytes;
}
