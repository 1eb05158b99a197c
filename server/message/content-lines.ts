// Content lines, the form that vCard (RFC 2425, 2426, 6350) and iCalendar (RFC 5545 3.1) share: folded lines, groups like
// `item1.`, parameters, escaped values; also vCard 2.1's quoted-printable and charsets. Works on bytes, for old programs fold
// in the middle of a character. Linear and bounded; pure.
import { decodeText } from './charset.ts';

export interface ContentLine {
  /** Number of its first line in the file, from 1. */
  readonly line: number;
  /** Lower case, '' when none. */
  readonly group: string;
  /** Upper case. */
  readonly name: string;
  /** Names in upper case; a parameter without a name is a TYPE (vCard 2.1). */
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Decoded, still escaped. */
  readonly value: string;
}

/** Bytes of one unfolded line; a picture needs much. */
const longestLine = 1024 * 1024;
const mostLines = 200_000;

/** The text of a file as a string of bytes, in UTF-8 or what it seems to be. */
function bytesOf(file: Buffer): { readonly bytes: string; readonly charset: string } {
  if (file.length >= 2 && (file.readUInt16BE(0) === 0xfffe || file.readUInt16BE(0) === 0xfeff)) {
    const text =
      file.readUInt16BE(0) === 0xfffe ? file.toString('utf16le', 2) : swapped(file).toString('utf16le', 2);
    return { bytes: Buffer.from(text, 'utf8').toString('latin1'), charset: 'utf-8' };
  }
  const start = file.length >= 3 && file.toString('latin1', 0, 3) === '\u00ef\u00bb\u00bf' ? 3 : 0;
  return {
    bytes: file.toString('latin1', start),
    charset: isUtf8(unfolded(file)) ? 'utf-8' : 'windows-1252',
  };
}

function swapped(file: Buffer): Buffer {
  return Buffer.from(file.subarray(0, file.length - (file.length % 2))).swap16();
}

/** Without its folds, which may stand inside a character. */
const unfolded = (file: Buffer): Buffer =>
  Buffer.from(file.toString('latin1').replace(/(?:\r\n?|\n)[ \t]/g, ''), 'latin1');

function isUtf8(file: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(file);
    return true;
  } catch {
    return false;
  }
}

const isQuotedPrintable = (head: string): boolean => /;(?:encoding=)?quoted-printable/i.test(head);

/** Reads the lines of a file. What is no content line is left out. */
export function* readContentLines(file: Buffer): Generator<ContentLine> {
  const { bytes, charset } = bytesOf(file);
  let at = 0;
  let number = 0;
  const next = (): string | undefined => {
    if (at >= bytes.length || number >= mostLines) return undefined;
    let end = at;
    while (end < bytes.length && bytes[end] !== '\n' && bytes[end] !== '\r') end++;
    const line = bytes.slice(at, end);
    at = bytes[end] === '\r' && bytes[end + 1] === '\n' ? end + 2 : end + 1;
    number++;
    return line;
  };
  for (let first = next(); first !== undefined; first = next()) {
    const line = number;
    const pieces = [first];
    let length = first.length;
    const colon = first.indexOf(':');
    const isSoft = colon > 0 && isQuotedPrintable(first.slice(0, colon));
    for (;;) {
      const isFolded = bytes[at] === ' ' || bytes[at] === '\t';
      const isBroken = isSoft && pieces.at(-1)!.endsWith('=');
      if ((!isFolded && !isBroken) || at >= bytes.length) break;
      const more = next();
      if (more === undefined) break;
      // A quoted-printable line goes on whatever the next begins with, and a blank there is its own (RFC 2045 6.7).
      if (isBroken) pieces.push(pieces.pop()!.slice(0, -1));
      const piece = isFolded && !isBroken ? more.slice(1) : more;
      length += piece.length;
      if (length <= longestLine) pieces.push(piece);
    }
    const found = readLine(pieces.join(''), line, charset);
    if (found) yield found;
  }
}

function readLine(text: string, line: number, charset: string): ContentLine | undefined {
  const head = /^(?:([A-Za-z0-9-]{1,50})\.)?([A-Za-z0-9-]{1,100})(?=[:;])/.exec(text);
  if (!head) return undefined;
  let at = head[0].length;
  const parameters: [string, string][] = [];
  while (text[at] === ';' && parameters.length < 50) {
    const name = /^;([A-Za-z0-9-]{0,100})(=?)/.exec(text.slice(at, at + 110));
    if (!name) return undefined;
    at += name[0].length;
    let value = '';
    while (at < text.length && text[at] !== ';' && text[at] !== ':') {
      if (text[at] === '"') {
        const end = text.indexOf('"', at + 1);
        if (end < 0) return undefined;
        value += text.slice(at + 1, end);
        at = end + 1;
      } else {
        value += text[at];
        at++;
      }
    }
    parameters.push(name[2] === '' ? ['TYPE', name[1] ?? ''] : [(name[1] ?? '').toUpperCase(), value]);
  }
  if (text[at] !== ':') return undefined;
  const raw = text.slice(at + 1);
  const own = parameters.find(([name]) => name === 'CHARSET')?.[1] ?? charset;
  const isEncoded = parameters.some(
    ([name, value]) => (name === 'ENCODING' || name === 'TYPE') && /^quoted-printable$/i.test(value),
  );
  const decode = (bytes: string, as: string): string => decodeText(Buffer.from(bytes, 'latin1'), as).text;
  return {
    line,
    group: (head[1] ?? '').toLowerCase(),
    name: (head[2] ?? '').toUpperCase(),
    parameters: parameters.map(([name, value]) => [name, decode(value, charset)]),
    // What was quoted-printable has its line ends inside: they are escaped as the rest expects them.
    value: isEncoded ? decode(unquote(raw), own).replace(/\r\n?|\n/g, '\\n') : decode(raw, own),
  };
}

const unquote = (text: string): string =>
  text.replace(/=([0-9A-Fa-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

export const parameterOf = (line: ContentLine, name: string): string =>
  line.parameters.find(([found]) => found === name)?.[1] ?? '';

/** All values of a parameter, those in one list too. */
export const parametersOf = (line: ContentLine, name: string): readonly string[] =>
  line.parameters.filter(([found]) => found === name).flatMap(([, value]) => value.split(','));

/** A text without its escapes (RFC 5545 3.3.11). */
export const unescapeText = (text: string): string =>
  text.replace(/\\([nN\\,;:])/g, (_all, char: string) => (char === 'n' || char === 'N' ? '\n' : char));

/** The parts of a structured value, split where the separator is not escaped. */
export function splitValue(value: string, separator: ';' | ','): readonly string[] {
  const parts: string[] = [];
  let begun = 0;
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === separator) {
      parts.push(value.slice(begun, at));
      begun = at + 1;
    }
  }
  parts.push(value.slice(begun));
  return parts.map(unescapeText);
}

/** A text as a value: the way back of `unescapeText`. */
export const escapeText = (text: string): string =>
  text.replace(/[\\,;]/g, '\\$&').replace(/\r\n?|\n/g, '\\n');

/** One line of a file, folded at 75 octets between characters, with CRLF. */
export function foldLine(line: string): string {
  let folded = '';
  let octets = 0;
  for (const char of line.toWellFormed()) {
    const size = Buffer.byteLength(char);
    if (octets + size > 75) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += char;
    octets += size;
  }
  return `${folded}\r\n`;
}
