// A ZIP file (APPNOTE 6.3) of a stranger, read with bounds (security.md: archives that swell): entries are found in the
// directory at its end, never by scanning; what an entry says of its size is checked while it is unpacked; entries may not
// share bytes. Zip64 is read. Encrypted entries and methods other than stored and deflated cannot be read.
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib';
import { receivedField } from './zip-writer.ts';

const inflate = promisify(inflateRaw);

/** The file is no ZIP, or goes over a bound. */
export class ZipFault extends Error {
  override readonly name = 'ZipFault';
}

export interface ZipFileEntry {
  /** As in the archive, with `/`; foreign text, and no path. */
  readonly name: string;
  /** Bytes unpacked, as the archive says. */
  readonly size: number;
  /** When its message was received, milliseconds since 1970: only archives that we wrote know. */
  readonly received: number | undefined;
}

/** The archive: a FileHandle, or bytes that look like one. */
export interface ZipSource {
  stat(): Promise<{ readonly size: number }>;
  read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
}

export interface ZipFile {
  readonly entries: readonly ZipFileEntry[];
  /** The content of one entry. @throws ZipFault */
  read(entry: ZipFileEntry): Promise<Buffer>;
  /** The same in pieces. @throws ZipFault while it is read */
  stream(entry: ZipFileEntry): AsyncIterable<Buffer>;
}

export interface ZipLimits {
  readonly entries: number;
  /** Bytes of one entry that is read whole. */
  readonly entry: number;
  /** Bytes of all entries unpacked. */
  readonly total: number;
}

interface Found extends ZipFileEntry {
  readonly packed: number;
  readonly at: number;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
}

const mostDirectory = 64 * 1_048_576;

async function readAt(file: ZipSource, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new ZipFault('ends too early');
    done += bytesRead;
  }
  return bytes;
}

/** Where the directory lies: the end record is looked for over the longest comment that may follow it. */
async function findDirectory(
  file: ZipSource,
  length: number,
): Promise<{ readonly count: number; readonly size: number; readonly at: number }> {
  const tailLength = Math.min(length, 65_557 + 20);
  const tail = await readAt(file, length - tailLength, tailLength);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > tail.length) throw new ZipFault('has no directory');
  const found = {
    count: tail.readUInt16LE(end + 10),
    size: tail.readUInt32LE(end + 12),
    at: tail.readUInt32LE(end + 16),
  };
  if (end < 20 || tail.readUInt32LE(end - 20) !== 0x0706_4b50) return found;
  const at = Number(tail.readBigUInt64LE(end - 12));
  if (at + 56 > length) throw new ZipFault('has no directory');
  const record = await readAt(file, at, 56);
  if (record.readUInt32LE(0) !== 0x0606_4b50) throw new ZipFault('has no directory');
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    at: Number(record.readBigUInt64LE(48)),
  };
}

/** One record of the directory, and where the next begins. */
function readRecord(bytes: Buffer, at: number): { readonly entry: Found; readonly next: number } {
  if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x0201_4b50)
    throw new ZipFault('has a directory that makes no sense');
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
    bytes.readUInt16LE(at + field),
  );
  const nameEnd = at + 46 + nameLength!;
  const next = nameEnd + extraLength! + commentLength!;
  if (next > bytes.length) throw new ZipFault('has a directory that makes no sense');
  let packed = bytes.readUInt32LE(at + 20);
  let size = bytes.readUInt32LE(at + 24);
  let start = bytes.readUInt32LE(at + 42);
  let received: number | undefined;
  const extra = bytes.subarray(nameEnd, nameEnd + extraLength!);
  for (let field = 0; field + 4 <= extra.length; ) {
    const id = extra.readUInt16LE(field);
    const content = extra.subarray(field + 4, field + 4 + extra.readUInt16LE(field + 2));
    field += 4 + extra.readUInt16LE(field + 2);
    if (id === receivedField && content.length === 8) received = Number(content.readBigInt64LE(0));
    if (id !== 1) continue;
    // Zip64: those numbers that did not fit, in this order.
    let place = 0;
    const take = (): number => {
      if (place + 8 > content.length) throw new ZipFault('has a directory that makes no sense');
      place += 8;
      return Number(content.readBigUInt64LE(place - 8));
    };
    if (size === 0xffff_ffff) size = take();
    if (packed === 0xffff_ffff) packed = take();
    if (start === 0xffff_ffff) start = take();
  }
  const entry: Found = {
    name: bytes.toString('utf8', at + 46, nameEnd),
    size,
    received,
    packed,
    at: start,
    method: bytes.readUInt16LE(at + 10),
    isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
    crc: bytes.readUInt32LE(at + 16),
  };
  return { entry, next };
}

/** Reads the directory. @throws ZipFault */
export async function openZip(file: ZipSource, limits: ZipLimits): Promise<ZipFile> {
  const { size: length } = await file.stat();
  const directory = await findDirectory(file, length);
  if (directory.count > limits.entries) throw new ZipFault(`holds more than ${limits.entries} files`);
  if (directory.size > mostDirectory || directory.at + directory.size > length)
    throw new ZipFault('has a directory that makes no sense');
  const bytes = await readAt(file, directory.at, directory.size);
  const entries: Found[] = [];
  for (let at = 0, n = 0; n < directory.count; n++) {
    const { entry, next } = readRecord(bytes, at);
    entries.push(entry);
    at = next;
  }
  let total = 0;
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.at - b.at)) {
    total += entry.size;
    // Bytes that belong to several entries are what swells without end.
    if (entry.at < end || entry.at + 30 + entry.packed > directory.at)
      throw new ZipFault('has files that share bytes');
    end = entry.at + 30 + entry.packed;
  }
  if (total > limits.total) throw new ZipFault(`unpacks to more than ${limits.total} bytes`);

  /** Where the content of an entry begins. */
  const startOf = async (entry: Found): Promise<number> => {
    if (entry.isEncrypted) throw new ZipFault('is encrypted');
    if (entry.method !== 0 && entry.method !== 8) throw new ZipFault('is packed in a way nobody reads');
    const head = await readAt(file, entry.at, 30);
    if (head.readUInt32LE(0) !== 0x0403_4b50) throw new ZipFault('has a directory that makes no sense');
    return entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  };
  const foundOf = (entry: ZipFileEntry): Found => entry as Found;

  return {
    entries,
    async read(given) {
      const entry = foundOf(given);
      if (entry.size > limits.entry) throw new ZipFault('is too large');
      const start = await startOf(entry);
      const packed = await readAt(file, start, entry.packed);
      let content: Buffer;
      try {
        content = entry.method === 0 ? packed : await inflate(packed, { maxOutputLength: entry.size + 1 });
      } catch {
        throw new ZipFault('cannot be unpacked');
      }
      if (content.length !== entry.size || crc32(content) !== entry.crc) throw new ZipFault('is damaged');
      return content;
    },
    async *stream(given) {
      const entry = foundOf(given);
      const start = await startOf(entry);
      const packed =
        entry.packed === 0 ? Readable.from([]) : Readable.from(piecesOf(file, start, entry.packed));
      const unpacked = entry.method === 0 ? packed : packed.compose(createInflateRaw());
      let done = 0;
      for await (const piece of unpacked as AsyncIterable<Buffer>) {
        done += piece.length;
        if (done > entry.size) throw new ZipFault('is damaged');
        yield piece;
      }
    },
  };
}

async function* piecesOf(file: ZipSource, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length; at += 262_144)
    yield await readAt(file, start + at, Math.min(262_144, length - at));
}
