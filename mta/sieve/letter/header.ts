// Header fields of a letter or of one of its parts, as scripts ask for them and as editheader changes them (RFC 5228 2.4.2.2,
// RFC 5293). A header never changes: an edit makes another one that shares its fields. Each keeps its own bytes.
import { lowerAscii } from '../../formats/address.ts';
import { decodeHeaderText } from './words.ts';

/** Fields that scripts see; those behind are stored as they are. */
const MOST_FIELDS = 5000;

export class Field {
  /** Lower case; '' for a line that is no field. */
  readonly name: string;
  readonly #source: Buffer;
  readonly #start: number;
  readonly #end: number;
  #raw: string | undefined;
  #text: string | undefined;

  /** A field that stands in `source`, its line end with it. */
  constructor(name: string, source: Buffer, start = 0, end = source.length) {
    this.name = name;
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  /** With its line end. */
  get bytes(): Buffer {
    return this.#source.subarray(this.#start, this.#end);
  }

  /**
   * Unfolded, without blanks around it; one character a byte. The blank that begins a folded line is a space, as people
   * read it and as other Sieves have it: programs fold with tabs too.
   */
  get raw(): string {
    if (this.#raw === undefined) {
      const line = this.#source.toString('latin1', this.#source.indexOf(58, this.#start) + 1, this.#end);
      this.#raw = (line.includes('\n') ? line.replace(/\r?\n[ \t]?/g, ' ') : line).replace(/^[ \t]+/, '');
      this.#raw = trimEnd(this.#raw);
    }
    return this.#raw;
  }

  /** As people read it. */
  get text(): string {
    this.#text ??= decodeHeaderText(this.raw);
    return this.#text;
  }
}

/** Without a regular expression, which would go back over long blanks. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t' || text[end - 1] === '\r')) end--;
  return end === text.length ? text : text.slice(0, end);
}

export class Header {
  readonly fields: readonly Field[];
  #byName: Map<string, Field[]> | undefined;

  constructor(fields: readonly Field[]) {
    this.fields = fields;
  }

  /** Fields of a name, from the first to the last. */
  named(name: string): readonly Field[] {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const field of this.fields) {
        const same = this.#byName.get(field.name);
        if (same === undefined) this.#byName.set(field.name, [field]);
        else same.push(field);
      }
    }
    return name === '' ? [] : (this.#byName.get(lowerAscii(name)) ?? []);
  }

  /** Its bytes, without the empty line behind it. */
  get bytes(): Buffer {
    return Buffer.concat(this.fields.map((field) => field.bytes));
  }
}

/** Reads fields from `start`; `end` is where the body begins, behind the empty line. */
export function readHeader(
  bytes: Buffer,
  start: number,
  limit: number,
): {
  readonly header: Header;
  readonly end: number /** The empty line was there. */;
  readonly isWhole: boolean;
} {
  const fields: Field[] = [];
  let at = start;
  while (at < limit) {
    const first = bytes[at];
    if (first === 10) return { header: new Header(fields), end: at + 1, isWhole: true };
    if (first === 13 && bytes[at + 1] === 10)
      return { header: new Header(fields), end: at + 2, isWhole: true };
    const isLast = fields.length === MOST_FIELDS;
    const end = isLast ? headerEnd(bytes, at, limit) : fieldEnd(bytes, at, limit);
    fields.push(new Field(isLast ? '' : nameOf(bytes, at, end), bytes, at, end));
    at = end;
  }
  return { header: new Header(fields), end: limit, isWhole: false };
}

/** Behind the line end of a field, its folded lines with it. */
function fieldEnd(bytes: Buffer, start: number, limit: number): number {
  let at = start;
  for (;;) {
    const newline = bytes.indexOf(10, at);
    if (newline < 0 || newline + 1 >= limit) return limit;
    at = newline + 1;
    if (bytes[at] !== 32 && bytes[at] !== 9) return at;
  }
}

/** Where the empty line is. */
function headerEnd(bytes: Buffer, start: number, limit: number): number {
  const rest = bytes.subarray(start, limit);
  const ends = ['\n\n', '\n\r\n'].map((line) => rest.indexOf(line, 0, 'latin1')).filter((end) => end >= 0);
  return ends.length === 0 ? limit : start + Math.min(...ends) + 1;
}

function nameOf(bytes: Buffer, start: number, end: number): string {
  let colon = start;
  // RFC 5322 2.2: printable, no blank; old letters have blanks before the colon.
  while (colon < end && colon - start < 200 && bytes[colon]! > 32 && bytes[colon]! !== 58) colon++;
  const nameEnd = colon;
  while (bytes[colon] === 32 || bytes[colon] === 9) colon++;
  if (nameEnd === start || bytes[colon] !== 58 || colon >= end) return '';
  return lowerAscii(bytes.toString('latin1', start, nameEnd));
}
