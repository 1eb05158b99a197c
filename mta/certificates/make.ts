// Certificates and requests that we make ourselves, over keys on the curve P-256: a request for a certificate authority
// (RFC 2986), the certificate that signs itself until there is a better one, and the one that proves a name in a handshake
// (RFC 8737). Node signs, and has nothing that writes these forms.
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  integer,
  objectId,
  octetString,
  sequence,
  setOf,
  tagged,
  taggedBytes,
  time,
  toPem,
  truth,
  utf8String,
} from './der.ts';

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const day = 86_400_000;
/** RFC 5280 A.1: ub-common-name. */
const longestCommonName = 64;

export const makeKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

export const keyToPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

const nameOf = (text: string): Buffer =>
  text === '' || text.length > longestCommonName
    ? sequence()
    : sequence(setOf(sequence(objectId('2.5.4.3'), utf8String(text))));

function addressBytes(ip: string): Buffer {
  if (isIP(ip) === 4) return Buffer.from(ip.split('.').map(Number));
  // URL writes the shortest form, so that there is one `::` at most.
  const [head = '', tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = Array<string>(8 - front.length - back.length).fill('0');
  return Buffer.from([...front, ...middle, ...back].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

const alternativeNames = (names: readonly string[]): Buffer =>
  sequence(
    objectId('2.5.29.17'),
    octetString(
      sequence(
        ...names.map((name) =>
          isIP(name) > 0 ? taggedBytes(7, addressBytes(name)) : taggedBytes(2, Buffer.from(name, 'latin1')),
        ),
      ),
    ),
  );

const publicPart = (key: KeyObject): Buffer =>
  (key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' }) as Buffer;

const signed = (content: Buffer, key: KeyObject): Buffer =>
  sequence(content, ecdsaWithSha256, bitString(sign('sha256', content, key)));

/**
 * A request for a certificate, in DER.
 * @param names host names in their ASCII form, at least one; the first is its subject too
 * @param key the private key of the certificate
 */
export function makeRequest(names: readonly string[], key: KeyObject): Buffer {
  const extensions = sequence(objectId('1.2.840.113549.1.9.14'), setOf(sequence(alternativeNames(names))));
  const content = sequence(
    integer(Buffer.from([0])),
    nameOf(names[0] ?? ''),
    publicPart(key),
    tagged(0, extensions),
  );
  return signed(content, key);
}

export interface SelfSignedOptions {
  /** Names and addresses that it is for; the first is its subject too. */
  readonly names: readonly string[];
  /** The private key, or with an issuer the public one. */
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Whole extensions. */
  readonly more?: readonly Buffer[] | undefined;
  /** Who signs it, and its name; itself when missing. */
  readonly issuer?: { readonly name: string; readonly key: KeyObject } | undefined;
}

/** A certificate, in PEM. */
export function makeCertificate({ names, key, from, to, more = [], issuer }: SelfSignedOptions): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40;
  const [subject = ''] = names;
  const content = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    nameOf(issuer?.name ?? subject),
    sequence(time(from), time(to)),
    nameOf(subject),
    publicPart(key),
    tagged(3, sequence(alternativeNames(names), ...more)),
  );
  return toPem('CERTIFICATE', signed(content, issuer?.key ?? key));
}

/** Certificate and key of a site that has no other yet, as control/servercert.pem has them. @param now milliseconds since 1970 */
export function makeSiteCertificate(names: readonly string[], now: number): string {
  const key = makeKey();
  // Browsers refuse certificates of more than 825 days, Apple's of others than authorities too.
  const cert = makeCertificate({ names, key, from: now - day, to: now + 800 * day });
  return cert + keyToPem(key);
}

/** RFC 8737 3: id-pe-acmeIdentifier, critical. @param digest SHA-256 of the key authorization */
export const proofExtension = (digest: Buffer): Buffer =>
  sequence(objectId('1.3.6.1.5.5.7.1.31'), truth, octetString(octetString(digest)));

/** RFC 5280 4.2.1.9: it may sign others. */
export const authorityExtension: Buffer = sequence(
  objectId('2.5.29.19'),
  truth,
  octetString(sequence(truth)),
);
