// Under which addresses mail comes to an account: its name in its domain and in the alias domains, the aliases and
// forwards of the domain that lead to it, also over other aliases, and what the catch-all sends it. Robots count, lists do
// not: who is on a list does not speak for it. An answer may be as old as fifty times the time that reading took, so a
// domain of ten thousand aliases is not read for every letter that somebody begins.
import { join } from 'node:path';
import { lowerAscii, splitAddress } from '../../formats/address.ts';
import type { OwnAddresses } from '../administration.ts';
import { listDomains } from '../domain-list.ts';
import { readKeptFile } from '../kept-files.ts';
import type { Accounts, Domain } from '../types.ts';
import { type AliasSite, listAliasNames, readAlias, type StoredAlias } from './alias-files.ts';
import { kindOf, readAliases } from './aliases.ts';
import type { Standing } from './authority.ts';
import { readCatchAll } from './catch-all.ts';
import type { Site } from './site.ts';

const mostAddresses = 500;
const longestTrust = 60_000;
const MAX_DEFAULT_FILE = 65_536;

/** What the aliases of a domain say: for each address the names of the aliases that have it. */
interface AliasMap {
  readonly until: number;
  readonly leadingTo: ReadonlyMap<string, readonly string[]>;
}

/** Names of aliases that lead to `first`, over any number of steps; nearest first. Pure. */
export function namesLeadingTo(
  first: string,
  leadingTo: ReadonlyMap<string, readonly string[]>,
  addressOf: (name: string) => readonly string[],
): readonly string[] {
  const found = new Set<string>();
  const open = [first];
  for (let address = open.shift(); address !== undefined; address = open.shift()) {
    for (const name of leadingTo.get(address) ?? []) {
      if (found.has(name) || found.size >= mostAddresses) continue;
      found.add(name);
      open.push(...addressOf(name));
    }
  }
  return [...found];
}

/** Which alias has which address as its destination. Pure. */
export function mapAliases(aliases: readonly StoredAlias[]): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, string[]>();
  for (const alias of aliases) {
    const kind = kindOf(alias);
    if (kind !== 'alias' && kind !== 'robot') continue;
    for (const line of alias.lines) {
      if (line.kind !== 'address') continue;
      const key = lowerAscii(line.address);
      const names = map.get(key);
      if (names) names.push(alias.name);
      else map.set(key, [alias.name]);
    }
  }
  return map;
}

/** What the finder needs of a site. */
export type AddressSite = AliasSite &
  Pick<Site, 'home'> & { readonly accounts: Pick<Accounts, 'findDomain'> };

/**
 * What administrators allow (control/allowedsenders): addresses, and `@domain` for all of one, by account and by `@domain`
 * for all accounts of one.
 */
export type AllowedSenders = ReadonlyMap<string, readonly string[]>;

/** Makes the finder of one site. It runs as the user of the actor's domain. */
export function createAddressFinder(
  site: AddressSite,
  now: () => number,
  readAllowed: () => Promise<AllowedSenders>,
): (who: Standing, about?: string) => Promise<OwnAddresses> {
  const kept = new Map<string, AliasMap>();

  async function readMap(domain: Domain): Promise<AliasMap> {
    const known = kept.get(domain.directory);
    const begun = now();
    if (known && begun < known.until) return known;
    const leadingTo = mapAliases(await readAliases(site, domain, await listAliasNames(site, domain)));
    const ended = now();
    const map = { leadingTo, until: ended + Math.min(longestTrust, 50 * Math.max(0, ended - begun)) };
    if (kept.size > 1000) kept.clear();
    kept.set(domain.directory, map);
    return map;
  }

  /** By name, with a tag, or by a pattern; what is another's own is not. */
  async function isOwn(own: OwnAddresses, address: string): Promise<boolean> {
    if (own.addresses.includes(address)) return true;
    const isTagged = own.addresses.includes(withoutTag(address));
    if (!isTagged && !own.patterns.some((pattern) => fitsPattern(pattern, address))) return false;
    const { local, domain: host } = splitAddress(address);
    const domain = await site.accounts.findDomain(host);
    if (!domain) return false;
    const name = local.replace(/[/\0]/g, '');
    return (
      name === local &&
      (await site.store.find(domain, name)) === undefined &&
      (await readAlias(site, domain, name)) === undefined
    );
  }

  return async (who, about) => {
    const found = who.name === '' ? undefined : await site.accounts.findDomain(who.domain);
    if (!found) return { addresses: [], patterns: [] };
    const domain: Domain = { ...found, name: found.realName };
    const real = (await listDomains(site.home)).find(({ name }) => name === domain.realName);
    const hosts = [domain.realName, ...(real?.aliases ?? [])];
    const everywhere = (name: string): readonly string[] => hosts.map((host) => `${name}@${host}`);
    const { leadingTo } = await readMap(domain);
    const aliases = new Set<string>();
    for (const address of everywhere(who.name))
      for (const name of namesLeadingTo(address, leadingTo, everywhere)) aliases.add(name);
    // An alias that has the name of a mailbox is that mailbox's own .qmail, as sites make them by hand.
    aliases.delete(who.name);
    const [prefixes, names] = [[] as string[], [] as string[]];
    for (const name of [...aliases].sort()) {
      if (name.endsWith('-default')) prefixes.push(name.slice(0, -'default'.length));
      else names.push(name);
    }
    const patterns = prefixes.map((prefix) => `${prefix}*@${domain.realName}`);
    if (await isCatchAll(site, domain, who, new Set([...everywhere(who.name), ...names.flatMap(everywhere)])))
      patterns.push(...hosts.map((host) => `*@${host}`));
    const allowed = await readAllowed();
    const more = [...everywhere(who.name), ...hosts.map((host) => `@${host}`)].flatMap(
      (one) => allowed.get(one) ?? [],
    );
    const own = {
      addresses: [
        ...new Set([
          ...[who.name, ...names].flatMap(everywhere),
          ...more.filter((one) => !one.startsWith('@')),
        ]),
      ].slice(0, mostAddresses),
      patterns: [...patterns, ...more.filter((one) => one.startsWith('@')).map((one) => `*${one}`)],
    };
    if (about === undefined) return own;
    const address = lowerAscii(about);
    const isAllowed = more.includes(address) || more.includes(`@${splitAddress(address).domain}`);
    return { ...own, isOwn: isAllowed || (await isOwn(own, address)) };
  };
}

/** Does mail for local parts that nobody has come to this account? */
async function isCatchAll(
  site: AddressSite,
  domain: Domain,
  who: Standing,
  own: ReadonlySet<string>,
): Promise<boolean> {
  const file = await readKeptFile(join(domain.directory, '.qmail-default'), MAX_DEFAULT_FILE);
  if (file.kind !== 'file') return false;
  const choice = readCatchAll(file.text, domain.realName);
  if (choice.kind === 'forward') return own.has(lowerAscii(choice.address));
  if (choice.kind !== 'directory') return false;
  const record = await site.store.find(domain, who.name);
  return [record?.directory, join(domain.directory, who.name)].includes(choice.path);
}

/** Does a pattern of {@link OwnAddresses} fit an address in lower case? Pure. */
export function fitsPattern(pattern: string, address: string): boolean {
  const wanted = splitAddress(pattern);
  const { local, domain } = splitAddress(address);
  return wanted.domain === domain && local !== '' && local.startsWith(wanted.local.slice(0, -1));
}

/** `alice+shop@example.com` without its tag. */
const withoutTag = (address: string): string => address.replace(/\+[^@]*@/, '@');
