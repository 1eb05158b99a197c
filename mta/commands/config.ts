// config: finds this host's names in the DNS and writes its control files (qmail INSTALL; spec/qmail.md 12.2). The host
// name must have an address; what the names of its own addresses lead back to is local too.
import { lookup, Resolver } from 'node:dns/promises';
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
    const fqdn = await findFullName(own, resolver);
    if (fqdn === undefined)
      throw new Fatal(
        111,
        `the DNS does not know ${own}; use config-fast with the full name, or write control/me`,
      );
    context.stdout.write(`Your host's fully qualified name in DNS is ${fqdn}.\n`);
    const locals: string[] = [];
    context.stdout.write('Checking local IP addresses:\n');
    for (const ip of ownAddresses()) {
      const name = await findNameOf(ip, resolver);
      context.stdout.write(
        `${ip}: ${name === undefined ? 'no name leads here' : `adding ${name} to control/locals`}\n`,
      );
      if (name !== undefined && name !== fqdn && !locals.includes(name)) locals.push(name);
    }
    await putHostFiles(fqdn, locals, context);
    return 0;
  });
}

const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address }) => !address.startsWith('fe80:'))
    .map(({ address }) => address);

async function addressesOf(name: string, resolver: Resolver): Promise<readonly string[]> {
  const none = (): string[] => [];
  const [four, six] = await Promise.all([
    resolver.resolve4(name).catch(none),
    resolver.resolve6(name).catch(none),
  ]);
  return [...four, ...six];
}

/** The host name itself when it has a dot and an address; else what the system's name service makes of it. */
async function findFullName(own: string, resolver: Resolver): Promise<string | undefined> {
  const isName = (name: string): boolean => isDomainName(name) && name.includes('.');
  if (isName(own) && (await addressesOf(own, resolver)).length > 0) return own;
  const found = await lookup(own, { all: true }).catch(() => []);
  for (const { address } of found) {
    const name = await findNameOf(address, resolver);
    if (name !== undefined && isName(name)) return name;
  }
  return undefined;
}

/** The name of an address that leads back to it. */
async function findNameOf(ip: string, resolver: Resolver): Promise<string | undefined> {
  for (const given of await resolver.reverse(ip).catch(() => [])) {
    const name = lowerAscii(given).replace(/\.$/, '');
    if (isDomainName(name) && (await addressesOf(name, resolver)).includes(ip)) return name;
  }
  return undefined;
}
