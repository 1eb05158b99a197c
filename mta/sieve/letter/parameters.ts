// `text/html; charset="x"; name*=utf-8''%e4`: a structured field's word and its parameters (RFC 2045 5.1), those in pieces
// and in other letters among them (RFC 2231). Linear and bounded.
import { decodeText } from '../../trust/bayes/letter.ts';
import { decodeHeaderText } from './words.ts';

const MOST_PARAMETERS = 60;
const MOST_LENGTH = 16_384;

export interface StructuredValue {
  /** Lower case. */
  readonly word: string;
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** `value`: one character a byte. */
export function readParameters(value: string): StructuredValue {
  const pieces = splitOutsideQuotes(value.slice(0, MOST_LENGTH));
  const parameters = new Map<string, string>();
  /** By name: its pieces by number (RFC 2231 3). */
  const pieced = new Map<string, { readonly text: string; readonly isCoded: boolean }[]>();
  for (const piece of pieces.slice(1, MOST_PARAMETERS)) {
    const equals = piece.indexOf('=');
    if (equals < 1) continue;
    const name = piece.slice(0, equals).trim().toLowerCase();
    const text = plainValue(piece.slice(equals + 1).trim());
    const [, base = '', number, star] = /^([^*]{1,60})(?:\*([0-9]{1,3}))?(\*)?$/.exec(name) ?? [];
    if (base === '') continue;
    if (number === undefined && star === undefined) {
      if (!parameters.has(base)) parameters.set(base, decodeHeaderText(text));
      continue;
    }
    const list = pieced.get(base) ?? [];
    list[Number(number ?? 0)] = { text, isCoded: star !== undefined };
    pieced.set(base, list);
  }
  for (const [name, list] of pieced) parameters.set(name, joinPieces(list));
  return { word: readWord(pieces[0] ?? ''), parameters };
}

/** Blanks around the slash belong to old letters; what is behind the word, to those that lack a semicolon. */
const readWord = (piece: string): string =>
  piece
    .trim()
    .toLowerCase()
    .split('/', 2)
    .map((half, at) => (at === 0 ? half.trimEnd() : (/^\s*([^\s(]*)/.exec(half)?.[1] ?? '')))
    .join('/')
    .replace(/[\s(].*$/s, '');

const token = '[^\\x00-\\x20\\x7f-\\uffff()<>@,;:\\\\"/[\\]?=]';
const blank = '(?:[ \\t]|\\([^()\\\\]{0,200}\\))*';
const wholeType = new RegExp(`^${blank}(${token}{1,200})${blank}/${blank}(${token}{1,200})${blank}(?:;|$)`);
const wholeWord = new RegExp(`^${blank}(${token}{0,200})${blank}(?:;|$)`);

/**
 * The type or the word that a field begins with (RFC 2045 5.1, RFC 2183 2), as it is written, without blanks and comments.
 * Undefined: it has not that form.
 */
export function readMimeWord(value: string, isType: boolean): string | undefined {
  const [, word, subtype] = (isType ? wholeType : wholeWord).exec(value.slice(0, MOST_LENGTH)) ?? [];
  return subtype === undefined ? word : `${word}/${subtype}`;
}

function joinPieces(
  list: readonly ({ readonly text: string; readonly isCoded: boolean } | undefined)[],
): string {
  let charset = '';
  let bytes = '';
  for (const [index, piece] of list.entries()) {
    if (piece === undefined) continue;
    let { text } = piece;
    if (piece.isCoded) {
      const found = index === 0 ? /^([^']{0,40})'[^']{0,40}'/.exec(text) : null;
      if (found !== null) {
        charset = (found[1] ?? '').toLowerCase();
        text = text.slice(found[0].length);
      }
      text = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
    }
    bytes += text;
  }
  return decodeText(Buffer.from(bytes, 'latin1'), charset);
}

function plainValue(raw: string): string {
  if (!raw.startsWith('"')) return raw.replace(/[ \t(].*$/s, '');
  let text = '';
  for (let i = 1; i < raw.length && raw[i] !== '"'; i++) {
    if (raw[i] === '\\') i++;
    text += raw[i] ?? '';
  }
  return text;
}

function splitOutsideQuotes(value: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let i = 0; i < value.length; i++) {
    if (value[i] === '\\' && isQuoted) i++;
    else if (value[i] === '"') isQuoted = !isQuoted;
    else if (value[i] === ';' && !isQuoted) {
      pieces.push(value.slice(from, i));
      from = i + 1;
    }
  }
  pieces.push(value.slice(from));
  return pieces;
}
