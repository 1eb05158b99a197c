// Internet addresses as remote delivery judges them (security.md S4): one canonical form, so that two spellings of an
// address are one address, and what an address learnt from DNS may be used for. Pure.
import { BlockList, isIP } from 'node:net';

/**
 * The canonical form of an IPv4 or IPv6 address: dotted quad, or lower-case compressed IPv6 (RFC 5952). An IPv4 address
 * in IPv6 clothes (::ffff:1.2.3.4) is the IPv4 address. Undefined for anything else, zone ids included.
 */
export function canonicalIp(text: string): string | undefined {
  const family = isIP(text);
  if (family === 4) return text;
  if (family !== 6 || text.includes('%')) return undefined;
  const compressed = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (!mapped) return compressed;
  const high = Number.parseInt(mapped[1]!, 16);
  const low = Number.parseInt(mapped[2]!, 16);
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** An address literal as a mail domain or a route writes it: `1.2.3.4`, `[1.2.3.4]`, `[::1]`, `[IPv6:::1]`, `::1`. */
export function parseIpLiteral(text: string): string | undefined {
  const inner = /^\[(?:ipv6:)?([^\]]+)\]$/i.exec(text)?.[1] ?? text;
  return canonicalIp(inner);
}

export const isIpv6 = (ip: string): boolean => ip.includes(':');

function blockList(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets)
    list.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

// RFC 6890: this host and loopback. Every connection to them ends at ourselves.
const OURSELVES = blockList(['0.0.0.0', 8], ['127.0.0.0', 8], ['::', 127]);
// Multicast, reserved, broadcast, IPv6 link-local (means nothing without an interface).
const UNUSABLE = blockList(['224.0.0.0', 4], ['240.0.0.0', 4], ['ff00::', 8], ['fe80::', 10]);
const PRIVATE = blockList(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
);

const isIn = (list: BlockList, ip: string): boolean => list.check(ip, isIpv6(ip) ? 'ipv6' : 'ipv4');

/** Loopback or the unspecified address: always this machine, whatever its interfaces are. */
export const isThisHost = (ip: string): boolean => isIn(OURSELVES, ip);
/** No mail server can be there. */
export const isUnusable = (ip: string): boolean => isIn(UNUSABLE, ip);
/** RFC 1918, shared, link-local IPv4, unique local IPv6. */
export const isPrivate = (ip: string): boolean => isIn(PRIVATE, ip);
