// What a message page lists as files (webmail.md A1): every part that is not shown as text, under a name that is never
// empty, with the type that its first bytes tell. What winmail.dat packs is listed in its place, under the addresses of
// containers.ts; a winmail.dat that cannot be read is listed as it is.
import type { Bodies } from './bodies.ts';
import { readBody } from './containers.ts';
import { firstField, type HeaderField, readHeaders } from './headers.ts';
import { htmlToText, type QuotedLine } from './html-text.ts';
import { maxListedParts, maxTextShown } from './limits.ts';
import { cleanName, nameUnnamed } from './names.ts';
import { readRtf } from './rtf.ts';
import { sniffType } from './sniff.ts';
import { partBytes, type ScannedPart } from './structure.ts';
import { readFixed } from './text.ts';
import { isTnef, maxTnefBytes, readTnef, type Tnef } from './tnef.ts';
import { decodeTransfer, estimateSize } from './transfer.ts';
import type { Attachment, Part } from './types.ts';
import { decodeWords } from './words.ts';

/** Streams of TNEF that are unpacked in one message; real ones have one. */
const maxUnpacked = 4;

/** True when the HTML of the message names this part as a picture (RFC 2392, RFC 2557). */
export function isReferenced(part: ScannedPart, references: ReadonlySet<string>): boolean {
  if (references.size === 0) return false;
  if (part.contentId !== '' && references.has(part.contentId)) return true;
  const location = firstField(part.fields, 'content-location');
  return location !== '' && references.has(location);
}

const oneLine = (text: string): string => text.replace(/[\s\u2028\u2029]+/g, ' ').trim();

/** The decoded beginning of a part, enough to tell its type. */
const headOf = (bytes: Buffer, part: ScannedPart): Buffer =>
  decodeTransfer(partBytes(bytes, part).subarray(0, 512), part.parts.length > 0 ? '' : part.encoding);

const subjectName = (fields: readonly HeaderField[]): string => {
  const subject = cleanName(oneLine(decodeWords(firstField(fields, 'subject'))).replace(/[/\\]/g, '-'));
  return subject === '' ? '' : `${subject.slice(0, 120).toWellFormed()}.eml`;
};

/** A name that is never empty; `readInner`: the header of a message that is in the part. */
function nameFile(
  part: Pick<Part, 'filename' | 'type' | 'number'>,
  sniffed: string,
  readInner: () => readonly HeaderField[],
): string {
  if (part.filename !== '') return part.filename;
  if (part.type === 'message/rfc822' || part.type === 'message/global') {
    const name = subjectName(readInner());
    if (name !== '') return name;
  }
  const type = part.type === 'application/octet-stream' ? sniffed || part.type : part.type;
  return nameUnnamed(type, part.number.replace('~', '.'));
}

/** The same name for a part that was found by its address. */
export const nameOfPart = ({ part, body }: { readonly part: Part; readonly body: Buffer }): string =>
  nameFile(part, sniffType(body), () => readHeaders(body, 0, body.length).fields);

/** The files of a message, and the words that its winmail.dat holds. */
export interface Files {
  readonly list: readonly Attachment[];
  readonly words: readonly QuotedLine[];
  readonly broken: boolean;
}

/** What people wrote in Outlook: its plain text, else its RTF. */
function wordsOf({ text, rtf }: Tnef): readonly QuotedLine[] {
  if (text.trim() !== '') return readFixed(text.slice(0, maxTextShown).trimEnd());
  if (!rtf) return [];
  const read = readRtf(rtf);
  return read.isHtml
    ? htmlToText(read.text, maxTextShown, true).lines
    : readFixed(read.text.slice(0, maxTextShown).trim());
}

export function listFiles(bytes: Buffer, bodies: Bodies, references: ReadonlySet<string>): Files {
  const list: Attachment[] = [];
  const words: QuotedLine[] = [];
  let [unpacked, broken] = [0, false];
  for (const part of bodies.others) {
    if (list.length >= maxListedParts) break;
    const head = headOf(bytes, part);
    if (
      part.parts.length === 0 &&
      isTnef(head) &&
      unpacked < maxUnpacked &&
      part.end - part.start < maxTnefBytes * 1.5
    ) {
      unpacked++;
      const tnef = readTnef(readBody(bytes, part));
      if (tnef) {
        broken ||= !tnef.isWhole;
        words.push(...wordsOf(tnef));
        for (const [i, item] of tnef.items.entries()) {
          const sniffed = sniffType(item.body);
          const type = item.type || sniffed || 'application/octet-stream';
          list.push({
            part: `${part.number}~${i + 1}`,
            name: item.name || nameUnnamed(type, `${part.number}.${i + 1}`),
            type,
            sniffed,
            size: item.body.length,
            inline: false,
          });
        }
        if (tnef.isWhole && (tnef.items.length > 0 || tnef.text !== '' || tnef.rtf)) continue;
      }
    }
    const sniffed = sniffType(head);
    list.push({
      part: part.number,
      name: nameFile(
        part,
        sniffed,
        () => part.parts[0]?.fields ?? readHeaders(bytes, part.start, part.end).fields,
      ),
      type: part.type,
      sniffed,
      size:
        part.parts.length > 0 ? part.end - part.start : estimateSize(partBytes(bytes, part), part.encoding),
      inline: isReferenced(part, references),
    });
  }
  return { list, words, broken };
}
