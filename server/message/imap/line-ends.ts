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

/**
 * A piece as it goes over the wire: CR put before each bare LF, and 0x80 in place of NUL, which no literal may hold
 * (RFC 9051 4.3; as Dovecot does).
 * @param last the byte before the piece, 0 when there is none.
 * @param nul what a NUL becomes; 0 in a literal8.
 */
export function toWire(piece: Buffer, last: number, nul = 0x80): Buffer {
  // Mostly there is no CR at all; then the engine's own search and copy is three times as fast as a loop.
  if (last !== 0x0d && !piece.includes(0x0d) && (nul === 0 || !piece.includes(0))) {
    const lines = piece.toString('latin1').split('\n');
    return lines.length === 1 ? piece : Buffer.from(lines.join('\r\n'), 'latin1');
  }
  let bare = 0;
  let hasNul = false;
  let before = last;
  for (let i = 0; i < piece.length; i++) {
    const byte = piece[i]!;
    if (byte === 0x0a && before !== 0x0d) bare++;
    else if (byte === 0 && nul !== 0) hasNul = true;
    before = byte;
  }
  if (bare === 0 && !hasNul) return piece;
  const out = Buffer.allocUnsafe(piece.length + bare);
  let to = 0;
  before = last;
  for (let i = 0; i < piece.length; i++) {
    const byte = piece[i]!;
    if (byte === 0x0a && before !== 0x0d) out[to++] = 0x0d;
    out[to++] = byte === 0 ? nul : byte;
    before = byte;
  }
  return out;
}

/** The same of a whole message into `out` at `at`, which has room for twice its bytes. Gives how many bytes it wrote. */
export function writeWire(message: Buffer, out: Buffer, at: number): number {
  if (message.includes(0x0d) || message.includes(0)) return toWire(message, 0).copy(out, at);
  const lines = message.toString('latin1').split('\n');
  return out.write(lines.join('\r\n'), at, 'latin1');
}
