// TLS on a connection to imapd and pop3d: the socket that speaks it, from the first byte or after STARTTLS. Versions, ciphers
// and certificates are those of all doors (door-tls.ts).
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ReadSecureContext } from '../../mta/certificates/door-tls.ts';

/** The server's side of TLS on a connection. `protocol`: its name for ALPN. */
export function secureSocket(socket: Socket, read: ReadSecureContext, protocol: string): TLSSocket {
  const secureContext = read();
  const secure = new TLSSocket(socket, {
    isServer: true,
    ...(secureContext && { secureContext }),
    SNICallback: (name, take) => take(null, read(name)),
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
