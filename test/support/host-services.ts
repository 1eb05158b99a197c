// The DNS and the policy hosts of MTA-STS (RFC 8461 3.3) of a network of hosts, as one process on one of them: what it serves
// comes as the first message of the test that started it; it says `ready`, and ends with the test.
import { createServer } from 'node:https';
import type { TestCertificate } from './certificate.ts';
import { type DnsZone, startDns } from './dns.ts';

export interface HostServices {
  readonly zone: DnsZone;
  readonly dnsAddress: string;
  readonly policyAddress: string;
  /** Of all policy hosts. */
  readonly certificate: TestCertificate;
  /** Texts by host name. */
  readonly policies: Readonly<Record<string, string>>;
}

async function serve(services: HostServices): Promise<void> {
  await startDns(services.zone, { host: services.dnsAddress, port: 53 });
  const web = createServer(services.certificate, (request, response) => {
    const text = services.policies[request.headers.host ?? ''];
    const isThere = text !== undefined && request.url === '/.well-known/mta-sts.txt';
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'text/plain' }).end(text);
  });
  await new Promise<void>((resolve) => web.listen(443, services.policyAddress, resolve));
  process.send?.('ready');
}

process.once('message', (services) => void serve(services as HostServices));
process.once('disconnect', () => process.exit());
