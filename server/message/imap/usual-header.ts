// The header fields that mail programs ask for of every message of a list (BODY[HEADER.FIELDS (...)], RFC 9051 6.4.5),
// kept as they go over the wire: of any choice among them the answer is cut out of one short text, and no file is opened.
import type { Section } from './find-section.ts';

/** Fields that are kept, in lower case: what the lists of the usual programs show, sort, thread and answer by. */
const usualFields: ReadonlySet<string> = new Set([
  'bcc',
  'cc',
  'content-class',
  'content-language',
  'content-transfer-encoding',
  'content-type',
  'date',
  'delivered-to',
  'disposition-notification-to',
  'from',
  'importance',
  'in-reply-to',
  'list-id',
  'list-post',
  'list-unsubscribe',
  'mail-followup-to',
  'mail-reply-to',
  'message-id',
  'mime-version',
  'newsgroups',
  'priority',
  'references',
  'reply-to',
  'return-path',
  'return-receipt-to',
  'sender',
  'subject',
  'to',
  'x-mailer',
  'x-original-to',
  'x-priority',
  'x-spam-flag',
  'x-spam-level',
  'x-spam-status',
  'x-uniform-type-identifier',
]);

/** A header with more of these than so many bytes is read from its file. */
export const longestUsual = 16 * 1024;

/** For `selectFields` of sections.ts: all that is kept. */
export const usualSection: Section = { path: [], text: 'HEADER.FIELDS', fields: [...usualFields] };

/** Is this a section that kept fields can answer? */
export const isUsual = ({ path, text, fields }: Section): boolean =>
  path.length === 0 &&
  text === 'HEADER.FIELDS' &&
  fields.every((field) => usualFields.has(field.toLowerCase()));

/** All that is kept of a header whose lines end with LF, a character a byte, as it is kept. */
export function cutUsual(header: string): string {
  let kept = '';
  forRuns(header, usualFields, (from, to) => {
    kept += header.slice(from, to);
  });
  // A last line without an end gets one, so that the empty line stands apart.
  if (kept !== '' && !kept.endsWith('\n')) kept += '\n';
  return kept.replaceAll('\n', '\r\n');
}

/**
 * The octets of such a section, with the empty line.
 * @param header what is kept: lines that end with CRLF, a character a byte
 * @param wanted names of the section's fields in lower case
 */
export function selectUsual(header: string, wanted: ReadonlySet<string>): string {
  let text = '';
  forRuns(header, wanted, (from, to) => {
    text += header.slice(from, to);
  });
  return `${text}\r\n`;
}

/** Calls `each` for every run of lines of fields with these names, up to the empty line. */
function forRuns(
  header: string,
  wanted: ReadonlySet<string>,
  each: (from: number, to: number) => void,
): void {
  let keeps = false;
  let from = 0;
  let at = 0;
  while (at < header.length) {
    const first = header.charCodeAt(at);
    if (first === 0x0a) break;
    const end = header.indexOf('\n', at);
    const next = end < 0 ? header.length : end + 1;
    if (first !== 0x20 && first !== 0x09) {
      const colon = header.indexOf(':', at);
      const isWanted =
        colon >= 0 && colon < next && wanted.has(header.slice(at, colon).trimEnd().toLowerCase());
      if (isWanted && !keeps) from = at;
      else if (!isWanted && keeps) each(from, at);
      keeps = isWanted;
    }
    at = next;
  }
  if (keeps) each(from, at);
}
