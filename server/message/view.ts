// What the index stores of a message and what the message page shows, made from the one scan of its structure
// (security.md M5: list, page, reply and search read the same parse). Pure functions on the bytes of the message; they
// run in the workers.
import type { Address } from '../mailbox/types.ts';
import { readAddresses } from './addresses.ts';
import { type Bodies, chooseBodies, readTextPart, textCharset } from './bodies.ts';
import { readDate } from './date.ts';
import { firstField, type HeaderField, hasDuplicates, readHeaders, readMessageIds } from './headers.ts';
import { htmlToText, type QuotedLine } from './html-text.ts';
import type { Tail } from './imap/line-ends.ts';
import { collectSearchTexts } from './imap/search-text.ts';
import { makeWireTexts } from './imap/wire-texts.ts';
import {
  largeHtml,
  maxFieldsShown,
  maxListedParts,
  maxReferences,
  maxSearchText,
  maxTextShown,
  normalHtml,
} from './limits.ts';
import { cleanName, nameUnnamed } from './names.ts';
import { sniffType } from './sniff.ts';
import { type MessageStructure, partBytes, type ScannedPart, scanStructure } from './structure.ts';
import { joinLines, makeBlocks, makePreview, readTextLines } from './text.ts';
import { decodeTransfer, estimateSize } from './transfer.ts';
import type { Attachment, MessageView, Summary, WireTexts } from './types.ts';
import { decodeWords } from './words.ts';

/** Notes of the bar above the message, in plain words. */
export const notes = {
  broken: 'Parts of this message could not be read.',
  characters: 'Some characters of this message could not be read.',
  duplicates: 'This message has some header fields twice. The first of each is shown.',
  encrypted: 'This message is encrypted. Its parts are offered as files.',
  signed: 'This message is signed. The signature was not checked.',
  manyParts: 'This message has more parts than are listed here.',
} as const;

const oneLine = (text: string): string => text.replace(/[\s\u2028\u2029]+/g, ' ').trim();

/** The header fields that list, page and reply share. `charset` is that of the text, for raw 8-bit in the header. */
export function readEnvelope(
  fields: readonly HeaderField[],
  charset = '',
): Omit<Summary, 'preview' | 'hasAttachment' | 'text'> {
  const addresses = (name: string): Address[] => readAddresses(firstField(fields, name), charset);
  const from = addresses('from');
  return {
    subject: oneLine(decodeWords(firstField(fields, 'subject'), charset))
      .slice(0, 2_000)
      .toWellFormed(),
    from: from.length > 0 ? from : addresses('sender'),
    to: addresses('to'),
    cc: addresses('cc'),
    replyTo: addresses('reply-to'),
    sent: readDate(firstField(fields, 'date')),
    messageId: readMessageIds(firstField(fields, 'message-id'), 1)[0] ?? '',
    inReplyTo: readMessageIds(firstField(fields, 'in-reply-to'), maxReferences)[0] ?? '',
    references: readMessageIds(firstField(fields, 'references'), maxReferences),
  };
}

interface ReadBodies {
  readonly lines: QuotedLine[];
  readonly references: Set<string>;
  readonly remotePictures: number;
  readonly truncated: boolean;
  readonly problem: boolean;
  /** All of it is HTML that shows nothing. */
  readonly emptyHtml: boolean;
}

/** The text of the parts of one view, HTML made to text. */
function readBodies(
  bytes: Buffer,
  parts: readonly ScannedPart[],
  limit: number,
  withLinks: boolean,
): ReadBodies {
  const lines: QuotedLine[] = [];
  const references = new Set<string>();
  let [left, remotePictures, truncated, problem] = [limit, 0, false, false];
  let emptyHtml = parts.length > 0;
  for (const part of parts) {
    if (left <= 0) {
      truncated = true;
      emptyHtml = false;
      break;
    }
    const html = part.type === 'text/html';
    const read = readTextPart(bytes, part, html ? Math.max(left, normalHtml.characters) : left);
    problem ||= read.problem;
    truncated ||= read.truncated;
    if (lines.length > 0) lines.push({ depth: 0, text: '' });
    if (html) {
      const made = htmlToText(read.text, left, withLinks);
      truncated ||= made.truncated;
      remotePictures += made.remotePictures;
      emptyHtml &&= made.empty && !read.truncated;
      for (const reference of made.references) references.add(reference);
      for (const line of made.lines) lines.push(line);
    } else {
      emptyHtml = false;
      for (const line of readTextLines(read.text, part.parameters)) lines.push(line);
      // The line end at the end of a part is no empty line.
      if (lines.at(-1)?.text === '') lines.pop();
    }
    left -= read.text.length;
  }
  return { lines, references, remotePictures, truncated, problem, emptyHtml };
}

/** True when the HTML of the message names this part as a picture (RFC 2392, RFC 2557). */
function isReferenced(part: ScannedPart, references: ReadonlySet<string>): boolean {
  if (references.size === 0) return false;
  if (part.contentId !== '' && references.has(part.contentId)) return true;
  const location = firstField(part.fields, 'content-location');
  return location !== '' && references.has(location);
}

function attachmentName(bytes: Buffer, part: ScannedPart): string {
  if (part.filename !== '') return part.filename;
  if (part.type === 'message/rfc822' || part.type === 'message/global') {
    const inner = part.parts[0]?.fields ?? readHeaders(bytes, part.start, part.end).fields;
    const subject = cleanName(oneLine(decodeWords(firstField(inner, 'subject'))).replace(/[/\\]/g, '-'));
    if (subject !== '') return `${subject.slice(0, 120).toWellFormed()}.eml`;
  }
  if (part.type === 'application/octet-stream') {
    const head = partBytes(bytes, part).subarray(0, 512);
    const sniffed = sniffType(decodeTransfer(head, part.encoding));
    if (sniffed !== '') return nameUnnamed(sniffed, part.number);
  }
  return nameUnnamed(part.type, part.number);
}

function listAttachments(bytes: Buffer, bodies: Bodies, references: ReadonlySet<string>): Attachment[] {
  return bodies.others.slice(0, maxListedParts).map((part) => ({
    part: part.number,
    name: attachmentName(bytes, part),
    type: part.type,
    size: part.parts.length > 0 ? part.end - part.start : estimateSize(partBytes(bytes, part), part.encoding),
    inline: isReferenced(part, references),
  }));
}

// What belongs to a message without being a file that somebody attached.
const companions = new Set([
  'application/pgp-signature',
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
  'message/delivery-status',
  'text/rfc822-headers',
]);

/** True for what somebody attached: not a signature, not the parts of a delivery report. */
function isFile(part: ScannedPart): boolean {
  return !companions.has(part.type) && part.parent?.type !== 'multipart/report';
}

/** What IMAP sends of a message, without the text that `summarise` reads. */
export function readWire(bytes: Buffer, tail?: Tail): WireTexts {
  const structure = scanStructure(bytes);
  return makeWireTexts(bytes, { structure, charset: textCharset(chooseBodies(structure.root)), tail });
}

/** What the index stores. `tail` counts the rest when `bytes` is only the start of the file. */
export function summarise(bytes: Buffer, tail?: Tail): Summary {
  const structure = scanStructure(bytes);
  const { root } = structure;
  const bodies = chooseBodies(root);
  const text = readBodies(bytes, bodies.text, maxSearchText, false);
  let { references } = text;
  // Pictures of the HTML are no attachments; the HTML is read only when that can matter.
  const candidates = bodies.others.filter(isFile);
  const mayBeInline = (part: ScannedPart): boolean =>
    part.type.startsWith('image/') &&
    (part.contentId !== '' || firstField(part.fields, 'content-location') !== '');
  const htmlOnly = bodies.html.filter((part) => part.type === 'text/html' && !bodies.text.includes(part));
  if (htmlOnly.length > 0 && candidates.length > 0 && candidates.every(mayBeInline))
    references = readBodies(bytes, htmlOnly, normalHtml.characters, false).references;
  const charset = textCharset(bodies);
  const search = collectSearchTexts(bytes, root, charset);
  return {
    ...readEnvelope(root.fields, charset),
    preview: makePreview(text.lines),
    hasAttachment: candidates.some((part) => !isReferenced(part, references)),
    text: joinLines(text.lines).slice(0, maxSearchText).toWellFormed(),
    wire: makeWireTexts(bytes, { structure, charset, tail }),
    search: tail ? { ...search, isWhole: false } : search,
  };
}

function makeNotes(structure: MessageStructure, bodies: Bodies, problem: boolean): string[] {
  const { root } = structure;
  const found: string[] = [];
  if (structure.broken) found.push(notes.broken);
  if (problem) found.push(notes.characters);
  if (hasDuplicates(root.fields)) found.push(notes.duplicates);
  if (root.type === 'multipart/encrypted' || root.type === 'application/pkcs7-mime')
    found.push(notes.encrypted);
  if (root.type === 'multipart/signed') found.push(notes.signed);
  if (bodies.others.length > maxListedParts) found.push(notes.manyParts);
  return found;
}

/** All that the message page shows. */
export function viewMessage(bytes: Buffer): MessageView {
  const structure = scanStructure(bytes);
  const { root } = structure;
  const bodies = chooseBodies(root);
  const text = readBodies(bytes, bodies.text, maxTextShown, true);
  const htmlParts = bodies.html.filter((part) => part.type === 'text/html');
  const sameParts = htmlParts.every((part) => bodies.text.includes(part));
  const html = sameParts ? text : readBodies(bytes, htmlParts, largeHtml.characters, false);
  const attachments = listAttachments(bytes, bodies, html.references);
  const hasText = bodies.text.some((part) => part.type !== 'text/html');
  // Some programs put an HTML form without a word beside the text: the text is the message then.
  const isTextBetter = html.emptyHtml && hasText && text.lines.some((line) => line.text.trim() !== '');
  const { fields } = root;
  return {
    ...readEnvelope(fields, textCharset(bodies)),
    bcc: readAddresses(firstField(fields, 'bcc')),
    listPost: readMailto(firstField(fields, 'list-post')),
    mailFollowupTo: readAddresses(firstField(fields, 'mail-followup-to')),
    mailReplyTo: readAddresses(firstField(fields, 'mail-reply-to')),
    headers: fields
      .slice(0, maxFieldsShown)
      .map(({ rawName, value }) => ({ name: rawName, value: decodeWords(value, textCharset(bodies)) })),
    hasText,
    hasHtml: htmlParts.length > 0 && !isTextBetter,
    hasAttachment: bodies.others.some((part) => isFile(part) && !isReferenced(part, html.references)),
    blocks: makeBlocks(text.lines),
    plainText: joinLines(text.lines),
    truncated: text.truncated,
    attachments,
    remotePictures: html.remotePictures,
    notes: makeNotes(structure, bodies, text.problem || html.problem),
  };
}

/** RFC 2369: the address of `List-Post: <mailto:list@example.org>`, '' when posting is not possible. */
function readMailto(value: string): string {
  const found = /<mailto:([^<>?\s]{1,320})/i.exec(value)?.[1] ?? '';
  return /^[^@]+@[^@]+$/.test(found) ? decodeWords(found) : '';
}
