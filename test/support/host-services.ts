// The DNS and the policy hosts of MTA-STS (RFC 8461 3.3) of a network of hosts, as one process on one of them. Run as a
// program it takes what it serves as its first message, says `ready`, and ends with the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { fileURLToPath } from 'node:url';
import type { TestCertificate } from './certificate.ts';
import { type DnsZone, startDns } from './dns.ts';
import type { Host } from './hosts.ts';

export interface HostServices {
  readonly zone: DnsZone;
  readonly dnsAddress: string;
  /** Default: none. */
  readonly policyHosts?: {
    readonly address: string;
    /** Of all of them. */
    readonly certificate: TestCertificate;
    /** Texts by host name. */
    readonly policies: Readonly<Record<string, string>>;
  };
}

async function serve({ zone, dnsAddress, policyHosts }: HostServices): Promise<void> {
  await startDns(zone, { host: dnsAddress, port: 53 });
  if (policyHosts) {
    const web = createServer(policyHosts.certificate, (request, response) => {
      const text = policyHosts.policies[request.headers.host ?? ''];
      const isThere = text !== undefined && request.url === '/.well-known/mta-sts.txt';
      response.writeHead(isThere ? 200 : 404, { 'content-type': 'text/plain' }).end(text);
    });
    await new Promise<void>((resolve) => web.listen(443, policyHosts.address, resolve));
  }
  process.send?.('ready');
}

/** Starts them on a host. @returns what ends them */
export async function startHostServices(
  { wrapper }: Host,
  services: HostServices,
): Promise<() => Promise<void>> {
  const [program = '', ...args] = [...wrapper, process.execPath, fileURLToPath(import.meta.url)];
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(services);
  await once(child, 'message');
  return async () => {
    child.disconnect();
    await once(child, 'exit');
  };
}

if (import.meta.main) {
  process.once('message', (services) => void serve(services as HostServices));
  process.once('disconnect', () => process.exit());
}
