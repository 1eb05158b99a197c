// The letter that carries a DMARC aggregate report (RFC 9990 3.5.2, RFC 7489 7.2.1.1): subject and file name as the standard
// has them, the report as a gzip attachment, a line for people before it. Pure but for gzip.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { formatRfc5322Date } from '../../formats/date.ts';
import { type ReportFacts, writeReport } from './report-xml.ts';

const compress = promisify(gzip);

/** `receiver!policy-domain!begin!end.xml.gz` */
export const reportFileName = ({ submitter, published, begin, end }: ReportFacts): string =>
  `${submitter}!${published.domain}!${begin}!${end}.xml.gz`;

const wrap = (base64: string): string => base64.replace(/.{76}(?=.)/g, '$&\n');

/** The whole letter, LF line ends. */
export async function writeReportLetter(
  facts: ReportFacts,
  to: readonly string[],
  date: Date,
): Promise<Buffer> {
  const { submitter, email, id, published } = facts;
  const packed = await compress(writeReport(facts));
  const boundary = `=_report_${id.replace(/[^A-Za-z0-9]/g, '').slice(0, 40)}`;
  const name = reportFileName(facts);
  const days = `${new Date(facts.begin * 1000).toISOString().slice(0, 10)} (UTC)`;
  const lines = [
    `From: <${email}>`,
    `To: ${to.map((each) => `<${each}>`).join(',\n ')}`,
    // RFC 9990 3.5.2: folded where it likes.
    `Subject: Report Domain: ${published.domain}\n Submitter: ${submitter}\n Report-ID: <${id}>`,
    `Date: ${formatRfc5322Date(date)}`,
    `Message-ID: <${id.replace(/@.*/, '')}.dmarc@${submitter}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `This is a DMARC aggregate report of ${submitter} about mail from ${published.domain}, for ${days}.`,
    '',
    `--${boundary}`,
    `Content-Type: application/gzip; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\n filename="${name}"`,
    '',
    wrap(packed.toString('base64')),
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\n'), 'latin1');
}
