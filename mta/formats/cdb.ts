// cdb, the constant database of users/cdb, morercpthosts.cdb and vpasswd.cdb (spec/qmail.md 12.4, cr.yp.to/cdb).
// The reader holds the whole file in memory and checks every offset: a cut or damaged file is a CdbError that names
// it, never a wrong answer from beyond its end. The writer makes the same bytes as cdbmake. Writing a file so that
// nobody sees half of it (temporary name, fsync, rename) is the caller's.
import { readFile } from 'node:fs/promises';

/** The file is not a whole cdb. */
export class CdbError extends Error {
  readonly file: string;

  constructor(file: string, problem: string) {
    super(`${file}: not a whole cdb: ${problem}`);
    this.name = 'CdbError';
    this.file = file;
  }
}

const HEADER = 2048;

/** cdb_hash.c: start 5381, times 33, exclusive or. */
function hashKey(key: Buffer): number {
  let hash = 5381;
  for (const byte of key) hash = (((hash << 5) + hash) ^ byte) >>> 0;
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
      const record = this.#record(recordPosition, this.#bytes.length);
      if (record.key.equals(key)) yield record.data;
    }
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
  // Flat arrays: a hundred thousand accounts are compiled again at each change of one.
  let records = Buffer.allocUnsafe(65536);
  let hashes = new Uint32Array(1024);
  let positions = new Uint32Array(1024);
  const counts = new Uint32Array(256);
  let count = 0;
  let end = 0;
  for (const [key, data] of entries) {
    const next = end + 8 + key.length + data.length;
    if (HEADER + next > 0xffffffff) throw tooLarge();
    if (next > records.length) records = enlarge(records, next);
    if (count === hashes.length) {
      hashes = enlargeNumbers(hashes);
      positions = enlargeNumbers(positions);
    }
    const hash = hashKey(key);
    hashes[count] = hash;
    positions[count] = HEADER + end;
    counts[hash & 255]!++;
    count++;
    records.writeUInt32LE(key.length, end);
    records.writeUInt32LE(data.length, end + 4);
    key.copy(records, end + 8);
    data.copy(records, end + 8 + key.length);
    end = next;
  }
  const size = HEADER + end + count * 16;
  if (size > 0xffffffff) throw tooLarge();
  const cdb = Buffer.alloc(size);
  records.copy(cdb, HEADER, 0, end);
  let position = HEADER + end;
  for (let table = 0; table < 256; table++) {
    const slots = counts[table]! * 2;
    cdb.writeUInt32LE(position, table * 8);
    cdb.writeUInt32LE(slots, table * 8 + 4);
    position += slots * 8;
  }
  for (let i = 0; i < count; i++) {
    const hash = hashes[i]!;
    const start = cdb.readUInt32LE((hash & 255) * 8);
    const slots = cdb.readUInt32LE((hash & 255) * 8 + 4);
    let slot = (hash >>> 8) % slots;
    while (cdb.readUInt32LE(start + slot * 8 + 4) !== 0) slot = (slot + 1) % slots;
    cdb.writeUInt32LE(hash, start + slot * 8);
    cdb.writeUInt32LE(positions[i]!, start + slot * 8 + 4);
  }
  return cdb;
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
