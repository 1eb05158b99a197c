// The accounts of one vpasswd text that is open: by position, by name, all, or those that hold some words. Read from the
// file when they are asked for, through a small window: a page is some lines of many thousand.
import { isAscii } from 'node:buffer';
import type { ByteSource } from '../formats/byte-source.ts';
import { readSpan } from '../formats/byte-source.ts';
import type { AccountRecord } from './store.ts';
import type { TornLine } from './vpasswd.ts';
import { parseVpasswd, parseVpasswdLine, textToLatin1, toText } from './vpasswd.ts';
import type { VpasswdIndex } from './vpasswd-index.ts';
import { chunksOfLines } from './vpasswd-lines.ts';

const FEED = 10;
const COLON = 58;
/** Bytes that are read at once: of one name, of a page, of all. */
const NAME_WINDOW = 512;
const PAGE_WINDOW = 16_384;
const WHOLE_WINDOW = 1 << 17;
/** Bytes that are searched in one go: as strings they are small enough to cost no memory for long. */
const SEARCH_CHUNK = 1 << 16;

export class VpasswdReader {
  readonly #source: ByteSource;
  readonly #index: VpasswdIndex;
  /** Bytes read last, and where they are. */
  #window: { readonly bytes: Buffer; readonly at: number } = { bytes: Buffer.alloc(0), at: 0 };

  /** `index`: that of these bytes. */
  constructor(source: ByteSource, index: VpasswdIndex) {
    this.#source = source;
    this.#index = index;
  }

  /** How many accounts. */
  get length(): number {
    return this.#index.starts.length;
  }

  /** The account at a position; its fields as text. Throws Error when its line has changed under us. */
  async at(position: number, window = PAGE_WINDOW): Promise<AccountRecord> {
    const record = parseVpasswdLine(await this.#until(FEED, position, window));
    if (record === undefined)
      throw new Error(`no account at ${position} of ${this.length}: vpasswd has changed`);
    return toText(record);
  }

  /** The name at a position, as latin1: comparing two is comparing their bytes. */
  nameAt(position: number): Promise<string> {
    return this.#until(COLON, position, NAME_WINDOW);
  }

  /** The first place whose name is not below `name`, among all or those at `positions`. Names as latin1. */
  async placeOf(name: string, positions?: Uint32Array): Promise<number> {
    let low = 0;
    let high = positions?.length ?? this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((await this.nameAt(positions?.[middle] ?? middle)) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The account of a name. */
  async find(name: string): Promise<AccountRecord | undefined> {
    const stored = textToLatin1(name);
    const place = await this.placeOf(stored);
    if (place === this.length || (await this.nameAt(place)) !== stored) return undefined;
    return this.at(place);
  }

  /** All accounts in the order of their names. */
  async *all(): AsyncGenerator<AccountRecord> {
    for (let position = 0; position < this.length; position++) yield this.at(position, WHOLE_WINDOW);
  }

  /** Positions of the accounts whose name or gecos holds a text, whatever the case. */
  async search(text: string): Promise<Uint32Array> {
    const wanted = text.toLowerCase();
    const starts = new Set<number>();
    for await (const { bytes, at } of chunksOfLines(this.#source, SEARCH_CHUNK)) {
      const found = isAscii(bytes) ? findPlain(bytes, wanted) : findAny(bytes.toString('latin1'), wanted);
      for (const start of found) starts.add(at + start);
    }
    // Torn lines, and those of a name that was there before, have no position.
    const positions = new Uint32Array(starts.size);
    let count = 0;
    const all = this.#index.starts;
    for (let position = 0; position < all.length && count < starts.size; position++)
      if (starts.has(all[position] as number)) positions[count++] = position;
    return positions.slice(0, count);
  }

  /** The lines that are no accounts. */
  async torn(): Promise<readonly TornLine[]> {
    if (this.#index.isWhole) return [];
    const torn: TornLine[] = [];
    let before = 0;
    for await (const { bytes } of chunksOfLines(this.#source)) {
      const lines = bytes.toString('latin1');
      for (const { line, text } of parseVpasswd(lines).torn) torn.push({ line: before + line, text });
      before += lines.split('\n').length - 1;
    }
    return torn;
  }

  /** The line at a position up to a byte, as latin1. `window`: bytes to read when they are not there. */
  async #until(stop: number, position: number, window: number): Promise<string> {
    const start = this.#index.starts[position];
    if (start === undefined) throw new RangeError(`no account at ${position} of ${this.length}`);
    for (let bytes = window; ; bytes *= 2) {
      const from = start - this.#window.at;
      const isThere = from >= 0 && from < this.#window.bytes.length;
      const end = isThere ? this.#window.bytes.indexOf(stop, from) : -1;
      if (end >= 0) return this.#window.bytes.toString('latin1', from, end);
      // The last line, without its line feed.
      if (isThere && this.#window.at + this.#window.bytes.length >= this.#source.size)
        return this.#window.bytes.toString('latin1', from);
      const read = await readSpan(this.#source, { start, end: start + bytes });
      if (read.length < Math.min(bytes, this.#source.size - start))
        throw new Error('vpasswd was cut while it was read');
      this.#window = { bytes: read, at: start };
    }
  }
}

/** What each byte of ASCII is in lower case. */
const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte));

/** Where lines of ASCII begin that show a text: found in all of them at once. Changes the bytes to lower case. */
function* findPlain(bytes: Buffer, wanted: string): Generator<number> {
  // No byte of these is in it.
  if (!/^[\x00-\x7f]*$/.test(wanted)) return;
  for (let at = 0; at < bytes.length; at++) bytes[at] = LOWER[bytes[at] as number] as number;
  const key = Buffer.from(wanted, 'latin1');
  for (let at = bytes.indexOf(key); at >= 0; ) {
    const start = at === 0 ? 0 : bytes.lastIndexOf(FEED, at - 1) + 1;
    const feed = bytes.indexOf(FEED, at);
    const end = feed < 0 ? bytes.length : feed;
    if (shownOf(bytes.toString('latin1', start, end)).includes(wanted)) yield start;
    at = end === bytes.length ? -1 : bytes.indexOf(key, end + 1);
  }
}

/** The same line by line, for bytes that are UTF-8 or something else. */
function* findAny(lines: string, wanted: string): Generator<number> {
  let start = 0;
  for (const line of lines.split('\n')) {
    const shown = Buffer.from(shownOf(line), 'latin1').toString('utf8');
    if (shown.toLowerCase().includes(wanted)) yield start;
    start += line.length + 1;
  }
}

/** What a search looks at in a line: name and gecos. */
function shownOf(line: string): string {
  const fields = line.split(':', 5);
  return `${fields[0]}\n${fields[4] ?? ''}`;
}
