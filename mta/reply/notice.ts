// A notice by mail that a letter has come (RFC 5435, RFC 5436): what a `mailto:` of a script asks for, and the message. Its
// header says that it is one, so that it is never the reason of another. Pure.
import { quoteAddress } from '../formats/address.ts';
import { encodeWords } from '../formats/encoded-word.ts';
import type { Mailto } from '../sieve/mailto.ts';
import { composeFrom, originFields } from './compose.ts';
import { fieldValue, fieldValues } from './letter.ts';

const LONGEST_SUBJECT = 500;
const LONGEST_BODY = 16_384;

/** Is this letter a notice itself? */
export const isNotice = (fields: readonly string[]): boolean =>
  fieldValues(fields, 'auto-submitted').some((value) => /^auto-notif/i.test(value));

/** A letter that has come, and how its owner wants to hear of it. */
export interface Notice {
  /** The owner's address. */
  readonly own: string;
  readonly to: Mailto;
  readonly from: string | undefined;
  readonly importance: 1 | 2 | 3;
  readonly message: string | undefined;
  /** Envelope sender of the letter. */
  readonly sender: string;
  /** Header of the letter, as byte strings. */
  readonly fields: readonly string[];
  /** Seconds since 1970. */
  readonly seconds: number;
}

const importances = { 1: 'High', 2: 'Normal', 3: 'Low' } as const;

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const oneLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_SUBJECT)
    .toWellFormed();
/** A field of the letter for people: one line of bytes that are no controls. */
const shown = (fields: readonly string[], name: string): string =>
  (fieldValue(fields, name) ?? '').replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 1000);

/** The whole message, LF line ends. */
export function composeNotice(notice: Notice): Buffer {
  const { own, to, fields, sender } = notice;
  // RFC 5436 2.3, 2.4: the script's own words come first, then those of the address.
  const wanted = oneLine(notice.message ?? to.subject ?? '');
  const subject = wanted === '' ? `New message: ${shown(fields, 'subject')}`.trimEnd() : encodeText(wanted);
  const text = (to.body ?? '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .slice(0, LONGEST_BODY);
  const about = [
    `From: ${shown(fields, 'from') || bytesOf(sender) || '(nobody)'}`,
    `Subject: ${shown(fields, 'subject')}`,
    `Date: ${shown(fields, 'date')}`,
  ];
  const body = text.trim() === '' ? about.join('\n') : bytesOf(text.toWellFormed());
  const head = [
    ...originFields({ own, sender, fields, seconds: notice.seconds }),
    composeFrom(own, notice.from),
    ...addressField('To', to.to),
    ...addressField('Cc', to.cc),
    `Subject: ${subject}`,
    // RFC 5436 2.7.1, RFC 3834 5.
    `Auto-Submitted: auto-notified; owner-email="${bytesOf(own).replace(/["\\]/g, '\\$&')}"`,
    `Importance: ${importances[notice.importance]}`,
    ...to.fields.map(({ name, value }) => `${name}: ${encodeText(oneLine(value))}`),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return Buffer.from(`${head.join('\n')}\n\n${body}\n`, 'latin1');
}

const encodeText = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : encodeWords(text));

const addressField = (name: string, addresses: readonly string[]): readonly string[] =>
  addresses.length === 0
    ? []
    : [`${name}: ${addresses.map((address) => `<${bytesOf(quoteAddress(address))}>`).join(',\n ')}`];
