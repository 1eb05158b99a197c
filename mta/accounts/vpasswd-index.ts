// The accounts of one vpasswd text by position: its bytes and where each whole line begins, sorted by name. Holds no
// object an account, so that a domain of a hundred thousand costs little more than its file; a page of it is parsed when
// somebody looks at it.
import { setImmediate as giveTurn } from 'node:timers/promises';
import type { AccountRecord } from './store.ts';
import { parseVpasswdLine, textToLatin1, toText } from './vpasswd.ts';
import { scanVpasswdInTurns } from './vpasswd-lines.ts';

const FEED = 10;
const COLON = 58;
/** Accounts that are searched in one go, some milliseconds. */
const TURN = 5000;

export class VpasswdIndex {
  readonly #bytes: Buffer;
  /** Where the whole lines begin, in byte order of their names. */
  readonly #starts: Uint32Array;

  /** Every line is an account. */
  readonly isWhole: boolean;

  private constructor(bytes: Buffer, starts: Uint32Array, isWhole: boolean) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.isWhole = isWhole;
  }

  static async of(bytes: Buffer): Promise<VpasswdIndex> {
    let starts = new Uint32Array(1024);
    let count = 0;
    let isSorted = true;
    let colonBefore = 0;
    // Bytes that belong to whole lines, with their line feeds.
    let covered = 0;
    await scanVpasswdInTurns(bytes, (start, colon, end) => {
      if (count === starts.length) {
        const larger = new Uint32Array(count * 2);
        larger.set(starts);
        starts = larger;
      }
      if (isSorted && count > 0)
        isSorted = bytes.compare(bytes, start, colon, starts[count - 1], colonBefore) < 0;
      colonBefore = colon;
      starts[count++] = start;
      covered += Math.min(end + 1, bytes.length) - start;
    });
    const found = starts.subarray(0, count);
    // Written by hand out of order, or twice: the first line of a name is the account, as in the cdb.
    const sorted = isSorted ? found : Uint32Array.from(sortedOnce(bytes, [...found]));
    return new VpasswdIndex(bytes, sorted, covered === bytes.length);
  }

  /** How many accounts. */
  get length(): number {
    return this.#starts.length;
  }

  /** The account at a position; its fields as text. */
  at(position: number): AccountRecord {
    const record = parseVpasswdLine(this.#line(position));
    if (record === undefined) throw new RangeError(`no account at ${position} of ${this.length}`);
    return toText(record);
  }

  /** The name at a position, as latin1: comparing two is comparing their bytes. */
  nameAt(position: number): string {
    const start = this.#starts[position] as number;
    return this.#bytes.toString('latin1', start, this.#bytes.indexOf(COLON, start));
  }

  /** The first place whose name is not below `name`, among all or those at `positions`. Names as latin1. */
  placeOf(name: string, positions?: Uint32Array): number {
    let low = 0;
    let high = positions?.length ?? this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.nameAt(positions?.[middle] ?? middle) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The account of a name. */
  find(name: string): AccountRecord | undefined {
    const stored = textToLatin1(name);
    const place = this.placeOf(stored);
    return place < this.length && this.nameAt(place) === stored ? this.at(place) : undefined;
  }

  /** Positions of the accounts whose name or gecos holds a text, whatever the case. */
  async search(text: string): Promise<Uint32Array> {
    const wanted = text.toLowerCase();
    const found: number[] = [];
    for (let position = 0; position < this.length; position++) {
      if (position % TURN === TURN - 1) await giveTurn();
      const fields = this.#line(position).split(':');
      const shown = `${fields[0]}\n${fields[4]}`;
      const isPlain = /^[\x00-\x7f]*$/.test(shown);
      const decoded = isPlain ? shown : Buffer.from(shown, 'latin1').toString('utf8');
      if (decoded.toLowerCase().includes(wanted)) found.push(position);
    }
    return Uint32Array.from(found);
  }

  /** The whole text as latin1. */
  text(): string {
    return this.#bytes.toString('latin1');
  }

  #line(position: number): string {
    const start = this.#starts[position] as number;
    const feed = this.#bytes.indexOf(FEED, start);
    return this.#bytes.toString('latin1', start, feed < 0 ? this.#bytes.length : feed);
  }
}

const nameOf = (bytes: Buffer, start: number): Buffer => bytes.subarray(start, bytes.indexOf(COLON, start));

const compareNames = (bytes: Buffer, one: number, other: number): number =>
  nameOf(bytes, one).compare(nameOf(bytes, other));

function sortedOnce(bytes: Buffer, starts: readonly number[]): number[] {
  const sorted = starts.toSorted((one, other) => compareNames(bytes, one, other) || one - other);
  return sorted.filter((start, at) => at === 0 || compareNames(bytes, sorted[at - 1] as number, start) !== 0);
}
