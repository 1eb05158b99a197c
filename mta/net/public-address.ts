// Which network addresses the server may connect to for a stranger (security.md W9): public ones only. Judged is the
// number that a name resolved to, never the text of a URL; IPv6 forms that carry an IPv4 address are judged by it.
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

const refused4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const refused6: readonly [string, number][] = [
  ['::', 128],
  ['::1', 128],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const blocked = new BlockList();
for (const [address, bits] of refused4) blocked.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of refused6) blocked.addSubnet(address, bits, 'ipv6');

/** The eight groups of an IPv6 address, undefined when it is none. */
function groupsOf(address: string): number[] | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined;
  let text = address;
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (tail) {
    const [a, b, c, d] = tail.slice(1).map(Number) as [number, number, number, number];
    text = `${text.slice(0, tail.index)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = text.split('::');
  const head = left === '' ? [] : left.split(':');
  const rest = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? [] : Array<string>(8 - head.length - rest.length).fill('0');
  return [...head, ...zeros, ...rest].map((group) => Number.parseInt(group, 16));
}

const toIPv4 = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;

/** IPv4 addresses carried in an IPv6 one: mapped, compatible, NAT64 (RFC 6052, 8215), 6to4 (RFC 3056). */
function innerIPv4(groups: readonly number[]): string | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const zeroTo = (count: number): boolean => groups.slice(0, count).every((group) => group === 0);
  if (zeroTo(5) && (f === 0xffff || f === 0)) return toIPv4(g, h);
  if (zeroTo(4) && e === 0xffff && f === 0) return toIPv4(g, h);
  if (a === 0x64 && b === 0xff9b && ((c === 0 && d === 0 && e === 0 && f === 0) || c === 1))
    return toIPv4(g, h);
  if (a === 0x2002) return toIPv4(b, c);
  return undefined;
}

/** True when the numeric address is public and not one of our own. */
export function isPublicAddress(address: string): boolean {
  for (const list of Object.values(networkInterfaces()))
    if (list?.some((own) => own.address === address)) return false;
  if (isIPv4(address)) return !blocked.check(address, 'ipv4');
  const groups = groupsOf(address);
  if (!groups || blocked.check(address, 'ipv6')) return false;
  const inner = innerIPv4(groups);
  return inner === undefined || isPublicAddress(inner);
}
