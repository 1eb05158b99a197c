// The domains of a site as users/assign has them, which is where vpopmail keeps them: each real domain with its alias
// domains (spec/vpopmail.md 1.3, 1.5). Reading only; the text is the truth, not the cdb made of it.
import { join } from 'node:path';
import { lowerAscii } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { parseAssign } from './assign.ts';
import { readText } from './domain-files.ts';
import type { Domain } from './types.ts';

/** A domain with the names that are aliases of it. */
export interface RealDomain extends Domain {
  /** Alias domains, in the order of users/assign. */
  readonly aliases: readonly string[];
}

/** The domains of a text of users/assign in its order, aliases too. Throws AssignError. */
export function parseDomains(text: string): readonly Domain[] {
  const domains: Domain[] = [];
  for (const { wildcard, local, user, uid, gid, home } of parseAssign(text)) {
    // vpopmail: a wildcard with a dot in its name and a dash at its end is a domain.
    if (!wildcard || !local.includes('.') || !local.endsWith('-') || !home.startsWith('/')) continue;
    const name = lowerAscii(local.slice(0, -1));
    const directory = Buffer.from(home, 'latin1').toString('utf8');
    domains.push({ name, realName: lowerAscii(user), directory, uid: Number(uid), gid: Number(gid) });
  }
  return domains;
}

/** All domains and alias domains, in the order of users/assign. Throws AssignError. */
export async function listAssignedDomains(home: Home): Promise<readonly Domain[]> {
  const text = await readText(join(home.qmail, 'users', 'assign'));
  return text === undefined || text === '' ? [] : parseDomains(text);
}

/** The real domains with their aliases, in the order of users/assign. Throws AssignError. */
export async function listDomains(home: Home): Promise<readonly RealDomain[]> {
  const all = await listAssignedDomains(home);
  const aliases = Map.groupBy(
    all.filter(({ name, realName }) => name !== realName),
    ({ realName }) => realName,
  );
  return all
    .filter(({ name, realName }) => name === realName)
    .map((domain) => ({ ...domain, aliases: (aliases.get(domain.name) ?? []).map(({ name }) => name) }));
}
