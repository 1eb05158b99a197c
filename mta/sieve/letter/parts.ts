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

export class Part {
  readonly header: Header;
  /** Lower case, `text/plain` where none is said or it is none. */
  readonly type: string;
  readonly parent: Part | undefined;
  readonly children: Part[] = [];
  readonly #bytes: Buffer;
  /** Where its body begins and ends in the letter. */
  readonly start: number;
  readonly end: number;
  #decoded: Buffer | undefined;
  #text: string | undefined;
  #readable: string | undefined;
  readonly #encoding: string;
  prologueEnd: number;
  epilogueStart: number;
  readonly parameters: ReadonlyMap<string, string>;

  constructor(bytes: Buffer, header: Header, start: number, end: number, parent: Part | undefined) {
    this.#bytes = bytes;
    this.header = header;
    this.start = start;
    this.end = Math.max(start, end);
    this.prologueEnd = this.end;
    this.epilogueStart = this.end;
    this.parent = parent;
    const { word, parameters } = readParameters(header.named('content-type')[0]?.raw ?? '');
    const isType = /^[^\s/]{1,80}\/[^\s/]{1,80}$/.test(word);
    // RFC 2046 5.1.5: parts of a digest are letters.
    const type = isType ? word : parent?.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    this.#encoding = (header.named('content-transfer-encoding')[0]?.raw ?? '').toLowerCase();
    // RFC 2045 6.4: nobody knows what is in an encoding that nobody knows.
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

interface Reading {
  readonly bytes: Buffer;
  parts: number;
}

export function readParts(bytes: Buffer, header: Header, bodyStart: number): Part {
  return readPart({ bytes, parts: 0 }, header, bodyStart, bytes.length, undefined, 0);
}

function readPart(
  reading: Reading,
  header: Header,
  start: number,
  end: number,
  parent: Part | undefined,
  depth: number,
): Part {
  reading.parts++;
  const part = new Part(reading.bytes, header, start, end, parent);
  if (depth >= MOST_DEPTH) return part;
  if (part.type.startsWith('multipart/')) readMultipart(reading, part, depth);
  else if (part.isMessage) {
    const inner = readHeader(reading.bytes, start, part.end);
    part.children.push(readPart(reading, inner.header, inner.end, part.end, part, depth + 1));
  }
  return part;
}

function readMultipart(reading: Reading, part: Part, depth: number): void {
  const boundary = part.parameters.get('boundary') ?? '';
  if (boundary === '') return;
  const { bytes } = reading;
  const line = `--${boundary.slice(0, 200)}`;
  let at = findBoundary(bytes, line, part.start, part.end);
  if (at >= 0) part.prologueEnd = at;
  while (at >= 0 && reading.parts < MOST_PARTS) {
    const behind = at + line.length;
    if (bytes[behind] === 45 && bytes[behind + 1] === 45) {
      const end = bytes.indexOf(10, behind);
      if (end >= 0 && end < part.end) part.epilogueStart = end + 1;
      return;
    }
    const newline = bytes.indexOf(10, behind);
    if (newline < 0 || newline >= part.end) return;
    const next = findBoundary(bytes, line, newline + 1, part.end);
    // The line end before a boundary belongs to it (RFC 2046 5.1.1).
    let stop = next < 0 ? part.end : next - 1;
    if (next >= 0 && stop > newline && bytes[stop - 1] === 13) stop--;
    const inner = readHeader(bytes, newline + 1, Math.max(newline + 1, next < 0 ? part.end : next));
    part.children.push(
      readPart(
        reading,
        inner.header,
        Math.min(inner.end, Math.max(stop, newline + 1)),
        stop,
        part,
        depth + 1,
      ),
    );
    at = next;
  }
}

/** Start of the first line of the boundary, from `from` (the start of a line) on; -1: none before `end`. */
function findBoundary(bytes: Buffer, line: string, from: number, end: number): number {
  if (bytes.toString('latin1', from, Math.min(end, from + line.length)) === line) return from;
  // Not beyond the end: many parts that lack theirs would each be looked for through the whole letter.
  const found = bytes.subarray(from, end).indexOf(`\n${line}`, 0, 'latin1');
  return found < 0 ? -1 : from + found + 1;
}
