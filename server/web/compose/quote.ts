// The text that a reply or a forward starts with: the attribution line and the quoted or carried text. Text only:
// nothing of the original's markup, so no remote picture can ride along (security.md H7). The original's signature is
// dropped from quotes (spec/webmail.md 4.6).
import type { Address } from '../../mailbox/types.ts';
import { cleanBody, wrapQuotes } from './flowed.ts';
import { cleanHeaderText } from './recipients.ts';

/** Longer originals are quoted up to here; the rest is in the original. */
const longestQuote = 256 * 1024;

/** The text field of a reply: an empty line to write on, the attribution, the quote. */
export function quoteReply(original: {
  readonly from: readonly Address[];
  readonly sent: number | undefined;
  readonly received: number;
  readonly plainText: string;
  /** IANA zone of the reader; the machine's when undefined. */
  readonly zone?: string | undefined;
}): string {
  const body = withoutSignature(cleanBody(original.plainText.slice(0, longestQuote))).trimEnd();
  const who = original.from[0];
  const name = who ? cleanHeaderText(who.name) || cleanHeaderText(who.address) : 'somebody';
  const head = `On ${attributionDate(original.sent ?? original.received, original.zone)}, ${name} wrote:`;
  const quoted = body === '' ? '' : wrapQuotes(body.split('\n').map(quoteLine).join('\n'));
  return `\n\n${head}\n${quoted}\n`;
}

const quoteLine = (line: string): string => (line.startsWith('>') ? `>${line}` : `> ${line}`);

/** The text field of a forward: who wrote when to whom, then the text as it was. */
export function quoteForward(original: {
  readonly from: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly sent: number | undefined;
  readonly received: number;
  readonly subject: string;
  readonly plainText: string;
  readonly zone?: string | undefined;
}): string {
  const lines = [
    '---------- Forwarded message ----------',
    `From: ${addressText(original.from)}`,
    `Date: ${attributionDate(original.sent ?? original.received, original.zone)}`,
    `Subject: ${cleanHeaderText(original.subject)}`,
    `To: ${addressText(original.to)}`,
  ];
  if (original.cc.length > 0) lines.push(`Cc: ${addressText(original.cc)}`);
  return `\n\n${lines.join('\n')}\n\n${cleanBody(original.plainText.slice(0, longestQuote)).trimEnd()}\n`;
}

/** `22 Nov 2026 at 08:20` in an IANA zone, the machine's when undefined. */
export function attributionDate(milliseconds: number, zone?: string): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return 'an unknown date';
  const day = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: zone,
  }).format(date);
  const time = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(date);
  return `${day.replace('Sept', 'Sep')} at ${time}`;
}

/** Cuts at the last `-- ` line; quoted ones are not signatures of this text. */
export function withoutSignature(text: string): string {
  const lines = text.split('\n');
  const at = lines.lastIndexOf('-- ');
  return at < 0 ? text : lines.slice(0, at).join('\n');
}

const addressText = (addresses: readonly Address[]): string =>
  addresses
    .slice(0, 50)
    .map((one) => {
      const name = cleanHeaderText(one.name);
      const address = cleanHeaderText(one.address);
      return name === '' ? address : `${name} <${address}>`;
    })
    .join(', ');
