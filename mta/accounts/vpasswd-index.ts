// The accounts of one vpasswd text by position: its bytes and where each whole line begins, sorted by name. Holds no
// object an account, so that a domain of a hundred thousand costs little more than its file; a page of it is parsed when
// somebody looks at it.
import type { AccountRecord } from './store.ts';
import { parseVpasswdLine, toText } from './vpasswd.ts';

const FEED = 10;
const COLON = 58;

export class VpasswdIndex {
  readonly #bytes: Buffer;
  /** Where the whole lines begin, in byte order of their names. */
  readonly #starts: Uint32Array;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const starts: number[] = [];
    let isSorted = true;
    for (let start = 0; start < bytes.length; ) {
      const feed = bytes.indexOf(FEED, start);
      const end = feed < 0 ? bytes.length : feed;
      if (isWhole(bytes, start, end)) {
        const last = starts.at(-1);
        if (isSorted && last !== undefined) isSorted = compareNames(bytes, last, start) < 0;
        starts.push(start);
      }
      start = end + 1;
    }
    // Written by hand out of order, or twice: the first line of a name is the account, as in the cdb.
    this.#starts = Uint32Array.from(isSorted ? starts : sortedOnce(bytes, starts));
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

  /** Positions of the accounts whose name or gecos holds a text, whatever the case. */
  search(text: string): Uint32Array {
    const wanted = text.toLowerCase();
    const found: number[] = [];
    for (let position = 0; position < this.length; position++) {
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

function isWhole(bytes: Buffer, start: number, end: number): boolean {
  let colons = 0;
  let at = bytes.indexOf(COLON, start);
  if (at === start) return false;
  while (at >= 0 && at < end && ++colons < 6) at = bytes.indexOf(COLON, at + 1);
  return colons >= 6;
}

const nameOf = (bytes: Buffer, start: number): Buffer => bytes.subarray(start, bytes.indexOf(COLON, start));

const compareNames = (bytes: Buffer, one: number, other: number): number =>
  nameOf(bytes, one).compare(nameOf(bytes, other));

function sortedOnce(bytes: Buffer, starts: readonly number[]): number[] {
  const sorted = starts.toSorted((one, other) => compareNames(bytes, one, other) || one - other);
  return sorted.filter((start, at) => at === 0 || compareNames(bytes, sorted[at - 1] as number, start) !== 0);
}
