// cdb, the constant database of users/cdb, morercpthosts.cdb and vpasswd.cdb (spec/qmail.md 12.4, cr.yp.to/cdb).
// The reader holds the whole file in memory and checks every offset: a cut or damaged file is a CdbError that names
// it, never a wrong answer from beyond its end. The writer makes the same bytes as cdbmake. Writing a file so that
// nobody sees half of it (temporary name, fsync, rename) is the caller's.
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';

/** The file is not a whole cdb. */
export class CdbError extends Error {
  readonly file: string;

  constructor(file: string, problem: string) {
    super(`${file}: not a whole cdb: ${problem}`);
    this.name = 'CdbError';
    this.file = file;
  }
}

/** Where the records begin. */
export const CDB_HEADER = 2048;
const HEADER = CDB_HEADER;

/** The hash of a key. */
export function hashKey(key: Buffer): number {
  let hash = FIRST_HASH;
  for (const byte of key) hash = nextHash(hash, byte);
  return hash;
}

/** One constant database, in memory. */
export class Cdb {
  readonly #bytes: Buffer;
  readonly #name: string;

  private constructor(bytes: Buffer, name: string) {
    this.#bytes = bytes;
    this.#name = name;
    if (bytes.length < HEADER) throw this.#broken(`${bytes.length} bytes are less than its header`);
    for (let table = 0; table < 256; table++) {
      const position = bytes.readUInt32LE(table * 8);
      const slots = bytes.readUInt32LE(table * 8 + 4);
      if (slots > 0 && (position < HEADER || position + slots * 8 > bytes.length))
        throw this.#broken(`hash table ${table} lies outside the file`);
    }
  }

  /** Reads a file. Errors: those of reading it, CdbError. */
  static async open(path: string): Promise<Cdb> {
    return new Cdb(await readFile(path), path);
  }

  /** Takes bytes already read; `name` is for error messages. Throws CdbError. */
  static from(buffer: Buffer, name = 'cdb'): Cdb {
    return new Cdb(buffer, name);
  }

  /** The data of the first record with this key. The buffer is a view: do not change it. */
  find(key: Buffer): Buffer | undefined {
    for (const data of this.#matches(key)) return data;
    return undefined;
  }

  /** The data of all records with this key, first inserted first. */
  findAll(key: Buffer): readonly Buffer[] {
    return [...this.#matches(key)];
  }

  /** All records in the order in which they were inserted. */
  *entries(): Generator<readonly [Buffer, Buffer]> {
    // cdbdump: records end where the first hash table begins.
    const end = this.#bytes.readUInt32LE(0);
    if (end < HEADER || end > this.#bytes.length) throw this.#broken('the records have no end');
    let position = HEADER;
    while (position < end) {
      const record = this.#record(position, end);
      yield [record.key, record.data];
      position = record.next;
    }
  }

  *#matches(key: Buffer): Generator<Buffer> {
    const hash = hashKey(key);
    const table = (hash & 255) * 8;
    const position = this.#bytes.readUInt32LE(table);
    const slots = this.#bytes.readUInt32LE(table + 4);
    if (slots === 0) return;
    const start = (hash >>> 8) % slots;
    for (let i = 0; i < slots; i++) {
      const slot = position + ((start + i) % slots) * 8;
      const recordPosition = this.#bytes.readUInt32LE(slot + 4);
      if (recordPosition === 0) return;
      if (this.#bytes.readUInt32LE(slot) !== hash) continue;
      if (!this.#hasKey(recordPosition, key)) continue;
      yield this.#record(recordPosition, this.#bytes.length).data;
    }
  }

  /** Without views of it: most that are asked for are not there. */
  #hasKey(position: number, key: Buffer): boolean {
    const start = position + 8;
    if (position < HEADER || start > this.#bytes.length) throw this.#broken(`no record at ${position}`);
    const end = start + this.#bytes.readUInt32LE(position);
    if (end > this.#bytes.length) throw this.#broken(`the record at ${position} is cut short`);
    return end - start === key.length && this.#bytes.compare(key, 0, key.length, start, end) === 0;
  }

  #record(position: number, end: number): { key: Buffer; data: Buffer; next: number } {
    if (position < HEADER || position + 8 > end) throw this.#broken(`no record at ${position}`);
    const keyEnd = position + 8 + this.#bytes.readUInt32LE(position);
    const next = keyEnd + this.#bytes.readUInt32LE(position + 4);
    if (next > end) throw this.#broken(`the record at ${position} is cut short`);
    return {
      key: this.#bytes.subarray(position + 8, keyEnd),
      data: this.#bytes.subarray(keyEnd, next),
      next,
    };
  }

  #broken(problem: string): CdbError {
    return new CdbError(this.#name, problem);
  }
}

/** Builds a cdb with these records in this order; the same bytes as cdbmake. Throws RangeError above 4 GiB. */
export function makeCdb(entries: Iterable<readonly [Buffer, Buffer]>): Buffer {
  const maker = new CdbMaker(65_536);
  for (const [key, data] of entries) {
    const record = maker.add(hashKey(key), key.length, data.length);
    key.copy(maker.bytes, record);
    data.copy(maker.bytes, record + key.length);
  }
  return maker.finish();
}

/** The hash of an empty key; nextHash goes on from it byte by byte. */
export const FIRST_HASH = 5381;
/** cdb_hash.c: times 33, exclusive or. */
export const nextHash = (hash: number, byte: number): number => (((hash << 5) + hash) ^ byte) >>> 0;

/**
 * Builds a cdb record by record, for who has keys and data in one piece of bytes already: a hundred thousand accounts are
 * compiled again at each change of one. Everything is in flat arrays.
 */
export class CdbMaker {
  /** Where records are written; another buffer after `add`. */
  bytes: Buffer<ArrayBuffer>;
  #end = HEADER;
  #hashes = new Uint32Array(1024);
  #positions = new Uint32Array(1024);
  readonly #counts = new Uint32Array(256);
  #count = 0;

  /** @param room bytes that the records will take, as far as one knows */
  constructor(room: number) {
    this.bytes = Buffer.allocUnsafe(HEADER + room);
  }

  /** Makes room for a record and writes its lengths. @returns where its key begins in `bytes`; the data follows it */
  add(hash: number, keyLength: number, dataLength: number): number {
    const start = this.#end;
    const next = start + 8 + keyLength + dataLength;
    if (next > 0xffffffff) throw tooLarge();
    if (next > this.bytes.length) this.bytes = enlarge(this.bytes, next);
    if (this.#count === this.#hashes.length) {
      this.#hashes = enlargeNumbers(this.#hashes);
      this.#positions = enlargeNumbers(this.#positions);
    }
    this.#hashes[this.#count] = hash;
    this.#positions[this.#count] = start;
    this.#counts[hash & 255]!++;
    this.#count++;
    this.bytes.writeUInt32LE(keyLength, start);
    this.bytes.writeUInt32LE(dataLength, start + 4);
    this.#end = next;
    return start + 8;
  }

  /** Writes the hash tables. @returns the whole file; the maker is of no more use */
  finish(): Buffer {
    const end = this.#end;
    const size = end + this.#count * 16;
    if (size > 0xffffffff) throw tooLarge();
    if (size > this.bytes.length) this.bytes = enlarge(this.bytes, size);
    const file = this.bytes.subarray(0, size);
    const firsts = new Uint32Array(256);
    let slots = 0;
    for (let table = 0; table < 256; table++) {
      firsts[table] = slots;
      file.writeUInt32LE(end + slots * 8, table * 8);
      file.writeUInt32LE(this.#counts[table]! * 2, table * 8 + 4);
      slots += this.#counts[table]! * 2;
    }
    // Hash and position of each slot; position 0 is an empty one.
    const tables = new Uint32Array(slots * 2);
    for (let i = 0; i < this.#count; i++) {
      const hash = this.#hashes[i]!;
      const first = firsts[hash & 255]!;
      const length = this.#counts[hash & 255]! * 2;
      let slot = (hash >>> 8) % length;
      while (tables[(first + slot) * 2 + 1] !== 0) slot = slot + 1 === length ? 0 : slot + 1;
      tables[(first + slot) * 2] = hash;
      tables[(first + slot) * 2 + 1] = this.#positions[i]!;
    }
    const tableBytes = Buffer.from(tables.buffer);
    if (endianness() === 'BE') tableBytes.swap32();
    tableBytes.copy(file, end);
    return file;
  }
}

const tooLarge = (): RangeError => new RangeError('a cdb cannot be larger than 4 GiB');

function enlarge(bytes: Buffer<ArrayBuffer>, wanted: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.max(wanted, bytes.length * 2));
  bytes.copy(larger);
  return larger;
}

function enlargeNumbers(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(numbers.length * 2);
  larger.set(numbers);
  return larger;
}
