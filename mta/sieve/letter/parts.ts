// The MIME parts of a letter (RFC 2045, 2046), for the body tests and for foreverypart: header, type, and where each body is.
// One pass over the bytes; bounded in number and depth. What breaks MIME's rules is read as the next best thing.

import { decodeText } from '../../trust/bayes/letter.ts';
import type { Work } from '../work.ts';
import { type Header, readHeader } from './header.ts';
import { readHtmlText } from './html-text.ts';
import { readParameters } from './parameters.ts';
import { decodeTransfer, isKnownEncoding } from './transfer.ts';

const MOST_PARTS = 500;
const MOST_DEPTH = 20;
/** RFC 2046 5.1.1: a boundary has at most 70 characters; others look at 80, too. */
const MOST_BOUNDARY = 80;

export class Part {
  readonly header: Header;
  /** Lower case, `text/plain` where none is said or it is none. */
  readonly type: string;
  readonly parent: Part | undefined;
  readonly children: Part[] = [];
  readonly #bytes: Buffer;
  /** Where its body begins and ends in the letter. */
  readonly start: number;
  end: number;
  /** An empty line ends the header. Without one there is no body (RFC 5173 4). */
  readonly hasBody: boolean;
  #decoded: Buffer | undefined;
  #text: string | undefined;
  #readable: string | undefined;
  readonly #encoding: string;
  prologueEnd: number;
  epilogueStart: number;
  readonly parameters: ReadonlyMap<string, string>;

  constructor(bytes: Buffer, header: Header, start: number, parent: Part | undefined, hasBody = true) {
    this.#bytes = bytes;
    this.header = header;
    this.start = start;
    this.end = bytes.length;
    this.hasBody = hasBody;
    this.prologueEnd = this.end;
    this.epilogueStart = this.end;
    this.parent = parent;
    const { word, parameters } = readParameters(header.named('content-type')[0]?.raw ?? '');
    const isType = /^[^\s/]{1,80}\/[^\s/]{1,80}$/.test(word);
    // RFC 2046 5.1.5: parts of a digest are letters.
    const type = isType ? word : parent?.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    this.#encoding = (header.named('content-transfer-encoding')[0]?.raw ?? '7bit').toLowerCase();
    // RFC 2045 6.4: its type is not to be believed then.
    const isComposite = /^(?:multipart|message)\//.test(type);
    this.type = isComposite || isKnownEncoding(this.#encoding) ? type : 'application/octet-stream';
    this.parameters = parameters;
  }

  /** As it stands in the letter. */
  get raw(): Buffer {
    return this.#bytes.subarray(this.start, this.end);
  }

  /** Its bytes without their transfer encoding. */
  get content(): Buffer {
    this.#decoded ??= decodeTransfer(this.raw, this.#encoding);
    return this.#decoded;
  }

  /** Its content in Unicode, where that has a meaning. The work is counted the first time. */
  textWith(work: Work): string {
    // RFC 2045 6.4: nobody knows what is in an encoding that nobody knows.
    if (!isKnownEncoding(this.#encoding)) return '';
    if (this.#text === undefined) {
      work.spend(2 * (this.end - this.start));
      const charset = (this.parameters.get('charset') ?? '').toLowerCase().slice(0, 40);
      this.#text = decodeText(this.content, charset);
    }
    return this.#text;
  }

  /** Its text as people read it; undefined: it is none. */
  readWith(work: Work): string | undefined {
    if (this.type === 'text/html' || this.type === 'application/xhtml+xml') {
      if (this.#readable === undefined) {
        const text = this.textWith(work);
        work.spend(2 * text.length);
        this.#readable = readHtmlText(text);
      }
      return this.#readable;
    }
    return this.type.startsWith('text/') ? this.textWith(work) : undefined;
  }

  /** A letter within a letter. */
  get isMessage(): boolean {
    return this.type === 'message/rfc822' || this.type === 'message/global';
  }

  /** Of a multipart: what stands before its first boundary and behind its last one. */
  get around(): { readonly prologue: Buffer; readonly epilogue: Buffer } {
    return {
      prologue: this.#bytes.subarray(this.start, this.prologueEnd),
      epilogue: this.#bytes.subarray(this.epilogueStart, this.end),
    };
  }
}

/** This part and all in it, depth first (RFC 5703 3). */
export function* everyPart(part: Part): Generator<Part> {
  yield part;
  for (const child of part.children) yield* everyPart(child);
}

/** A multipart whose parts are being read, and the line that parts them. */
interface Open {
  readonly part: Part;
  readonly line: Buffer;
}

/** A line of some open multipart's boundary. */
interface Delimiter {
  readonly open: Open;
  /** Start of its line, and of the one behind it (the end of the letter where there is none). */
  readonly at: number;
  readonly next: number;
  /** RFC 2046 5.1.1: `--` behind the boundary ends the multipart. */
  readonly isLast: boolean;
  /** Its line has an end: something may follow. */
  readonly isEnded: boolean;
}

interface Reading {
  readonly bytes: Buffer;
  /** The innermost last. */
  readonly open: Open[];
  parts: number;
}

export function readParts(bytes: Buffer, header: Header, bodyStart: number): Part {
  const root = new Part(bytes, header, bodyStart, undefined);
  const reading: Reading = { bytes, open: [], parts: 1 };
  readBody(reading, root, findDelimiter(reading, bodyStart), 0);
  return root;
}

/**
 * Reads what is behind a part's header. `delimiter`: the first one from there on, of the multiparts around.
 *
 * @returns the one that ended the part; undefined: the letter's end
 */
function readBody(
  reading: Reading,
  part: Part,
  delimiter: Delimiter | undefined,
  depth: number,
): Delimiter | undefined {
  part.end = endBefore(reading, part.start, delimiter);
  if (depth >= MOST_DEPTH || !part.hasBody) return delimiter;
  if (part.isMessage) {
    const ending = readPart(reading, part, part.start, depth);
    part.end = endBefore(reading, part.start, ending);
    return ending;
  }
  const boundary = part.parameters.get('boundary') ?? '';
  if (!part.type.startsWith('multipart/') || boundary === '') return delimiter;
  return readMultipart(reading, part, boundary, depth);
}

/** A part whose header begins at `start`, as a child of `parent`. */
function readPart(reading: Reading, parent: Part, start: number, depth: number): Delimiter | undefined {
  reading.parts++;
  const delimiter = findDelimiter(reading, start);
  // A header may lack its empty line: a boundary ends it too.
  const limit = delimiter?.at ?? reading.bytes.length;
  const { header, end, isWhole } = readHeader(reading.bytes, start, limit);
  const part = new Part(reading.bytes, header, end, parent, isWhole);
  parent.children.push(part);
  return readBody(reading, part, delimiter, depth + 1);
}

function readMultipart(reading: Reading, part: Part, boundary: string, depth: number): Delimiter | undefined {
  const open: Open = { part, line: Buffer.from(`--${boundary.slice(0, MOST_BOUNDARY)}`, 'latin1') };
  reading.open.push(open);
  let delimiter = findDelimiter(reading, part.start);
  part.prologueEnd = delimiter?.open === open ? delimiter.at : reading.bytes.length;
  while (delimiter?.open === open && !delimiter.isLast && delimiter.isEnded && reading.parts < MOST_PARTS)
    delimiter = readPart(reading, part, delimiter.next, depth);
  reading.open.splice(reading.open.indexOf(open));
  if (delimiter?.open === open) {
    // Else there are more parts than are read.
    if (delimiter.isLast) part.epilogueStart = delimiter.next;
    delimiter = findDelimiter(reading, delimiter.next);
  }
  part.end = endBefore(reading, part.start, delimiter);
  part.prologueEnd = Math.min(part.prologueEnd, part.end);
  part.epilogueStart = Math.min(part.epilogueStart, part.end);
  return delimiter;
}

/** Where a body ends: the line end before a boundary belongs to that (RFC 2046 5.1.1). */
function endBefore({ bytes }: Reading, start: number, delimiter: Delimiter | undefined): number {
  if (delimiter === undefined) return bytes.length;
  let end = delimiter.at - 1;
  if (end > start && bytes[end - 1] === 13) end--;
  return Math.max(start, end);
}

/** The first line from `from` (the start of a line) on that begins with the boundary of an open multipart. */
function findDelimiter(reading: Reading, from: number): Delimiter | undefined {
  const { bytes } = reading;
  if (reading.open.length === 0) return undefined;
  for (let at = from; at >= 0 && at < bytes.length; ) {
    const open = openedBy(reading, at);
    if (open !== undefined) {
      const behind = at + open.line.length;
      const newline = bytes.indexOf(10, behind);
      return {
        open,
        at,
        next: newline < 0 ? bytes.length : newline + 1,
        isLast: bytes[behind] === 45 && bytes[behind + 1] === 45,
        isEnded: newline >= 0,
      };
    }
    const found = bytes.indexOf('\n--', at, 'latin1');
    if (found < 0) return undefined;
    at = found + 1;
  }
  return undefined;
}

/**
 * RFC 2046 5.1.1: a boundary's line needs only to begin with it. Of several that fit, the longest is meant: programs make
 * the names of inner ones longer. Of equal ones it is the innermost.
 */
function openedBy({ bytes, open }: Reading, at: number): Open | undefined {
  let best: Open | undefined;
  for (let i = open.length - 1; i >= 0; i--) {
    const { line } = open[i]!;
    if (best !== undefined && line.length <= best.line.length) continue;
    if (startsWith(bytes, at, line)) best = open[i];
  }
  return best;
}

function startsWith(bytes: Buffer, at: number, wanted: Buffer): boolean {
  if (at + wanted.length > bytes.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}
