// Letters that a list writes itself: requests to moderators, returned posts, warnings, answers from the archive. A text of
// the list first, then, as a part of its own, the letter that it is about. Bytes as latin1; the enclosed letter is passed
// through in pieces. RFC 3834: they say that a program wrote them. The boundary cannot be guessed by who wrote what is enclosed.
import { randomBytes, randomInt } from 'node:crypto';
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { toBytes } from './files.ts';
import type { Coding, MailingList } from './list.ts';
import { quotePrintable } from './post/body.ts';
import { readListFields } from './post/rules.ts';

/** Twenty letters, as ezmlm's boundaries are. */
export const makeBoundary = (): string =>
  Array.from(randomBytes(20), (byte) => String.fromCharCode(97 + (byte & 15))).join('');

/** `Date` and `Message-ID`, each with its LF. `now` in seconds. */
export const dateFields = ({ outhost }: Pick<MailingList, 'outhost'>, now: number): string =>
  `Date: ${formatQmailDate(now)}\nMessage-ID: <${now}.${process.pid}.${randomInt(2 ** 40)}.ezmlm@${toBytes(outhost)}>\n`;

/** An address of the list for a header: `LIST-owner@HOST` for the suffix `-owner`. */
export const listAddress = (
  { outlocal, outhost }: Pick<MailingList, 'outlocal' | 'outhost'>,
  suffix: string,
): string => toBytes(quoteAddress(`${outlocal}${suffix}@${outhost}`));

/** A text in the list's coding. */
export function codeText(text: string, coding: Coding): string {
  if (coding === '') return text;
  const bytes = Buffer.from(text, 'latin1');
  if (coding === 'Q') return quotePrintable(bytes);
  return bytes.toString('base64').replace(/.{1,76}/g, '$&\n');
}

/** Header of a part, or of a letter, that is a text of the list, with the empty line. */
export function textHeading({ charset, coding }: Pick<MailingList, 'charset' | 'coding'>): string {
  const codings = {
    '': '',
    Q: 'Content-Transfer-Encoding: Quoted-Printable\n',
    B: 'Content-Transfer-Encoding: base64\n',
  };
  return `Content-Type: text/plain; charset=${toBytes(charset)}\n${codings[coding]}\n`;
}

export interface Notice {
  readonly list: MailingList;
  /** Seconds. */
  readonly now: number;
  /** Header values as bytes; addresses quoted. */
  readonly from: string;
  readonly to: string;
  readonly replyTo?: string | undefined;
  readonly cc?: string | undefined;
  readonly subject: string;
  /** RFC 3834 5: an answer to a letter, or written on the list's own account. */
  readonly isReply?: boolean | undefined;
  readonly text: string;
  /** The letter that it is about; undefined: none. */
  readonly enclosed?: AsyncIterable<Buffer | string> | undefined;
}

/** The letter in pieces, in order. */
export async function* writeNotice(notice: Notice): AsyncGenerator<Buffer | string> {
  const { list, now, enclosed } = notice;
  const field = (name: string, value: string | undefined): string =>
    value === undefined ? '' : `${name}: ${value.replace(/[\r\n\0]/g, '_')}\n`;
  const header =
    (await readListFields(list)) +
    dateFields(list, now) +
    field('From', notice.from) +
    field('Reply-To', notice.replyTo) +
    field('Cc', notice.cc) +
    field('To', notice.to) +
    field('Subject', notice.subject) +
    `Auto-Submitted: auto-${notice.isReply ? 'replied' : 'generated'}\nMIME-Version: 1.0\n`;
  const text = codeText(notice.text, list.coding);
  if (enclosed === undefined) {
    yield `${header}${textHeading(list)}${text}`;
    return;
  }
  const boundary = makeBoundary();
  yield `${header}Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n${textHeading(list)}${text}`;
  yield `\n--${boundary}\nContent-Type: message/rfc822\n\n`;
  yield* enclosed;
  yield `\n--${boundary}--\n`;
}
