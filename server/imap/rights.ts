// Rights of RFC 4314 between the wire and Courier's letters (mta/maildir/acl.ts): `c` of the file is `k` here, and the old
// rights `c` and `d` of RFC 2086 are told and understood besides. Pure.
import { cleanIdentifier, sortRights } from '../../mta/maildir/acl.ts';

/** Stored letters as a client is told them: with `k`, and with what stands for it in RFC 2086 (RFC 4314 2.1.1). */
export function formatRights(stored: string): string {
  const letters = new Set(stored);
  if (letters.has('c')) letters.add('k');
  if (letters.has('x')) letters.add('c');
  if (/[etx]/.test(stored)) letters.add('d');
  return [...letters].sort().join('');
}

/** All that the owner of a folder may. */
export const fullRights = formatRights('aceilrstwx');

/** A client's letters as they are stored; undefined: there is no such right. */
export function parseRights(text: string): string | undefined {
  if (!/^[acdeiklprstwx]*$/.test(text)) return undefined;
  return sortRights(text.replaceAll('k', 'c'));
}

/** Each right that may be given to others, by itself. */
export const grantable = 'l r s w i k x t e a';

/** A client's identifier as it is stored: `owner` for the account itself, `user=NAME` for others. */
export function parseIdentifier(text: string, self: string): string | undefined {
  const sign = text.startsWith('-') ? '-' : '';
  const name = text.slice(sign.length);
  if (name === self) return `${sign}owner`;
  return cleanIdentifier(text) ?? (name === '' ? undefined : cleanIdentifier(`${sign}user=${name}`));
}

/** The other way round. */
export function formatIdentifier(stored: string, self: string): string {
  const sign = stored.startsWith('-') ? '-' : '';
  const name = stored.slice(sign.length);
  if (name === 'owner') return `${sign}${self}`;
  return `${sign}${name.startsWith('user=') ? name.slice(5) : name}`;
}
