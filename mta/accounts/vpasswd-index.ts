// Where the whole lines of a vpasswd text begin, sorted by name: four bytes an account and nothing else, so that a domain
// of a hundred thousand costs little. The lines themselves stay in the file (vpasswd-reader.ts). A change of one line that
// is known needs no second look at the others; after one that is not known only the piece that differs is looked at line by
// line (vpasswd-pieces.ts).
import { setImmediate as giveTurn } from 'node:timers/promises';
import type { ByteSource } from '../formats/byte-source.ts';
import { partOfSource, readSpan } from '../formats/byte-source.ts';
import { chunksOfLines, markLines, marksFor } from './vpasswd-lines.ts';
import type { TextSplice } from './vpasswd-pair.ts';
import { digestOf, findSame, type Piece, splicePieces } from './vpasswd-pieces.ts';

const COLON = 58;
/** Names that are compared in one go, some milliseconds. */
const TURN = 20_000;

export class VpasswdIndex {
  /** Where the whole lines begin, in byte order of their names. */
  readonly starts: Uint32Array;
  /** Every line is an account. */
  readonly isWhole: boolean;
  /** The lines are in order in the text, each name once. */
  readonly #isSorted: boolean;

  /** The text in pieces of whole lines. */
  readonly #pieces: readonly Piece[];

  private constructor(
    starts: Uint32Array,
    isWhole: boolean,
    isSorted: boolean,
    pieces: readonly Piece[] = [],
  ) {
    this.starts = starts;
    this.isWhole = isWhole;
    this.#isSorted = isSorted;
    this.#pieces = pieces;
  }

  /** `old`: that of the text as it was some changes before. */
  static async of(source: ByteSource, old?: VpasswdIndex): Promise<VpasswdIndex> {
    const followed = old && (await old.#after(source));
    if (followed !== undefined) return followed;
    const marks = new LineMarks();
    const pieces = await markPieces(source, 0, marks);
    const isWhole = marks.covered === source.size;
    if (marks.isSorted) return new VpasswdIndex(marks.starts(), isWhole, true, pieces);
    // Written by hand out of order, or twice: the first line of a name is the account, as in the cdb.
    return new VpasswdIndex(await sortOnce(source, marks.starts()), isWhole, false);
  }

  /** That of the text after a change. Undefined: only another look at the text tells. */
  splice(change: TextSplice): VpasswdIndex | undefined {
    if (!this.#isSorted || !this.isWhole) return undefined;
    const { at, removed, added } = change;
    const place = placeOfStart(this.starts, at);
    const starts = joinStarts(
      this.starts.subarray(0, place),
      added > 0 ? Uint32Array.of(at) : new Uint32Array(0),
      this.starts.subarray(place + (removed > 0 ? 1 : 0)),
      added - removed,
    );
    return new VpasswdIndex(starts, true, true, splicePieces(this.#pieces, change));
  }

  /**
   * That of a text of which most pieces are those of ours, at its beginning and at its end. Undefined: only a look at all
   * lines tells.
   */
  async #after(source: ByteSource): Promise<VpasswdIndex | undefined> {
    if (!this.#isSorted || !this.isWhole) return undefined;
    const same = await findSame(this.#pieces, source);
    if (same === undefined) return undefined;
    const { head, tail, from, to, shift } = same;
    const [old, first] = [this.starts, placeOfStart(this.starts, from)];
    const marks = new LineMarks(first === 0 ? undefined : await nameAt(source, old[first - 1] as number));
    const pieces = await markPieces(partOfSource(source, { start: from, end: to }), from, marks);
    const after = placeOfStart(old, to - shift);
    const next = after === old.length ? undefined : await nameAt(source, (old[after] as number) + shift);
    if (!marks.isSorted || marks.covered !== to - from || (next && marks.last.compare(next) >= 0))
      return undefined;
    const starts = joinStarts(old.subarray(0, first), marks.starts(), old.subarray(after), shift);
    const moved = tail.map((piece) => ({ ...piece, start: piece.start + shift, end: piece.end + shift }));
    return new VpasswdIndex(starts, true, true, [...head, ...pieces, ...moved]);
  }
}

/** Marks all lines; `base`: where in the text the source begins. Gives the pieces. */
async function markPieces(source: ByteSource, base: number, marks: LineMarks): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  for await (const { bytes, at } of chunksOfLines(source)) {
    marks.add(bytes, base + at);
    pieces.push({ start: base + at, end: base + at + bytes.length, digest: digestOf(bytes) });
  }
  return pieces;
}

/** The first of the lines that begin at a place of the text or behind it. */
function placeOfStart(starts: Uint32Array, at: number): number {
  let low = 0;
  for (let high = starts.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Three runs as one, the last of which has moved. */
function joinStarts(
  before: Uint32Array,
  between: Uint32Array,
  behind: Uint32Array,
  shift: number,
): Uint32Array {
  const starts = new Uint32Array(before.length + between.length + behind.length);
  starts.set(before);
  starts.set(between, before.length);
  let next = before.length + between.length;
  for (const start of behind) starts[next++] = start + shift;
  return starts;
}

/** Longer ones are no names. */
const NAME_BYTES = 512;

async function nameAt(source: ByteSource, start: number): Promise<Buffer> {
  const bytes = await readSpan(source, { start, end: start + NAME_BYTES });
  const colon = bytes.indexOf(COLON);
  return bytes.subarray(0, colon < 0 ? bytes.length : colon);
}

/** Collects the beginnings of whole lines, chunk by chunk. */
class LineMarks {
  #starts = new Uint32Array(1024);
  #count = 0;
  /** The lines of one chunk, and for how many bytes there is room. */
  #marks = new Uint32Array(0);
  #room = 0;
  /** The last name until now. */
  last: Buffer;
  isSorted = true;
  /** Bytes of whole lines, with their line feeds. */
  covered = 0;

  /** `before`: the name of the line in front of all that are added. */
  constructor(before: Buffer = Buffer.alloc(0)) {
    this.last = before;
  }

  starts(): Uint32Array {
    return this.#starts.slice(0, this.#count);
  }

  /** Takes whole lines; the last of the text may lack its line feed. `base`: where in the text they are. */
  add(bytes: Buffer, base: number): void {
    if (this.#room < bytes.length) {
      this.#marks = marksFor(bytes.length);
      this.#room = bytes.length;
    }
    const length = markLines(bytes, this.#marks);
    if (length === 0) return;
    const marks = this.#marks.subarray(0, length);
    if (this.#count + length / 3 > this.#starts.length) {
      const larger = new Uint32Array(2 * this.#count + length);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    this.covered += takeStarts(marks, base, bytes.length, this.#starts.subarray(this.#count));
    this.#count += length / 3;
    this.isSorted &&= this.last.compare(bytes, marks[0], marks[1]) < 0 && areInOrder(bytes, marks);
    this.last = Buffer.from(bytes.subarray(marks[length - 3], marks[length - 2]));
  }
}

/** Gives how many bytes the lines have, with their line feeds. */
function takeStarts(marks: Uint32Array, base: number, end: number, into: Uint32Array): number {
  let covered = 0;
  for (let at = 0; at < marks.length; at += 3) {
    const start = marks[at] as number;
    into[at / 3] = base + start;
    covered += Math.min((marks[at + 2] as number) + 1, end) - start;
  }
  return covered;
}

/** Is each name above the one before it? Names are short: a call that compares two costs more than their bytes. */
function areInOrder(bytes: Buffer, marks: Uint32Array): boolean {
  for (let at = 3; at < marks.length; at += 3) {
    const [one, oneEnd] = [marks[at - 3] as number, marks[at - 2] as number];
    const [other, otherEnd] = [marks[at] as number, marks[at + 1] as number];
    const shorter = Math.min(oneEnd - one, otherEnd - other);
    let same = 0;
    while (same < shorter && bytes[one + same] === bytes[other + same]) same++;
    const isBelow =
      same < shorter
        ? (bytes[one + same] as number) < (bytes[other + same] as number)
        : oneEnd - one < otherEnd - other;
    if (!isBelow) return false;
  }
  return true;
}

/** Sorts by names, of equal ones the first. Runs that are in order are merged, some at a time. */
async function sortOnce(source: ByteSource, starts: Uint32Array): Promise<Uint32Array> {
  const names = await readNames(source, starts);
  let runs = splitRuns(names);
  let compared = 0;
  while (runs.length > 1) {
    const merged: number[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [one = [], other = []] = runs.slice(at, at + 2);
      const both: number[] = [];
      for (let [left, right] = [0, 0]; left < one.length || right < other.length; ) {
        const [first, second] = [one[left], other[right]];
        // Of equal names the one that stands first in the text.
        const takesFirst =
          second === undefined ||
          (first !== undefined && (names[first] as string) <= (names[second] as string));
        both.push((takesFirst ? one[left++] : other[right++]) as number);
        if (++compared % TURN === 0) await giveTurn();
      }
      merged.push(both);
    }
    runs = merged;
  }
  const sorted = (runs[0] ?? []).filter(
    (at, place, all) => place === 0 || names[all[place - 1]!] !== names[at],
  );
  return Uint32Array.from(sorted, (at) => starts[at] as number);
}

/** Places of names, in runs each of which is in order. */
function splitRuns(names: readonly string[]): number[][] {
  const runs: number[][] = [];
  for (const [at, name] of names.entries()) {
    if (at === 0 || (names[at - 1] as string) > name) runs.push([]);
    runs.at(-1)?.push(at);
  }
  return runs;
}

/** The names of lines in the order of the text, as latin1. */
async function readNames(source: ByteSource, starts: Uint32Array): Promise<readonly string[]> {
  const names: string[] = [];
  let start = starts[0];
  for await (const { bytes, at } of chunksOfLines(source))
    while (start !== undefined && start < at + bytes.length) {
      names.push(bytes.toString('latin1', start - at, bytes.indexOf(COLON, start - at)));
      start = starts[names.length];
    }
  return names;
}
