// May a list send on a post in its author's own name? Where the author's domain says in the DNS that letters which are
// not provably its own are to be refused or put aside (DMARC, p=reject, p=quarantine), members would not get the post: the
// list has changed it, and it comes from the list's host. Found in what the check of senders wrote on top of the letter
// (Authentication-Results, policy.dmarc=), and for letters of our own people by asking the DNS.
import { Resolver } from 'node:dns/promises';
import { lowerAscii } from '../../formats/address.ts';

/** What a domain asks for; `unknown`: the DNS did not say in time. */
export type AuthorPolicy = 'none' | 'quarantine' | 'reject' | 'unknown';

/** Asks for the policy of an author's domain. Never rejects. */
export type AskPolicy = (domain: string) => Promise<AuthorPolicy>;

/**
 * The policy by our own results.
 * @param results values of Authentication-Results fields above the door @param domain of the author, in lower case
 * @returns undefined when they say nothing of this domain
 */
export function policyInResults(results: readonly string[], domain: string): AuthorPolicy | undefined {
  for (const value of results) {
    const plain = value.replace(/\([^()]*\)/g, ' ').replace(/"[^"]*"/g, ' ');
    for (const part of plain.split(';')) {
      if (!/^\s*dmarc\s*=/i.test(part)) continue;
      const from = /\sheader\.from\s*=\s*(\S+)/i.exec(part)?.[1];
      if (from !== undefined && lowerAscii(from) !== domain) continue;
      const said = lowerAscii(/\spolicy\.dmarc\s*=\s*(\S+)/i.exec(part)?.[1] ?? 'none');
      return said === 'reject' || said === 'quarantine' ? said : 'none';
    }
  }
  return undefined;
}

/** The policy that a record asks for. @param isOwn of the domain itself, not of one above it */
export function policyOfRecord(record: string, isOwn: boolean): AuthorPolicy | undefined {
  if (!/^v\s*=\s*DMARC1\s*(?:;|$)/.test(record)) return undefined;
  const tags = new Map(
    record.split(';').map((part) => {
      const [name = '', value = ''] = part.split('=', 2);
      return [lowerAscii(name.trim()), lowerAscii(value.trim())] as const;
    }),
  );
  const said = (isOwn ? undefined : tags.get('sp')) ?? tags.get('p');
  return said === 'reject' || said === 'quarantine' ? said : 'none';
}

/** Labels of a name that are asked about at the most (RFC 9989 4.10). */
const MOST_ASKED = 8;

/** Names where a record may stand: the domain, then those above it, the last one with two labels. */
export function recordNames(domain: string): string[] {
  const labels = domain.split('.');
  const names = [domain];
  const rest = labels.length > MOST_ASKED ? labels.slice(-(MOST_ASKED - 1)) : labels.slice(1);
  for (let at = 0; rest.length - at >= 2; at++) names.push(rest.slice(at).join('.'));
  return names;
}

const KEPT_MS = 300_000;
const MOST_KEPT = 500;

/** Asks the resolver of the system; answers are kept for some minutes. @param timeout milliseconds of one question */
export function createPolicyLookup(timeout = 2000): AskPolicy {
  const kept = new Map<string, { readonly policy: AuthorPolicy; readonly until: number }>();

  async function ask(domain: string): Promise<AuthorPolicy> {
    for (const name of recordNames(domain)) {
      let records: string[][];
      try {
        records = await new Resolver({ timeout, tries: 1 }).resolveTxt(`_dmarc.${name}`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOTFOUND' || code === 'ENODATA') continue;
        return 'unknown';
      }
      const found = records
        .map((strings) => policyOfRecord(strings.join(''), name === domain))
        .filter((policy) => policy !== undefined);
      // RFC 7489 6.6.3: two records are none.
      if (found.length === 1) return found[0]!;
    }
    return 'none';
  }

  return async (domain) => {
    const known = kept.get(domain);
    if (known !== undefined && known.until > performance.now()) return known.policy;
    const policy = await ask(domain);
    if (kept.size >= MOST_KEPT) kept.clear();
    // A resolver that does not answer holds up one post in a while, not each.
    const keep = policy === 'unknown' ? KEPT_MS / 10 : KEPT_MS;
    kept.set(domain, { policy, until: performance.now() + keep });
    return policy;
  };
}
