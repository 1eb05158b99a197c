// config: finds this host's names in the DNS and writes its control files (qmail INSTALL; spec/qmail.md 12.2). The host
// name must have an address; what the names of its own addresses lead back to is local too.
import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { readSettings } from '../control/settings.ts';
import { isDomainName, lowerAscii } from '../formats/address.ts';
import type { CommandContext } from './command.ts';
import { putHostFiles } from './config-fast.ts';
import { Fatal, reportFatal } from './fatal.ts';

export const usage = `usage: config

Finds this host's full name in the DNS and writes QMAIL/control/me, defaultdomain, plusdomain, locals and rcpthosts.
Names of this host's own addresses are local too. Where the DNS does not know it: config-fast FQDN.
Asks the servers of QMAIL/control/dnsservers, or the system's. Files that exist and say something else are never replaced.
`;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('config', context, async () => {
    if (args.length > 0) {
      context.stderr.write(usage);
      return 100;
    }
    const { dnsservers } = await readSettings(context.home.qmail, ['dnsservers']);
    const resolver = new Resolver({ timeout: 3000, tries: 2 });
    if (dnsservers.length > 0) resolver.setServers(dnsservers);
    const own = lowerAscii(hostname());
    context.stdout.write(`Your hostname is ${own}.\n`);
    const addresses = await findOwnNames(resolver);
    const fqdn = await findFullName(own, addresses, resolver);
    if (fqdn === undefined)
      throw new Fatal(
        111,
        `the DNS does not know ${own}; use config-fast with the full name, or write control/me`,
      );
    context.stdout.write(`Your host's fully qualified name in DNS is ${fqdn}.\n`);
    context.stdout.write('Checking local IP addresses:\n');
    for (const { ip, names } of addresses) {
      const found = names.map((name) => `adding ${name} to control/locals`).join(', ');
      context.stdout.write(`${ip}: ${found || 'no name leads here'}\n`);
    }
    const locals = new Set(addresses.flatMap(({ names }) => names));
    locals.delete(fqdn);
    await putHostFiles(fqdn, [...locals], context);
    return 0;
  });
}

interface OwnAddress {
  readonly ip: string;
  /** Names that lead back to it. */
  readonly names: readonly string[];
}

async function findOwnNames(resolver: Resolver): Promise<readonly OwnAddress[]> {
  const ips = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('fe80:'));
  return Promise.all(ips.map(async (ip) => ({ ip, names: await findNamesOf(ip, resolver) })));
}

async function addressesOf(name: string, resolver: Resolver): Promise<readonly string[]> {
  const none = (): string[] => [];
  const [four, six] = await Promise.all([
    resolver.resolve4(name).catch(none),
    resolver.resolve6(name).catch(none),
  ]);
  return [...four, ...six];
}

/** The name of an address in the reverse tree (RFC 1035 3.5, RFC 3596 2.5). `reverse` would ask /etc/hosts first. */
export function reverseName(ip: string): string {
  if (!isIPv6(ip)) return `${ip.split('.').reverse().join('.')}.in-addr.arpa`;
  const [head = '', tail] = ip.replace(/%.*$/, '').split('::');
  const groups = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const before = groups(head);
  const after = groups(tail);
  const missing = Array<string>(8 - before.length - after.length).fill('0');
  const digits = [...before, ...missing, ...after].map((group) => group.padStart(4, '0')).join('');
  return `${[...digits].reverse().join('.')}.ip6.arpa`;
}

/** Names of an address that lead back to it: others are anybody's claim. */
async function findNamesOf(ip: string, resolver: Resolver): Promise<readonly string[]> {
  const names: string[] = [];
  for (const given of await resolver.resolvePtr(reverseName(ip)).catch(() => [])) {
    const name = lowerAscii(given).replace(/\.$/, '');
    if (isDomainName(name) && (await addressesOf(name, resolver)).includes(ip)) names.push(name);
  }
  return names;
}

/** The host name itself when it has a dot and an address; else the name of an address of ours that begins with it. */
async function findFullName(
  own: string,
  addresses: readonly OwnAddress[],
  resolver: Resolver,
): Promise<string | undefined> {
  if (own.includes('.') && isDomainName(own) && (await addressesOf(own, resolver)).length > 0) return own;
  return addresses.flatMap(({ names }) => names).find((name) => name.startsWith(`${own}.`));
}
