// When the authority would have a certificate renewed (ACME Renewal Information, RFC 9773): the id by which it knows it, and
// the window that it suggests. An authority that has to revoke moves the window, and who looks gets a new one in time. Pure.
import { X509Certificate } from 'node:crypto';
import { AcmeProblem } from './problem.ts';

/** Milliseconds since 1970. */
export interface RenewalWindow {
  readonly start: number;
  readonly end: number;
  /** Why, for people. */
  readonly explanation: string | undefined;
}

/** id-ce-authorityKeyIdentifier, then its value: SEQUENCE { [0] keyIdentifier ... } in an OCTET STRING (RFC 5280 4.2.1.1). */
const authorityKey = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x23, 0x04]);

function findAuthorityKey({ raw }: X509Certificate): Buffer | undefined {
  for (let at = raw.indexOf(authorityKey); at >= 0; at = raw.indexOf(authorityKey, at + 1)) {
    const value = raw.subarray(at + authorityKey.length);
    const [octets = 0, sequence, size = 0, tag, length = 0] = value;
    // Short lengths only: the identifier has 20 bytes in all but name.
    if (octets < 0x80 && sequence === 0x30 && size === octets - 2 && tag === 0x80 && length <= size - 2)
      return value.subarray(5, 5 + length);
  }
  return undefined;
}

/** RFC 9773 4.1; undefined: the certificate does not say by which key it was signed. @param pem the server's own first */
export function certificateId(pem: string): string | undefined {
  const certificate = new X509Certificate(pem);
  const key = findAuthorityKey(certificate);
  if (key === undefined || key.length === 0) return undefined;
  const digits = certificate.serialNumber.length % 2 === 0 ? '' : '0';
  const serial = Buffer.from(digits + certificate.serialNumber, 'hex');
  // The bytes of its DER: a number that is not negative has its highest bit free.
  const bytes = (serial[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial;
  return `${key.toString('base64url')}.${bytes.toString('base64url')}`;
}

/** RFC 9773 4.2. @throws AcmeProblem */
export function readWindow(document: Readonly<Record<string, unknown>>): RenewalWindow {
  const said = (document.suggestedWindow ?? {}) as Record<string, unknown>;
  const [start, end] = [said.start, said.end].map((each) =>
    typeof each === 'string' ? Date.parse(each) : Number.NaN,
  ) as [number, number];
  if (!(start < end)) throw new AcmeProblem('garbage', 'the authority names no window for the renewal');
  const { explanationURL: why } = document;
  const isUrl = typeof why === 'string' && /^https?:\/\/[!-~]{1,300}$/.test(why);
  return { start, end, explanation: isUrl ? why : undefined };
}

/** A moment within it, by chance. @param random 0 to 1 */
export const chooseMoment = ({ start, end }: RenewalWindow, random: number): number =>
  Math.round(start + (end - start) * random);
