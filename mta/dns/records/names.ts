// Names and addresses as records hold them, made comparable. Pure.
import { BlockList, isIP } from 'node:net';
import { lowerAscii } from '../../formats/address.ts';

/** A host name in lower case without the final dot; '.' stays. */
export const bareName = (name: string): string => (name === '.' ? name : lowerAscii(name.replace(/\.$/, '')));

/** An address in its shortest form, so that equal ones are equal texts; what is no address stays. */
export function plainAddress(text: string): string {
  if (isIP(text) !== 6) return text;
  return new URL(`http://[${text.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
}

export const isSameAddress = (one: string, other: string): boolean =>
  plainAddress(one) === plainAddress(other);

/** Is the address in the network (`192.0.2.0/24`, or an address)? A network that makes no sense holds nobody. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const family = isIP(base);
  if (family === 0 || family !== isIP(address)) return false;
  const most = family === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (!/^\d{1,3}$/.test(bits ?? '0') || length > most) return false;
  const list = new BlockList();
  list.addSubnet(base, length, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
