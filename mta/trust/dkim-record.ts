// What is published for a signing key: SELECTOR._domainkey.DOMAIN, a TXT record (RFC 6376 3.6.1, RFC 8463 4.2). Writes
// it, reads it, and says whether a published one fits. Pure.
import type { KeyObject } from 'node:crypto';
import type { Algorithm } from './dkim-sign.ts';

export const recordName = (domain: string, selector: string): string => `${selector}._domainkey.${domain}`;

/** Name of the algorithm in k=. */
const keyTypes: Readonly<Record<Algorithm, string>> = { 'rsa-sha256': 'rsa', 'ed25519-sha256': 'ed25519' };

/** The text of the record for a public or private key. */
export function recordText(publicKey: KeyObject, algorithm: Algorithm): string {
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  // RFC 8463 4: the 32 bytes of the key alone, which end its SubjectPublicKeyInfo.
  const bytes = algorithm === 'rsa-sha256' ? spki : spki.subarray(-32);
  return `v=DKIM1; k=${keyTypes[algorithm]}; p=${bytes.toString('base64')}`;
}

/** Tags of a record, or undefined when it is no DKIM key record. Values without any blanks (RFC 6376 3.2). */
export function parseRecord(text: string): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    if (equals < 0) {
      if (part.trim() !== '') return undefined;
      continue;
    }
    tags.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).replace(/\s+/g, ''));
  }
  // RFC 6376 3.6.1: v= may be left out; p= may not.
  const version = tags.get('v');
  return tags.has('p') && (version === undefined || version === 'DKIM1') ? tags : undefined;
}

/** How a published record compares with the one that is wanted. */
export type RecordFit =
  | 'fits'
  /** An empty p=: the key was taken back (RFC 6376 3.6.1). */
  | 'revoked'
  | 'other key'
  /** t=y: receivers treat the mail as unsigned. */
  | 'testing'
  /** h= or s= leave out SHA-256 or mail. */
  | 'restricted'
  | 'no record';

export function compareRecord(wanted: string, published: string): RecordFit {
  const own = parseRecord(wanted);
  const found = parseRecord(published);
  if (found === undefined) return 'no record';
  if (found.get('p') === '') return 'revoked';
  const isSame =
    found.get('p') === own?.get('p') && (found.get('k') ?? 'rsa').toLowerCase() === own?.get('k');
  if (!isSame) return 'other key';
  const allows = (tag: string, words: readonly string[]): boolean => {
    const value = found.get(tag);
    return value === undefined || value.split(':').some((each) => words.includes(each.toLowerCase()));
  };
  if (!allows('h', ['sha256']) || !allows('s', ['*', 'email'])) return 'restricted';
  return found.get('t')?.split(':').includes('y') === true ? 'testing' : 'fits';
}
