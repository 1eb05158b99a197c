// DMARC of one letter: the policy of the author's domain (RFC 9989, whose tree walk finds what RFC 7489 found too), and
// whether what SPF and DKIM vouch for is the author's. An identifier counts only when the tree walk and the public suffix
// list both say so: a record at a public suffix makes nobody the neighbour of all others there.
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js';
import { getAlignment } from 'mailauth/lib/tools.js';
import type { Ask } from '../dns/stranger-lookup.ts';
import type { DmarcFacts } from './sender-facts.ts';
import type { DmarcPolicy, PublishedPolicy } from './sender-results.ts';

/** Domains of authors that are looked at in a letter that has several. */
const MOST_AUTHORS = 3;

const policies: readonly string[] = ['none', 'quarantine', 'reject'];
const policyOf = (text: unknown): DmarcPolicy =>
  (policies.find((each) => each === text) as DmarcPolicy) ?? 'none';

/** RFC 7489 6.3: the tags of a record, names in lower case; the first of equal ones. */
function readTags(record: string): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const part of record.slice(0, 4000).split(';')) {
    const [, name = '', value = ''] = /^\s*([a-z]{1,10})\s*=\s*(.*?)\s*$/is.exec(part) ?? [];
    const key = name.toLowerCase();
    if (key !== '' && !tags.has(key)) tags.set(key, value);
  }
  return tags;
}

/** RFC 7489 6.3: `pct` is a number of at most three digits; what is none counts as 100. */
function readPct(text: string | undefined): number {
  const number = /^[0-9]{1,3}$/.test(text ?? '') ? Number(text) : 100;
  return Math.min(100, number);
}

const readUris = (text: string): readonly string[] =>
  text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => /^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,500}$/i.test(each))
    .slice(0, 10);

/** What the policy record says beside what the library made of it. */
export function readPublished(
  domain: string,
  record: string,
  known: { readonly p: unknown; readonly sp: unknown; readonly np?: unknown; readonly isTesting: boolean },
): PublishedPolicy {
  const tags = readTags(record);
  const sp = policyOf(known.sp ?? known.p);
  return {
    domain,
    p: policyOf(known.p),
    sp,
    np: known.np === undefined ? sp : policyOf(known.np),
    adkim: tags.get('adkim')?.toLowerCase() === 's' ? 's' : 'r',
    aspf: tags.get('aspf')?.toLowerCase() === 's' ? 's' : 'r',
    pct: readPct(tags.get('pct')),
    isTesting: known.isTesting,
    fo: (tags.get('fo') ?? '0').replace(/[^\x21-\x7e]/g, '').slice(0, 20),
    rua: readUris(tags.get('rua') ?? ''),
  };
}

/** What passed. */
export interface Vouchers {
  /** Domain that SPF passed for; '' for none. */
  readonly spf: string;
  readonly dkim: readonly string[];
}

/** Is it of one organisation by the public suffix list? */
export const isSameHouse = (author: string, domain: string): boolean =>
  domain !== '' && author !== '' && getAlignment(author, [domain]) !== false;

/**
 * Evaluates a letter.
 * @param addresses of all From fields together; @param fields how many From fields there are
 */
export async function evaluateAuthors(
  addresses: readonly string[],
  fields: number,
  vouchers: Vouchers,
  ask: Ask,
): Promise<DmarcFacts> {
  const first = await evaluateOne([...addresses], fields, vouchers, ask);
  if ('facts' in first) return first.facts;
  const { reason, domains } = first;
  const nobody: DmarcFacts = {
    result: 'permerror',
    domain: '',
    published: undefined,
    policy: 'none',
    dkimAligned: false,
    spfAligned: false,
    reason,
  };
  // RFC 7489 6.6.1: of several authors each is asked, and the strictest policy of those that fail holds. RFC 9989 11.5
  // leaves it at suspicion; a second From field must not be a way around the first one's policy.
  if (domains.length > MOST_AUTHORS) return nobody;
  let worst = nobody;
  for (const domain of domains) {
    const each = await evaluateOne([`author@${domain}`], 1, vouchers, ask);
    if (!('facts' in each) || each.facts.result !== 'fail') continue;
    if (policies.indexOf(each.facts.policy) >= policies.indexOf(worst.policy))
      worst = { ...nobody, result: 'fail', policy: each.facts.policy };
  }
  return worst;
}

type Evaluated =
  | { readonly facts: DmarcFacts }
  | { readonly reason: string; readonly domains: readonly string[] };

async function evaluateOne(
  addresses: string[],
  fields: number,
  vouchers: Vouchers,
  ask: Ask,
): Promise<Evaluated> {
  // The domain is known only after the library has read the addresses: without vouchers first, as that asks nothing twice.
  const resolver = ask as (name: string, type: string) => Promise<string[]>;
  const options = { headerFrom: addresses, fromFields: fields, resolver, strict: true };
  const { response: bare, reason, authorDomains } = await evaluateDmarc({ ...options });
  if (bare === false) return { reason: reason ?? 'no-author-domain', domains: authorDomains ?? [] };
  const domain = String(bare.status.header?.from ?? '').replace(/\.$/, '');
  const own = [vouchers.spf].filter((each) => isSameHouse(domain, each));
  const signers = vouchers.dkim.filter((each) => isSameHouse(domain, each)).map((each) => ({ domain: each }));
  const response =
    (bare.status.result === 'fail' || bare.status.result === 'temperror') && own.length + signers.length > 0
      ? (await evaluateDmarc({ ...options, spfDomains: own, dkimDomains: signers })).response || bare
      : bare;
  const { status, policyDomain, rr } = response;
  const result = ['none', 'pass', 'fail', 'temperror'].includes(status.result)
    ? (status.result as DmarcFacts['result'])
    : 'permerror';
  return {
    facts: {
      result,
      domain,
      published:
        policyDomain === undefined || rr === undefined
          ? undefined
          : readPublished(policyDomain, rr, { ...response, isTesting: response.testMode }),
      policy: policyOf(response.policy),
      dkimAligned: response.alignment?.dkim.result !== undefined,
      spfAligned: response.alignment?.spf.result !== undefined,
      reason: '',
    },
  };
}
