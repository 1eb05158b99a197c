// The network that a client is known by: senders with many machines try again from the one beside. Pure.
import { isIPv4 } from 'node:net';
import { networkOf } from '../smtpd/crowd.ts';

/** The /24 of an IPv4 address, the /64 of an IPv6 address. */
export function clientNetwork(ip: string): string {
  const network = networkOf(ip);
  return isIPv4(network) ? network.replace(/\.[0-9]+$/, '.0/24') : `${network}::/64`;
}

/** Does a program of this machine connect by the way that every machine has? */
export const isOwnMachine = (ip: string): boolean => ip === '127.0.0.1' || ip === '::1';
