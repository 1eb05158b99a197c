// Names of accounts and domains: what vpopmail accepts, and beyond that what is safe as one component of a path
// (security.md F1). Every name that becomes a file or a line of a shared file passes through here; nothing else does.
import { isDomainName, lowerAscii } from '../formats/address.ts';
import { keptDomain } from '../formats/idn.ts';
import { VpopmailError } from './errors.ts';

/** vpopmail's limits in bytes. */
export const MAX_USER_NAME = 64;
export const MAX_DOMAIN_NAME = 96;
export const MAX_PASSWORD = 128;
export const MAX_GECOS = 64;
export const MAX_DIRECTORY = 160;

// vpopmail is_username_valid, without the slash: it can never be part of a file name.
const USER_CHARACTERS = /^[a-z0-9!#$&'*+\-.=?^_`{|}~]+$/;

/** The account name in lower case. Throws VpopmailError -1 or -25. */
export function checkUserName(name: string): string {
  const lower = lowerAscii(name);
  if (Buffer.byteLength(lower) > MAX_USER_NAME) throw new VpopmailError(-25);
  // vpopmail, big directories: one character is the name of a hash directory; vpasswd is the account file.
  if (!USER_CHARACTERS.test(lower) || lower.length < 2 || lower === 'vpasswd') throw new VpopmailError(-1);
  if (lower.startsWith('.') || lower.endsWith('.') || lower.startsWith('vpasswd.'))
    throw new VpopmailError(-1);
  return lower;
}

/** Could this be the name of an account? For lookups: no exception. */
export function isUserName(name: string): boolean {
  return name.length <= MAX_USER_NAME && USER_CHARACTERS.test(name) && !name.startsWith('.');
}

/** The domain in lower case and A-labels, by the rules of vadddomain. Throws VpopmailError -12 or -26. */
export function checkDomainName(domain: string): string {
  const lower = keptDomain(domain);
  if (lower.length > MAX_DOMAIN_NAME) throw new VpopmailError(-26);
  const top = lower.slice(lower.lastIndexOf('.') + 1);
  if (lower.length < 3 || !lower.includes('.') || !isDomainName(lower) || top.length < 2)
    throw new VpopmailError(-12);
  return lower;
}

/** Splits an address of a command line as vpopmail does, at the first of @ % /; '' when there is no domain. */
export function parseEmail(text: string): { readonly name: string; readonly domain: string } {
  const lower = lowerAscii(text);
  for (const separator of '@%/') {
    const at = lower.indexOf(separator);
    if (at >= 0) return { name: lower.slice(0, at), domain: lower.slice(at + 1) };
  }
  return { name: lower, domain: '' };
}

/** A text field of an account line: no colon (vpopmail strips it), no control characters. */
export function cleanField(text: string): string {
  return text.replace(/[:\x00-\x1f\x7f]/g, '');
}
