// Addresses of a field and their parts (RFC 5228 5.1 and 2.7.4, RFC 5233): groups, comments, routes and names are left out.

import { isSafeAddress, splitAddress } from '../../formats/address.ts';
import { rewriteAddressList } from '../../inject/header/address-list.ts';
import { tokenize } from '../../inject/header/tokens.ts';
import { decodeText } from '../../trust/bayes/letter.ts';

export type AddressPart = 'all' | 'localpart' | 'domain' | 'user' | 'detail';

/** Longer fields are lists that nobody filters by. */
const MOST_LENGTH = 65_536;

/** The addresses of a field's value (one character a byte), in their order; a value that is none gives none. */
export function readAddresses(value: string): readonly string[] {
  const tokens = tokenize(value.slice(0, MOST_LENGTH));
  if (tokens === undefined) return [];
  const { addresses, isParsed } = rewriteAddressList(tokens, (address) => address);
  if (!isParsed) return [];
  return addresses
    .map((address) => {
      const text = /[\x80-\xff]/.test(address) ? decodeText(Buffer.from(address, 'latin1'), '') : address;
      // RFC 5322 4.4: `@a,@b:user@c` is a route to user@c.
      return text.startsWith('@') ? text.slice(text.indexOf(':') + 1) : text;
    })
    .reverse();
}

/** The part of an address; undefined: it has none (RFC 5233 4: no :detail without a separator). */
export function partOf(address: string, part: AddressPart, separators: string): string | undefined {
  if (part === 'all') return address;
  const { local, domain } = splitAddress(address);
  if (part === 'localpart') return local;
  // A name alone has no domain, the null address an empty one.
  if (part === 'domain') return domain === '' && local !== '' ? undefined : domain;
  const at = [...local].findIndex((character) => separators.includes(character));
  if (part === 'user') return at < 0 ? local : [...local].slice(0, at).join('');
  return at < 0 ? undefined : [...local].slice(at + 1).join('');
}

/** Punctuation that a list of letters in the world may lack or have too much of; who writes a script is told. */
const isTidy = (text: string): boolean => {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"/gs, '');
  return /^[^<>;]*(?:<[^<>;]*>\s*)?$/.test(bare);
};

/** One address as redirect, :from and :addresses have it; undefined: it is none, or more than one. */
export function readOneAddress(text: string): string | undefined {
  if (!isTidy(text)) return undefined;
  const addresses = readAddresses(Buffer.from(text, 'utf8').toString('latin1'));
  const [address = ''] = addresses;
  return addresses.length === 1 && isWholeAddress(address) ? address : undefined;
}

/** Addresses with commas between them, without names; undefined: there is something else. */
export function readPlainAddresses(text: string): readonly string[] | undefined {
  const addresses = isTidy(text) ? readAddresses(Buffer.from(text, 'utf8').toString('latin1')) : [];
  return addresses.length > 0 && addresses.every(isWholeAddress) ? addresses : undefined;
}

/** May mail be sent to it: has both parts, and nothing that an envelope cannot hold. */
export function isWholeAddress(address: string): boolean {
  const { local, domain } = splitAddress(address);
  return local !== '' && domain !== '' && !/\s/.test(domain) && isSafeAddress(address);
}
