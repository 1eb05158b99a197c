// A letter as the learning filter reads it: header fields, the text of its plain and HTML parts, the kinds of its parts.
// Made for speed and for hostile bytes, not for show: one pass, no regular expression that can go back, and everything
// bounded (bytes looked at, fields, parts, depth, text). What breaks MIME's rules is read as the next best thing; there is
// no letter that it refuses. Showing letters to people is another reader's work (server/message).
import iconv from 'iconv-lite';
import { readHtml } from './html.ts';

/** Bytes of a letter that are looked at. */
export const letterBytes = 512 * 1024;
/** Characters of text that are kept of all parts together. */
const textLimit = 192 * 1024;
const headerLimit = 64 * 1024;
const fieldLimit = 300;
const partLimit = 60;
const depthLimit = 10;

/** One header field, unfolded; its bytes one character each. */
export interface Field {
  /** Lower case. */
  readonly name: string;
  /** The name as it stands there: programs that write letters differ in it. */
  readonly written: string;
  readonly value: string;
}

/** What the letter says and how it is built. */
export interface LetterText {
  readonly fields: readonly Field[];
  /** Text of all readable parts, decoded. */
  readonly text: string;
  /** Hosts and paths that the letter links to, in their order. */
  readonly links: readonly string[];
  /** Words on its build: `part:text/html`, `charset:koi8-r`, `file:.exe`, `html:img` ... */
  readonly marks: readonly string[];
}

interface Reading {
  readonly bytes: Buffer;
  readonly texts: string[];
  readonly links: string[];
  readonly marks: Set<string>;
  room: number;
  parts: number;
}

/** Reads the letter's first `letterBytes`; never throws. Line ends LF or CRLF. */
export function readLetter(letter: Buffer): LetterText {
  const bytes = letter.subarray(0, letterBytes);
  const { fields, end } = readFields(bytes, 0, Math.min(bytes.length, headerLimit));
  const reading: Reading = { bytes, texts: [], links: [], marks: new Set(), room: textLimit, parts: 0 };
  readPart(reading, fields, end, bytes.length, 0);
  return { fields, text: reading.texts.join('\n'), links: reading.links, marks: [...reading.marks] };
}

/** Links in plain text. */
export const linksIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(/https?:\/\/[^\s<>"')\]]{1,300}/gi), ([link]) => link);

/** Header fields from `start` up to an empty line or `limit`; `end` is where the body begins. */
function readFields(bytes: Buffer, start: number, limit: number): { fields: Field[]; end: number } {
  const fields: Field[] = [];
  let at = start;
  while (at < limit) {
    const newline = bytes.indexOf(10, at);
    const stop = newline < 0 || newline > limit ? limit : newline;
    const line = bytes.toString('latin1', at, stop).replace(/\r$/, '');
    at = stop + 1;
    if (line === '') break;
    const last = fields.length - 1;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      const open = fields[last];
      if (open && open.value.length < 8192) fields[last] = { ...open, value: open.value + line };
      continue;
    }
    const colon = line.indexOf(':');
    // Not a field (an mbox line, or a body without its empty line): passed over.
    if (colon < 1 || colon > 80 || fields.length >= fieldLimit) continue;
    const written = line.slice(0, colon).trimEnd();
    fields.push({
      name: written.toLowerCase(),
      written,
      value: line.slice(colon + 1, colon + 8192).trim(),
    });
  }
  return { fields, end: Math.min(at, bytes.length) };
}

export const fieldOf = (fields: readonly Field[], name: string): string =>
  fields.find((field) => field.name === name)?.value ?? '';

/** `text/html; charset="x"` as its first word and its parameters. */
export function readParameters(value: string): {
  readonly word: string;
  readonly parameters: ReadonlyMap<string, string>;
} {
  const pieces = splitOutsideQuotes(value.slice(0, 2000));
  const parameters = new Map<string, string>();
  for (const piece of pieces.slice(1, 20)) {
    const equals = piece.indexOf('=');
    if (equals < 1) continue;
    const raw = piece.slice(equals + 1).trim();
    const plain = raw.startsWith('"')
      ? raw.slice(1, raw.endsWith('"') && raw.length > 1 ? -1 : undefined)
      : raw;
    parameters.set(piece.slice(0, equals).trim().toLowerCase(), plain.replaceAll('\\', ''));
  }
  return { word: (pieces[0] ?? '').trim().toLowerCase(), parameters };
}

function splitOutsideQuotes(value: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let quoted = false;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === '"') quoted = !quoted;
    else if (value[i] === ';' && !quoted) {
      pieces.push(value.slice(from, i));
      from = i + 1;
    }
  }
  pieces.push(value.slice(from));
  return pieces;
}

function readPart(
  reading: Reading,
  fields: readonly Field[],
  start: number,
  end: number,
  depth: number,
): void {
  if (reading.parts++ >= partLimit || start >= end) return;
  const { word, parameters } = readParameters(fieldOf(fields, 'content-type'));
  const type = /^[a-z0-9.+-]{1,40}\/[a-z0-9.+-]{1,60}$/.test(word) ? word : 'text/plain';
  reading.marks.add(`part:${type}`);
  const boundary = parameters.get('boundary') ?? '';
  if (type.startsWith('multipart/') && boundary !== '' && depth < depthLimit) {
    readMultipart(reading, boundary, start, end, depth);
    return;
  }
  if (type === 'message/rfc822' && depth < depthLimit) {
    const inner = readFields(reading.bytes, start, Math.min(end, start + headerLimit));
    reading.texts.push(decodeWords(fieldOf(inner.fields, 'subject')));
    readPart(reading, inner.fields, inner.end, end, depth + 1);
    return;
  }
  const encoding = fieldOf(fields, 'content-transfer-encoding').toLowerCase();
  if (encoding !== '') reading.marks.add(`encoding:${encoding.slice(0, 20)}`);
  noteFile(reading, fields, parameters);
  // A multipart without its boundary is read as text: what a reader would see of it.
  if (!type.startsWith('text/') && !type.startsWith('multipart/')) return;
  if (reading.room <= 0) return;
  const charset = (parameters.get('charset') ?? '').toLowerCase().slice(0, 30);
  if (charset !== '') reading.marks.add(`charset:${charset}`);
  // A character needs at most six bytes in any encoding of it, soft breaks left out.
  const raw = reading.bytes.subarray(start, Math.min(end, start + reading.room * 6));
  const text = decodeText(decodeTransfer(raw, encoding), charset).slice(0, reading.room);
  reading.room -= text.length;
  if (type === 'text/html' || (type !== 'text/plain' && looksLikeHtml(text))) {
    const html = readHtml(text);
    reading.texts.push(html.text);
    for (const link of html.links) if (reading.links.length < 400) reading.links.push(link);
    for (const mark of html.marks) reading.marks.add(mark);
  } else reading.texts.push(text);
}

const looksLikeHtml = (text: string): boolean => /<(?:html|body|div|table)\b/i.test(text.slice(0, 2000));

function readMultipart(reading: Reading, boundary: string, start: number, end: number, depth: number): void {
  const { bytes } = reading;
  const line = `--${boundary.slice(0, 200)}`;
  let at =
    bytes.toString('latin1', start, start + line.length) === line
      ? start
      : findBoundary(bytes, line, start, end);
  while (at >= 0 && reading.parts < partLimit) {
    const after = bytes.indexOf(10, at + line.length);
    if (after < 0 || after >= end) return;
    if (bytes.toString('latin1', at + line.length, at + line.length + 2) === '--') return;
    const next = findBoundary(bytes, line, after, end);
    const stop = next < 0 ? end : next;
    const { fields, end: body } = readFields(bytes, after + 1, Math.min(stop, after + 1 + headerLimit));
    readPart(reading, fields, body, stop, depth + 1);
    at = next;
  }
}

/** Where a line of the boundary begins, after `from`; -1: none before `end`. */
function findBoundary(bytes: Buffer, line: string, from: number, end: number): number {
  const found = bytes.indexOf(`\n${line}`, from, 'latin1');
  return found < 0 || found >= end ? -1 : found + 1;
}

function noteFile(reading: Reading, fields: readonly Field[], parameters: ReadonlyMap<string, string>): void {
  const disposition = readParameters(fieldOf(fields, 'content-disposition'));
  const name = disposition.parameters.get('filename') ?? parameters.get('name') ?? '';
  if (name === '') return;
  const dot = name.lastIndexOf('.');
  reading.marks.add(`file:${dot < 0 ? '' : name.slice(dot, dot + 8).toLowerCase()}`);
}

function decodeTransfer(raw: Buffer, encoding: string): Buffer {
  if (encoding.startsWith('base64')) return Buffer.from(raw.toString('latin1'), 'base64');
  return encoding.startsWith('quoted') ? decodeQuotedPrintable(raw) : raw;
}

const hexValue = (byte: number): number => {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

function decodeQuotedPrintable(raw: Buffer): Buffer {
  const out = Buffer.allocUnsafe(raw.length);
  let length = 0;
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i]!;
    if (byte !== 61) {
      out[length++] = byte;
      continue;
    }
    if (raw[i + 1] === 10) i += 1;
    else if (raw[i + 1] === 13 && raw[i + 2] === 10) i += 2;
    else {
      const high = hexValue(raw[i + 1] ?? 0);
      const low = hexValue(raw[i + 2] ?? 0);
      if (high < 0 || low < 0) out[length++] = byte;
      else {
        out[length++] = high * 16 + low;
        i += 2;
      }
    }
  }
  return out.subarray(0, length);
}

type Decoder = { decode(bytes: Buffer): string };

const decoders = new Map<string, Decoder | undefined>();

/** What old programs send and browsers know no more. Other names of that library are no charsets of mail. */
const oldCharset = /^(?:utf-7|utf-32(?:le|be)?|(?:cp|ibm)-?[0-9]{3,5}|mac[a-z]{3,12})$/;

/** Text of a charset; bytes that have none are UTF-8 where they can be, else of western Europe. */
export function decodeText(bytes: Buffer, charset: string): string {
  if (charset !== '' && charset !== 'us-ascii' && charset !== 'utf-8') {
    const decoder = decoderFor(charset);
    if (decoder) return decoder.decode(bytes);
  }
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') && charset !== 'utf-8' ? bytes.toString('latin1') : text;
}

function decoderFor(charset: string): Decoder | undefined {
  if (decoders.has(charset)) return decoders.get(charset);
  let decoder: Decoder | undefined;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    if (oldCharset.test(charset) && iconv.encodingExists(charset))
      decoder = { decode: (bytes) => iconv.decode(bytes, charset) };
    // Else no charset of that name: as if none were named.
  }
  // Names are strangers' words.
  if (decoders.size < 100) decoders.set(charset, decoder);
  return decoder;
}

/** RFC 2047: the encoded words of a field's value as text; plain bytes as `decodeText` has them. */
export function decodeWords(value: string): string {
  if (!value.includes('=?'))
    return /[\x80-\xff]/.test(value) ? decodeText(Buffer.from(value, 'latin1'), '') : value;
  return value
    .slice(0, 4000)
    .replace(/\?=[ \t]{1,20}=\?/g, '?==?')
    .replace(
      /=\?([\w.+-]{1,30})(?:\*[\w-]{0,10})?\?([bq])\?([^?\s]{0,1000})\?=/gi,
      (_, charset, kind, coded) => {
        const bytes =
          kind.toLowerCase() === 'b'
            ? Buffer.from(coded, 'base64')
            : decodeQuotedPrintable(Buffer.from(coded.replaceAll('_', ' '), 'latin1'));
        return decodeText(bytes, charset.toLowerCase());
      },
    );
}
