// DOM/vpasswd and vpasswd.cdb as one thing of which one line changes (spec/vpopmail.md 2.1, 2.2). With a hundred thousand
// accounts compiling them all again is most of the work of adding one: so when the cdb is that of the text, both get
// only the change, and the rest is written as it is. Where anything does not fit (torn lines, a name twice, another
// writer's layout, a file edited by hand) the cdb is compiled from the text, which is the truth. Both ways write the same
// bytes. Reading and writing the files is vpasswd.ts.
import { CDB_HEADER, Cdb, CdbError } from '../formats/cdb.ts';
import { PlainCdb } from '../formats/cdb-splice.ts';
import { compileVpasswdBytes, findVpasswdLine, placeOf, setVpasswdLine } from './vpasswd-lines.ts';

/** Both files in pieces, to be written one after the other. */
export interface VpasswdFiles {
  readonly text: readonly Buffer[];
  readonly cdb: readonly Buffer[];
}

/** A line in the text, its line feed counted, and its record in the cdb. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly record: { readonly start: number; readonly end: number };
}

export class VpasswdPair {
  readonly #text: Buffer;
  #cdb: { readonly plain: PlainCdb; readonly reader: Cdb } | undefined;

  /** `cdb`: when it was written after the last change of the text. The names and lines below are bytes as latin1. */
  constructor(text: Buffer, cdb: Buffer | undefined) {
    this.#text = text;
    const plain = cdb && PlainCdb.from(cdb);
    if (plain === undefined || (text.length > 0 && text.at(-1) !== 10)) return;
    // A record has eight bytes of lengths where a line has a colon and a line feed; any line that is no record shows here.
    if (plain.end - CDB_HEADER - 6 * plain.count !== text.length) return;
    this.#cdb = { plain, reader: Cdb.from(plain.bytes, 'vpasswd.cdb') };
  }

  /** The whole line of a name, without its line feed. */
  find(name: string): string | undefined {
    const place = this.#placeOf(name);
    if (this.#cdb !== undefined)
      return place === undefined ? undefined : this.#text.toString('latin1', place.start, place.end - 1);
    const found = findVpasswdLine(this.#text, name);
    return found && this.#text.toString('latin1', found.start, found.end);
  }

  /** Both files with the line of a name put in place of its old one or in its sorted place, or (undefined) removed. Once. */
  set(name: string, line: string | undefined): VpasswdFiles {
    const spliced = this.#splice(name, line);
    if (spliced !== undefined) return spliced;
    const text = setVpasswdLine(this.#text, name, line);
    return { text: [text], cdb: [compileVpasswdBytes(text)] };
  }

  #splice(name: string, line: string | undefined): VpasswdFiles | undefined {
    const old = this.#placeOf(name);
    // Asked first: the question may show that the cdb is not that of the text.
    if (this.#cdb === undefined || (line === undefined && old === undefined)) return undefined;
    if (line !== undefined && !(line.startsWith(`${name}:`) && /^[^:\n]+(?::[^:\n]*){6}[^\n]*$/.test(line)))
      return undefined;
    const place = old ?? this.#placeForNew(name);
    if (place === undefined) return undefined;
    const key = Buffer.from(name, 'latin1');
    const cdb = this.#cdb.plain.splice({
      at: place.record.start,
      removed: old && { key, length: place.record.end - place.record.start },
      added:
        line === undefined ? undefined : { key, data: Buffer.from(line.slice(name.length + 1), 'latin1') },
    });
    if (cdb === undefined) return undefined;
    const added = line === undefined ? [] : [Buffer.from(`${line}\n`, 'latin1')];
    const [before, after] = [this.#text.subarray(0, place.start), this.#text.subarray(place.end)];
    return { text: [before, ...added, after], cdb };
  }

  /** Where a name is, in both. A cdb that is not that of the text is not asked again. */
  #placeOf(name: string): Place | undefined {
    if (this.#cdb === undefined) return undefined;
    const { plain, reader } = this.#cdb;
    const key = Buffer.from(name, 'latin1');
    try {
      const [record, ...more] = reader.places(key);
      if (record === undefined) return undefined;
      const start = record.start - CDB_HEADER - 6 * plain.countBefore(record.start);
      const end = start + (record.end - record.start) - 6;
      const place = { start, end, record };
      if (more.length === 0 && this.#isSame(place, key)) return place;
    } catch (error) {
      if (!(error instanceof CdbError)) throw error;
    }
    this.#cdb = undefined;
    return undefined;
  }

  /** Where a new name goes: before the record of the line that is there. Undefined: the cdb is not that of the text. */
  #placeForNew(name: string): Place | undefined {
    const start = placeOf(this.#text, name);
    let at = this.#cdb?.plain.end ?? 0;
    if (start < this.#text.length) {
      const next = this.#text.toString('latin1', start, this.#text.indexOf(':', start));
      const following = this.#placeOf(next);
      if (following === undefined || following.start !== start) return undefined;
      at = following.record.start;
    }
    return { start, end: start, record: { start: at, end: at } };
  }

  /** Is this line of the text, with its line feed and the one before it, what the record says? */
  #isSame({ start, end, record }: Place, key: Buffer): boolean {
    const bytes = this.#cdb?.plain.bytes;
    if (bytes === undefined || start < 0 || end > this.#text.length) return false;
    const line = this.#text.subarray(start, end);
    const data = bytes.subarray(record.start + 8 + key.length, record.end);
    return (
      (start === 0 || this.#text[start - 1] === 10) &&
      line.at(-1) === 10 &&
      line[key.length] === 58 &&
      line.subarray(0, key.length).equals(key) &&
      line.subarray(key.length + 1, -1).equals(data)
    );
  }
}
