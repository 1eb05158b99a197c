// The name of a client (TCPREMOTEHOST; spec/qmail.md 4.5): its PTR record, believed only when that name has this address
// again, as under tcpserver -p. Whoever owns an address can give it any name, and rules such as `=.example.com:allow` trust
// names.
import { lowerAscii } from '../formats/address.ts';
import type { DnsLookup } from './lookup.ts';

/** PTR records looked at. */
const MOST_NAMES = 5;

/**
 * The name of an address in lower case; undefined when it has none that leads back, or nobody can tell now.
 * @param ip IPv4 in its own form, or IPv6
 */
export async function findHostName(
  lookup: Pick<DnsLookup, 'names' | 'addresses'>,
  ip: string,
): Promise<string | undefined> {
  const names = await lookup.names(ip);
  if (names.kind !== 'found') return undefined;
  const family = ip.includes(':') ? 6 : 4;
  for (const given of names.values.slice(0, MOST_NAMES)) {
    const name = lowerAscii(given.replace(/\.$/, ''));
    if (!/^[a-z0-9_.-]{1,253}$/.test(name)) continue;
    const addresses = await lookup.addresses(name, family);
    if (addresses.kind === 'found' && addresses.values.some((each) => isSame(each, ip))) return name;
  }
  return undefined;
}

const isSame = (one: string, other: string): boolean => {
  if (one === other) return true;
  return (
    one.includes(':') &&
    other.includes(':') &&
    new URL(`http://[${one}]`).host === new URL(`http://[${other}]`).host
  );
};
