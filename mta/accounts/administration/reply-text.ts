// The text that a robot or a vacation answers with: autorespond's message file, `From:`, `Subject:`, then the words
// (spec/qmailadmin.md 2.3, 2.7). Pure. Read from the forms that exist, with the error texts that qmailadmin 1.2.27 put
// between the header fields of robots, and with any charset; written with the header that the words need, fields of other
// tools kept.
import { encodeWords } from '../../formats/encoded-word.ts';

/** What people see and write. */
export interface ReplyText {
  readonly subject: string;
  readonly message: string;
}

/** Whose words they are: those of an address of their own, or of somebody who is away. */
export type ReplyKind = 'robot' | 'vacation';

/** Characters of a subject, bytes of a text. */
export const MAX_SUBJECT = 200;
export const MAX_MESSAGE = 65_536;

export interface Header {
  readonly fields: readonly { readonly name: string; readonly lines: readonly string[] }[];
  /** Bytes as latin1. */
  readonly body: string;
}

/** Header fields up to the first empty line; lines that are none are left out. A file without any is all words. */
export function readHeader(text: string): Header {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (!/^[A-Za-z][A-Za-z0-9-]*:/.test(lines[0] ?? '')) return { fields: [], body: text };
  const end = lines.indexOf('');
  const fields: { name: string; lines: string[] }[] = [];
  let isField = false;
  for (const line of end < 0 ? lines : lines.slice(0, end)) {
    const found = /^([A-Za-z][A-Za-z0-9-]*):/.exec(line);
    if (found) fields.push({ name: (found[1] as string).toLowerCase(), lines: [line] });
    else if (isField && /^[ \t]/.test(line)) fields.at(-1)?.lines.push(line);
    isField = found !== null || (isField && /^[ \t]/.test(line));
  }
  return { fields, body: end < 0 ? '' : lines.slice(end + 1).join('\n') };
}

/** Reads a message file, given as latin1. */
export function readReplyText(text: string): ReplyText {
  const { fields, body } = readHeader(text);
  const value = (name: string): string =>
    fields
      .find((field) => field.name === name)
      ?.lines.join(' ')
      .replace(/^[^:]*:/, '')
      .replace(/\s+/g, ' ')
      .trim() ?? '';
  const charset = /charset="?([A-Za-z0-9_-]+)/i.exec(value('content-type'))?.[1];
  return {
    subject: decodeHeader(value('subject'), charset),
    message: decodeBytes(body, charset).replace(/\n+$/, ''),
  };
}

/** UTF-8 when it is that; else what the header says, else windows-1252. */
function decodeBytes(latin1: string, charset: string | undefined): string {
  const bytes = Buffer.from(latin1, 'latin1');
  for (const label of ['utf-8', charset, 'windows-1252']) {
    if (label === undefined) continue;
    try {
      return new TextDecoder(label, { fatal: true, ignoreBOM: false }).decode(bytes);
    } catch {
      // Not this charset, or no charset at all: the next one.
    }
  }
  return latin1;
}

/** RFC 2047, as far as we and other editors of these files write it. */
function decodeHeader(value: string, charset: string | undefined): string {
  const joined = value.replace(/(=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=)\s+(?==\?)/g, '$1');
  if (!/=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=/.test(joined)) return decodeBytes(value, charset);
  // Words of one character set are one run of bytes: a letter may be cut between two of them.
  return joined.replace(/(?:=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=)+/g, (run) => {
    const words = [...run.matchAll(/=\?([^?*\s]+)[^?\s]*\?([BbQq])\?([^?\s]*)\?=/g)];
    const bytes = words.map(([, , encoding = '', text = '']) =>
      encoding.toUpperCase() === 'B'
        ? Buffer.from(text, 'base64')
        : Buffer.from(
            text
              .replaceAll('_', ' ')
              .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
                String.fromCharCode(Number.parseInt(hex, 16)),
              ),
            'latin1',
          ),
    );
    return decodeBytes(Buffer.concat(bytes).toString('latin1'), words[0]?.[1]);
  });
}

/** Fields that are made here. */
const ours = new Set(['from', 'subject', 'mime-version', 'content-type', 'content-transfer-encoding']);

/** Header fields for words in ASCII: qmailadmin gives robots these, vacations none. */
const ASCII_FIELDS: Readonly<Record<ReplyKind, readonly string[]>> = {
  robot: ['Content-type: text/plain ', 'Content-transfer-encoding: 7bit', 'MIME-Version: 1.0'],
  vacation: [],
};

/**
 * The message file, as latin1, with no line feed at its end, as qmailadmin leaves it: autorespond puts one there. `old`:
 * the file as it was, whose other header fields stay; the same words leave it as it is, byte for byte.
 */
export function formatReplyText(
  kind: ReplyKind,
  from: string,
  wanted: ReplyText,
  old?: string | undefined,
): string {
  const reply = cleanReply(wanted);
  if (old !== undefined) {
    const was = readReplyText(old);
    if (was.subject === reply.subject && was.message === reply.message) return old;
  }
  const others = old === undefined ? [] : readHeader(old).fields.filter(({ name }) => !ours.has(name));
  const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
  const subject = isAscii(reply.subject) ? reply.subject : encodeWords(reply.subject);
  const lines = [
    `From: ${from}`,
    `Subject: ${subject}`,
    ...others.flatMap((field) => field.lines),
    ...(isAscii(reply.message)
      ? ASCII_FIELDS[kind]
      : ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit']),
    '',
    Buffer.from(reply.message, 'utf8').toString('latin1'),
  ];
  return lines.join('\n');
}

/** One line of subject, line feeds in the text, no control characters (security.md W3). */
export function cleanReply({ subject, message }: ReplyText): ReplyText {
  return {
    subject: subject
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
    message: message
      .toWellFormed()
      .replace(/\r\n?/g, '\n')
      .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
      .replace(/\n+$/, ''),
  };
}
