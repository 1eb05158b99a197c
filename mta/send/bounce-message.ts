// The bounce message and the failure file behind it. The words are QSBMF, qmail-send's bounce text, which list managers
// parse; around them stands a delivery status notification (RFC 3464, RFC 6522) for programs, and the original after
// it. Pure. Foreign words (addresses, reports, the original) are text and data here, never a header of the bounce.
// Whether a bounce may be sent at all (null sender, lists, rates) is decided before this.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { quoteAddress } from '../formats/address.ts';
import { formatQmailDate } from '../formats/date.ts';

/** One recipient that failed for good, and why. */
export interface Failure {
  /** As people know it: a virtual domain's prepend is taken off. */
  readonly address: string;
  /** The delivery's report; may have several lines. */
  readonly report: string;
}

export interface BounceOptions {
  /** `double`: the original was itself a bounce; it goes to doublebounceto. */
  readonly kind: 'single' | 'double';
  /** To whom the bounce goes, unquoted. */
  readonly recipient: string;
  /** Envelope sender of the original, unquoted; a VERP ending `-@[]` is not shown. */
  readonly sender: string;
  readonly failures: readonly Failure[];
  readonly bouncefrom: string;
  readonly bouncehost: string;
  /** The original, at most the first bouncemaxbytes of it. */
  readonly original: Buffer;
  /** Its whole size in bytes. */
  readonly originalSize: number;
  /** `original` is not all of it: then only its header is returned. */
  readonly truncated: boolean;
  readonly now: Date;
  /** control/me. */
  readonly reportingMta: string;
  /** When the original entered the queue. */
  readonly arrival: Date;
  /** control/idhost. */
  readonly messageIdHost: string;
}

/**
 * What qmail-send appends to bounce/ID for one failed recipient, byte for byte: `<address>:`, the report, a blank line.
 * A line feed in the address becomes `_`; one that would make a blank line inside the report becomes `/`.
 */
export function appendFailure(address: string, report: string): string {
  let text = `<${address.replace(/\n/g, '_')}>:\n${report}`;
  if (report !== '' && !report.endsWith('\n')) text += '\n';
  // The last line feed stays, whatever stands before it.
  return `${text.slice(0, -1).replace(/(?<=\n)\n+/g, (run) => '/'.repeat(run.length))}\n\n`;
}

/** Reads bounce/ID back, ours or qmail's. Bytes that are no UTF-8 are read as ISO 8859-1. Blank lines stay `/`. */
export function parseFailures(bytes: Buffer): Failure[] {
  const text = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  const failures: { address: string; report: string }[] = [];
  for (const paragraph of text.split(/\n{2,}/)) {
    if (paragraph.trim() === '') continue;
    const match = /^<(.*)>:(?:\n([\s\S]*))?$/.exec(paragraph);
    const last = failures.at(-1);
    if (match) failures.push({ address: match[1]!, report: (match[2] ?? '').replace(/\n$/, '') });
    // Not written by qmail-send's rules; it can only belong to the failure before it.
    else if (last) last.report += `\n${paragraph}`;
    else failures.push({ address: '', report: paragraph });
  }
  return failures;
}

/**
 * The enhanced status code (RFC 3463) of a report: the one in qmail's `(#5.x.y)`, else one in the remote host's words;
 * a 4.x.y when the message was given up after temporary failures; 5.0.0 when there is none.
 */
export function statusOfReport(report: string): string {
  for (const pattern of [
    /\(#(5\.\d{1,3}\.\d{1,3})\)/,
    /(?<![\d.])(5\.\d{1,3}\.\d{1,3})(?!\.?\d)/,
    /\(#(4\.\d{1,3}\.\d{1,3})\)/,
    /(?<![\d.])(4\.\d{1,3}\.\d{1,3})(?!\.?\d)/,
  ]) {
    const found = pattern.exec(report)?.[1];
    if (found !== undefined) return found;
  }
  return '5.0.0';
}

/** Longest line in bytes that we write ourselves (RFC 5322 2.1.1 allows 998). */
const MAX_LINE = 990;

/** No control characters, so that it stays in its line; line separators of Unicode too. */
const inOneLine = (text: string): string =>
  text.toWellFormed().replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, '_');

/** An address in header form: one address, whatever strangers put into it. */
function headerAddress(address: string): string {
  const quoted = quoteAddress(inOneLine(address));
  const at = quoted.lastIndexOf('@');
  return at < 0 ? quoted : quoted.slice(0, at) + quoted.slice(at).replace(/[\s,;<>()"\\]/g, '_');
}

/** Foreign words as lines of a text part: line feeds stay, other controls become `?`, endless lines are broken. */
function textLines(text: string): string {
  const clean = text.toWellFormed().replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/g, '?');
  if (Buffer.byteLength(clean) <= MAX_LINE) return clean;
  return clean
    .split('\n')
    .map((line) => (Buffer.byteLength(line) <= MAX_LINE ? line : line.match(/.{1,240}/gsu)!.join('\n')))
    .join('\n');
}

/** The text for people, QSBMF: exactly qmail-send's words up to the copy of the message. */
function describeFailures(options: BounceOptions): string {
  const paragraphs = options.failures.map(({ address, report }) => textLines(appendFailure(address, report)));
  const greeting = `Hi. This is the qmail-send program at ${inOneLine(options.bouncehost)}.\n`;
  const middle =
    options.kind === 'double'
      ? 'I tried to deliver a bounce message to this address, but the bounce bounced!\n\n'
      : "I'm afraid I wasn't able to deliver your message to the following addresses.\n" +
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n";
  const what = options.kind === 'double' ? 'the original bounce' : 'a copy of the message';
  const divider = options.truncated
    ? `--- Below this line is the header of ${options.kind === 'double' ? what : 'the message'}, which has ${options.originalSize} bytes.\n`
    : `--- Below this line is ${what}.\n`;
  return greeting + middle + paragraphs.join('') + divider;
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

/** RFC 3464 2.3.6: what the remote host said, folded; undefined when the failure is ours. */
function diagnosticCode(report: string): string | undefined {
  const said = /Remote host said: ([\s\S]*)/.exec(report)?.[1];
  if (said === undefined) return undefined;
  const lines = said
    .replace(/\nGiving up on [^\n]*\n?$/, '')
    .replace(/[^\x20-\x7e\n]/g, '?')
    .split('\n')
    .flatMap((line) => line.trim().match(/.{1,900}/g) ?? []);
  return lines.length === 0 ? undefined : `smtp; ${lines.join('\n ')}`;
}

/** The text for programs: message/delivery-status. */
function describeStatus(options: BounceOptions): string {
  const blocks = [
    [
      `Reporting-MTA: dns; ${inOneLine(options.reportingMta).replace(/[^\x20-\x7e]/g, '?')}`,
      `Arrival-Date: ${formatQmailDate(options.arrival.getTime() / 1000)}`,
    ],
  ];
  for (const { address, report } of options.failures) {
    const block = [
      `Final-Recipient: ${finalRecipient(address)}`,
      'Action: failed',
      `Status: ${statusOfReport(report)}`,
    ];
    const diagnostic = diagnosticCode(report);
    if (diagnostic !== undefined) block.push(`Diagnostic-Code: ${diagnostic}`);
    blocks.push(block);
  }
  return blocks.map((block) => `${block.join('\n')}\n`).join('\n');
}

/** The header of a message: up to and with the line feed before the first blank line; whole lines only. */
function headerOf(message: Buffer): Buffer {
  if (message[0] === 10) return Buffer.alloc(0);
  const blank = message.indexOf('\n\n');
  return message.subarray(0, (blank >= 0 ? blank : message.lastIndexOf(10)) + 1);
}

/**
 * Builds the bounce, LF line ends. The same options give the same bytes. The original is copied as it is, 8-bit bytes
 * too; when it was cut, its header is returned instead of a broken half (RFC 6522 2).
 */
export function buildBounce(options: BounceOptions): Buffer {
  const text = Buffer.from(describeFailures(options), 'utf8');
  const status = Buffer.from(describeStatus(options), 'utf8');
  const returnPath = Buffer.from(
    `Return-Path: <${headerAddress(options.sender.replace(/-@\[\]$/, ''))}>\n`,
    'utf8',
  );
  const copy = Buffer.concat([returnPath, options.truncated ? headerOf(options.original) : options.original]);

  const digest = createHash('sha256').update(text).update(status).update(copy).digest('hex').slice(0, 24);
  const contents = [text, status, copy];
  let boundary = `=_bounce_${digest}`;
  for (let i = 1; contents.some((content) => content.includes(boundary)); i++)
    boundary = `=_bounce_${digest}_${i}`;

  const seconds = Math.floor(options.now.getTime() / 1000);
  const header = [
    `Date: ${formatQmailDate(seconds)}`,
    `From: ${headerAddress(`${options.bouncefrom}@${options.bouncehost}`)}`,
    `To: ${headerAddress(options.recipient)}`,
    'Subject: failure notice',
    `Message-ID: <${options.now.getTime()}.${digest.slice(0, 16)}.bounce@${inOneLine(options.messageIdHost)}>`,
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
    ...part(options.truncated ? 'text/rfc822-headers; charset=utf-8' : 'message/rfc822', '8bit', copy),
    Buffer.from(`--${boundary}--\n`, 'latin1'),
  ]);
}
