// The letter that carries a report about a day to whoever asked for it (RFC 9990 3.5.2, RFC 8460 5.3): who, about whom, a line
// for people, the report as a gzip attachment. What only one kind of report has is said by the caller. Pure.
import { formatRfc5322Date } from '../formats/date.ts';

export interface ReportLetter {
  readonly from: string;
  readonly to: readonly string[];
  readonly submitter: string;
  readonly domain: string;
  readonly reportId: string;
  /** Without brackets. */
  readonly messageId: string;
  readonly date: Date;
  /** Whole header lines of this kind alone. */
  readonly fields: readonly string[];
  /** With its parameters but the boundary. */
  readonly type: string;
  /** The line for people. */
  readonly words: string;
  /** The boundary's own part. */
  readonly unique: string;
  readonly attachment: { readonly type: string; readonly name: string; readonly bytes: Buffer };
}

const wrap = (base64: string): string => base64.replace(/.{76}(?=.)/g, '$&\n');

/** The whole letter, LF line ends. */
export function composeReportLetter(letter: ReportLetter): Buffer {
  const { from, to, submitter, domain, reportId, messageId, date, attachment } = letter;
  const boundary = `=_report_${letter.unique}`;
  const lines = [
    `From: <${from}>`,
    `To: ${to.map((each) => `<${each}>`).join(',\n ')}`,
    // RFC 9990 3.5.2, RFC 8460 5.3: folded where it likes.
    `Subject: Report Domain: ${domain}\n Submitter: ${submitter}\n Report-ID: <${reportId}>`,
    `Date: ${formatRfc5322Date(date)}`,
    `Message-ID: <${messageId}>`,
    'Auto-Submitted: auto-generated',
    ...letter.fields,
    'MIME-Version: 1.0',
    `Content-Type: ${letter.type};\n boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    letter.words,
    '',
    `--${boundary}`,
    `Content-Type: ${attachment.type}; name="${attachment.name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\n filename="${attachment.name}"`,
    '',
    wrap(attachment.bytes.toString('base64')),
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\n'), 'latin1');
}
