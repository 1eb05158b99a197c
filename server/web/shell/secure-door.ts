// The webmail's door with TLS: each connection gets the certificate for the name that it asks for, as it is then, and goes on
// to the HTTP server. While a certificate authority is expected (RFC 8737), what a client begins with is looked at first.
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { type ProofDesk, proofProtocol } from '../../../mta/acme/proofs.ts';
import { readClientHello } from '../../../mta/certificates/client-hello.ts';
import type { ReadSecureContext } from '../../../mta/certificates/door-tls.ts';

/** Milliseconds for the handshake (security.md W11: a request's head within ten seconds). */
const handshakeTime = 10_000;
/** A record of TLS has at most so much. */
const mostHello = 5 + (1 << 14);

/** Made, and not listening yet. */
export function createSecureDoor(
  http: HttpServer,
  contexts: ReadSecureContext,
  proofs: ProofDesk | undefined,
): Server {
  const begin = (socket: Socket, proof?: SecureContext): void => {
    const secureContext = proof ?? contexts();
    if (secureContext === undefined || socket.destroyed) return void socket.destroy();
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      // security.md R4: who came for another protocol is turned away.
      ALPNProtocols: [proof ? proofProtocol : 'http/1.1'],
      ...(proof ? {} : { SNICallback: (name, take) => take(null, contexts(name)) }),
    });
    const late = setTimeout(() => secure.destroy(), handshakeTime);
    secure.on('error', () => secure.destroy());
    secure.once('close', () => clearTimeout(late));
    secure.once('secure', () => {
      clearTimeout(late);
      // RFC 8737 3: the handshake was all that they wanted to see.
      if (proof) secure.end();
      else http.emit('connection', secure);
    });
  };
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (!proofs?.hasTls) return begin(socket);
    lookFirst(socket, (hello) => {
      const isProof = hello?.protocols.includes(proofProtocol) === true;
      begin(socket, isProof ? proofs.contextOf(hello.name) : undefined);
    });
  });
}

/** Waits for the ClientHello and puts it back. */
function lookFirst(socket: Socket, act: (hello: ReturnType<typeof asHello>) => void): void {
  let seen = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), handshakeTime);
  socket.once('close', () => clearTimeout(late));
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    const hello = readClientHello(seen);
    if (hello === 'more' && seen.length < mostHello) return;
    clearTimeout(late);
    socket.off('data', onData).pause();
    socket.unshift(seen);
    act(asHello(hello));
  };
  socket.on('data', onData);
}

const asHello = (hello: ReturnType<typeof readClientHello>) => (hello === 'more' ? undefined : hello);
