// The accounts of one vpasswd text by position: its bytes and where each whole line begins, sorted by name. Holds no
// object an account, so that a domain of a hundred thousand costs little more than its file; a page of it is parsed when
// somebody looks at it.
import type { AccountRecord } from './store.ts';
import { parseVpasswdLine, toText } from './vpasswd.ts';
import { scanVpasswd } from './vpasswd-lines.ts';

const FEED = 10;
const COLON = 58;

export class VpasswdIndex {
  readonly #bytes: Buffer;
  /** Where the whole lines begin, in byte order of their names. */
  readonly #starts: Uint32Array;

  /** Every line is an account. */
  readonly isWhole: boolean;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    let starts = new Uint32Array(1024);
    let count = 0;
    let isSorted = true;
    let colonBefore = 0;
    // Bytes that belong to whole lines, with their line feeds.
    let covered = 0;
    scanVpasswd(bytes, (start, colon, end) => {
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
    this.isWhole = covered === bytes.length;
    const found = starts.subarray(0, count);
    // Written by hand out of order, or twice: the first line of a name is the account, as in the cdb.
    this.#starts = isSorted ? found : Uint32Array.from(sortedOnce(bytes, [...found]));
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

const nameOf = (bytes: Buffer, start: number): Buffer => bytes.subarray(start, bytes.indexOf(COLON, start));

const compareNames = (bytes: Buffer, one: number, other: number): number =>
  nameOf(bytes, one).compare(nameOf(bytes, other));

function sortedOnce(bytes: Buffer, starts: readonly number[]): number[] {
  const sorted = starts.toSorted((one, other) => compareNames(bytes, one, other) || one - other);
  return sorted.filter((start, at) => at === 0 || compareNames(bytes, sorted[at - 1] as number, start) !== 0);
}
