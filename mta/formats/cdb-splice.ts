// One record more, less or another in a cdb of many (spec/qmail.md 12.4): what cdbmake would write, without making all of
// it again. The records stay as they are and are not even read, positions behind the change move, and only the hash table
// of a key that came or went is filled anew. Whoever calls knows that the bytes are what cdbmake wrote; a file that is
// laid out otherwise (other writers may) is refused, and its caller compiles it from its source.
import { endianness } from 'node:os';
import type { ByteSource, Span } from './byte-source.ts';
import { readSpan } from './byte-source.ts';
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
  /** Where the records end. */
  readonly end: number;
  /** How many records. */
  readonly count: number;
  readonly #header: Buffer;
  /** Hash and position of each slot of all tables, one after the other. */
  readonly #slots: Uint32Array<ArrayBuffer>;

  private constructor(header: Buffer, slots: Uint32Array<ArrayBuffer>) {
    this.#header = header;
    this.#slots = slots;
    this.end = header.readUInt32LE(0);
    this.count = slots.length / 4;
  }

  /** Reads header and tables. Undefined: laid out otherwise, or no whole cdb. */
  static async from(source: ByteSource): Promise<PlainCdb | undefined> {
    const header = await readSpan(source, { start: 0, end: CDB_HEADER });
    if (header.length < CDB_HEADER) return undefined;
    const end = header.readUInt32LE(0);
    let next = end;
    for (let table = 0; table < 256; table++) {
      const slots = header.readUInt32LE(table * 8 + 4);
      // cdbmake: twice as many slots as records.
      if (header.readUInt32LE(table * 8) !== next || slots % 2 !== 0) return undefined;
      next += slots * 8;
    }
    if (end < CDB_HEADER || next !== source.size) return undefined;
    const slots = new Uint32Array((next - end) / 4);
    const bytes = await source.read(end, Buffer.from(slots.buffer));
    if (bytes.length < next - end) return undefined;
    if (endianness() === 'BE') bytes.swap32();
    return new PlainCdb(header, slots);
  }

  /** Where the records lie whose keys have the hash of this one, in the order of a look-up. */
  positionsOf(key: Buffer): readonly number[] {
    const hash = hashKey(key);
    const slots = this.#slotsOf(hash & 255);
    const length = slots.length / 2;
    const found: number[] = [];
    for (let seen = 0; seen < length; seen++) {
      const slot = (((hash >>> 8) + seen) % length) * 2;
      const position = slots[slot + 1] as number;
      if (position === 0) break;
      if (slots[slot] === hash) found.push(position);
    }
    return found;
  }

  /** How many records begin before a place in the file. */
  countBefore(place: number): number {
    const slots = this.#slots;
    let before = 0;
    for (let at = 1; at < slots.length; at += 2) {
      const position = slots[at] as number;
      if (position !== 0 && position < place) before++;
    }
    return before;
  }

  /**
   * The changed file in pieces; a span is one of the old file. Once: the tables are changed in place. Undefined: the
   * tables do not fit the records.
   */
  splice({ at, removed, added }: CdbSplice): readonly (Buffer | Span)[] | undefined {
    const gone = removed === undefined ? 0 : removed.length;
    const record = added === undefined ? [] : [recordHead(added.key, added.data), added.key, added.data];
    const shift = record.reduce((sum, part) => sum + part.length, 0) - gone;
    const changed = new Map<number, TableChange>();
    const changeOf = (hash: number): TableChange => {
      const known = changed.get(hash & 255) ?? {};
      changed.set(hash & 255, known);
      return known;
    };
    if (removed !== undefined) changeOf(hashKey(removed.key)).without = at;
    if (added !== undefined) changeOf(hashKey(added.key)).hash = hashKey(added.key);

    // The tables that are filled anew take what they need before positions move.
    const rebuilt = new Map<number, Uint32Array<ArrayBuffer>>();
    for (const [table, change] of changed) {
      const slots = rebuildTable(this.#slotsOf(table), change, at, gone, shift);
      if (slots === undefined) return undefined;
      rebuilt.set(table, slots);
    }
    if (shift !== 0) movePositions(this.#slots, at + gone, shift);

    const header = Buffer.from(this.#header);
    const tables: Uint32Array<ArrayBuffer>[] = [];
    // Neighbours that stay are one piece.
    let kept = 0;
    let first = 0;
    let tableAt = this.end + shift;
    for (let table = 0; table < 256; table++) {
      const oldLength = this.#slotsOf(table).length;
      const slots = rebuilt.get(table);
      if (slots !== undefined) {
        tables.push(this.#slots.subarray(kept, first), slots);
        kept = first + oldLength;
      }
      first += oldLength;
      const length = slots?.length ?? oldLength;
      header.writeUInt32LE(tableAt, table * 8);
      header.writeUInt32LE(length / 2, table * 8 + 4);
      tableAt += length * 4;
    }
    tables.push(this.#slots.subarray(kept));
    // Above 4 GiB no position fits: whoever compiles it anew says so.
    if (tableAt > 0xffffffff) return undefined;
    return [
      header,
      { start: CDB_HEADER, end: at },
      ...record,
      { start: at + gone, end: this.end },
      ...tables.map(toLittleEndian),
    ];
  }

  /** The slots of one table. */
  #slotsOf(table: number): Uint32Array<ArrayBuffer> {
    const first = (this.#header.readUInt32LE(table * 8) - this.end) / 4;
    return this.#slots.subarray(first, first + this.#header.readUInt32LE(table * 8 + 4) * 2);
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
