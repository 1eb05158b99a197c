// The body of a post on its way through a list (ezmlm-send): parts of unwanted types go (DIR/mimeremove, mimekeep), and
// the trailer comes last where it harms nothing. Streamed in pieces of any size; what is held is one line, or the last bytes of
// a base64 text. Only the outermost parts are looked at, as in ezmlm.
// MIME care that ezmlm lacks: a text in base64 is opened and closed anew around the trailer, a letter that is one HTML page, a
// picture or signed gets none, and neither does one whose charset cannot carry it.
import type { ContentType } from './mime-type.ts';

const LF = 10;
/** Bytes of a line that are held; the rest of a longer one passes as it comes. */
const LINE_LIMIT = 16_384;
/** Bytes of a base64 text that are held until its end is known. */
const TAIL_LIMIT = 1024;

/** Which outermost parts pass. */
export interface PartChoice {
  /** Types in lower case. */
  readonly types: ReadonlySet<string>;
  /** These alone pass; else all but these. */
  readonly isKept: boolean;
}

/** The trailer as bytes in its charset, LF line ends. */
export interface Trailer {
  readonly text: Buffer;
  readonly charset: string;
  /** For a part of its own: header lines with the empty line, and the text coded as they say. */
  readonly part: string;
}

export interface BodyRules {
  readonly contentType: ContentType;
  /** Content-Transfer-Encoding. */
  readonly encoding: string;
  readonly parts: PartChoice | undefined;
  readonly trailer: Trailer | undefined;
}

/** What comes out of a piece of body: for members, and for the archive, which has no trailer. */
export interface BodyPiece {
  readonly outgoing: Buffer;
  readonly archived: Buffer;
}

/** One body on its way; used once. */
export interface PostBody {
  write(bytes: Buffer): BodyPiece;
  end(): BodyPiece;
  /** After `end`: parts passed, or there were none to choose from. False: nothing is left of the post. */
  readonly hasContent: boolean;
}

const both = (bytes: Buffer): BodyPiece => ({ outgoing: bytes, archived: bytes });
const nothing = both(Buffer.alloc(0));

export function openPostBody(rules: BodyRules): PostBody {
  const { contentType, parts, trailer } = rules;
  if (contentType.boundary !== undefined && (parts !== undefined || trailer !== undefined))
    return new PartedBody(contentType.boundary, parts, mayAddPart(contentType) ? trailer : undefined);
  const fits = trailer !== undefined && carries(contentType, trailer);
  if (!fits) return new PlainBody(() => nothing.outgoing);
  if (/^base64$/i.test(rules.encoding.trim())) return new Base64Body(trailer.text);
  const isQuoted = /^quoted-printable$/i.test(rules.encoding.trim());
  const text = isQuoted ? Buffer.from(quotePrintable(trailer.text), 'latin1') : trailer.text;
  return new PlainBody(() => Buffer.concat([lineFeed, text, lineFeed]));
}

const lineFeed = Buffer.of(LF);

/** ezmlm: a part more is right in these, and wrong where the parts depend on each other. */
const mayAddPart = ({ type }: ContentType): boolean =>
  ['multipart/mixed', 'multipart/digest', 'multipart/parallel'].includes(type);

/** RFC 2045 5.2: what says nothing is plain text. */
function carries({ type, charset = 'us-ascii' }: ContentType, trailer: Trailer): boolean {
  if (type !== '' && type !== 'text/plain' && type !== 'text') return false;
  return charset === trailer.charset || !trailer.text.some((byte) => byte > 126);
}

/** RFC 2045 6.7, for the bytes of a short text. */
export function quotePrintable(text: Buffer): string {
  let out = '';
  let column = 0;
  for (const [at, byte] of text.entries()) {
    if (byte === LF) {
      out += '\n';
      column = 0;
      continue;
    }
    const isBlank = byte === 32 || byte === 9;
    const isPlain = (byte > 32 && byte < 127 && byte !== 61) || (isBlank && text[at + 1] !== LF);
    const coded = isPlain
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (column + coded.length > 75) {
      out += '=\n';
      column = 0;
    }
    out += coded;
    column += coded.length;
  }
  return out;
}

/** Nothing changes but the end. */
class PlainBody implements PostBody {
  readonly hasContent = true;
  readonly #makeEnd: () => Buffer;

  constructor(makeEnd: () => Buffer) {
    this.#makeEnd = makeEnd;
  }

  write(bytes: Buffer): BodyPiece {
    return both(bytes);
  }

  end(): BodyPiece {
    return { outgoing: this.#makeEnd(), archived: nothing.archived };
  }
}

/** A text in base64: what follows its padding would be lost, so its last bytes are coded together with the trailer. */
class Base64Body implements PostBody {
  readonly hasContent = true;
  readonly #trailer: Buffer;
  #tail: Buffer = Buffer.alloc(0);
  /** Letters that have passed: groups of four are counted from the first. */
  #passed = 0;

  constructor(trailer: Buffer) {
    this.#trailer = trailer;
  }

  write(bytes: Buffer): BodyPiece {
    const all = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    const cut = Math.max(0, all.length - TAIL_LIMIT);
    this.#tail = Buffer.from(all.subarray(cut));
    for (let at = 0; at < cut; at++) if (all[at]! > 32) this.#passed++;
    return { outgoing: all.subarray(0, cut), archived: bytes };
  }

  end(): BodyPiece {
    const text = this.#tail.toString('latin1').trimEnd();
    // The last group of four, which may be padded, wherever line ends stand in it.
    const letters = text.replace(/\s/g, '').length;
    let group = Math.min(letters, (this.#passed + letters) % 4 || 4);
    let at = text.length;
    while (at > 0 && group > 0) if (!/\s/.test(text[--at]!)) group--;
    const last = Buffer.from(text.slice(at), 'base64');
    const trailer = Buffer.from(`\r\n${this.#trailer.toString('latin1').replaceAll('\n', '\r\n')}`, 'latin1');
    const coded = Buffer.concat([last, trailer]).toString('base64');
    const lines = coded.replace(/.{1,76}/g, '$&\n');
    const before = text.slice(0, at).trimEnd();
    return {
      outgoing: Buffer.from(`${before}${before === '' ? '' : '\n'}${lines}`, 'latin1'),
      archived: nothing.archived,
    };
  }
}

/** A body of parts, line by line. */
class PartedBody implements PostBody {
  readonly #delimiter: string;
  readonly #parts: PartChoice | undefined;
  readonly #trailer: Trailer | undefined;
  #line: Buffer = Buffer.alloc(0);
  /** The line that is coming was too long to hold: it is no delimiter and no field. */
  #isInLongLine = false;
  /** Delimiter and fields of a part of which it is not known yet whether it passes. */
  #heading: Buffer[] | undefined;
  #passes: boolean;
  #hasPassed = false;
  #outgoing: Buffer[] = [];
  #archived: Buffer[] = [];

  constructor(boundary: string, parts: PartChoice | undefined, trailer: Trailer | undefined) {
    this.#delimiter = `--${boundary}`;
    this.#parts = parts;
    this.#trailer = trailer;
    // ezmlm: what stands before the first part goes when parts are chosen.
    this.#passes = parts === undefined;
  }

  get hasContent(): boolean {
    return this.#parts === undefined || this.#hasPassed;
  }

  write(bytes: Buffer): BodyPiece {
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      this.#take(bytes.subarray(from, end + 1), true);
      from = end + 1;
    }
    if (from < bytes.length) this.#take(bytes.subarray(from), false);
    return this.#flush();
  }

  end(): BodyPiece {
    if (this.#line.length > 0) this.#putLine(this.#line);
    this.#line = Buffer.alloc(0);
    if (this.#heading) this.#decide(undefined);
    return this.#flush();
  }

  #flush(): BodyPiece {
    const piece = { outgoing: Buffer.concat(this.#outgoing), archived: Buffer.concat(this.#archived) };
    this.#outgoing = [];
    this.#archived = [];
    return piece;
  }

  #take(bytes: Buffer, isWhole: boolean): void {
    if (this.#isInLongLine) {
      this.#putContent(bytes);
      this.#isInLongLine = !isWhole;
      return;
    }
    const line = this.#line.length === 0 ? bytes : Buffer.concat([this.#line, bytes]);
    if (isWhole) {
      this.#line = Buffer.alloc(0);
      this.#putLine(line);
    } else if (line.length > LINE_LIMIT) {
      this.#line = Buffer.alloc(0);
      this.#isInLongLine = true;
      if (this.#heading) this.#decide(undefined);
      this.#putContent(line);
    } else this.#line = Buffer.from(line);
  }

  #putLine(line: Buffer): void {
    const kind = this.#delimiterKind(line);
    if (kind === 'none') {
      if (this.#heading) this.#putHeading(this.#heading, line);
      else this.#putContent(line);
      return;
    }
    if (this.#heading) this.#decide(undefined);
    if (kind === 'next' && this.#parts) {
      this.#heading = [line];
      return;
    }
    if (kind === 'last') {
      // RFC 2046 5.1.1: the end of parts is always there, whatever became of the last part.
      this.#passes = true;
      if (this.#trailer) this.#outgoing.push(Buffer.from(this.#trailerPart(this.#trailer), 'latin1'));
    }
    this.#putContent(line);
  }

  #trailerPart({ part }: Trailer): string {
    return `\n${this.#delimiter}\n${part}`;
  }

  #putHeading(heading: Buffer[], line: Buffer): void {
    heading.push(line);
    const text = line.toString('latin1');
    const type = /^content-type:[ \t]*"?([^\s;"]+)/i.exec(text)?.[1];
    if (type !== undefined) this.#decide(type.toLowerCase());
    else if (text.trim() === '' || heading.length > 100) this.#decide(undefined);
  }

  /** @param type of the part; undefined: it does not say, which is plain text and passes */
  #decide(type: string | undefined): void {
    const choice = this.#parts;
    this.#passes = choice === undefined || type === undefined || choice.types.has(type) === choice.isKept;
    if (this.#passes) this.#hasPassed = true;
    const heading = this.#heading ?? [];
    this.#heading = undefined;
    for (const line of heading) this.#putContent(line);
  }

  #putContent(bytes: Buffer): void {
    if (!this.#passes) return;
    // The caller's buffer is its own again when we return.
    this.#outgoing.push(bytes);
    this.#archived.push(bytes);
  }

  #delimiterKind(line: Buffer): 'none' | 'next' | 'last' {
    if (line[0] !== 45 || line[1] !== 45 || line.length > this.#delimiter.length + 80) return 'none';
    const text = line.toString('latin1').trimEnd();
    if (text === this.#delimiter) return 'next';
    return text === `${this.#delimiter}--` ? 'last' : 'none';
  }
}
