// What SEARCH looks into (RFC 9051 6.4.4): the decoded text of a message, folded as RFC 5051 compares it. `head` is the
// message's header, one line a field; `mime` the headers of its parts; `body` the text of all its text parts, HTML
// without its markup, and forwarded messages with their headers. The index stores these texts when they are whole; a
// message with more text than that is searched in its file by the same functions, so both find the same.
// Pure functions on the bytes and on one scan of them (security.md M5).
import type { SearchKey } from '../../mailbox/uid-types.ts';
import { splitAddresses } from '../addresses.ts';
import { readTextPart } from '../bodies.ts';
import { readDateField } from '../date.ts';
import { firstField, type HeaderField } from '../headers.ts';
import { htmlToText } from '../html-text.ts';
import { type ScannedPart, walkParts } from '../structure.ts';
import type { SearchTexts } from '../types.ts';
import { decodeWords } from '../words.ts';
import { foldCase } from './casemap.ts';

/** Characters that the index stores of one message. */
export const maxStoredText = 256 * 1024;

/** The search keys that need the text of messages. */
export type TextKey = Extract<SearchKey, { readonly key: 'header' | 'body' | 'text' }>;

/** A key as texts are compared with it. */
export const foldKey = (key: TextKey): TextKey =>
  key.key === 'header'
    ? { key: 'header', field: foldNeedle(key.field), text: foldNeedle(key.text) }
    : { key: key.key, text: foldNeedle(key.text) };

/** Text as it is looked for: folded, lines ended by LF. */
export const foldNeedle = (text: string): string => foldCase(text.replace(/\r\n?/g, '\n'));

const foldFields = (part: Pick<ScannedPart, 'fields'>, charset: string): string =>
  part.fields
    .map(({ rawName, value }) => `\n${foldCase(rawName)}: ${foldField(decodeWords(value, charset))}`)
    .join('');

const addressFields = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'];

/** Addresses that a field writes otherwise, with comments or blanks within, as fields of their own: they are found too. */
const foldAddresses = (part: Pick<ScannedPart, 'fields'>): string =>
  part.fields
    .filter(({ name }) => addressFields.includes(name))
    .flatMap(({ name, value }) =>
      splitAddresses(value)
        .filter(({ kind, address }) => kind === 'mailbox' && address !== '' && !value.includes(address))
        .map(({ address }) => `\n${foldCase(name)}: ${foldField(address)}`),
    )
    .join('');

/** The text of a header. @param charset of the message's text, for raw 8-bit */
const foldHead = (part: Pick<ScannedPart, 'fields'>, charset: string): string =>
  foldFields(part, charset) + foldAddresses(part);

/**
 * `head` of a message of which only these fields of its header were read.
 * @returns undefined when it takes the charset of the text
 */
export const readSearchHead = (fields: readonly HeaderField[]): string | undefined =>
  fields.some(({ value }) => /[\u0080-\u00ff]/.test(value)) ? undefined : foldHead({ fields }, '');

/** A value on one line, whatever a word of it decodes to. */
const foldField = (value: string): string => foldCase(value.replace(/[\r\n]+/g, ' '));

/**
 * Collects the texts of a message.
 * @param charset of the message's text, for raw 8-bit in its header
 * @param limit characters in all
 */
export function collectSearchTexts(
  bytes: Buffer,
  root: ScannedPart,
  charset: string,
  limit: number = maxStoredText,
): SearchTexts {
  const head = foldHead(root, charset);
  const mime: string[] = [];
  const body: string[] = [];
  let left = limit - head.length;
  const add = (to: string[], text: string): void => {
    if (left > 0) to.push(text.length > left ? text.slice(0, left).toWellFormed() : text);
    left -= text.length;
  };
  for (const part of walkParts(root)) {
    if (left < 0) break;
    // The header of a forwarded message is text of the message that forwards it.
    if (part !== root) add(isMessage(part.parent) ? body : mime, foldFields(part, charset));
    if (part.parts.length > 0 || !isText(part)) continue;
    const read = readTextPart(bytes, part, Math.max(left, 1));
    add(body, '\n');
    if (part.type === 'text/html') {
      const made = htmlToText(read.text, left, false);
      if (made.truncated) left = -1;
      else add(body, foldCase(made.lines.map((line) => line.text).join('\n')));
    } else add(body, foldCase(read.text.replace(/\r\n?/g, '\n')));
    if (read.truncated) left = -1;
  }
  return {
    head: head.slice(0, limit),
    mime: mime.join(''),
    body: body.join(''),
    isWhole: left >= 0,
    sentDay: readDateField(firstField(root.fields, 'date'))?.day,
  };
}

const isMessage = (part: ScannedPart | undefined): boolean => part?.type.startsWith('message/') ?? false;

/** Parts of which the words are searched. Delivery reports are text too (RFC 3464). */
const isText = (part: ScannedPart): boolean =>
  part.type.startsWith('text/') || part.type.startsWith('message/');

/** Is it there? An empty text is in every message, or in every one that has the field. `needle` is folded. */
export function hasText(texts: Pick<SearchTexts, 'head' | 'mime' | 'body'>, needle: TextKey): boolean {
  if (needle.key !== 'header') {
    if (texts.body.includes(needle.text)) return true;
    return needle.key === 'text' && (texts.mime.includes(needle.text) || texts.head.includes(needle.text));
  }
  const start = `\n${needle.field}: `;
  for (let at = texts.head.indexOf(start); at >= 0; at = texts.head.indexOf(start, at + 1)) {
    const from = at + start.length;
    const end = texts.head.indexOf('\n', from);
    if (texts.head.slice(from, end < 0 ? undefined : end).includes(needle.text)) return true;
  }
  return false;
}
