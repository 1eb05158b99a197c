// Domains as administrators see and change them: lists, details with counts and damage, catch-all and limits
// (spec/vpopmail.md 1.5, 1.6, 2.8, qmailadmin.md 2.9). The making and removing of domains is the library's
// (../domains.ts, ../domain-removal.ts, ../alias-domains.ts).

import { join } from 'node:path';
import { lowerAscii } from '../../formats/address.ts';
import type { CatchAllChoice, DomainDetails, DomainSummary, ListPage, ListQuery } from '../administration.ts';
import { NoSuchObject, Refusal } from '../administration.ts';
import { listDomains as listRealDomains, type RealDomain } from '../domain-list.ts';
import { type Found, readKeptFile, storeKeptFile } from '../kept-files.ts';
import type { DomainLimits } from '../limits.ts';
import { noLimits } from '../limits.ts';
import { checkDomainName } from '../names.ts';
import type { Domain } from '../types.ts';
import { countAliases } from './aliases.ts';
import { administers, type Standing } from './authority.ts';
import { formatCatchAll, isSafeInstruction, readCatchAll } from './catch-all.ts';
import { fromTo, limitWords } from './change-words.ts';
import { checkLocalDestinations, readDestination } from './destinations.ts';
import { pageOf } from './paging.ts';
import { checkVersion, limitsOf, type Site, versionOf, whileAlone } from './site.ts';

const MAX_DEFAULT_FILE = 65_536;

const summaryOf = async (site: Site, domain: RealDomain): Promise<DomainSummary> => ({
  name: domain.name,
  aliasDomains: domain.aliases,
  accounts: await site.store.count(domain),
  isDisabled: (await site.accounts.findDomain(domain.name))?.isDisabled === true,
});

/** The domains that the actor administers, by name. */
export async function listOwnDomains(
  site: Site,
  who: Standing,
  query: ListQuery,
): Promise<ListPage<DomainSummary>> {
  const search = query.search?.trim().toLowerCase() ?? '';
  const fits = ({ name, aliases }: RealDomain): boolean =>
    [name, ...aliases].some((one) => one.includes(search));
  const own = (await listRealDomains(site.home)).filter(
    (domain) => administers(who, domain.name) && fits(domain),
  );
  const sorted = own.sort((one, other) => (one.name < other.name ? -1 : 1));
  const page = pageOf(sorted, query, ({ name }) => name);
  return { ...page, items: await Promise.all(page.items.map((domain) => summaryOf(site, domain))) };
}

const readDefault = (domain: Domain): Promise<Found> =>
  readKeptFile(join(domain.directory, '.qmail-default'), MAX_DEFAULT_FILE);

const textOf = (found: Found): string | undefined => (found.kind === 'file' ? found.text : undefined);

const domainVersion = (found: Found, limits: DomainLimits | undefined): string => versionOf(found, limits);

export async function describeDomain(site: Site, domain: Domain): Promise<DomainDetails> {
  const known = (await listRealDomains(site.home)).find(({ name }) => name === domain.name);
  if (known === undefined) throw new NoSuchObject(`no domain ${domain.name}`);
  const [summary, found, own, limits, problems, counts] = await Promise.all([
    summaryOf(site, known),
    readDefault(domain),
    site.store.limits(domain),
    limitsOf(site, domain),
    site.store.problems(domain),
    countAliases(site, domain),
  ]);
  const catchAll: CatchAllChoice =
    found.kind === 'odd'
      ? { kind: 'other', lines: [`(${found.words})`] }
      : readCatchAll(textOf(found), domain.name);
  return {
    ...summary,
    version: domainVersion(found, own),
    directory: domain.directory,
    catchAll,
    limits,
    hasDefaultLimits: own === undefined,
    problems,
    counts: {
      accounts: summary.accounts,
      aliases: counts.aliases,
      robots: counts.robots,
      lists: counts.lists,
    },
  };
}

/** A choice as it can be stored. Throws Refusal. */
async function checkCatchAll(
  site: Site,
  domain: Domain,
  choice: CatchAllChoice,
): Promise<Exclude<CatchAllChoice, { kind: 'other' }>> {
  switch (choice.kind) {
    case 'bounce':
    case 'delete':
      return { kind: choice.kind };
    case 'forward': {
      const address = readDestination(choice.address, domain.name, 'address');
      if (!isSafeInstruction(address))
        throw new Refusal('address', 'address', `${address} has letters that a catch-all cannot have`);
      await checkCatchAllTarget(site, domain, address);
      return { kind: 'forward', address };
    }
    case 'domain': {
      const name = checkDomainName(choice.domain.trim());
      const other = await site.accounts.findDomain(name);
      if (name === domain.name || other?.realName === domain.name)
        throw new Refusal('domain', 'loop', `${name} is this domain itself: mail would go round`);
      return { kind: 'domain', domain: name };
    }
    case 'directory': {
      // Any other place would make mail of one domain lie in another, or where nobody looks.
      for await (const { directory } of site.store.each(domain))
        if (directory === choice.path && isSafeInstruction(directory))
          return { kind: 'directory', path: directory };
      throw new Refusal('path', 'path', 'expected the directory of an account of this domain');
    }
    case 'other':
      throw new Refusal('kind', 'other', 'choose what happens to this mail');
  }
}

/** The target must be there without the catch-all, or mail for nobody would go round. */
async function checkCatchAllTarget(site: Site, domain: Domain, address: string): Promise<void> {
  const [local = '', host = ''] = [address.slice(0, address.lastIndexOf('@')), address.split('@').at(-1)];
  const found = await site.accounts.findDomain(host);
  if (found?.realName !== domain.realName)
    return checkLocalDestinations(site, domain, undefined, [address], 'address');
  const name = lowerAscii(local);
  if ((await site.store.find(domain, name)) === undefined)
    throw new Refusal('address', 'unknown', `there is no mailbox ${address}`);
}

export async function setCatchAll(
  site: Site,
  domain: Domain,
  version: string,
  choice: CatchAllChoice,
): Promise<string> {
  const wanted = await checkCatchAll(site, domain, choice);
  return whileAlone(domain, async () => {
    const found = await readDefault(domain);
    checkVersion(version, domainVersion(found, await site.store.limits(domain)), domain.name);
    if (found.kind === 'odd') throw new Refusal('kind', 'odd', `.qmail-default is ${found.words}`);
    const text = formatCatchAll(wanted, site.home.vpopmail, textOf(found));
    const mode = found.kind === 'file' ? found.mode & ~0o100 : 0o600;
    await storeKeptFile(join(domain.directory, '.qmail-default'), text, domain, mode);
    const words = (lines: string): string =>
      lines
        .trim()
        .replace(/^.*vdelivermail'? '' /, '')
        .replaceAll('\n', ' ');
    return fromTo(words(textOf(found) ?? ''), words(text));
  });
}

/** Limits as they can be stored. Throws Refusal. Pure. */
export function checkLimits(limits: DomainLimits): DomainLimits {
  const counts = Object.keys(noLimits).filter((key) => key !== 'denied' && key !== 'flags');
  for (const key of [...counts, 'flags']) {
    const value: unknown = limits[key as keyof DomainLimits];
    const least = key.startsWith('max') && key !== 'maxMessages' ? -1 : 0;
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > 999_999_999_999_999)
      throw new Refusal(key, 'number', `${key}: expected a whole number from ${least} on`);
  }
  for (const key of Object.keys(noLimits.denied) as (keyof DomainLimits['denied'])[]) {
    const value: unknown = limits.denied[key];
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > 7)
      throw new Refusal(key, 'number', `${key}: expected a sum of 1 create, 2 modify, 4 remove`);
  }
  return limits;
}

export async function setLimits(
  site: Site,
  domain: Domain,
  version: string,
  limits: DomainLimits | undefined,
): Promise<string> {
  const wanted = limits && checkLimits(limits);
  return whileAlone(domain, async () => {
    const before = await limitsOf(site, domain);
    checkVersion(
      version,
      domainVersion(await readDefault(domain), await site.store.limits(domain)),
      domain.name,
    );
    await site.store.setLimits(domain, wanted);
    const words = limitWords(before, await limitsOf(site, domain));
    return wanted === undefined ? `those for all domains: ${words}` : words;
  });
}
