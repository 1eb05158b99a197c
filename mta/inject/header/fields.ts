// The header fields that qmail-inject knows (hfield.c) and what it does with each (spec/qmail.md 9.1), and the test of
// what may be a header line at all. Byte strings, pure.

/** What happens to a field. Recipient fields that cannot be parsed stay as they are; the others are an error. */
export interface FieldRule {
  /** Addresses are completed. */
  readonly isRewritten: boolean;
  /** Addresses are recipients of a new message, or of one that is sent again. */
  readonly recipients?: 'header' | 'resent';
  /** Addresses count for Mail-Followup-To. */
  readonly isFollowedUp?: boolean;
  /** Addresses are the envelope sender; the first field wins. */
  readonly isSender?: boolean;
  /** The field does not stay in the message. */
  readonly isDeleted?: boolean;
}

const kept: FieldRule = { isRewritten: false };
const rewritten: FieldRule = { isRewritten: true };
const resentRecipients: FieldRule = { isRewritten: true, recipients: 'resent' };
const shownRecipients: FieldRule = { isRewritten: true, recipients: 'header', isFollowedUp: true };

/** By name in lower case. */
const rules: ReadonlyMap<string, FieldRule> = new Map<string, FieldRule>([
  ['to', shownRecipients],
  ['cc', shownRecipients],
  ['bcc', { isRewritten: true, recipients: 'header', isDeleted: true }],
  ['apparently-to', { isRewritten: true, recipients: 'header' }],
  ['resent-to', resentRecipients],
  ['resent-cc', resentRecipients],
  ['resent-bcc', { ...resentRecipients, isDeleted: true }],
  ['sender', rewritten],
  ['from', rewritten],
  ['reply-to', rewritten],
  ['return-receipt-to', rewritten],
  ['errors-to', rewritten],
  ['resent-sender', rewritten],
  ['resent-from', rewritten],
  ['resent-reply-to', rewritten],
  ['return-path', { isRewritten: true, isSender: true, isDeleted: true }],
  ['content-length', { isRewritten: false, isDeleted: true }],
]);

/** The rule of a field by its name in lower case. */
export const ruleOf = (name: string): FieldRule => rules.get(name) ?? kept;

/** Any of these makes a message one that is sent again (RFC 5322 3.6.6). */
export const resentNames: readonly string[] = [
  'resent-sender',
  'resent-from',
  'resent-reply-to',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'resent-date',
  'resent-message-id',
];

/** hfield_valid: a name of printable characters without blanks, perhaps blanks, a colon. */
const validStart = /^([!-9;-~]+)[ \t]*:/;

/** The name of a header line in lower case; undefined when the line is none and so begins the body. */
export function fieldName(line: string): string | undefined {
  return validStart.exec(line)?.[1]?.toLowerCase();
}
