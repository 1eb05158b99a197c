// Bytes that are read by their position: a file of which few are wanted, or one that is too large to hold. Who reads says
// into what, so that many reads need no more memory than one. Which file it is, and that it stays open, is the caller's.
import type { FileHandle } from 'node:fs/promises';

export interface ByteSource {
  /** How many bytes there are. */
  readonly size: number;
  /** Fills `into` with the bytes from `start` on. Gives the part that was filled: less than asked only at the end. */
  read(start: number, into: Buffer): Promise<Buffer>;
}

/** From one byte to before another. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The bytes of a span, in memory of their own; fewer when the source ends before. */
export function readSpan(source: ByteSource, { start, end }: Span): Promise<Buffer> {
  return source.read(start, Buffer.allocUnsafe(Math.max(0, Math.min(end, source.size) - start)));
}

/** An open file. `size`: as it is now; a file that is replaced and never changed keeps it. */
export function sourceOfFile(file: FileHandle, size: number): ByteSource {
  return {
    size,
    async read(start, into) {
      const wanted = Math.max(0, Math.min(into.length, size - start));
      let length = 0;
      while (length < wanted) {
        const { bytesRead } = await file.read(into, length, wanted - length, start + length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return into.subarray(0, length);
    },
  };
}

/** Bytes in memory. */
export function sourceOfBytes(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: async (start, into) => into.subarray(0, bytes.copy(into, 0, Math.min(start, bytes.length))),
  };
}

/** A span of another source, as one of its own. */
export function partOfSource(source: ByteSource, { start, end }: Span): ByteSource {
  const size = Math.min(end, source.size) - start;
  return {
    size,
    read: (from, into) =>
      source.read(start + from, into.subarray(0, Math.max(0, Math.min(into.length, size - from)))),
  };
}
