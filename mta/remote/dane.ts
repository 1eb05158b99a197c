// DANE for SMTP (RFC 6698, 7671, 7672): what the TLSA records of a mail host say, and whether the certificates that it
// shows are those. Pure. DANE-EE (3) is the host's own key or certificate, whatever its name and dates are; DANE-TA (2) is
// an authority: which of the shown certificates it is gets found here, that the chain leads to it is checked by TLS itself.
// PKIX-TA (0) and PKIX-EE (1) are not for SMTP (RFC 7672 3.1.3).
import { createHash, X509Certificate } from 'node:crypto';
import type { TlsaRecord } from '../dns/messages.ts';

/** TLSA records looked at, and certificates of a chain. */
const MOST_RECORDS = 50;
const MOST_CERTIFICATES = 20;

const DANE_TA = 2;
const DANE_EE = 3;

/** Sizes of the digests by matching type (RFC 6698 2.1.3); 0 is the thing itself. */
const digestBytes: Readonly<Record<number, number>> = { 1: 32, 2: 64 };

function isUsable({ usage, selector, matching, bytes }: TlsaRecord): boolean {
  if (usage !== DANE_TA && usage !== DANE_EE) return false;
  if (selector !== 0 && selector !== 1) return false;
  if (matching === 0) return bytes.length > 0;
  return digestBytes[matching] === bytes.length;
}

/**
 * The records that can be checked. Of digests over the same thing only the strongest kind counts (RFC 7671 9), so that a
 * weak one cannot be used instead of it.
 */
export function usableRecords(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  const usable = records.filter(isUsable).slice(0, MOST_RECORDS);
  const hasStrong = ({ usage, selector }: TlsaRecord) =>
    usable.some((each) => each.usage === usage && each.selector === selector && each.matching === 2);
  return usable.filter((record) => record.matching !== 1 || !hasStrong(record));
}

/** Tells sets of records from each other, for sessions that are kept. */
export function digestRecords(records: readonly TlsaRecord[]): string {
  const lines = records.map(
    ({ usage, selector, matching, bytes }) => `${usage} ${selector} ${matching} ${bytes.toString('base64')}`,
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('base64');
}

function matches({ selector, matching, bytes }: TlsaRecord, certificate: X509Certificate): boolean {
  const subject =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  if (matching === 0) return subject.equals(bytes);
  return createHash(matching === 1 ? 'sha256' : 'sha512')
    .update(subject)
    .digest()
    .equals(bytes);
}

/** What the certificates that a host shows are to its records. */
export type DaneMatch =
  /** The host's own: proved. */
  | { readonly kind: 'host' }
  /** It shows these authorities (PEM), or the DNS holds them whole: proved if the chain leads to one of them. */
  | { readonly kind: 'authorities'; readonly pems: readonly string[] }
  | { readonly kind: 'none' };

/**
 * Compares. @param chain as the host sent it (DER), its own certificate first
 * @param records usable ones
 */
export function matchCertificates(records: readonly TlsaRecord[], chain: readonly Buffer[]): DaneMatch {
  const [own, ...others] = chain.slice(0, MOST_CERTIFICATES).map(readCertificate);
  if (own === undefined) return { kind: 'none' };
  const ofHost = records.filter(({ usage }) => usage === DANE_EE);
  if (ofHost.some((record) => matches(record, own))) return { kind: 'host' };
  const ofAuthorities = records.filter(({ usage }) => usage === DANE_TA);
  const shown = others.filter(
    (each) => each !== undefined && ofAuthorities.some((record) => matches(record, each)),
  );
  const inDns = ofAuthorities
    .filter(({ selector, matching }) => selector === 0 && matching === 0)
    .map(({ bytes }) => readCertificate(bytes));
  const pems = [...shown, ...inDns].filter((each) => each !== undefined).map((each) => each.toString());
  return pems.length > 0 ? { kind: 'authorities', pems: [...new Set(pems)] } : { kind: 'none' };
}

function readCertificate(der: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    // A key of a kind that is not known can match nothing.
    certificate.publicKey;
    return certificate;
  } catch {
    return undefined;
  }
}

/** Is the certificate of one of these names, by its alternative names alone (RFC 7672 3.2.3, RFC 8461 4.1)? */
export function isOfName(der: Buffer, names: readonly string[]): boolean {
  const certificate = readCertificate(der);
  return names.some(
    (name) =>
      certificate?.checkHost(name, { subject: 'never', partialWildcards: false, wildcards: true }) !==
      undefined,
  );
}
