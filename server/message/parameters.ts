// Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183) with parameters, RFC 2231 continuations and charsets,
// and the broken forms of the field: encoded words in quotes, spaces without quotes, raw 8-bit, missing quotes.
// Bounded: 100 parameters, 100 continuations, 16 KiB joined; a parameter given twice: the first counts (M5).
import { decodeText } from './charset.ts';
import { maxContinuations, maxParameterBytes, maxParameters } from './limits.ts';
import { decodeWords } from './words.ts';

/** A value with its parameters; names are lower case, values decoded text. */
export interface ParameterValue {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A parameter as it stands on the wire: RFC 2231 marks in its name, its value without quotes and not decoded. */
export interface RawParameter {
  readonly name: string;
  readonly value: string;
}

/** Skips blanks and (nested) comments. */
function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const char = text[at]!;
    if (char === '(') {
      let depth = 0;
      let end = at;
      for (; end < text.length; end++) {
        if (text[end] === '\\') end++;
        else if (text[end] === '(') depth++;
        else if (text[end] === ')' && --depth === 0) break;
      }
      if (depth > 0) return at;
      at = end + 1;
    } else if (char === ' ' || char === '\t' || char === '\r' || char === '\n') at++;
    else break;
  }
  return at;
}

/** A quoted string from its quote: [content, offset after]. Without a closing quote it ends at the next semicolon. */
function readQuoted(text: string, from: number): [string, number] {
  let out = '';
  let at = from + 1;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') return [out, at + 1];
    if (char === '\\' && at + 1 < text.length) {
      // Windows paths come unescaped: a backslash before anything but a quote or a backslash is itself.
      const next = text[at + 1]!;
      if (next === '"' || next === '\\') {
        out += next;
        at++;
        continue;
      }
    }
    out += char;
  }
  const semicolon = text.indexOf(';', from);
  return semicolon < 0 ? [out, text.length] : [text.slice(from + 1, semicolon).trim(), semicolon];
}

/** Reads value and parameters without decoding; names and the value are lower case, every parameter in its order. */
export function splitParameters(text: string): { value: string; raw: RawParameter[] } {
  const semicolon = text.indexOf(';');
  const head = semicolon < 0 ? text : text.slice(0, semicolon);
  const start = skipBlanks(head, 0);
  let value = head.slice(start);
  const comment = value.indexOf('(');
  if (comment >= 0) value = value.slice(0, comment);
  const raw: RawParameter[] = [];
  let at = semicolon < 0 ? text.length : semicolon + 1;
  while (at < text.length && raw.length < maxParameters) {
    at = skipBlanks(text, at);
    if (text[at] === ';') {
      at++;
      continue;
    }
    let end = at;
    while (end < text.length && text[end] !== '=' && text[end] !== ';') end++;
    if (end >= text.length) break;
    if (text[end] === ';') {
      at = end + 1;
      continue;
    }
    const name = text.slice(at, end).trim().toLowerCase();
    at = skipBlanks(text, end + 1);
    if (text[at] === '"') {
      const [content, after] = readQuoted(text, at);
      raw.push({ name, value: content });
      const next = text.indexOf(';', after);
      at = next < 0 ? text.length : next + 1;
    } else {
      const next = text.indexOf(';', at);
      const stop = next < 0 ? text.length : next;
      raw.push({ name, value: text.slice(at, stop).trim() });
      at = stop + 1;
    }
  }
  return { value: value.trim().toLowerCase(), raw };
}

/** %XX to bytes; a broken escape stays. */
function percentBytes(text: string): Buffer {
  if (!text.includes('%')) return Buffer.from(text, 'latin1');
  return Buffer.from(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** RFC 2231 4: charset'language'text. */
function splitExtended(value: string): { charset: string; text: string } {
  const first = value.indexOf("'");
  const second = first < 0 ? -1 : value.indexOf("'", first + 1);
  if (second < 0 || first > 64) return { charset: '', text: value };
  return { charset: value.slice(0, first), text: value.slice(second + 1) };
}

interface Section {
  readonly index: number;
  readonly extended: boolean;
  readonly value: string;
}

/** RFC 2231 3: sections in the order of their numbers from 0, without a gap. */
function joinSections(sections: readonly Section[]): string {
  const ordered = [...sections].sort((a, b) => a.index - b.index);
  const pieces: Buffer[] = [];
  let charset = '';
  let length = 0;
  let expected = 0;
  for (const section of ordered) {
    if (section.index < expected) continue;
    if (section.index > expected) break;
    let text = section.value;
    if (section.index === 0 && section.extended) ({ charset, text } = splitExtended(text));
    const bytes = section.extended ? percentBytes(text) : Buffer.from(text, 'latin1');
    if (length + bytes.length > maxParameterBytes) break;
    pieces.push(bytes);
    length += bytes.length;
    expected++;
  }
  const joined = Buffer.concat(pieces);
  return charset === '' && joined.includes('=?')
    ? decodeWords(joined.toString('latin1'))
    : decodeText(joined, charset).text;
}

/** Reads a structured value given as one character a byte; never throws. */
export function readParameters(field: string): ParameterValue {
  const { value, raw } = splitParameters(field);
  const parameters = new Map<string, string>();
  const sections = new Map<string, Section[]>();
  const extended = new Map<string, string>();
  for (const { name, value: text } of raw) {
    const star = name.indexOf('*');
    if (star < 0) {
      if (!parameters.has(name)) parameters.set(name, decodeWords(text.slice(0, maxParameterBytes)));
      continue;
    }
    const base = name.slice(0, star);
    const rest = name.slice(star + 1);
    if (rest === '') {
      if (extended.has(base)) continue;
      const { charset, text: encoded } = splitExtended(text.slice(0, maxParameterBytes));
      extended.set(base, decodeText(percentBytes(encoded), charset).text);
      continue;
    }
    const number = rest.endsWith('*') ? rest.slice(0, -1) : rest;
    if (!/^[0-9]{1,3}$/.test(number)) continue;
    const list = sections.get(base) ?? [];
    if (list.length < maxContinuations)
      list.push({ index: Number(number), extended: rest.endsWith('*'), value: text });
    sections.set(base, list);
  }
  // RFC 2231 is the better source when both forms are there (RFC 6266 4.3).
  for (const [base, list] of sections) {
    const joined = joinSections(list);
    if (joined !== '') parameters.set(base, joined);
  }
  for (const [base, text] of extended) parameters.set(base, text);
  return { value, parameters };
}
