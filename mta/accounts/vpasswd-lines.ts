// The lines of DOM/vpasswd as bytes (spec/vpopmail.md 2.1, 2.2): finding, putting and removing one, and compiling all of them
// into vpasswd.cdb. A domain may have a hundred thousand accounts, and each change of one touches the whole file: so no
// object a line, and one pass over the bytes. Bytes of any charset survive, whatever wrote them.
import { setImmediate as giveTurn } from 'node:timers/promises';
import type { ByteSource } from '../formats/byte-source.ts';
import { readSpan } from '../formats/byte-source.ts';
import { CdbMaker, FIRST_HASH, nextHash } from '../formats/cdb.ts';

const FEED = 10;
const COLON = 58;
/** A line with fewer colons is torn. */
const COLONS = 6;

/** Room for the marks of the lines in so many bytes: a whole line has a name, six colons and a line feed. */
export const marksFor = (bytes: number): Uint32Array<ArrayBuffer> =>
  new Uint32Array(3 * Math.ceil((bytes + 1) / 8));

/**
 * Marks every line that is an account by three numbers: where it begins, its first colon, its end (the line feed, or the
 * end of the bytes). One loop over all bytes and nothing else in it: there are many. Gives how many numbers.
 */
export function markLines(bytes: Buffer, marks: Uint32Array): number {
  const end = bytes.length;
  let length = 0;
  let start = 0;
  let colon = 0;
  let colons = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > COLON) continue;
    if (byte === COLON) {
      if (colons === 0) colon = at;
      colons++;
    } else if (byte === FEED) {
      if (colons >= COLONS && colon > start) {
        marks[length++] = start;
        marks[length++] = colon;
        marks[length++] = at;
      }
      start = at + 1;
      colons = 0;
    }
  }
  // The last line of a text, without its line feed.
  if (colons >= COLONS && colon > start) {
    marks[length++] = start;
    marks[length++] = colon;
    marks[length++] = end;
  }
  return length;
}

/** Bytes that are looked at in one go, a millisecond or two: a server answers others in between. */
const PORTION = 1 << 18;

/** Whole lines of so many bytes at a time, and where they begin. */
function* portionsOf(bytes: Buffer): Generator<{ readonly part: Buffer; readonly at: number }> {
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(FEED, at + PORTION);
    const to = feed < 0 ? bytes.length : feed + 1;
    yield { part: bytes.subarray(at, to), at };
    at = to;
  }
}

/** The bytes of vpasswd.cdb: key is the name, data the rest of the line. */
export function compileVpasswdBytes(bytes: Buffer): Buffer {
  const maker = makerFor(bytes);
  for (const { part } of portionsOf(bytes)) addLines(maker, part);
  return maker.finish();
}

/** The same in portions, for a server. */
export async function compileVpasswdInTurns(bytes: Buffer): Promise<Buffer> {
  const maker = makerFor(bytes);
  for (const { part } of portionsOf(bytes)) {
    addLines(maker, part);
    await giveTurn();
  }
  return maker.finish();
}

/** Eight bytes and two slots of eight for each account, of some hundred bytes. */
const makerFor = (bytes: Buffer): CdbMaker => new CdbMaker(bytes.length + (bytes.length >>> 2) + 65_536);

function addLines(maker: CdbMaker, bytes: Buffer): void {
  const marks = marksFor(bytes.length);
  const length = markLines(bytes, marks);
  for (let at = 0; at < length; at += 3) {
    const [start, colon, end] = [marks[at] as number, marks[at + 1] as number, marks[at + 2] as number];
    let hash = FIRST_HASH;
    for (let place = start; place < colon; place++) hash = nextHash(hash, bytes[place] as number);
    const record = maker.add(hash, colon - start, end - colon - 1);
    const to = maker.bytes;
    // A name is short: a call for it costs more than its bytes.
    for (let place = start; place < colon; place++) to[record + place - start] = bytes[place] as number;
    bytes.copy(to, record + colon - start, colon + 1, end);
  }
}

/** Where the first whole line of a name is. */
export function findVpasswdLine(
  bytes: Buffer,
  name: string,
): { readonly start: number; readonly end: number } | undefined {
  for (let start = nextLineOf(bytes, name, 0); start >= 0; start = nextLineOf(bytes, name, start + 1)) {
    const feed = bytes.indexOf(FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    const line = bytes.subarray(start, end);
    if (markLines(line, marksFor(line.length)) > 0) return { start, end };
  }
  return undefined;
}

/** Where the next line begins that starts with `name:`; -1: none. */
function nextLineOf(bytes: Buffer, name: string, from: number): number {
  const key = Buffer.from(`\n${name}:`, 'latin1');
  if (from === 0 && bytes.subarray(0, key.length - 1).equals(key.subarray(1))) return 0;
  const found = bytes.indexOf(key, Math.max(0, from - 1));
  return found < 0 ? -1 : found + 1;
}

/**
 * The text with the line of `name` replaced, inserted in its sorted place, or (undefined) removed. All else stays byte for
 * byte. `name` and `line` are bytes as latin1.
 */
export function setVpasswdLine(bytes: Buffer, name: string, line: string | undefined): Buffer {
  const parts: Buffer[] = [];
  const wanted = line === undefined ? undefined : Buffer.from(`${line}\n`, 'latin1');
  let isPut = wanted === undefined;
  let from = 0;
  for (let start = nextLineOf(bytes, name, 0); start >= 0; ) {
    const feed = bytes.indexOf(FEED, start);
    const next = feed < 0 ? bytes.length : feed + 1;
    parts.push(bytes.subarray(from, start));
    if (!isPut && wanted !== undefined) parts.push(wanted);
    isPut = true;
    from = next;
    start = next < bytes.length ? nextLineOf(bytes, name, next) : -1;
  }
  if (!isPut && wanted !== undefined) {
    const place = placeOf(bytes, name);
    const before = bytes.subarray(0, place);
    parts.push(before);
    // Written by hand, without its last line feed.
    if (place > 0 && before[place - 1] !== FEED) parts.push(Buffer.from([FEED]));
    parts.push(wanted);
    from = place;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

/** Where the first line begins whose name is greater; in a file out of order, some place between two lines. */
export function placeOf(bytes: Buffer, name: string): number {
  const key = Buffer.from(name, 'latin1');
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = Math.max(low, middle === 0 ? 0 : bytes.lastIndexOf(FEED, middle - 1) + 1);
    const feed = bytes.indexOf(FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    const colon = bytes.indexOf(COLON, start);
    const nameEnd = colon < 0 || colon > end ? end : colon;
    if (bytes.subarray(start, nameEnd).compare(key) > 0) high = start;
    else low = Math.min(bytes.length, end + 1);
  }
  return low;
}

/** A text of so many bytes is read at once, to look for a place in it. */
const SMALL = 32_768;
/** Bytes around a place that hold its line, but for very long ones. */
const AROUND = 4096;

/** The same for a text that is not in memory: a few small reads. */
export async function placeInSource(source: ByteSource, name: string): Promise<number> {
  const key = Buffer.from(name, 'latin1');
  const window = Buffer.allocUnsafe(AROUND);
  let low = 0;
  let high = source.size;
  while (high - low > SMALL) {
    const middle = (low + high) >>> 1;
    const from = Math.max(low, middle - AROUND / 2);
    const bytes = await source.read(from, window);
    const lineAt = bytes.lastIndexOf(FEED, middle - from - 1) + 1;
    const feed = bytes.indexOf(FEED, lineAt);
    const colon = bytes.indexOf(COLON, lineAt);
    // A line longer than the window: all that is left is read.
    if (feed < 0 || (lineAt === 0 && from > low)) break;
    const nameEnd = colon < 0 || colon > feed ? feed : colon;
    if (bytes.subarray(lineAt, nameEnd).compare(key) > 0) high = from + lineAt;
    else low = from + feed + 1;
  }
  return low + placeOf(await readSpan(source, { start: low, end: high }), name);
}

/** Bytes of lines that are read and looked at in one go, a millisecond. */
const CHUNK = 1 << 19;

/**
 * A text in pieces of whole lines and where each begins; the last may lack its line feed. The bytes are good until the
 * next piece is asked for; what follows them is read meanwhile.
 */
export async function* chunksOfLines(
  source: ByteSource,
  chunk = CHUNK,
): AsyncGenerator<{ bytes: Buffer; at: number }> {
  let size = Math.min(chunk, source.size);
  let [window, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  let reading = source.read(0, window);
  for (let at = 0; at < source.size; ) {
    const bytes = await reading;
    // Cut by somebody meanwhile: there is no more.
    if (bytes.length === 0) return;
    const isLast = bytes.length < size || at + bytes.length === source.size;
    const end = isLast ? bytes.length : bytes.lastIndexOf(FEED) + 1;
    if (end === 0) {
      size *= 2;
      [window, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
    }
    const next = at + end;
    if (next < source.size) reading = source.read(next, other);
    [window, other] = [other, window];
    try {
      if (end > 0) yield { bytes: bytes.subarray(0, end), at };
    } finally {
      // Who wants no more closes the file: not before it was read.
      await reading.catch(() => undefined);
    }
    at = next;
  }
}
