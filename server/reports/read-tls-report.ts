// Reads a TLS report of a stranger (RFC 8460 4.4): finds it in the letter, unpacks at most 10 MiB, and takes what the page
// shows: who reports about which domain and days, how many sessions went well, and what failed. Bounded: 100 policies, 1,000
// failures. What makes no sense is passed over; a report without a domain or its days is none.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asciiDomain } from '../../mta/formats/idn.ts';
import { partBytes, scanStructure, walkParts } from '../message/structure.ts';
import { decodeTransfer } from '../message/transfer.ts';

const unpack = promisify(gunzip);

/** RFC 8460 4.3, and all that is none of these. */
export const tlsFailureTypes = [
  'starttls-not-supported',
  'certificate-host-mismatch',
  'certificate-expired',
  'certificate-not-trusted',
  'tlsa-invalid',
  'dnssec-invalid',
  'dane-required',
  'sts-policy-fetch-error',
  'sts-policy-invalid',
  'sts-webpki-invalid',
  'validation-failure',
] as const;
export type TlsFailureType = (typeof tlsFailureTypes)[number];

/** Sessions that failed alike. */
export interface ReportedFailure {
  readonly type: TlsFailureType;
  /** Name of the mail host, '' where none is said. */
  readonly host: string;
  readonly count: number;
}

export interface ReceivedTlsReport {
  readonly organization: string;
  readonly id: string;
  /** In A-labels. */
  readonly domain: string;
  /** Seconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly successes: number;
  readonly failed: number;
  readonly failures: readonly ReportedFailure[];
}

const mostBytes = 10 * 2 ** 20;
const mostParts = 10;
const mostPolicies = 100;
const mostFailures = 1000;
const mostDays = 32;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const listOf = (value: unknown, most: number): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, most) : [];
const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .slice(0, 1000)
        .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
        .trim()
        .slice(0, 200)
    : '';
const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? Math.min(value, 1e9) : 0;
/** RFC 3339; NaN for what is none. */
const timeOf = (value: unknown): number =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(textOf(value))
    ? Math.floor(Date.parse(textOf(value)) / 1000)
    : Number.NaN;

function readFailure(value: unknown): ReportedFailure {
  const fields = fieldsOf(value);
  const type = tlsFailureTypes.find((each) => each === fields['result-type']) ?? 'validation-failure';
  const host = asciiDomain(textOf(fields['receiving-mx-hostname'])) ?? '';
  return { type, host, count: countOf(fields['failed-session-count']) };
}

/** What a report says; undefined: it is none. */
export function parseTlsReport(text: string): ReceivedTlsReport | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const report = fieldsOf(parsed);
  const dates = fieldsOf(report['date-range']);
  const [begin, end] = [timeOf(dates['start-datetime']), timeOf(dates['end-datetime'])];
  const policies = listOf(report.policies, mostPolicies).map(fieldsOf);
  const domain = asciiDomain(textOf(fieldsOf(policies[0]?.policy)['policy-domain']));
  if (domain === undefined || !(begin > 0) || !(end >= begin) || end - begin > mostDays * 86_400)
    return undefined;
  const failures = new Map<string, ReportedFailure>();
  let successes = 0;
  let failed = 0;
  for (const policy of policies) {
    const summary = fieldsOf(policy.summary);
    successes += countOf(summary['total-successful-session-count']);
    failed += countOf(summary['total-failure-session-count']);
    for (const each of listOf(policy['failure-details'], mostFailures).map(readFailure)) {
      const key = `${each.type} ${each.host}`;
      const known = failures.get(key);
      if (each.count === 0 || (known === undefined && failures.size >= mostFailures)) continue;
      failures.set(key, { ...each, count: each.count + (known?.count ?? 0) });
    }
  }
  return {
    organization: textOf(report['organization-name']),
    id: textOf(report['report-id']),
    domain,
    begin,
    end,
    successes,
    failed,
    failures: [...failures.values()],
  };
}

const candidates = /^application\/(?:tlsrpt\+gzip|tlsrpt\+json|gzip|x-gzip|json|octet-stream)$/;

/** The text of an attachment; undefined for what cannot be one. */
async function unpackText(bytes: Buffer): Promise<string | undefined> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b)
    return bytes.length <= mostBytes ? bytes.toString('utf8') : undefined;
  try {
    return (await unpack(bytes, { maxOutputLength: mostBytes })).toString('utf8');
  } catch {
    // Damaged, or a bomb: no report either way, and the letter goes on.
    return undefined;
  }
}

/** The first TLS report of a letter. */
export async function findTlsReport(letter: Buffer): Promise<ReceivedTlsReport | undefined> {
  let looked = 0;
  for (const part of walkParts(scanStructure(letter).root)) {
    if (part.parts.length > 0 || !candidates.test(part.type) || looked >= mostParts) continue;
    looked += 1;
    const text = await unpackText(decodeTransfer(partBytes(letter, part), part.encoding));
    const report = text === undefined || !/^\ufeff?\s*\{/.test(text) ? undefined : parseTlsReport(text);
    if (report) return report;
  }
  return undefined;
}
