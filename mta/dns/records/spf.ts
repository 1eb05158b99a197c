// SPF (RFC 7208): who may send in the name of the domain. The record is wanted in one form and believed in every form that
// names our addresses, whatever the order, the case and the blanks. What only leads elsewhere (include, redirect) is not
// followed here and said to be so.
import { isIP } from 'node:net';
import { bareName, isInNetwork, plainAddress } from './names.ts';
import { absent, type Judgement, type RecordKind, right, type SiteFacts } from './types.ts';

interface Term {
  readonly qualifier: string;
  /** Lower case. */
  readonly name: string;
  /** What follows `:` or `=`, and a length behind `/`. */
  readonly value: string;
}

const KNOWN = new Set(['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists']);

/** RFC 7208 4.5: is this record SPF at all? */
const isSpf = (text: string): boolean => /^v=spf1(?: |$)/i.test(text);

/** The terms of a record; undefined: one of them is none (RFC 7208 4.6.1: the whole record is worth nothing). */
export function parseSpf(text: string): readonly Term[] | undefined {
  const terms: Term[] = [];
  for (const word of text.trim().split(/ +/).slice(1)) {
    const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(word);
    if (modifier) {
      terms.push({ qualifier: '=', name: modifier[1]!.toLowerCase(), value: modifier[2]! });
      continue;
    }
    const match = /^([+?~-]?)([a-z0-9]+)(?::(.+?))?((?:\/\d{1,3})?(?:\/\/\d{1,3})?)$/i.exec(word);
    const name = match?.[2]?.toLowerCase() ?? '';
    if (match === null || !KNOWN.has(name)) return undefined;
    const value = `${match[3] ?? ''}${match[4] ?? ''}`;
    if ((name === 'ip4' || name === 'ip6') && isIP(value.split('/')[0]!) !== (name === 'ip4' ? 4 : 6))
      return undefined;
    terms.push({ qualifier: match[1] === '' ? '+' : match[1]!, name, value: value.toLowerCase() });
  }
  return terms;
}

/** Does a term that lets mail in name the mail host, or this address of ours? */
function letsIn({ name, value }: Term, { domain, host }: SiteFacts, address: string | undefined): boolean {
  const target = bareName(value.replace(/\/.*$/, ''));
  if (name === 'ip4' || name === 'ip6') return address !== undefined && isInNetwork(address, value);
  // The MX of the domain is ours, or its own line says that it is not.
  if (name === 'mx') return target === '' || target === domain;
  return name === 'a' && (target === '' ? domain : target) === bareName(host);
}

const leadsElsewhere = ({ name }: Term): boolean =>
  ['include', 'redirect', 'exists', 'ptr', 'a', 'mx'].includes(name);

function judgeSpf(site: SiteFacts, published: readonly string[]): Judgement {
  const records = published.filter(isSpf);
  const [record] = records;
  if (record === undefined) return absent;
  if (records.length > 1) return { verdict: 'differs', why: 'spf-several' };
  const terms = parseSpf(record);
  if (terms === undefined) return { verdict: 'differs', why: 'spf-syntax' };
  const end = terms.findIndex(({ name }) => name === 'all');
  // Behind `all` nothing is looked at (RFC 7208 5.1), and redirect is not followed (6.1).
  const seen = end < 0 ? terms : terms.slice(0, end);
  if (end >= 0 && terms[end]!.qualifier === '+') return { verdict: 'differs', why: 'spf-everybody' };
  const passing = seen.filter(({ qualifier }) => qualifier === '+');
  const wanted = site.addresses.length > 0 ? site.addresses : [undefined];
  const left = wanted.filter((address) => !passing.some((term) => letsIn(term, site, address)));
  if (left.length === 0) return right;
  const value = left.filter((address) => address !== undefined).join(', ');
  if (seen.some((term) => (term.qualifier === '+' || term.name === 'redirect') && leadsElsewhere(term)))
    return { verdict: 'unknown', why: 'spf-included', value };
  return { verdict: 'differs', why: 'spf-not-ours', value };
}

export const spf: RecordKind = {
  name: 'spf',
  questions: (site) => [
    {
      kind: 'spf',
      name: site.domain,
      type: 'TXT',
      wanted: [
        [
          'v=spf1',
          'mx',
          ...site.addresses.map((each) => `ip${isIP(each)}:${plainAddress(each)}`),
          '~all',
        ].join(' '),
      ],
      isOptional: false,
      judge: (published) => judgeSpf(site, published),
    },
  ],
};
