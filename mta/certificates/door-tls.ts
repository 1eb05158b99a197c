// TLS at our doors (security.md, TLS): 1.2 and 1.3, ECDHE with AEAD, our preference, no renegotiation; one context for the
// site and one for each name that has a certificate of its own (SNI, RFC 6066 3). A context is made once for a certificate
// and kept until the certificates change; connections that are open keep what they began with. Knows no files.
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isDomainName } from '../formats/address.ts';
import type { ClientAuthorities } from './client-authorities.ts';

/** Certificate chain and its key in PEM. */
export interface CertificatePair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What the doors show: the same object until something of it changes. */
export interface DoorTls extends CertificatePair {
  /** Of other names: host names in lower case, or `*.example.com` for one label in front. */
  readonly hosts?: ReadonlyMap<string, CertificatePair> | undefined;
  /** OpenSSL's list for TLS 1.2 (control/tlsserverciphers); undefined: ours. */
  readonly ciphers?: string | undefined;
  /** Who vouches for clients that show a certificate; for the doors that ask for one. */
  readonly clients?: ClientAuthorities | undefined;
}

/** What TLS begins with, for the name that the client asked for; undefined: there is no certificate at all. */
export type ReadSecureContext = (name?: string) => SecureContext | undefined;

const ownCiphers = 'ECDHE+AESGCM:ECDHE+CHACHA20';
/** Whatever a site's list says. */
const neverCiphers = '!aNULL:!eNULL:!EXPORT:!DES:!3DES:!RC4:!MD5:!PSK';

/** The rules of every door, without a certificate. */
export const doorTlsRules = (ciphers?: string) => ({
  minVersion: 'TLSv1.2' as const,
  ciphers: ciphers === undefined ? ownCiphers : `${ciphers}:${neverCiphers}`,
  honorCipherOrder: true,
  // Keys of the handshake stay in memory as long as the connection: those of ML-KEM are ten kilobytes each.
  ecdhCurve: 'X25519:P-256:P-384',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
});

/** Sessions that go on later are those of clients whose certificate we may have seen: OpenSSL wants them marked. */
const sessionIdContext = 'facteur';

/** @throws when certificate, key or ciphers are wrong */
export const makeSecureContext = (
  { cert, key }: CertificatePair,
  ciphers?: string,
  clients?: ClientAuthorities,
): SecureContext =>
  createSecureContext({
    cert,
    key,
    ...doorTlsRules(ciphers),
    ...(clients && { ca: clients.ca, sessionIdContext }),
    ...(clients?.crl && { crl: clients.crl }),
  });

/** The pair for a name that a client asked for; undefined: the site's own. */
export function findCertificate<T>(hosts: ReadonlyMap<string, T> | undefined, name: string): T | undefined {
  if (hosts === undefined || hosts.size === 0 || name.length > 254) return undefined;
  const wanted = name.toLowerCase().replace(/\.$/, '');
  // `../`, NUL and the like are nobody's name.
  if (!isDomainName(wanted)) return undefined;
  // RFC 6125 6.4.3: the star stands for the whole first label.
  return hosts.get(wanted) ?? hosts.get(`*${wanted.slice(wanted.indexOf('.'))}`);
}

/**
 * @param read the certificates of the moment; the same object as long as they are the same
 * @param asksClients certificates of clients count at this door
 */
export function keepSecureContexts(read: () => DoorTls | undefined, asksClients = false): ReadSecureContext {
  let known: DoorTls | undefined;
  let made = new Map<CertificatePair, SecureContext>();
  return (name) => {
    const tls = read();
    if (tls === undefined) return undefined;
    if (known !== tls) {
      known = tls;
      made = new Map();
    }
    const pair = (name && findCertificate(tls.hosts, name)) || tls;
    let context = made.get(pair);
    if (context === undefined) {
      context = makeSecureContext(pair, tls.ciphers, asksClients ? tls.clients : undefined);
      made.set(pair, context);
    }
    return context;
  };
}
