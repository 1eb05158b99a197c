// Clients that relay by a certificate (control/clientca.pem, clientcrl.pem and tlsclients of the patched qmails): the
// authorities that vouch for them, and the mail addresses that a certificate is for. OpenSSL checks chain, dates, purpose and
// revocation in the handshake; a list of revocations that cannot be used means that nobody relays so.
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { ControlError } from '../control/reading.ts';
import { lowerAscii } from '../formats/address.ts';

/** In PEM. */
export interface ClientAuthorities {
  readonly ca: Buffer;
  /** Of each authority of the chain there must be one, where there are any (X509_V_FLAG_CRL_CHECK_ALL). */
  readonly crl?: Buffer | undefined;
}

/** The files as they were read; a string: why one cannot be. */
export interface ClientAuthorityFiles {
  readonly ca: Buffer | string;
  readonly crl: Buffer | string | undefined;
}

export const clientAuthoritiesFile = 'clientca.pem';
export const clientRevocationsFile = 'clientcrl.pem';

export const isOfClients = (file: string): boolean =>
  file === clientAuthoritiesFile || file === clientRevocationsFile;

const blocks = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Tries them. @throws ControlError with the file that cannot be used */
export function readClientAuthorities({ ca, crl }: ClientAuthorityFiles): ClientAuthorities {
  const authorities = 'certificates of authorities in PEM';
  if (typeof ca === 'string') throw new ControlError(clientAuthoritiesFile, ca, authorities);
  try {
    const found = ca.toString('latin1').match(blocks) ?? [];
    if (found.length === 0) throw new Error('no certificate');
    // OpenSSL passes in silence over what it cannot read.
    for (const block of found) new X509Certificate(block);
  } catch (error) {
    throw new ControlError(clientAuthoritiesFile, (error as Error).message, authorities);
  }
  if (crl === undefined) return { ca };
  const revocations = 'revocation lists in PEM';
  if (typeof crl === 'string') throw new ControlError(clientRevocationsFile, crl, revocations);
  try {
    createSecureContext({ ca, crl });
  } catch (error) {
    throw new ControlError(clientRevocationsFile, (error as Error).message, revocations);
  }
  return { ca, crl };
}

/** Do both believe the same? */
export const areSameAuthorities = (
  one: ClientAuthorities | undefined,
  other: ClientAuthorities | undefined,
): boolean =>
  one?.ca.toString('latin1') === other?.ca.toString('latin1') &&
  one?.crl?.toString('latin1') === other?.crl?.toString('latin1');

/** The addresses, in lower case, that a certificate is for: emailAddress of its subject (RFC 2985) and rfc822Name (RFC 5280). */
export function addressesOf(certificate: X509Certificate): readonly string[] {
  const { subject } = certificate.toLegacyObject() as unknown as {
    readonly subject?: { readonly emailAddress?: string | readonly string[] };
  };
  // Node quotes names that hold commas and the like; what stands inside quotes is nobody's address.
  const others = certificate.subjectAltName ?? '';
  const named = others.includes('"')
    ? []
    : others.split(', ').flatMap((each) => (each.startsWith('email:') ? [each.slice(6)] : []));
  return [subject?.emailAddress ?? [], named].flat().map(lowerAscii);
}
