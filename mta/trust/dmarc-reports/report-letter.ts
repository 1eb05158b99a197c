// The letter that carries a DMARC aggregate report (RFC 9990 3.5.2, RFC 7489 7.2.1.1): subject and file name as the standard
// has them, the report as a gzip attachment, a line for people before it. Pure but for gzip.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { composeReportLetter } from '../report-letter.ts';
import { type ReportFacts, writeReport } from './report-xml.ts';

const compress = promisify(gzip);

/** `receiver!policy-domain!begin!end.xml.gz` */
export const reportFileName = ({ submitter, published, begin, end }: ReportFacts): string =>
  `${submitter}!${published.domain}!${begin}!${end}.xml.gz`;

/** The whole letter, LF line ends. */
export async function writeReportLetter(
  facts: ReportFacts,
  to: readonly string[],
  date: Date,
): Promise<Buffer> {
  const { submitter, email, id, published } = facts;
  const days = `${new Date(facts.begin * 1000).toISOString().slice(0, 10)} (UTC)`;
  return composeReportLetter({
    from: email,
    to,
    submitter,
    domain: published.domain,
    reportId: id,
    messageId: `${id.replace(/@.*/, '')}.dmarc@${submitter}`,
    date,
    fields: [],
    type: 'multipart/mixed',
    words: `This is a DMARC aggregate report of ${submitter} about mail from ${published.domain}, for ${days}.`,
    unique: id.replace(/[^A-Za-z0-9]/g, '').slice(0, 40),
    attachment: {
      type: 'application/gzip',
      name: reportFileName(facts),
      bytes: await compress(writeReport(facts)),
    },
  });
}
