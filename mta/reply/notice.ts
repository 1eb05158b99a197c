// A notice by mail that a letter has come (RFC 5435, RFC 5436): what a `mailto:` of a script asks for, and the message. Its
// header says that it is one, so that it is never the reason of another. Pure.
import { isPlainAddress } from '../accounts/administration/dot-qmail-lines.ts';
import { quoteAddress } from '../formats/address.ts';
import { encodeWords } from '../formats/encoded-word.ts';
import { composeFrom, originFields } from './compose.ts';
import { fieldValue, fieldValues } from './letter.ts';

/** Whom a notice goes to (RFC 6068), and what the address itself says about it. */
export interface Mailto {
  readonly recipients: readonly string[];
  readonly subject: string | undefined;
  readonly body: string | undefined;
}

/** Recipients of one notice. */
const MOST_RECIPIENTS = 10;
const LONGEST_SUBJECT = 500;
const LONGEST_BODY = 16_384;

/** Reads a `mailto:`. Fields other than to, cc, subject and body do not count. Undefined: it names nobody. */
export function readMailto(uri: string): Mailto | undefined {
  const [, path = '', query = ''] = /^mailto:([^?#]*)(?:\?([^#]*))?/i.exec(uri) ?? [];
  let subject: string | undefined;
  let body: string | undefined;
  const recipients = path.split(',').map(decode);
  for (const field of query.split('&')) {
    const at = field.indexOf('=');
    const value = decode(field.slice(at + 1));
    switch (field.slice(0, Math.max(0, at)).toLowerCase()) {
      case 'to':
      case 'cc':
        recipients.push(...value.split(','));
        break;
      case 'subject':
        subject ??= value;
        break;
      case 'body':
        body ??= value;
    }
  }
  const valid = [...new Set(recipients.map((each) => each.trim()))].filter(isPlainAddress);
  return valid.length === 0 || valid.length > MOST_RECIPIENTS
    ? undefined
    : { recipients: valid, subject, body };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Is this letter a notice itself? */
export const isNotice = (fields: readonly string[]): boolean =>
  fieldValues(fields, 'auto-submitted').some((value) => /^auto-notified\b/i.test(value));

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
  const subject =
    wanted === '' ? `New message: ${shown(fields, 'subject')}`.trimEnd() : encodeSubject(wanted);
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
    `To: ${to.recipients.map((address) => `<${bytesOf(quoteAddress(address))}>`).join(',\n ')}`,
    `Subject: ${subject}`,
    // RFC 5436 2.7.1, RFC 3834 5.
    `Auto-Submitted: auto-notified; owner-email="${bytesOf(own).replace(/["\\]/g, '\\$&')}"`,
    `Importance: ${importances[notice.importance]}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return Buffer.from(`${head.join('\n')}\n\n${body}\n`, 'latin1');
}

const encodeSubject = (text: string): string => (/^[\x20-\x7e]*$/.test(text) ? text : encodeWords(text));
