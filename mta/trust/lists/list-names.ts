// What is asked of DNS lists (RFC 5782): the name of an address or a domain in a list, what an answer says, and the entries
// by which a list proves that it is one. Pure.
import { isIPv4, isIPv6 } from 'node:net';
import type { BlockList } from '../../control/block-lists.ts';
import { arpaName } from '../../dns/lookup.ts';
import { lowerAscii } from '../../formats/address.ts';
import type { Finding } from '../types.ts';

/** RFC 5782 2.1, 2.4: the octets or nibbles backwards, in front of the zone. Undefined: no address. */
export function addressQuestion(ip: string, zone: string): string | undefined {
  if (!isIPv4(ip) && !isIPv6(ip)) return undefined;
  return `${arpaName(ip).replace(/\.(?:in-addr|ip6)\.arpa$/, '')}.${zone}`;
}

/** RFC 5782 3: the domain in front of the zone. Undefined: no domain that could be listed, or too long a name. */
export function domainQuestion(domain: string, zone: string): string | undefined {
  const name = lowerAscii(domain).replace(/\.$/, '');
  const isDomain =
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name) &&
    !isIPv4(name);
  const question = `${name}.${zone}`;
  return isDomain && question.length <= 253 ? question : undefined;
}

/**
 * Is this a listing? Outside 127/8 is no answer of a list (RFC 5782 2.1: a parked domain, a resolver that redirects);
 * 127.255.255/24 is how lists say that they do not answer us.
 */
export function isListing(list: Pick<BlockList, 'codes'>, answers: readonly string[]): boolean {
  return answers.some(
    (answer) =>
      answer.startsWith('127.') &&
      !answer.startsWith('127.255.255.') &&
      (list.codes.length === 0 || list.codes.includes(answer)),
  );
}

/** The test entries (RFC 5782 5): what must be listed, and what must not. */
export const testEntries = {
  ip: { listed: '2.0.0.127', free: '1.0.0.127' },
  domain: { listed: 'test', free: 'invalid' },
} as const;

/** Kinds of lists by what is looked up: clients' addresses, domains that a client says of itself, domains of links. */
export type ListCheck = 'dnsbl' | 'rhsbl' | 'uribl';

/** Foreign or configured words for a finding: printable ASCII without `;`. */
export const findingWords = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, '?')
    .replaceAll(';', ',')
    .trim()
    .slice(0, 100);

/** Words of a refusal: one line of printable ASCII. */
export const replyWords = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 300);

/**
 * What a listing means.
 * @param what is listed: an address or a domain
 * @param texts the list's own words (TXT)
 */
export function judgeListing(
  list: BlockList,
  check: ListCheck,
  what: string,
  texts: readonly string[],
): Finding {
  const { action, points, zone } = list;
  const words = findingWords(check === 'dnsbl' ? zone : `${zone} ${what}`);
  if (action === 'allow') return { check, result: 'allowed', score: 0, words };
  const base = { check, result: 'listed', score: points, words };
  if (action === 'note') return base;
  const said = list.text === '' ? (texts[0] ?? '') : list.text.replaceAll('%IP%', what);
  const reason = replyWords(said) || `${what} is listed in ${zone}`;
  // rblsmtpd(1): text is refused for now, behind a hyphen for good; 554 is for a letter (RFC 5321 4.2.3).
  const code = action !== 'reject' ? '451 4.7.1' : check === 'uribl' ? '554 5.7.1' : '553 5.7.1';
  return { ...base, measure: action, reply: `${code} ${reason}` };
}
