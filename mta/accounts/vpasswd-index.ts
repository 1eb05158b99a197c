// Where the whole lines of a vpasswd text begin, sorted by name: four bytes an account and nothing else, so that a domain
// of a hundred thousand costs little. The lines themselves stay in the file (vpasswd-reader.ts). A change of one line that
// is known needs no second look at the others.
import { setImmediate as giveTurn } from 'node:timers/promises';
import type { ByteSource } from '../formats/byte-source.ts';
import { COLONS, chunksOfLines } from './vpasswd-lines.ts';
import type { TextSplice } from './vpasswd-pair.ts';

const FEED = 10;
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

  private constructor(starts: Uint32Array, isWhole: boolean, isSorted: boolean) {
    this.starts = starts;
    this.isWhole = isWhole;
    this.#isSorted = isSorted;
  }

  static async of(source: ByteSource): Promise<VpasswdIndex> {
    const marks = new LineMarks();
    for await (const { bytes, at } of chunksOfLines(source)) marks.add(bytes, at);
    const isWhole = marks.covered === source.size;
    if (marks.isSorted) return new VpasswdIndex(marks.starts(), isWhole, true);
    // Written by hand out of order, or twice: the first line of a name is the account, as in the cdb.
    return new VpasswdIndex(await sortOnce(source, marks.starts()), isWhole, false);
  }

  /** That of the text after a change. Undefined: only another look at the text tells. */
  splice({ at, removed, added }: TextSplice): VpasswdIndex | undefined {
    if (!this.#isSorted || !this.isWhole) return undefined;
    const old = this.starts;
    let place = 0;
    for (let high = old.length; place < high; ) {
      const middle = (place + high) >>> 1;
      if ((old[middle] as number) < at) place = middle + 1;
      else high = middle;
    }
    const after = place + (removed > 0 ? 1 : 0);
    const starts = new Uint32Array(old.length + (added > 0 ? 1 : 0) - (removed > 0 ? 1 : 0));
    starts.set(old.subarray(0, place));
    let next = place;
    if (added > 0) starts[next++] = at;
    for (let position = after; position < old.length; position++)
      starts[next++] = (old[position] as number) + added - removed;
    return new VpasswdIndex(starts, true, true);
  }
}

/** Collects the beginnings of whole lines, chunk by chunk. */
class LineMarks {
  #starts = new Uint32Array(1024);
  #count = 0;
  /** The lines of one chunk: where each begins, and its first colon. */
  #lines = new Uint32Array(0);
  /** The last name of the chunk before. */
  #before: Buffer = Buffer.alloc(0);
  isSorted = true;
  /** Bytes of whole lines, with their line feeds. */
  covered = 0;

  starts(): Uint32Array {
    return this.#starts.slice(0, this.#count);
  }

  /** Takes whole lines; the last of the text may lack its line feed. `base`: where in the text they are. */
  add(bytes: Buffer, base: number): void {
    // A whole line has a name, six colons and a line feed.
    const room = 2 * Math.ceil((bytes.length + 1) / (COLONS + 2));
    if (this.#lines.length < room) this.#lines = new Uint32Array(room);
    const lines = this.#lines;
    const { length, covered } = markLines(bytes, lines);
    this.covered += covered;
    if (this.#count + length / 2 > this.#starts.length) {
      const larger = new Uint32Array(2 * this.#count + length);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    takeStarts(lines, length, base, this.#starts.subarray(this.#count));
    this.#count += length / 2;
    if (length === 0) return;
    this.isSorted &&=
      this.#before.compare(bytes, lines[0], lines[1]) < 0 && areInOrder(bytes, lines.subarray(0, length));
    this.#before = Buffer.from(bytes.subarray(lines[length - 2], lines[length - 1]));
  }
}

function takeStarts(lines: Uint32Array, length: number, base: number, into: Uint32Array): void {
  for (let at = 0; at < length; at += 2) into[at / 2] = base + (lines[at] as number);
}

/** Marks the whole lines. One loop over all bytes and nothing else in it: there are many. */
function markLines(bytes: Buffer, lines: Uint32Array): { readonly length: number; readonly covered: number } {
  const end = bytes.length;
  let length = 0;
  let covered = 0;
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
        lines[length++] = start;
        lines[length++] = colon;
        covered += at + 1 - start;
      }
      start = at + 1;
      colons = 0;
    }
  }
  // The last line of the text, without its line feed.
  if (colons >= COLONS && colon > start) {
    lines[length++] = start;
    lines[length++] = colon;
    covered += end - start;
  }
  return { length, covered };
}

/** Is each name above the one before it? Names are short: a call that compares two costs more than their bytes. */
function areInOrder(bytes: Buffer, lines: Uint32Array): boolean {
  for (let at = 2; at < lines.length; at += 2) {
    const [one, oneEnd] = [lines[at - 2] as number, lines[at - 1] as number];
    const [other, otherEnd] = [lines[at] as number, lines[at + 1] as number];
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
