// A report about a message as programs read it: a delivery status notification (RFC 3464) inside a multipart/report
// (RFC 6522), with a text for people before it and the message, or its header, behind it. Pure. Foreign words (addresses,
// reports, the original) are text and data here, never a header of the report. What is told, and in which words, is the
// business of bounce-message.ts and notice-message.ts.
import { createHash } from 'node:crypto';
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';
import { decodeXtext, showOrcpt } from '../formats/dsn.ts';

/** One recipient of whom is told (RFC 3464 2.3). */
export interface ReportedRecipient {
  /** As people know it: a virtual domain's prepend is taken off. */
  readonly address: string;
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** RFC 3463. */
  readonly status: string;
  /** What the remote host said, with its type. */
  readonly diagnostic?: string | undefined;
  /** As the sender wrote it: type and xtext (RFC 3461 4.2). */
  readonly orcpt?: string | undefined;
  /** Until when it will be tried. */
  readonly retryUntil?: Date | undefined;
}

/** What all reports of one site and message have. */
export interface ReportFrame {
  /** To whom the report goes, unquoted. */
  readonly recipient: string;
  /** Envelope sender of the original, unquoted; a VERP ending `-@[]` is not shown. */
  readonly sender: string;
  readonly bouncefrom: string;
  readonly bouncehost: string;
  /** The original, or the beginning of it. */
  readonly original: Buffer;
  /** Only its header is returned. */
  readonly truncated: boolean;
  readonly now: Date;
  /** control/me. */
  readonly reportingMta: string;
  /** When the original entered the queue. */
  readonly arrival: Date;
  /** The sender's name for the original, in xtext (RFC 3461 4.4). */
  readonly envid?: string | undefined;
  /** control/idhost. */
  readonly messageIdHost: string;
}

export interface ReportContent {
  readonly subject: string;
  /** For people. */
  readonly text: string;
  readonly recipients: readonly ReportedRecipient[];
}

/** Longest line in bytes that we write ourselves (RFC 5322 2.1.1 allows 998). */
const MAX_LINE = 990;

/** No control characters, so that it stays in its line; line separators of Unicode too. */
export const inOneLine = (text: string): string =>
  text.toWellFormed().replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '_');

/** An address in header form: one address, whatever strangers put into it. */
export function headerAddress(address: string): string {
  const quoted = quoteAddress(inOneLine(address));
  const at = quoted.lastIndexOf('@');
  return at < 0 ? quoted : quoted.slice(0, at) + quoted.slice(at).replace(/[\s,;<>()"\\]/g, '_');
}

/** Foreign words as lines of a text part: line feeds stay, other controls become `?`, endless lines are broken. */
export function textLines(text: string): string {
  const clean = text.toWellFormed().replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, '?');
  if (Buffer.byteLength(clean) <= MAX_LINE) return clean;
  return clean
    .split('\n')
    .map((line) => (Buffer.byteLength(line) <= MAX_LINE ? line : line.match(/.{1,240}/gsu)!.join('\n')))
    .join('\n');
}

/** RFC 3464 2.3.2, RFC 6533 3: an address with letters outside ASCII is written in the utf-8-addr-xtext form. */
function finalRecipient(address: string): string {
  const written = headerAddress(address);
  if (/^[\x20-\x7e]*$/.test(written)) return `rfc822; ${written}`.slice(0, MAX_LINE - 20);
  const xtext = inOneLine(address).replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e]/gu, (character) => {
    return `\\x{${character.codePointAt(0)!.toString(16).toUpperCase()}}`;
  });
  return `utf-8; ${xtext}`.slice(0, MAX_LINE - 20);
}

/** The text for programs: message/delivery-status. */
function describeStatus(frame: ReportFrame, recipients: readonly ReportedRecipient[]): string {
  const envid = frame.envid === undefined ? undefined : decodeXtext(frame.envid);
  const blocks = [
    [
      ...(envid === undefined ? [] : [`Original-Envelope-Id: ${envid}`]),
      `Reporting-MTA: dns; ${inOneLine(frame.reportingMta).replace(/[^\x20-\x7e]/g, '?')}`,
      `Arrival-Date: ${formatQmailDate(frame.arrival.getTime() / 1000)}`,
    ],
  ];
  for (const { address, action, status, diagnostic, orcpt, retryUntil } of recipients)
    blocks.push([
      ...(orcpt === undefined ? [] : [`Original-Recipient: ${showOrcpt(orcpt)}`]),
      `Final-Recipient: ${finalRecipient(address)}`,
      `Action: ${action}`,
      `Status: ${status}`,
      ...(diagnostic === undefined ? [] : [`Diagnostic-Code: ${diagnostic}`]),
      ...(retryUntil === undefined
        ? []
        : [`Will-Retry-Until: ${formatQmailDate(retryUntil.getTime() / 1000)}`]),
    ]);
  return blocks.map((block) => `${block.join('\n')}\n`).join('\n');
}

/** The header of a message: up to and with the line feed before the first blank line; whole lines only. */
function headerOf(message: Buffer): Buffer {
  if (message[0] === 10) return Buffer.alloc(0);
  const blank = message.indexOf('\n\n');
  return message.subarray(0, (blank >= 0 ? blank : message.lastIndexOf(10)) + 1);
}

/**
 * Builds the report, LF line ends. The same arguments give the same bytes. The original is copied as it is, 8-bit bytes
 * too; when it was cut, its header is returned instead of a broken half (RFC 6522 2).
 */
export function buildReport(frame: ReportFrame, content: ReportContent): Buffer {
  const text = Buffer.from(content.text, 'utf8');
  const status = Buffer.from(describeStatus(frame, content.recipients), 'utf8');
  const returnPath = Buffer.from(
    `Return-Path: <${headerAddress(frame.sender.replace(/-@\[\]$/, ''))}>\n`,
    'utf8',
  );
  const copy = Buffer.concat([returnPath, frame.truncated ? headerOf(frame.original) : frame.original]);

  const digest = createHash('sha256').update(text).update(status).update(copy).digest('hex').slice(0, 24);
  const contents = [text, status, copy];
  let boundary = `=_bounce_${digest}`;
  for (let i = 1; contents.some((content) => content.includes(boundary)); i++)
    boundary = `=_bounce_${digest}_${i}`;

  const seconds = Math.floor(frame.now.getTime() / 1000);
  const header = [
    `Date: ${formatQmailDate(seconds)}`,
    `From: ${headerAddress(`${frame.bouncefrom}@${frame.bouncehost}`)}`,
    `To: ${headerAddress(frame.recipient)}`,
    `Subject: ${content.subject}`,
    `Message-ID: <${frame.now.getTime()}.${digest.slice(0, 16)}.bounce@${inOneLine(frame.messageIdHost)}>`,
    'MIME-Version: 1.0',
    // RFC 3834 5.
    'Auto-Submitted: auto-replied',
    'Content-Type: multipart/report; report-type=delivery-status;',
    ` boundary="${boundary}"`,
    'Content-Transfer-Encoding: 8bit',
    '',
    '',
  ].join('\n');

  const part = (type: string, encoding: string, content: Buffer) => [
    Buffer.from(`--${boundary}\nContent-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n`, 'latin1'),
    content,
    Buffer.from('\n', 'latin1'),
  ];
  return Buffer.concat([
    Buffer.from(header, 'utf8'),
    ...part('text/plain; charset=utf-8', '8bit', text),
    ...part('message/delivery-status', '7bit', status),
    ...part(frame.truncated ? 'text/rfc822-headers; charset=utf-8' : 'message/rfc822', '8bit', copy),
    Buffer.from(`--${boundary}--\n`, 'latin1'),
  ]);
}
