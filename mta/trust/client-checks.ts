// What is wrong with a client's names (RFC 5321 4.1.1.1, 4.1.3): a HELO name that is ours, that is no host name or has no
// address, and an address without a name that leads back to it. What a finding costs is control/clientchecks. The DNS that
// cannot tell now has found nothing.
import { isIP } from 'node:net';
import { type ClientCheckName, type ClientCheckRules, clientCheckNames } from '../control/client-checks.ts';
import type { RecordLookup } from '../dns/record-lookup.ts';
import { lowerAscii } from '../formats/address.ts';
import { findingWords } from './lists/list-names.ts';
import type { Finding } from './types.ts';

/** Who says what. */
export interface ClientNames {
  readonly ip: string;
  readonly helo: string;
  /** Is this host name, in lower case, one of ours? */
  readonly isOwnName: (name: string) => boolean;
  readonly isOwnIp: (ip: string) => boolean;
}

const literalOf = (helo: string): string | undefined => /^\[(?:ipv6:)?([0-9a-f:.]+)\]$/i.exec(helo)?.[1];

/** What can be seen of a HELO name without asking. */
export function examineHelo({
  ip,
  helo,
  isOwnName,
  isOwnIp,
}: ClientNames): 'helo-own' | 'helo-malformed' | undefined {
  const name = lowerAscii(helo).replace(/\.$/, '');
  const literal = literalOf(name) ?? (isIP(name) !== 0 ? name : undefined);
  // A client on this machine may have our names.
  if (!isOwnIp(ip) && (literal === undefined ? isOwnName(name) : isOwnIp(literal))) return 'helo-own';
  if (literalOf(name) !== undefined) return isIP(literalOf(name)!) === 0 ? 'helo-malformed' : undefined;
  const isHostName =
    name.length <= 253 &&
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
  return isHostName ? undefined : 'helo-malformed';
}

/** Has a host name an address or a mail host? Undefined: nobody can tell now. */
export async function hasAddress(lookup: RecordLookup, name: string): Promise<boolean | undefined> {
  const answers = await Promise.all((['A', 'AAAA', 'MX'] as const).map((type) => lookup.records(name, type)));
  if (answers.some(({ kind }) => kind === 'found')) return true;
  return answers.some(({ kind }) => kind === 'soft') ? undefined : false;
}

/** What a client is told. */
const refusals: Readonly<Record<ClientCheckName, string>> = {
  'helo-own': 'sorry, that HELO name is mine, not yours',
  'helo-malformed': 'sorry, HELO wants your full host name',
  'helo-unknown': 'sorry, your HELO name has no address',
  'no-name': 'sorry, your address has no name that leads back to it',
};

/** The findings of what was seen, by the site's rules. */
export function judgeClient(
  seen: ReadonlySet<ClientCheckName>,
  rules: ClientCheckRules,
  { ip, helo }: ClientNames,
): readonly Finding[] {
  return clientCheckNames.flatMap((name): readonly Finding[] => {
    const rule = rules.get(name);
    if (rule === undefined || !seen.has(name)) return [];
    const { measure, points } = rule;
    const finding = {
      check: name.startsWith('helo') ? 'helo' : 'ptr',
      result: name,
      score: points,
      words: findingWords(name === 'no-name' ? ip : helo),
    };
    const code = measure === 'reject' ? '550 5.7.1' : '450 4.7.1';
    return [measure === undefined ? finding : { ...finding, measure, reply: `${code} ${refusals[name]}` }];
  });
}
