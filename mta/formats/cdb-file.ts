// One question to a cdb on disk, as cdb_find asks it: a few small reads, nothing kept (spec/qmail.md 12.4). For a file so
// large that holding it in memory (cdb.ts) would cost more than the system's page cache does. Each question opens the
// file by its name, so it is the file of that moment, whole: writers replace it in one step. A damaged one is a CdbError.
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { CDB_HEADER, CdbError, hashKey } from './cdb.ts';

/** Bytes of slots that are read at once; a run of full slots is seldom longer. */
const SLOT_BYTES = 256;

/** The data of the first record with this key. Errors: those of opening and reading, CdbError. */
export async function findInCdbFile(path: string, key: Buffer): Promise<Buffer | undefined> {
  const file = await open(path, 'r');
  try {
    return await find(path, file, key);
  } finally {
    await file.close();
  }
}

async function find(path: string, file: FileHandle, key: Buffer): Promise<Buffer | undefined> {
  const read = async (start: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await file.read(bytes, 0, length, start);
    if (bytesRead < length) throw new CdbError(path, `${length} bytes at ${start} lie outside the file`);
    return bytes;
  };
  const hash = hashKey(key);
  const pointer = await read((hash & 255) * 8, 8);
  const [table, slots] = [pointer.readUInt32LE(0), pointer.readUInt32LE(4)];
  if (slots === 0) return undefined;
  if (table < CDB_HEADER) throw new CdbError(path, `hash table ${hash & 255} lies outside the file`);
  const first = (hash >>> 8) % slots;
  let some: Buffer = Buffer.alloc(0);
  let at = 0;
  for (let seen = 0; seen < slots; seen++) {
    if (at === some.length) {
      const slot = (first + seen) % slots;
      some = await read(table + slot * 8, Math.min(SLOT_BYTES, (slots - slot) * 8));
      at = 0;
    }
    const position = some.readUInt32LE(at + 4);
    if (position === 0) return undefined;
    const isCandidate = some.readUInt32LE(at) === hash;
    at += 8;
    if (!isCandidate) continue;
    if (position < CDB_HEADER) throw new CdbError(path, `no record at ${position}`);
    const lengths = await read(position, 8);
    if (lengths.readUInt32LE(0) !== key.length) continue;
    const dataLength = lengths.readUInt32LE(4);
    // Before room is made for what a damaged length asks for.
    if (position + 8 + key.length + dataLength > (await file.stat()).size)
      throw new CdbError(path, `the record at ${position} is cut short`);
    const record = await read(position + 8, key.length + dataLength);
    if (record.subarray(0, key.length).equals(key)) return record.subarray(key.length);
  }
  return undefined;
}
