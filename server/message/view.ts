// What the index stores of a message and what the message page shows, made from the one scan of its structure
// (security.md M5: list, page, reply and search read the same parse). Pure functions on the bytes of the message; they
// run in the workers.
import type { Address } from '../mailbox/types.ts';
import { readAddresses } from './addresses.ts';
import { isReferenced, listFiles } from './attachments.ts';
import { type Bodies, chooseBodies, readTextPart, textCharset } from './bodies.ts';
import { listCalendars } from './calendar-part.ts';
import { readSigned } from './cms.ts';
import { findPartAt, isSmime, openMessageAt, readBody } from './containers.ts';
import { readDate } from './date.ts';
import { readDeliveryReport } from './delivery-report.ts';
import { firstField, type HeaderField, hasDuplicates, readMessageIds } from './headers.ts';
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
  maxTextAll,
  maxTextShown,
  normalHtml,
} from './limits.ts';
import { maxInside } from './part-address.ts';
import { type MessageStructure, type ScannedPart, scanStructure } from './structure.ts';
import { joinLines, makeBlocks, makePreview, readTextLines } from './text.ts';
import type { MessageNote, MessageView, Protection, Summary, ViewOptions, WireTexts } from './types.ts';
import { decodeWords } from './words.ts';

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
  charset = '',
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
    const read = readTextPart(bytes, part, html ? Math.max(left, normalHtml.characters) : left, charset);
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

function makeNotes(
  structure: MessageStructure,
  bodies: Bodies,
  found: { broken: boolean; characters: boolean },
): MessageNote[] {
  const notes: MessageNote[] = [];
  if (structure.broken || found.broken) notes.push('broken');
  if (found.characters) notes.push('characters');
  if (hasDuplicates(structure.root.fields)) notes.push('duplicates');
  if (bodies.others.length > maxListedParts) notes.push('manyParts');
  return notes;
}

const signatureTypes = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature']);

/** RFC 1847, RFC 3156, RFC 8551 by the declared types; inline OpenPGP (RFC 9580 6.2) by its first line. */
function readProtection(
  bytes: Buffer,
  bodies: Bodies,
  root: ScannedPart,
  lines: readonly QuotedLine[],
): Protection | undefined {
  const none = { signer: '', part: '' };
  if (root.type === 'multipart/encrypted') return { kind: 'encrypted', by: 'openpgp', ...none };
  if (isSmime(root.type)) return { kind: 'encrypted', by: 'smime', ...none };
  if (root.type === 'multipart/signed') {
    const signature = root.parts.find((part) => signatureTypes.has(part.type));
    if (!signature) return { kind: 'signed', by: 'openpgp', ...none };
    return {
      kind: 'signed',
      by: 'smime',
      signer: readSigned(readBody(bytes, signature))?.signer ?? '',
      part: '',
    };
  }
  const [first] = bodies.text;
  const block = lines
    .slice(0, 200)
    .find(({ depth, text }) => depth === 0 && text.startsWith('-----BEGIN PGP '))
    ?.text.trim();
  if (!first || (block !== '-----BEGIN PGP MESSAGE-----' && block !== '-----BEGIN PGP SIGNED MESSAGE-----'))
    return undefined;
  return {
    kind: block === '-----BEGIN PGP MESSAGE-----' ? 'encrypted' : 'signed',
    by: 'openpgp',
    signer: '',
    part: first.number,
  };
}

/** All that the message page shows. */
export function viewMessage(bytes: Buffer, options: ViewOptions = {}): MessageView {
  const structure = scanStructure(bytes);
  const { root } = structure;
  const bodies = chooseBodies(root);
  const charset = options.charset ?? '';
  const text = readBodies(
    bytes,
    bodies.text,
    options.text === 'all' ? maxTextAll : maxTextShown,
    true,
    charset,
  );
  const htmlParts = bodies.html.filter((part) => part.type === 'text/html');
  const sameParts = htmlParts.every((part) => bodies.text.includes(part));
  const html = sameParts ? text : readBodies(bytes, htmlParts, largeHtml.characters, false, charset);
  const files = listFiles(bytes, bodies, html.references);
  const hasText = bodies.text.some((part) => part.type !== 'text/html');
  const isBlank = text.lines.every((line) => line.text.trim() === '');
  // Some programs put an HTML form without a word beside the text: the text is the message then.
  const isTextBetter = html.emptyHtml && hasText && !isBlank;
  const lines = isBlank && files.words.length > 0 ? files.words : text.lines;
  const { fields } = root;
  const [firstText] = bodies.text;
  const report = readDeliveryReport(bytes, root, () =>
    firstText ? readTextPart(bytes, firstText, 128 * 1024).text : '',
  );
  const named = charset || textCharset(bodies);
  return {
    ...readEnvelope(fields, named),
    report,
    bcc: readAddresses(firstField(fields, 'bcc')),
    listPost: readMailto(firstField(fields, 'list-post')),
    mailFollowupTo: readAddresses(firstField(fields, 'mail-followup-to')),
    mailReplyTo: readAddresses(firstField(fields, 'mail-reply-to')),
    headers: fields
      .slice(0, maxFieldsShown)
      .map(({ rawName, value }) => ({ name: rawName, value: decodeWords(value, named) })),
    hasText,
    hasHtml: htmlParts.length > 0 && !isTextBetter,
    hasAttachment: bodies.others.some((part) => isFile(part) && !isReferenced(part, html.references)),
    blocks: makeBlocks(lines),
    plainText: joinLines(lines),
    truncated: text.truncated,
    attachments: files.list,
    remotePictures: html.remotePictures,
    notes: makeNotes(structure, bodies, {
      broken: files.broken,
      characters: text.problem || html.problem,
    }),
    protection: readProtection(bytes, bodies, root, text.lines),
    bodyInside: '',
    hasCalendar: listCalendars(root).length > 0,
    isFallback: false,
  };
}

/**
 * The same, of the message that a part holds, and with the signed content of an opaque smime.p7m in its place: the
 * header stays that of the message, all else is what was signed. Text outside it there is none (security.md M8).
 */
export function viewMessageAt(message: Buffer, options: ViewOptions = {}, depth = 0): MessageView {
  const inside = options.inside ?? '';
  const opened = openMessageAt(message, inside) ?? Buffer.alloc(0);
  const view = viewMessage(opened, options);
  const prefix = inside === '' ? '' : `${inside}~`;
  if (view.protection?.by === 'smime' && view.protection.kind === 'encrypted' && depth < maxInside) {
    const signed = readSigned(findPartAt(opened, '1')?.body ?? Buffer.alloc(0));
    if (signed?.content) {
      const inner = viewMessageAt(message, { ...options, inside: `${prefix}1` }, depth + 1);
      const { subject, from, to, cc, bcc, replyTo, sent, messageId, inReplyTo, references, headers } = view;
      const { listPost, mailFollowupTo, mailReplyTo } = view;
      return {
        ...inner,
        ...{ subject, from, to, cc, bcc, replyTo, sent, messageId, inReplyTo, references, headers },
        ...{ listPost, mailFollowupTo, mailReplyTo },
        protection: { kind: 'signed', by: 'smime', signer: signed.signer, part: '' },
        bodyInside: inner.bodyInside || `${prefix}1`,
      };
    }
  }
  return prefix === ''
    ? view
    : {
        ...view,
        attachments: view.attachments.map((attachment) => ({
          ...attachment,
          part: prefix + attachment.part,
        })),
        protection: view.protection && {
          ...view.protection,
          part: view.protection.part === '' ? '' : prefix + view.protection.part,
        },
      };
}

/** RFC 2369: the address of `List-Post: <mailto:list@example.org>`, '' when posting is not possible. */
function readMailto(value: string): string {
  const found = /<mailto:([^<>?\s]{1,320})/i.exec(value)?.[1] ?? '';
  return /^[^@]+@[^@]+$/.test(found) ? decodeWords(found) : '';
}
