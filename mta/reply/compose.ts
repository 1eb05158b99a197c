// The automatic answer as a message (RFC 3834 3, RFC 5230 5): its header says that a machine wrote it and what it answers,
// so that no other machine answers it. It goes to the envelope sender of the letter, under the null sender: nothing can
// come back. Pure; bytes of the answered letter appear only where a field of one line is made of them.
import { randomBytes } from 'node:crypto';
import { isPlainAddress } from '../accounts/administration/dot-qmail-lines.ts';
import { readHeader } from '../accounts/administration/reply-text.ts';
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { encodeWords } from '../formats/encoded-word.ts';
import { fieldValue } from './letter.ts';

/** The letter that is answered, and who answers it. */
export interface Answered {
  /** Envelope sender of the letter: to whom the answer goes. */
  readonly sender: string;
  /** Address of the one who answers. */
  readonly own: string;
  /** Header of the letter, as byte strings. */
  readonly fields: readonly string[];
  /** Seconds since 1970. */
  readonly seconds: number;
}

/** What is said. */
export interface Reply {
  /** Without it: `Auto: ` and the letter's own (RFC 5230 4.3). */
  readonly subject?: string | undefined;
  /** An address, perhaps with a name before it in angles (Sieve's `:from`); what is none gives way to `own`. */
  readonly from?: string | undefined;
  /** Plain text; or, as `entity`, a MIME entity with its own Content fields (Sieve's `:mime`). */
  readonly text: string;
  readonly isEntity?: boolean | undefined;
}

/** RFC 5322 2.1.1: the longest line, without its end. */
const LONGEST_LINE = 998;
const MOST_REFERENCES = 20;
const MESSAGE_ID = /<[!-;=?-~]{1,400}>/g;

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .trim()
    .toWellFormed();
const wrap = (base64: string): string => base64.replace(/.{76}(?=.)/g, '$&\n');

/** Date and Message-ID of an answer. */
export const originFields = ({ own, seconds }: Answered): readonly string[] => [
  `Date: ${formatQmailDate(seconds)}`,
  `Message-ID: <${seconds}.${process.pid}.${randomBytes(6).toString('hex')}.autorespond@${own.slice(own.lastIndexOf('@') + 1)}>`,
];

export const toField = ({ sender }: Answered): string => `To: <${bytesOf(quoteAddress(sender))}>`;

/** RFC 3834 3.1.7, 5; Precedence for older programs. */
export const machineFields: readonly string[] = ['Auto-Submitted: auto-replied', 'Precedence: bulk'];

/** RFC 3834 3.1.5, RFC 5322 3.6.4: which letter it answers, and the thread. */
export function threadFields(fields: readonly string[]): readonly string[] {
  const idsOf = (name: string): string[] => (fieldValue(fields, name) ?? '').match(MESSAGE_ID) ?? [];
  const id = idsOf('message-id')[0];
  if (id === undefined) return [];
  const before = [...idsOf('references'), id];
  const first =
    idsOf('references').length === 0 && idsOf('in-reply-to').length === 1 ? idsOf('in-reply-to') : [];
  const thread = [...new Set([...first, ...before])];
  // The first names the thread, the last ones the letter.
  const shown = thread.length > MOST_REFERENCES ? [thread[0], ...thread.slice(1 - MOST_REFERENCES)] : thread;
  return [`In-Reply-To: ${id}`, `References: ${shown.join('\n ')}`];
}

/** The letter's subject as a byte string of one line, `start` before it unless it is there; '' for none. */
export function answeredSubject(fields: readonly string[], start: 'Re: ' | 'Auto: '): string {
  const subject = fieldValue(fields, 'subject') ?? '';
  // A word of RFC 2047 is not cut in two.
  const short = subject.length > 500 ? subject.slice(0, 500).replace(/ [^ ]*$/, '') : subject;
  const clean = short.replace(/[\x00-\x1f\x7f]/g, ' ');
  return clean.toLowerCase().startsWith(start.trim().toLowerCase()) ? clean : `${start}${clean}`.trimEnd();
}

/** `Name <a@b>` or `a@b` in its parts. Undefined: it has not the form of an address. */
export function splitFrom(wanted: string): { readonly name: string; readonly address: string } | undefined {
  const [, name = '', angled] = /^([^<>]*)<([^<>\s]*)>\s*$/.exec(wanted) ?? [];
  const address = (angled ?? wanted).trim();
  return isPlainAddress(address) ? { name, address } : undefined;
}

/** The From field: what was asked for when it has the form of an address, else the own address. */
export function composeFrom(own: string, wanted = ''): string {
  const asked = splitFrom(wanted);
  if (asked === undefined) return `From: <${bytesOf(quoteAddress(own))}>`;
  const { name, address } = asked;
  const shown = oneLine(name).replace(/^"(.*)"$/, '$1');
  const phrase =
    shown === '' ? '' : isAscii(shown) ? `"${shown.replace(/["\\]/g, '\\$&')}" ` : `${encodeWords(shown)} `;
  return `From: ${phrase}<${bytesOf(quoteAddress(address))}>`;
}

/** Header and body of plain text. */
function textParts(given: string): { readonly fields: readonly string[]; readonly body: string } {
  const text = given
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
    .replace(/\n*$/, '\n');
  const isLong = text.split('\n').some((line) => Buffer.byteLength(line) > LONGEST_LINE);
  const encoding = isLong ? 'base64' : isAscii(text) ? '7bit' : '8bit';
  return {
    fields: [
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Transfer-Encoding: ${encoding}`,
    ],
    body: isLong ? `${wrap(Buffer.from(text).toString('base64'))}\n` : bytesOf(text),
  };
}

/** RFC 5230 4.7: the entity's Content fields go to the header; no other field of it does. */
function entityParts(given: string): { readonly fields: readonly string[]; readonly body: string } {
  const entity = bytesOf(given.toWellFormed().replace(/\r\n?/g, '\n').replaceAll('\0', ''));
  const { fields, body } = readHeader(entity.replace(/^\n+/, ''));
  const content = fields.filter(({ name }) => name.startsWith('content-')).flatMap(({ lines }) => lines);
  return {
    fields: [
      'MIME-Version: 1.0',
      ...(content.length > 0 ? content : ['Content-Type: text/plain; charset=utf-8']),
    ],
    body: body.replace(/\n*$/, '\n'),
  };
}

/** The whole message, LF line ends. */
export function composeReply(answered: Answered, reply: Reply): Buffer {
  const { subject: given, from, text, isEntity } = reply;
  const subject = oneLine(given ?? '')
    .slice(0, 500)
    .toWellFormed();
  const { fields, body } = isEntity ? entityParts(text) : textParts(text);
  const lines = [
    ...originFields(answered),
    composeFrom(answered.own, from),
    toField(answered),
    `Subject: ${subject === '' ? answeredSubject(answered.fields, 'Auto: ') : isAscii(subject) ? subject : encodeWords(subject)}`,
    ...machineFields,
    ...threadFields(answered.fields),
    ...fields,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${body}`, 'latin1');
}
