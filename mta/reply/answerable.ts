// May this letter be answered by a machine? (RFC 3834 2; RFC 5230 4.6; security.md R10.) Asked by everything that answers
// by itself: mail robots, vacations, Sieve. Pure: the answer is the reason why not, in words for a log. How often one sender
// is answered is answered.ts and answer-log.ts.
import { isPlainAddress } from '../accounts/administration/dot-qmail-lines.ts';
import { lowerAscii } from '../formats/address.ts';
import { rewriteAddressList } from '../inject/header/address-list.ts';
import { tokenize } from '../inject/header/tokens.ts';
import { readMarks } from '../trust/junk-fields.ts';
import { fieldValue, fieldValues, type LetterStart } from './letter.ts';

/** A letter, and who would answer it. */
export interface ReplyQuestion {
  /** Envelope sender; '' is the null sender. */
  readonly sender: string;
  /** Addresses of the one who answers, in any case: those mail was sent to, aliases, Sieve's `:addresses`. */
  readonly own: readonly string[];
  /**
   * Somebody's personal answer: given only to what was sent to one of `own` by name (RFC 5230 4.6). False: a robot, which
   * answers all that comes to its address.
   */
  readonly isPersonal: boolean;
  /** The delivery took the letter for junk, besides what its header says. */
  readonly isJunk?: boolean | undefined;
}

/** RFC 3834 2, RFC 5230 4.6: daemons, list owners and requests; and names that say that nobody reads what comes back. */
const DAEMON = /^mailer-daemon|^(?:listserv|majordomo|mailman|sympa)@/i;
const LIST = /(?:^owner-|-(?:owner|request|bounces?|confirm|return)(?:[-+=].*)?@)/i;
const NO_REPLY = /^(?:[^@]*[._+-])?(?:no|do-?not|don-?t|never)[._-]?reply(?:[._+-][^@]*)?@/i;
/** RFC 2919, RFC 2369, and what ezmlm writes. */
const LIST_FIELDS = [
  'mailing-list',
  'list-id',
  'list-post',
  'list-unsubscribe',
  'list-subscribe',
  'list-help',
  'list-owner',
  'list-archive',
];
/** RFC 5230 4.6. */
const RECIPIENT_FIELDS = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'];
/** Bytes of these fields together that are read. */
const MOST_RECIPIENTS = 32_768;

/** An answer of any autorespond has this. Pure. */
export const isLooping = (fields: readonly string[]): boolean =>
  fields.some((field) => /^delivered-to:[ \t]*autoresponder\s*$/i.test(field));

/** Why a letter gets no answer. Undefined: a person may have written it, to us. Pure. */
export function whyNotAnswered(
  question: ReplyQuestion,
  { fields, bytes }: Pick<LetterStart, 'fields' | 'bytes'>,
): string | undefined {
  const { sender } = question;
  if (sender === '' || sender === '#@[]') return 'it is a bounce';
  if (DAEMON.test(sender)) return 'a mailer daemon sent it';
  if (!isPlainAddress(sender)) return 'its sender has no address that could be answered';
  const own = new Set(question.own.map(lowerAscii));
  // RFC 3834 2: never to the responder itself.
  if (own.has(lowerAscii(sender))) return 'it was sent by the address itself';
  if (LIST.test(sender)) return 'a list sent it';
  if (NO_REPLY.test(sender)) return 'its sender takes no mail';
  const reason = whyMachine(fields);
  if (reason !== undefined) return reason;
  const { verdict, words, isFlagged } = readMarks(bytes);
  if (question.isJunk || verdict?.outcome === 'junk' || words !== undefined || isFlagged)
    return 'it is taken for junk';
  if (!question.isPersonal) return undefined;
  const recipients = readRecipients(fields);
  if (recipients === undefined) return 'its recipients cannot be read';
  if (!recipients.some((address) => own.has(address))) return 'it was not sent to us by name';
  return undefined;
}

/** The first of some addresses that a letter names as its recipient. Pure. */
export function namedRecipient(own: readonly string[], fields: readonly string[]): string | undefined {
  const recipients = new Set(readRecipients(fields));
  return own.find((address) => recipients.has(lowerAscii(address)));
}

/** A machine or a list says so in the header. */
function whyMachine(fields: readonly string[]): string | undefined {
  if (isLooping(fields)) return 'it is an answer of an autoresponder';
  for (const name of LIST_FIELDS) if (fieldValue(fields, name) !== undefined) return 'it comes from a list';
  for (const value of fieldValues(fields, 'precedence')) {
    const found = /\b(?:junk|bulk|list)\b/i.exec(value);
    if (found) return `its precedence is ${found[0].toLowerCase()}`;
  }
  // RFC 3834 5: anything but "no", parameters and comments aside.
  for (const value of fieldValues(fields, 'auto-submitted'))
    if (!/^(?:\([^()]*\) ?)?no(?![\w-])/i.test(value)) return 'a machine sent it';
  for (const value of fieldValues(fields, 'x-auto-response-suppress'))
    if (/\b(?:all|oof|autoreply)\b/i.test(value)) return 'its sender wants no automatic answer';
  for (const name of ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-mail-autoreply'])
    if (fieldValue(fields, name) !== undefined) return 'a machine sent it';
  // RFC 6522: reports of deliveries, of readers, of abuse.
  if (/^multipart\/report\b/i.test(fieldValue(fields, 'content-type') ?? '')) return 'it is a report';
  return undefined;
}

/** Addresses that sent the letter on to us, nearest first (qmail's Delivered-To). Pure. */
export const passedAddresses = (fields: readonly string[]): readonly string[] =>
  fieldValues(fields, 'delivered-to').map(toText);

/** A byte string as text. */
const toText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** Addresses of the recipient fields, in lower case. Undefined: there is more than a person writes, or it has no form. */
function readRecipients(fields: readonly string[]): readonly string[] | undefined {
  const lists = RECIPIENT_FIELDS.flatMap((name) => fieldValues(fields, name));
  if (lists.reduce((sum, list) => sum + list.length, 0) > MOST_RECIPIENTS) return undefined;
  const found: string[] = [];
  for (const list of lists) {
    const tokens = tokenize(list);
    if (tokens === undefined) return undefined;
    for (const address of rewriteAddressList(tokens, (one) => one).addresses)
      found.push(lowerAscii(toText(address)));
  }
  return found;
}
