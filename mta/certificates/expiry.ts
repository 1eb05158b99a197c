// When a certificate of the doors comes to its end: one line 21, 7 and 1 days before, and one when it has ended, for each
// certificate once. Whoever renews by hand reads it in time; the first page of the administration says it too. Pure.
import { X509Certificate } from 'node:crypto';
import type { CertificateFiles } from './files.ts';

/** Days before the end. */
const steps = [21, 7, 1, 0] as const;
const day = 86_400_000;

/** What was told of which certificate. */
export type ToldEnds = Map<string, number>;

/**
 * The lines to log now.
 * @param now milliseconds since 1970
 * @param told is brought up to date
 */
export function tellEnds({ certificates }: CertificateFiles, now: number, told: ToldEnds): readonly string[] {
  const lines: string[] = [];
  const known = new Set<string>();
  for (const { file, pem } of certificates) {
    const certificate = Buffer.isBuffer(pem) ? read(pem) : undefined;
    if (certificate === undefined) continue;
    const key = `${file} ${certificate.fingerprint256}`;
    known.add(key);
    const end = Date.parse(certificate.validTo);
    const left = (end - now) / day;
    const step = steps.findLast((each) => left <= each);
    if (step === undefined || (told.get(key) ?? Number.POSITIVE_INFINITY) <= step) continue;
    told.set(key, step);
    const date = new Date(end).toISOString().slice(0, 10);
    const days = Math.floor(left);
    lines.push(
      left <= 0
        ? `alert: the certificate control/${file} has ended on ${date}; mail programs and other hosts refuse it`
        : `warning: the certificate control/${file} ends on ${date}, in ${days === 1 ? '1 day' : `${days} days`}`,
    );
  }
  for (const key of told.keys()) if (!known.has(key)) told.delete(key);
  return lines;
}

function read(pem: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
