// Envelope addresses: split, quote, unquote, check. In memory and in the queue an address is unquoted, `a b@x.org`;
// on the wire its local part is quoted when it must be, `"a b"@x.org` (qmail quote.c, RFC 5321 4.1.2).
// The local part keeps its case everywhere; only the domain is ever lower-cased, and only A to Z.

/** The longest address in bytes: qmail-smtpd refuses more than 900 with the final NUL. */
export const MAX_ADDRESS_BYTES = 899;

/** A to Z to a to z and nothing else, as case_lowers does: a Turkish or Kelvin letter never becomes another name. */
export function lowerAscii(text: string): string {
  if (!/[A-Z]/.test(text)) return text;
  // The engine's own is many times as fast, and right where there are no other letters.
  return /[^\x00-\x7f]/.test(text)
    ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : text.toLowerCase();
}

/** Splits at the last `@`; `domain` is '' when there is none. */
export function splitAddress(address: string): { readonly local: string; readonly domain: string } {
  const at = address.lastIndexOf('@');
  return at < 0
    ? { local: address, domain: '' }
    : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** The address with its domain in lower case. */
export function lowerDomain(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? address : address.slice(0, at + 1) + lowerAscii(address.slice(at + 1));
}

// RFC 5321 4.1.2 Dot-string: atoms with single dots between them.
const DOT_STRING = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/;

/** qmail's quote2: quotes the local part when it is not a plain dot-string. '' stays '' (the null sender). */
export function quoteAddress(address: string): string {
  if (address === '') return '';
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  if (DOT_STRING.test(local)) return address;
  return `"${local.replace(/[\r\n"\\]/g, '\\$&')}"${at < 0 ? '' : address.slice(at)}`;
}

/** Removes quotes and backslash escapes, as qmail-smtpd does before an address enters the queue. */
export function unquoteAddress(address: string): string {
  if (!/["\\]/.test(address)) return address;
  let out = '';
  for (let i = 0; i < address.length; i++) {
    const character = address[i]!;
    if (character === '"') continue;
    if (character === '\\') {
      i++;
      out += address[i] ?? '';
    } else out += character;
  }
  return out;
}

/**
 * May this unquoted address go into an envelope? No control characters (so no NUL, CR, LF), no broken UTF-8, at most
 * MAX_ADDRESS_BYTES; with `ascii`, no byte above 0x7f (the client did not ask for SMTPUTF8). The null sender is safe.
 */
export function isSafeAddress(address: string, options: { readonly ascii?: boolean } = {}): boolean {
  if (/[\x00-\x1f\x7f\ufffd]/.test(address) || !address.isWellFormed()) return false;
  const bytes = Buffer.byteLength(address, 'utf8');
  if (options.ascii === true && bytes !== address.length) return false;
  return bytes <= MAX_ADDRESS_BYTES;
}

/**
 * Is this a domain name: labels of letters, digits and inner hyphens (A-labels are such), each up to 63 bytes, the
 * whole up to 253, no final dot? One label is enough (`localhost`). Address literals are not domain names.
 */
export function isDomainName(domain: string): boolean {
  // RFC 1035 2.3.1 and 2.3.4, RFC 1123 2.1.
  return (
    domain.length > 0 &&
    domain.length <= 253 &&
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/.test(
      domain,
    )
  );
}
