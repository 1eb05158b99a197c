// The two web doors of a site at which a certificate authority asks for its proofs, as tests of fetched certificates need them.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Proofs, proofPath } from '../../mta/acme/proofs.ts';
import { keepSecureContexts } from '../../mta/certificates/door-tls.ts';
import { createSecureDoor } from '../../server/web/shell/secure-door.ts';
import { createCertificate } from './certificate.ts';

export interface AcmeDoors {
  readonly proofs: Proofs;
  readonly httpPort: number;
  readonly tlsPort: number;
  close(): void;
}

export async function openAcmeDoors(): Promise<AcmeDoors> {
  const proofs = new Proofs();
  const http = createServer((req, res) => {
    const text = proofs.textOf((req.url ?? '').slice(proofPath.length));
    res.writeHead(text === undefined ? 404 : 200).end(text);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const pair = createCertificate('mail.our.test');
  const shown = { cert: Buffer.from(pair.cert), key: Buffer.from(pair.key) };
  const secure = createSecureDoor(
    http,
    keepSecureContexts(() => shown),
    proofs,
  ).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  return {
    proofs,
    httpPort: (http.address() as AddressInfo).port,
    tlsPort: (secure.address() as AddressInfo).port,
    close() {
      secure.close();
      http.closeAllConnections();
      http.close();
    },
  };
}
