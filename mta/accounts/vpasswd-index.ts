// Where the whole lines of a vpasswd text begin, sorted by name: four bytes an account and nothing else, so that a domain
// of a hundred thousand costs little. The lines themselves stay in the file (vpasswd-reader.ts). A change of one line that
// is known needs no second look at the others.
import { setImmediate as giveTurn } from 'node:timers/promises';
import type { ByteSource } from '../formats/byte-source.ts';
import { chunksOfLines, markLines, marksFor } from './vpasswd-lines.ts';
import type { TextSplice } from './vpasswd-pair.ts';

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
  /** The lines of one chunk, and for how many bytes there is room. */
  #marks = new Uint32Array(0);
  #room = 0;
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
    this.isSorted &&= this.#before.compare(bytes, marks[0], marks[1]) < 0 && areInOrder(bytes, marks);
    this.#before = Buffer.from(bytes.subarray(marks[length - 3], marks[length - 2]));
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
