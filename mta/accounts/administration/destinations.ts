// Addresses that people type as destinations of aliases, forwards, copies and catch-alls (spec/qmailadmin.md 2.3, 2.6):
// completed with the domain, checked as one line of a .qmail file, and, when they are ours, checked to be there. Program
// lines and paths are no addresses and never come in by a form.
import { lowerAscii, splitAddress } from '../../formats/address.ts';
import { keptDomain } from '../../formats/idn.ts';
import { Refusal } from '../administration.ts';
import type { Domain } from '../types.ts';
import { isPlainAddress } from './dot-qmail-lines.ts';
import type { Site } from './site.ts';

/** vpopmail: an alias line has less than 160 bytes. */
const MAX_LINE = 159;
export const MAX_DESTINATIONS = 100;

/** The address as it is stored: with a domain, which is in lower case. Throws Refusal. Pure. */
export function readDestination(text: string, domain: string, field: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw new Refusal(field, 'missing', 'an address is needed');
  const whole = trimmed.includes('@') ? trimmed : `${trimmed}@${domain}`;
  const { local, domain: host } = splitAddress(whole);
  const address = `${local}@${keptDomain(host)}`;
  // A leading & or | would be a second meaning of the line: & is taken off once, | is then a program.
  const isAddress = isPlainAddress(address) && !/^[&|/.#+~-]/.test(local) && !local.includes('|');
  if (!isAddress)
    throw new Refusal(field, 'address', `${JSON.stringify(trimmed)} is no address that mail can be sent to`);
  if (Buffer.byteLength(`&${address}`) > MAX_LINE)
    throw new Refusal(field, 'too-long', `an address has at most ${MAX_LINE - 1} bytes`);
  return address;
}

/** Several of them, each once. Throws Refusal. Pure. */
export function readDestinations(
  texts: readonly string[],
  domain: string,
  field: string,
  most = MAX_DESTINATIONS,
): readonly string[] {
  const addresses = texts
    .filter((text) => text.trim() !== '')
    .map((text) => readDestination(text, domain, field));
  const once = [...new Set(addresses)];
  if (once.length > most) throw new Refusal(field, 'too-many', `at most ${most} addresses can be given`);
  return once;
}

/**
 * qmailadmin 161: what is sent on to an address of the same domain must be there, and must not be what is being made
 * (`own`, a local part): that would be a loop. Throws Refusal.
 */
export async function checkLocalDestinations(
  site: Site,
  domain: Domain,
  own: string | undefined,
  addresses: readonly string[],
  field: string,
): Promise<void> {
  for (const address of addresses) {
    const { local, domain: host } = splitAddress(address);
    const found = await site.accounts.findDomain(host);
    if (found?.realName !== domain.realName) continue;
    if (lowerAscii(local) === own)
      throw new Refusal(field, 'loop', `${address} is this address itself: mail would go round`);
    if (!(await site.accounts.recipientExists(address)))
      throw new Refusal(field, 'unknown', `there is no ${address}`);
  }
}
