// A letter of the program itself: to a person about the security of their own account (webmail.md X5), from the postmaster
// of their domain, or to an address that mail is to go on to (R6). Plain text in the language of the person. It can start no loop: notices have no sender in the envelope, so nothing answers or returns them (RFC 5321
// 4.5.5), and Auto-Submitted tells programs that none should (RFC 3834). Pure.
import { formatDate } from '../compose/build.ts';

export interface Notice {
  /** To whom. */
  readonly address: string;
  /** Who writes; the postmaster of their domain by default. */
  readonly from?: string | undefined;
  readonly subject: string;
  /** One line a paragraph. */
  readonly paragraphs: readonly string[];
  readonly date: Date;
  /** Without angle brackets. */
  readonly messageId: string;
}

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** RFC 2047: words of at most 42 bytes, cut between characters. */
function encodeSubject(text: string): string {
  if (isPlain(text)) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\n ');
}

export const postmasterOf = (address: string): string =>
  `postmaster@${address.slice(address.lastIndexOf('@') + 1)}`;

/** The whole message, LF line ends. */
export function buildNotice({
  address,
  from = postmasterOf(address),
  subject,
  paragraphs,
  date,
  messageId,
}: Notice): Buffer {
  const body = Buffer.from(`${paragraphs.join('\n\n')}\n`).toString('base64');
  return Buffer.from(
    [
      `From: <${from}>`,
      `To: <${address}>`,
      `Subject: ${encodeSubject(subject.replace(/[\r\n]+/g, ' '))}`,
      `Date: ${formatDate(date)}`,
      `Message-ID: <${messageId}>`,
      'Auto-Submitted: auto-generated',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      ...(body.match(/.{1,76}/g) ?? []),
      '',
    ].join('\n'),
  );
}
