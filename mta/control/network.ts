// Network addresses in control files: `listen` lines (NAME HOST:PORT), servers (IP or IP:PORT), clients (IP or CIDR).
// Pure: text in, checked values out, ControlError with the line otherwise. IPv6 with a port stands in brackets.
import { BlockList, isIP, isIPv4 } from 'node:net';
import type { ControlFile } from './reading.ts';
import { ControlError, readLines } from './reading.ts';

/** The doors a site can open. */
export const listenNames = [
  'smtp',
  'submission',
  'submissions',
  'qmtp',
  'qmqp',
  'imap',
  'imaps',
  'pop3',
  'pop3s',
  'sieve',
  'http',
  'https',
  'vpopmaild',
] as const;

export type ListenName = (typeof listenNames)[number];

/** One line of control/listen. `port` 0 picks a free one. */
export interface ListenEntry {
  readonly name: ListenName;
  readonly host: string;
  readonly port: number;
}

/** Splits HOST:PORT or [IPV6]:PORT; undefined when it is neither. */
export function parseHostPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):([0-9]{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, six, other, digits] = match;
  const port = Number(digits);
  if (port > 65535 || (six !== undefined && isIP(six) !== 6)) return undefined;
  return { host: six ?? other!, port };
}

/** control/listen. */
export function readListen(file: ControlFile): readonly ListenEntry[] | undefined {
  return readLines(file)?.map((line) => {
    const [name, address, ...more] = line.trim().split(/[ \t]+/);
    const place = parseHostPort(address ?? '');
    const known = listenNames.find((one) => one === name);
    if (known === undefined || place === undefined || more.length > 0)
      throw new ControlError(
        file.path,
        line,
        `NAME HOST:PORT, NAME one of ${listenNames.join(' ')}, an IPv6 address in brackets: [::1]:25`,
      );
    return { name: known, ...place };
  });
}

/** control/dnsservers: IP, IP:PORT or [IPV6]:PORT, in the form that node:dns takes. */
export function readServers(file: ControlFile): readonly string[] | undefined {
  return readLines(file)?.map((line) => {
    const place = parseHostPort(line);
    if (isIP(line) !== 0 || (place !== undefined && isIP(place.host) !== 0)) return line;
    throw new ControlError(
      file.path,
      line,
      'an IP address, or IP:PORT, an IPv6 address with a port as [::1]:53',
    );
  });
}

/** control/relayclients: IP or IP/BITS. */
export function readClients(file: ControlFile): readonly string[] | undefined {
  return readLines(file)?.map((line) => {
    const [address = '', bits, ...more] = line.split('/');
    const family = isIP(address);
    const longest = family === 4 ? 32 : 128;
    const bitsAreRight = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= longest);
    if (family === 0 || !bitsAreRight || more.length > 0)
      throw new ControlError(file.path, line, 'an IP address or ADDRESS/BITS: 192.0.2.0/24, 2001:db8::/32');
    return line;
  });
}

/** Makes the test "is this client one of these?" for a list of `readClients`. IPv4 written as IPv6 counts as IPv4. */
export function makeClientMatcher(clients: readonly string[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const client of clients) {
    const [address = '', bits] = client.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (ip) => {
    const plain = ip.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  };
}
