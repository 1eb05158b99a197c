// Internationalized domain names (RFC 5890): A-labels (`xn--...`) on disk and on the wire, U-labels for people. UTS 46 as in
// URLs, non-transitional. Pure.
import { domainToASCII, domainToUnicode } from 'node:url';
import { lowerAscii } from './address.ts';

/** The form in which domains are kept: lower case, A-labels, no final dot. Undefined: it is no name of a domain. */
export function asciiDomain(domain: string): string | undefined {
  // RFC 3490 3.1: the other dots.
  const plain = domain
    .trim()
    .replace(/[\u3002\uff0e\uff61]/g, '.')
    .replace(/\.$/, '');
  const ascii = /^[\x00-\x7f]*$/.test(plain) ? lowerAscii(plain) : domainToASCII(plain);
  const isName = ascii.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*$/.test(ascii);
  return isName ? ascii : undefined;
}

/** For people: with U-labels where they lead back to the same name, else as it is. */
export function unicodeDomain(domain: string): string {
  if (!/(?:^|\.)xn--/i.test(domain)) return domain;
  const unicode = domainToUnicode(domain);
  return unicode !== '' && asciiDomain(unicode) === lowerAscii(domain) ? unicode : domain;
}

/**
 * A domain as it is looked up: in lower case, U-labels as the A-labels under which we keep them. Only what is a U-label but
 * for its case (RFC 6531 3.2); wide letters, other dots and what is no name stay as they are, and are nobody's.
 */
export function keptDomain(domain: string): string {
  if (/^[\x00-\x7f]*$/.test(domain)) return lowerAscii(domain);
  const ascii = asciiDomain(domain);
  if (ascii === undefined || unicodeDomain(ascii) !== domain.toLowerCase().normalize('NFC'))
    return lowerAscii(domain);
  const labels = ascii.split('.');
  // A Kelvin sign would be a k.
  const isTrue = domain
    .split('.')
    .every((label, at) => /^[\x00-\x7f]*$/.test(label) || labels[at]!.startsWith('xn--'));
  return isTrue ? ascii : lowerAscii(domain);
}

/** An address with such a domain; its local part is not changed. */
export function keptAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at + 1) + keptDomain(address.slice(at + 1));
}

/** The domain of an address in A-labels, its local part as it is; undefined: it has no domain that could be one. */
export function asciiAddress(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  const domain = at < 1 ? undefined : asciiDomain(address.slice(at + 1));
  return domain === undefined ? undefined : `${address.slice(0, at)}@${domain}`;
}
