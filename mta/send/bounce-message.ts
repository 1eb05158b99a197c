// The bounce message and the failure file behind it. The words are QSBMF, qmail-send's bounce text, which list managers
// parse; report-message.ts puts the part for programs and the original around them. Pure.
// Whether a bounce may be sent at all (null sender, lists, rates) is decided before this.
import { isUtf8 } from 'node:buffer';
import { buildReport, inOneLine, type ReportFrame, textLines } from './report-message.ts';

/** One recipient that failed for good, and why. */
export interface Failure {
  /** As people know it: a virtual domain's prepend is taken off. */
  readonly address: string;
  /** The delivery's report; may have several lines. */
  readonly report: string;
  /** The address that the sender wrote first (RFC 3461 4.2). */
  readonly orcpt?: string | undefined;
}

export interface BounceOptions extends ReportFrame {
  /** `double`: the original was itself a bounce; it goes to doublebounceto. */
  readonly kind: 'single' | 'double';
  readonly failures: readonly Failure[];
  /** Its whole size in bytes. */
  readonly originalSize: number;
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

/** RFC 3464 2.3.6: what the remote host said, folded; undefined when the failure is ours. */
export function diagnosticCode(report: string): string | undefined {
  const said = /Remote host said: ([\s\S]*)/.exec(report)?.[1];
  if (said === undefined) return undefined;
  const lines = said
    .replace(/\nGiving up on [^\n]*\n?$/, '')
    .replace(/[^\x20-\x7e\n]/g, '?')
    .split('\n')
    .flatMap((line) => line.trim().match(/.{1,900}/g) ?? []);
  return lines.length === 0 ? undefined : `smtp; ${lines.join('\n ')}`;
}

/** Builds the bounce, LF line ends. The original is copied as it is; when it was cut, or the sender wants no more, its header. */
export function buildBounce(options: BounceOptions): Buffer {
  return buildReport(options, {
    subject: 'failure notice',
    text: describeFailures(options),
    recipients: options.failures.map(({ address, report, orcpt }) => ({
      address,
      action: 'failed',
      status: statusOfReport(report),
      diagnostic: diagnosticCode(report),
      orcpt,
    })),
  });
}
