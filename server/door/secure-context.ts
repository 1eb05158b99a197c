// TLS at the doors of imapd and pop3d: one context for all connections, made anew only when the certificate changed, and
// the socket that speaks it, from the first byte or after STARTTLS. Versions and ciphers are those of smtpd.
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';

/** What TLS begins with; undefined: there is no certificate. */
export type ReadSecureContext = () => SecureContext | undefined;

/** @param read the certificate of the moment; the same object as long as it is the same one */
export function keepSecureContext(read: () => DoorTls | undefined): ReadSecureContext {
  let known: { readonly tls: DoorTls; readonly context: SecureContext } | undefined;
  return () => {
    const tls = read();
    if (tls === undefined) return undefined;
    if (known?.tls !== tls) {
      const context = createSecureContext({
        cert: tls.cert,
        key: tls.key,
        minVersion: 'TLSv1.2',
        ciphers: 'ECDHE+AESGCM:ECDHE+CHACHA20',
        honorCipherOrder: true,
        // Keys of the handshake stay in memory as long as the connection: those of ML-KEM are ten kilobytes each.
        ecdhCurve: 'X25519:P-256:P-384',
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      });
      known = { tls, context };
    }
    return known.context;
  };
}

/** The server's side of TLS on a connection. `protocol`: its name for ALPN. */
export function secureSocket(socket: Socket, read: ReadSecureContext, protocol: string): TLSSocket {
  const secureContext = read();
  const secure = new TLSSocket(socket, {
    isServer: true,
    ...(secureContext && { secureContext }),
    // security.md R4: who came for another protocol is turned away.
    ALPNProtocols: [protocol],
  });
  secure.on('error', () => secure.destroy());
  return secure;
}

/**
 * What came in clear text behind STARTTLS or STLS is gone, and the answer to it is on its way (security.md I2).
 * The caller has stopped listening to the socket.
 */
export async function endClearText(socket: Socket): Promise<void> {
  while (socket.read() !== null);
  if (socket.writableLength === 0 || socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}
