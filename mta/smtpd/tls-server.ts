// smtp-server as our doors use it: its options, and TLS that begins with the certificates of the moment, by the name that
// the client asks for. The library would keep those of its start. Where clients may relay by a certificate they are asked for
// one; nobody is turned away for having none.
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { TLS_SOCKET_OPTIONS } from 'smtp-server/lib/smtp-connection.js';
import {
  type DoorTls,
  doorTlsRules,
  keepSecureContexts,
  type ReadSecureContext,
} from '../certificates/door-tls.ts';
import type { Door } from './door.ts';

/** Names of the protocol in ALPN: no TLS for who offers others only (security.md R4, ALPACA). Exim says esmtp too. */
const protocols = ['smtp', 'esmtp'];

/** The library's part of a door. `secure`: TLS from the first byte. */
const libraryOptions = (door: Door, secure: boolean, read: ReadSecureContext): SMTPServerOptions => ({
  // The library's names for "TLS from the first byte, on a socket that is still plain".
  secure,
  needsUpgrade: secure,
  ...doorTlsRules(),
  ALPNProtocols: protocols,
  rejectUnauthorized: false,
  SNICallback: (name, take) => take(null, read(name)),
  name: door.settings.me,
  disableReverseLookup: true,
  logger: false,
  // A client that closes its side after QUIT or its last command still gets its answers.
  allowHalfOpen: true,
});

/** The certificate that a client showed, if an authority of control/clientca.pem vouches for it. */
export const provedCertificate = (socket: Socket): X509Certificate | undefined =>
  socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;

/** smtp-server that begins TLS with the certificates of the moment. */
export class TlsServer extends SMTPServer {
  readonly #read: ReadSecureContext;
  readonly #asksClients: () => boolean;

  /** @param mayCertify clients may relay by a certificate here (control/tlsclients) */
  constructor(door: Door, secure: boolean, tls: () => DoorTls | undefined, mayCertify: boolean) {
    // The library hands these of its options on to TLS, and ALPN is not among them.
    if (!TLS_SOCKET_OPTIONS.includes('ALPNProtocols')) TLS_SOCKET_OPTIONS.push('ALPNProtocols');
    const read = keepSecureContexts(tls, mayCertify);
    super(libraryOptions(door, secure, read));
    this.#read = read;
    this.#asksClients = () => mayCertify && door.settings.tlsclients.size > 0 && tls()?.clients !== undefined;
    this.renewContext();
  }

  /** Has TLS something to show? For a client that has just come; the library shows what it finds when TLS begins. */
  renewContext(): boolean {
    const context = this.#read();
    if (context !== undefined) this.secureContext.set('*', context);
    this.options.requestCert = this.#asksClients();
    return context !== undefined;
  }
}
