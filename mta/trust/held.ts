// Letters held at the door until they are judged. A letter lies in memory while it and all others there are small, and else
// in a file of ours without a name, which is gone with the process (spec/security.md F6, X4). Nothing here is durable and
// nothing has been acknowledged: whatever fails, the client is told to come again.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LetterContent } from './types.ts';

const LF = 10;
/** Bytes read of a file at once. */
const READ_BYTES = 65_536;
/** Bytes that wait for the disk before a client has to. */
const WAITING_BYTES = 262_144;

export interface HoldingLimits {
  /** Bytes of one letter in memory, and of all. */
  readonly letterBytes: number;
  readonly allBytes: number;
}

const defaultLimits: HoldingLimits = { letterBytes: 131_072, allBytes: 33_554_432 };

/** The room that the letters of all sessions share. */
export class HoldingRoom {
  readonly directory: string;
  readonly limits: HoldingLimits;
  /** Bytes in memory. */
  used = 0;
  #isMade = false;

  /** @param directory made when the first letter is too big for memory; nobody else's */
  constructor(directory: string, limits: HoldingLimits = defaultLimits) {
    this.directory = directory;
    this.limits = limits;
  }

  open(): HeldLetter {
    return new HeldLetter(this);
  }

  /** A file that has no name any more. */
  async openFile(): Promise<FileHandle> {
    if (!this.#isMade) await mkdir(this.directory, { recursive: true, mode: 0o700 });
    this.#isMade = true;
    const path = join(this.directory, randomBytes(12).toString('hex'));
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = await open(path, flags, 0o600);
    try {
      await unlink(path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}

/** One letter. `write` until it ends, `end` once, `close` always. */
export class HeldLetter {
  readonly #room: HoldingRoom;
  #size = 0;
  /** In memory; of a letter in a file, what waits to be written. */
  #chunks: Buffer[] = [];
  #bytes = 0;
  #file: FileHandle | undefined;
  #written = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(room: HoldingRoom) {
    this.#room = room;
  }

  /** Takes the next bytes, by copy. False: wait for `drained` before more. */
  write(chunk: Buffer): boolean {
    if (chunk.length === 0 || this.#isClosed) return true;
    this.#chunks.push(Buffer.from(chunk));
    this.#size += chunk.length;
    this.#bytes += chunk.length;
    this.#room.used += chunk.length;
    const { letterBytes, allBytes } = this.#room.limits;
    const isBig = this.#file !== undefined || this.#writing !== undefined;
    if (!isBig && this.#bytes <= letterBytes && this.#room.used <= allBytes) return true;
    this.#writing ??= this.#write();
    // Asked for by `drained` or `end`.
    this.#writing.catch(() => undefined);
    return this.#bytes < WAITING_BYTES;
  }

  /** Rejects when the disk took it not. */
  async drained(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    this.#file ??= await this.#room.openFile();
    while (this.#chunks.length > 0 && !this.#isClosed) {
      const chunks = this.#chunks;
      const bytes = this.#bytes;
      this.#chunks = [];
      const buffer = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes);
      for (let at = 0; at < buffer.length; ) {
        const { bytesWritten } = await this.#file.write(buffer, at, buffer.length - at, this.#written);
        at += bytesWritten;
        this.#written += bytesWritten;
      }
      this.#bytes -= bytes;
      this.#room.used -= bytes;
    }
    this.#writing = undefined;
  }

  /** The whole letter. Rejects with what the disk said. */
  async end(): Promise<LetterContent> {
    await this.#writing;
    const file = this.#file;
    const size = this.#size;
    if (file === undefined) {
      const chunks = this.#chunks;
      return { size, header: await readHeader(chunks), read: () => readChunks(chunks) };
    }
    const read = () => readFrom(file, size);
    return { size, header: await readHeader(read()), read };
  }

  /** Gives room and file back; `read` of its content must not go on. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writing?.catch(() => undefined);
    this.#room.used -= this.#bytes;
    this.#chunks = [];
    await this.#file?.close();
  }
}

async function* readChunks(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function* readFrom(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error('a held letter is shorter than it was');
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** All up to the empty line and with it; all there is without one. */
async function readHeader(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  // The byte before the chunk: a letter may begin with the empty line.
  let last = LF;
  for await (const chunk of chunks) {
    const end = findEmptyLine(chunk, last);
    if (end >= 0) {
      parts.push(chunk.subarray(0, end));
      break;
    }
    parts.push(chunk);
    last = chunk.at(-1) ?? last;
  }
  return Buffer.concat(parts);
}

/** Where the empty line ends, or -1. */
function findEmptyLine(chunk: Buffer, last: number): number {
  if (last === LF && chunk[0] === LF) return 1;
  const found = chunk.indexOf('\n\n');
  return found < 0 ? -1 : found + 2;
}
