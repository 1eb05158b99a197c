// A TLS report as JSON and as a letter (RFC 8460 4.4, 5.3), and the DNS record that says where it goes (3). Pure but for gzip.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { readDestination } from '../dmarc-reports/destinations.ts';
import { composeReportLetter } from '../report-letter.ts';
import type { TlsRow } from './tallies.ts';

const compress = promisify(gzip);

/** What is said of a day and a domain. */
export interface TlsReportFacts {
  /** Our mail host. */
  readonly submitter: string;
  readonly email: string;
  readonly id: string;
  readonly domain: string;
  /** Seconds since 1970; the last one belongs to it. */
  readonly begin: number;
  readonly end: number;
  readonly rows: readonly (TlsRow & { readonly count: number })[];
}

/** Where a domain wants its reports. */
export interface TlsReportPlaces {
  readonly addresses: readonly string[];
  /** https only. */
  readonly urls: readonly string[];
}

const mostPlaces = 5;

/** RFC 8460 3: undefined for none, for several records, and for one without a place. */
export function readTlsReportRecord(texts: readonly string[]): TlsReportPlaces | undefined {
  const records = texts.filter((text) => /^v=TLSRPTv1[ \t]*;/.test(text));
  const [record] = records;
  if (record === undefined || records.length > 1) return undefined;
  const [, rua = ''] = /;[ \t]*rua[ \t]*=[ \t]*([^;]*)/.exec(record) ?? [];
  const places = rua.split(',').map((each) => each.trim());
  const urls = places.filter((each) => /^https:\/\/[!-~]{1,500}$/i.test(each) && URL.canParse(each));
  const addresses = places.map(readDestination).filter((each) => each !== undefined);
  if (urls.length + addresses.length === 0) return undefined;
  return {
    addresses: [...new Set(addresses.map(({ address }) => address))].slice(0, mostPlaces),
    urls: [...new Set(urls)].slice(0, mostPlaces),
  };
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '');

/** The report (RFC 8460 4.4). */
export function writeTlsReport(facts: TlsReportFacts): string {
  const byPolicy = new Map<string, (TlsRow & { readonly count: number })[]>();
  for (const row of facts.rows) {
    const key = JSON.stringify(row.policy);
    byPolicy.set(key, [...(byPolicy.get(key) ?? []), row]);
  }
  const sum = (rows: readonly { readonly count: number }[]) =>
    rows.reduce((all, { count }) => all + count, 0);
  return JSON.stringify({
    'organization-name': facts.submitter,
    'date-range': { 'start-datetime': timeOf(facts.begin), 'end-datetime': timeOf(facts.end) },
    'contact-info': `mailto:${facts.email}`,
    'report-id': facts.id,
    policies: [...byPolicy.values()].map((rows) => {
      const { type, strings, mxHosts } = rows[0]!.policy;
      const failed = rows.filter(({ failure }) => failure !== undefined);
      return {
        policy: {
          'policy-type': type,
          ...(strings.length > 0 ? { 'policy-string': strings } : {}),
          'policy-domain': facts.domain,
          ...(mxHosts.length > 0 ? { 'mx-host': mxHosts } : {}),
        },
        summary: {
          'total-successful-session-count': sum(rows) - sum(failed),
          'total-failure-session-count': sum(failed),
        },
        ...(failed.length > 0
          ? {
              'failure-details': failed.map(({ failure, host, ip, count }) => ({
                'result-type': failure,
                ...(host === '' ? {} : { 'receiving-mx-hostname': host }),
                ...(ip === '' ? {} : { 'receiving-ip': ip }),
                'failed-session-count': count,
              })),
            }
          : {}),
      };
    }),
  });
}

export const packTlsReport = (facts: TlsReportFacts): Promise<Buffer> => compress(writeTlsReport(facts));

/** The letter that carries a report (RFC 8460 5.3), LF line ends. */
export function writeTlsReportLetter(
  facts: TlsReportFacts,
  packed: Buffer,
  to: readonly string[],
  date: Date,
): Buffer {
  const { submitter, email, id, domain, begin, end } = facts;
  const unique = id.replace(/@.*/, '');
  return composeReportLetter({
    from: email,
    to,
    submitter,
    domain,
    reportId: id,
    messageId: `${unique}.tls@${submitter}`,
    date,
    fields: [
      `TLS-Report-Domain: ${domain}`,
      `TLS-Report-Submitter: ${submitter}`,
      // RFC 8460 5.3, RFC 8689 6: what it tells of must not keep it back.
      'TLS-Required: No',
    ],
    type: 'multipart/report; report-type="tlsrpt"',
    words: `This is a TLS report of ${submitter} about mail to ${domain}, for ${timeOf(begin).slice(0, 10)} (UTC).`,
    unique: unique.slice(0, 40),
    attachment: {
      type: 'application/tlsrpt+gzip',
      name: `${submitter}!${domain}!${begin}!${end}!${unique.slice(0, 8)}.json.gz`,
      bytes: packed,
    },
  });
}
