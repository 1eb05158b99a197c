// Line ends between disk and wire: files hold LF (CRLF when other software wrote them), IMAP sends CRLF. A line that has
// its CR already gets no second one (spec/maildir-imap.md 1.1). Counting is one pass over the bytes for any number of
// offsets, so that nested parts cost nothing more.

/** What lies before an offset. */
export interface LineCount {
  /** Line ends. */
  readonly lines: number;
  /** Line ends without CR: so many bytes the wire has more than the file. */
  readonly bare: number;
}

/** Counts for a message of which only the start was read; what lies beyond is known by its sums. */
export interface Tail extends LineCount {
  readonly bytes: number;
}

/** Fewer bytes are counted one by one. */
const fewBytes = 64;

/** Line feeds in [from, to). */
function countFeeds(bytes: Buffer, from: number, to: number): number {
  let feeds = 0;
  let at = from;
  if (to - from > fewBytes) {
    while ((bytes.byteOffset + at) % 4 !== 0) if (bytes[at++] === 0x0a) feeds++;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (to - at) >> 2);
    at += words.length * 4;
    // Four bytes at a time, a count for each of the four in a byte of its own, so for 127 rounds: 31 bits hold that.
    for (let i = 0; i < words.length; ) {
      const stop = Math.min(words.length, i + 127);
      let sums = 0;
      for (; i < stop; i++) {
        const word = words[i]! ^ 0x0a0a0a0a;
        // The highest bit of each byte that is not zero; no carry leaves its byte.
        const rest = ((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word;
        sums += (~rest >>> 7) & 0x01010101;
      }
      feeds += (sums & 0xff) + ((sums >>> 8) & 0xff) + ((sums >>> 16) & 0xff) + (sums >>> 24);
    }
  }
  for (; at < to; at++) if (bytes[at] === 0x0a) feeds++;
  return feeds;
}

/** Counts up to each of the offsets; an offset at the end of `bytes` takes the tail in. */
export function countLines(bytes: Buffer, offsets: Iterable<number>, tail?: Tail): Map<number, LineCount> {
  const counts = new Map<number, LineCount>();
  // Mostly there is no CR at all.
  const hasReturns = bytes.includes(0x0d);
  let lines = 0;
  let bare = 0;
  let at = 0;
  for (const offset of [...new Set(offsets)].sort((a, b) => a - b)) {
    if (hasReturns) {
      for (; at < offset; at++)
        if (bytes[at] === 0x0a) {
          lines++;
          if (at === 0 || bytes[at - 1] !== 0x0d) bare++;
        }
    } else if (at < offset) {
      lines += countFeeds(bytes, at, offset);
      bare = lines;
      at = offset;
    }
    counts.set(offset, { lines, bare });
  }
  const end = counts.get(bytes.length);
  if (tail && end) counts.set(bytes.length, { lines: end.lines + tail.lines, bare: end.bare + tail.bare });
  return counts;
}

/** Counts one piece after another of a stream. */
export class LineCounter implements LineCount {
  lines = 0;
  bare = 0;
  #last: number;

  /** @param last the byte before the first, when there is one. */
  constructor(last = 0) {
    this.#last = last;
  }

  add(piece: Uint8Array): void {
    let last = this.#last;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      if (byte === 0x0a) {
        this.lines++;
        if (last !== 0x0d) this.bare++;
      }
      last = byte;
    }
    this.#last = last;
  }
}

/** Bytes that become a text at once: so short that the engine keeps it where it costs nothing to forget it again. */
const textAtOnce = 16 * 1024;

/**
 * A piece as it goes over the wire: CR put before each bare LF, and 0x80 in place of NUL, which no literal may hold
 * (RFC 9051 4.3; as Dovecot does).
 * @param last the byte before the piece, 0 when there is none.
 * @param nul what a NUL becomes; 0 in a literal8.
 */
export function toWire(piece: Buffer, last: number, nul = 0x80): Buffer {
  if (!piece.includes(0x0a) && (nul === 0 || !piece.includes(0))) return piece;
  if (piece.length <= textAtOnce && isPlain(piece, last, nul)) return Buffer.from(withCr(piece), 'latin1');
  const out = Buffer.allocUnsafeSlow(2 * piece.length);
  return out.subarray(0, writeWire(piece, out, 0, last, nul));
}

/** The same into `out` at `at`, which has room for twice the bytes. Gives how many bytes it wrote. */
export function writeWire(piece: Buffer, out: Buffer, at: number, last = 0, nul = 0x80): number {
  let to = at;
  let before = last;
  for (let from = 0; from < piece.length; from += textAtOnce) {
    const some = piece.subarray(from, from + textAtOnce);
    to += isPlain(some, before, nul)
      ? out.write(withCr(some), to, 'latin1')
      : writeByteByByte(some, out, to, before, nul);
    before = some[some.length - 1]!;
  }
  return to - at;
}

/** Is every LF bare, and nothing else to be changed? So it mostly is. */
const isPlain = (bytes: Buffer, last: number, nul: number): boolean =>
  last !== 0x0d && !bytes.includes(0x0d) && (nul === 0 || !bytes.includes(0));

/** The engine's own search and copy is many times as fast as a loop. */
const withCr = (bytes: Buffer): string => bytes.toString('latin1').replace(/\n/g, '\r\n');

function writeByteByByte(bytes: Buffer, out: Buffer, at: number, last: number, nul: number): number {
  let to = at;
  let before = last;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x0a && before !== 0x0d) out[to++] = 0x0d;
    out[to++] = byte === 0 ? nul : byte;
    before = byte;
  }
  return to - at;
}
