// DOM/vpasswd and vpasswd.cdb as one thing of which one line changes (spec/vpopmail.md 2.1, 2.2). With a hundred thousand
// accounts compiling them all again, or only holding them in memory, is most of the work of adding one: so when the cdb is
// that of the text, both get only the change, and the rest is copied from the old files as it is. Where anything does not
// fit (torn lines, a name twice, another writer's layout, a file edited by hand) the cdb is compiled from the text, which
// is the truth. Both ways write the same bytes. Opening and writing the files is vpasswd.ts.
import type { ByteSource, Span } from '../formats/byte-source.ts';
import { readSpan } from '../formats/byte-source.ts';
import { CDB_HEADER } from '../formats/cdb.ts';
import { PlainCdb } from '../formats/cdb-splice.ts';
import { compileVpasswdInTurns, findVpasswdLine, placeInSource, setVpasswdLine } from './vpasswd-lines.ts';

/** What one change does to the text. */
export interface TextSplice {
  /** Where it is. */
  readonly at: number;
  /** Bytes that go there: a whole line or none. */
  readonly removed: number;
  /** Bytes that come there: a whole line or none. */
  readonly added: number;
}

/** Both files in pieces, to be written one after the other; a span is one of the old file of the same name. */
export interface VpasswdFiles {
  readonly text: readonly (Buffer | Span)[];
  readonly cdb: readonly (Buffer | Span)[];
  /** When only this differs between the old text and the new. */
  readonly splice?: TextSplice | undefined;
}

/** A line in the text, its line feed counted, and its record in the cdb. */
interface Place extends Span {
  readonly record: Span;
}

/** The longest line, in bytes, that is asked for whether it is the same in both files. */
const MAX_LINE = 65_536;

export class VpasswdPair {
  readonly #text: ByteSource;
  readonly #cdb: ByteSource | undefined;
  /** Undefined: it is not that of the text. */
  #plain: PlainCdb | undefined;

  private constructor(text: ByteSource, cdb: ByteSource | undefined, plain: PlainCdb | undefined) {
    this.#text = text;
    this.#cdb = cdb;
    this.#plain = plain;
  }

  /** `cdb`: when it was written after the last change of the text. The names and lines below are bytes as latin1. */
  static async of(text: ByteSource, cdb: ByteSource | undefined): Promise<VpasswdPair> {
    const plain = cdb && (await PlainCdb.from(cdb));
    // A record has eight bytes of lengths where a line has a colon and a line feed; any line that is no record shows here.
    const isItsCdb = plain !== undefined && plain.end - CDB_HEADER - 6 * plain.count === text.size;
    const last = text.size === 0 ? undefined : await readSpan(text, { start: text.size - 1, end: text.size });
    return new VpasswdPair(text, cdb, isItsCdb && (last === undefined || last[0] === 10) ? plain : undefined);
  }

  /** The whole line of a name, without its line feed. */
  async find(name: string): Promise<string | undefined> {
    const place = await this.#placeOf(name);
    if (this.#plain !== undefined) {
      if (place === undefined) return undefined;
      return (await readSpan(this.#text, { start: place.start, end: place.end - 1 })).toString('latin1');
    }
    const text = await readSpan(this.#text, { start: 0, end: this.#text.size });
    const found = findVpasswdLine(text, name);
    return found && text.toString('latin1', found.start, found.end);
  }

  /** Both files with the line of a name put in place of its old one or in its sorted place, or (undefined) removed. Once. */
  async set(name: string, line: string | undefined): Promise<VpasswdFiles> {
    const spliced = await this.#splice(name, line);
    if (spliced !== undefined) return spliced;
    const text = setVpasswdLine(await readSpan(this.#text, { start: 0, end: this.#text.size }), name, line);
    return { text: [text], cdb: [await compileVpasswdInTurns(text)] };
  }

  async #splice(name: string, line: string | undefined): Promise<VpasswdFiles | undefined> {
    const old = await this.#placeOf(name);
    // Asked first: the question may show that the cdb is not that of the text.
    if (this.#plain === undefined || (line === undefined && old === undefined)) return undefined;
    if (line !== undefined && !(line.startsWith(`${name}:`) && /^[^:\n]+(?::[^:\n]*){6}[^\n]*$/.test(line)))
      return undefined;
    const place = old ?? (await this.#placeForNew(name));
    if (place === undefined) return undefined;
    const key = Buffer.from(name, 'latin1');
    const cdb = this.#plain.splice({
      at: place.record.start,
      removed: old && { key, length: place.record.end - place.record.start },
      added:
        line === undefined ? undefined : { key, data: Buffer.from(line.slice(name.length + 1), 'latin1') },
    });
    if (cdb === undefined) return undefined;
    const added = line === undefined ? [] : [Buffer.from(`${line}\n`, 'latin1')];
    return {
      text: [{ start: 0, end: place.start }, ...added, { start: place.end, end: this.#text.size }],
      cdb,
      splice: { at: place.start, removed: place.end - place.start, added: added[0]?.length ?? 0 },
    };
  }

  /**
   * Where a name is, in both; `at`: where its line begins, when that is known. A cdb that is not that of the text is not
   * asked again.
   */
  async #placeOf(name: string, at?: number): Promise<Place | undefined> {
    if (this.#plain === undefined) return undefined;
    const key = Buffer.from(name, 'latin1');
    const records = await this.#recordsOf(key);
    const [record, ...more] = records ?? [];
    if (records !== undefined && record === undefined) return undefined;
    if (record !== undefined && more.length === 0) {
      const length = record.end - record.start - 6;
      // A few reads find it in a text that is in order; else all records before it are counted.
      const likely = at ?? (await placeInSource(this.#text, name)) - length;
      for (const lineStart of [() => likely, () => this.#lineOf(record)]) {
        const start = lineStart();
        const place = { start, end: start + length, record };
        if (await this.#isSame(place, key)) return place;
      }
    }
    this.#plain = undefined;
    return undefined;
  }

  /** Where the line of a record begins when all records before it are those of the lines before it. */
  #lineOf(record: Span): number {
    return record.start - CDB_HEADER - 6 * (this.#plain?.countBefore(record.start) ?? 0);
  }

  /** Where the records of a key lie. Undefined: one does not fit the file. */
  async #recordsOf(key: Buffer): Promise<readonly Span[] | undefined> {
    const [cdb, plain] = [this.#cdb, this.#plain];
    if (cdb === undefined || plain === undefined) return undefined;
    const found: Span[] = [];
    for (const start of plain.positionsOf(key)) {
      const head = await readSpan(cdb, { start, end: start + 8 + key.length });
      if (head.length < 8 + key.length) return undefined;
      const end = start + 8 + head.readUInt32LE(0) + head.readUInt32LE(4);
      if (start < CDB_HEADER || end > plain.end) return undefined;
      if (head.readUInt32LE(0) === key.length && head.subarray(8).equals(key)) found.push({ start, end });
    }
    return found;
  }

  /** Where a new name goes: before the record of the line that is there. Undefined: the cdb is not that of the text. */
  async #placeForNew(name: string): Promise<Place | undefined> {
    const start = await placeInSource(this.#text, name);
    let at = this.#plain?.end ?? 0;
    if (start < this.#text.size) {
      const line = await readSpan(this.#text, { start, end: start + MAX_LINE });
      const following = await this.#placeOf(
        line.toString('latin1', 0, Math.max(0, line.indexOf(':'))),
        start,
      );
      if (following === undefined || following.start !== start) return undefined;
      at = following.record.start;
    }
    return { start, end: start, record: { start: at, end: at } };
  }

  /** Is this line of the text, with its line feed and the one before it, what the record says? */
  async #isSame({ start, end, record }: Place, key: Buffer): Promise<boolean> {
    if (this.#cdb === undefined || start < 0 || end > this.#text.size || end - start > MAX_LINE) return false;
    // Eight bytes of lengths for a colon and a line feed, in each record before it.
    if ((record.start - CDB_HEADER - start) % 6 !== 0) return false;
    const before = start === 0 ? 0 : 1;
    const [text, data] = await Promise.all([
      readSpan(this.#text, { start: start - before, end }),
      readSpan(this.#cdb, { start: record.start + 8 + key.length, end: record.end }),
    ]);
    const line = text.subarray(before);
    return (
      (before === 0 || text[0] === 10) &&
      line.at(-1) === 10 &&
      line[key.length] === 58 &&
      line.subarray(0, key.length).equals(key) &&
      line.subarray(key.length + 1, -1).equals(data)
    );
  }
}
