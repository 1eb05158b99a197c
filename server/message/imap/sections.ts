// The octets of BODY[section]<partial> (RFC 9051 6.4.5), read from the file by the offsets of its parts: sizes are known
// before the first byte is read, what is small is read at once, what is large is streamed in pieces of 128 KiB. Lines
// end with CRLF, NUL goes out as 0x80. A file that is shorter than its offsets say ends the stream with an error: the
// session has promised the octets and must close.

import { findSection, type Range, type Section } from './find-section.ts';
import { toWire, writeWire } from './line-ends.ts';
import type { PartOffsets } from './part-offsets.ts';

/** Where bytes come from: an open file, or `bufferSource`. */
export interface ByteSource {
  read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  /** All of it, when it is in memory. */
  readonly memory?: Buffer | undefined;
}

/** RFC 9051 6.4.5 partial: origin octet and at most how many. */
export interface Span {
  readonly from: number;
  readonly length: number;
}

/** Content of a literal: exactly `size` octets come out of `chunks`. */
export interface SectionContent {
  readonly size: number;
  readonly chunks: readonly Buffer[] | AsyncIterable<Buffer>;
  /** Has a NUL, so that it must be a literal8 (BINARY only). */
  readonly hasNul: boolean;
  /** Takes the memory of a chunk back to be used again, once that is on its way. Who keeps chunks never calls it. */
  readonly giveBack?: ((chunk: Buffer) => void) | undefined;
}

/**
 * Where a partial read of a section ended. Clients fetch large parts piece by piece; with the cursor of the last piece
 * the next one need not count the lines before it. Keep one a message and section, and give it back.
 */
export interface SectionCursor {
  /** Octets of the wire, and offset in the file: the same place. */
  wire: number;
  file: number;
}

const piece = 128 * 1024;
/** Header that HEADER.FIELDS looks at, bytes. */
const longestHeader = 8 * 1024 * 1024;

/** A message in memory as a source. */
export function bufferSource(message: Buffer): ByteSource {
  return {
    memory: message,
    async read(buffer, offset, length, position) {
      return { bytesRead: message.copy(buffer, offset, position, position + length) };
    },
  };
}

/** Reads exactly [from, to). The bytes may be those of the source: they are not to be changed. */
export async function readBytes(source: ByteSource, from: number, to: number): Promise<Buffer> {
  if (source.memory && to <= source.memory.length) return source.memory.subarray(from, to);
  const bytes = Buffer.allocUnsafe(to - from);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await source.read(bytes, length, bytes.length - length, from + length);
    if (bytesRead === 0) throw new Error('the message file is shorter than the index says');
    length += bytesRead;
  }
  return bytes;
}

/** The bytes of a range in pieces, each with the byte before it. */
export async function* readPieces(
  source: ByteSource,
  from: number,
  to: number,
): AsyncGenerator<{ bytes: Buffer; last: number; at: number }> {
  let last = 0x0a;
  for (let at = from; at < to; at += piece) {
    const bytes = await readBytes(source, at, Math.min(at + piece, to));
    yield { bytes, last, at };
    last = bytes.at(-1)!;
  }
}

/** Memory that pieces go out in, used again: to collect that of each would cost as much as to fill it. */
class Rooms {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(2 * piece);
  }

  readonly giveBack = (chunk: Buffer): void => {
    if (chunk.buffer.byteLength === 2 * piece) this.#free.push(Buffer.from(chunk.buffer as ArrayBuffer));
  };
}

/** Octets [start, end) of a range as it goes over the wire; both count from its begin. */
async function* streamWire(
  source: ByteSource,
  range: Range,
  start: number,
  end: number,
  cursor: SectionCursor | undefined,
  rooms: Rooms,
): AsyncGenerator<Buffer> {
  let at = range.from;
  let wire = 0;
  if (range.bare === 0) {
    // Every line has its CR: the wire is the file.
    at += start;
    wire = start;
  } else if (cursor && cursor.wire <= start && cursor.file >= range.from && cursor.file <= range.to) {
    at = cursor.file;
    wire = cursor.wire;
  }
  let last = at > range.from ? (await readBytes(source, at - 1, at))[0]! : 0x0a;
  /** The next piece from here on; no byte of the file is fewer than one on the wire. */
  const read = (from: number, wireAtLeast: number): Promise<Buffer> | undefined => {
    const to = Math.min(from + piece, range.to, from + end - wireAtLeast);
    if (to <= from) return undefined;
    const reading = readBytes(source, from, to);
    // Told when its turn comes.
    reading.catch(() => undefined);
    return reading;
  };
  let sent = 0;
  let next = read(at, wire);
  try {
    while (next !== undefined) {
      const bytes = await next;
      // While this one is made ready and written the disk is at the next.
      next = read(at + bytes.length, wire + bytes.length);
      const room = rooms.take();
      const length = writeWire(bytes, room, 0, last);
      // The place of the next octet, or the begin of its piece: lines before it need no second count.
      if (cursor && wire + length >= end) {
        const isWhole = wire + length === end;
        Object.assign(cursor, { wire: isWhole ? end : wire, file: isWhole ? at + bytes.length : at });
      }
      const out = room.subarray(Math.min(length, Math.max(0, start - wire)), Math.min(length, end - wire));
      at += bytes.length;
      wire += length;
      last = bytes.at(-1)!;
      if (out.length === 0) {
        rooms.giveBack(room);
        continue;
      }
      sent += out.length;
      yield out;
      if (wire >= end) break;
    }
  } finally {
    await next?.catch(() => undefined);
  }
  if (sent !== end - start) throw new Error('the message file is not what the index says');
}

/** Header lines of the fields asked for, or of all others, with the empty line (RFC 9051 6.4.5.1). */
export function selectFields(header: Buffer, section: Section): Buffer {
  const wanted = new Set(section.fields.map((name) => name.toLowerCase()));
  const isNot = section.text === 'HEADER.FIELDS.NOT';
  const kept: Buffer[] = [];
  let keeps = false;
  for (let at = 0; at < header.length; ) {
    const lineEnd = header.indexOf(0x0a, at);
    const next = lineEnd < 0 ? header.length : lineEnd + 1;
    const first = header[at]!;
    if (first === 0x0a || (first === 0x0d && at + 2 === next)) break;
    if (first !== 0x20 && first !== 0x09) {
      const colon = header.subarray(at, Math.min(next, at + 300)).indexOf(0x3a);
      const name =
        colon < 0
          ? ''
          : header
              .toString('latin1', at, at + colon)
              .trimEnd()
              .toLowerCase();
      keeps = wanted.has(name) !== isNot;
    }
    if (keeps) kept.push(header.subarray(at, next));
    // A last line without an end gets one, so that the empty line stands apart.
    if (keeps && lineEnd < 0) kept.push(Buffer.from('\r\n'));
    at = next;
  }
  kept.push(Buffer.from('\r\n'));
  return toWire(Buffer.concat(kept), 0x0a);
}

/** The part of `whole` octets that a span asks for. */
function cut(whole: number, span: Span | undefined): { start: number; end: number } {
  if (!span) return { start: 0, end: whole };
  const start = Math.min(span.from, whole);
  return { start, end: Math.min(whole, start + span.length) };
}

/**
 * Opens a section for sending.
 * @param root of WireTexts.parts.
 * @param cursor of the last partial read of this section of this message; it is moved on.
 * @returns undefined when the message has no such section: NIL.
 */
export async function openSection(
  source: ByteSource,
  root: PartOffsets,
  section: Section,
  span?: Span,
  cursor?: SectionCursor,
): Promise<SectionContent | undefined> {
  const range = findSection(root, section);
  if (!range) return undefined;
  if (section.fields.length > 0) {
    const header = await readBytes(source, range.from, Math.min(range.to, range.from + longestHeader));
    const whole = selectFields(header, section);
    const { start, end } = cut(whole.length, span);
    return { size: end - start, chunks: [whole.subarray(start, end)], hasNul: false };
  }
  const { start, end } = cut(range.to - range.from + range.bare, span);
  const size = end - start;
  if (size === 0) return { size, chunks: [], hasNul: false };
  if (range.to - range.from <= piece) {
    const whole = toWire(await readBytes(source, range.from, range.to), 0x0a);
    if (whole.length !== range.to - range.from + range.bare)
      throw new Error('the message file is not what the index says');
    return { size, chunks: [whole.subarray(start, end)], hasNul: false };
  }
  const rooms = new Rooms();
  const chunks = streamWire(source, range, start, end, cursor, rooms);
  return { size, chunks, hasNul: false, giveBack: rooms.giveBack };
}
