// Aliases and forwards (spec/qmailadmin.md 2.6, vpopmail.md 8.1): listing what the .qmail-NAME files of a domain are, and
// changing the addresses of one. Programs, comments and everything else in such a file are shown and stay in place. An
// alias never takes the name of a mailbox; lists are seen here and changed nowhere here.

import { lowerAscii } from '../../formats/address.ts';
import type { AliasDetails, AliasInput, ListPage, ListQuery } from '../administration.ts';
import { Conflict, NoSuchObject, Refusal } from '../administration.ts';
import type { DomainLimits } from '../limits.ts';
import type { Domain } from '../types.ts';
import {
  type AliasSite,
  listAliasNames,
  readAlias,
  removeStoredAlias,
  type StoredAlias,
  storeAlias,
} from './alias-files.ts';
import { type Act, checkCount, checkDenied, type Standing } from './authority.ts';
import { fromTo } from './change-words.ts';
import { checkLocalDestinations, MAX_DESTINATIONS, readDestinations } from './destinations.ts';
import { delivers, dropBlankStart, replaceAddresses, showLine } from './dot-qmail-lines.ts';
import { findListPlaces, listAliasNamesOfLists } from './list-names.ts';
import { pageOf } from './paging.ts';
import { readRobotText, removeRobotFiles } from './robot-files.ts';
import { checkVersion, limitsOf, type Site, whileAlone } from './site.ts';

/** Names that forms may give: what is safe in a file name and in a line that a shell reads. Letters of all scripts (RFC 6531). */
const NAME = /^(?![A-Z])[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}.+=_-]{0,62}[\p{L}\p{M}\p{N}+=_-])?$/u;

/** The name in lower case. Throws Refusal. Pure. */
export function checkAliasName(name: string): string {
  // RFC 6532 3.1: one form of a letter, the one that mail programs send.
  const lower = lowerAscii(name.trim().normalize('NFC'));
  if (Buffer.byteLength(lower) > 128 || !NAME.test(lower) || lower.includes('..'))
    throw new Refusal(
      'name',
      'name',
      'a name has letters, digits and . + = _ - and begins with a letter or digit',
    );
  if (lower === 'default')
    throw new Refusal('name', 'reserved', 'mail for everybody else is set by the catch-all of the domain');
  return lower;
}

/** What kind of thing an alias is, by its lines. Pure. */
export function kindOf(alias: Pick<StoredAlias, 'lines' | 'odd'>): AliasDetails['kind'] {
  if (alias.odd !== undefined) return 'other';
  if (alias.lines.some((line) => line.kind === 'list')) return 'list';
  if (alias.lines.some((line) => line.kind === 'robot')) return 'robot';
  return 'alias';
}

/** What forms see of it. Pure, but for a robot's texts. */
async function describe(domain: Domain, alias: StoredAlias): Promise<AliasDetails> {
  const { name, where, version, lines } = alias;
  const kind = kindOf(alias);
  const addresses = lines.flatMap((line) => (line.kind === 'address' ? [line.address] : []));
  const discards = kind === 'alias' && lines.length > 0 && !lines.some(delivers);
  const isShown = (line: (typeof lines)[number]): boolean =>
    line.kind !== 'address' &&
    !(line.kind === 'discard' && discards) &&
    !(kind === 'robot' && line === lines.find((one) => one.kind === 'robot'));
  const robot = kind === 'robot' ? await readRobotText(domain, alias) : undefined;
  return {
    name,
    kind,
    where,
    version: robot === undefined ? version : robot.version,
    addresses,
    discards,
    otherLines: [
      ...lines.filter(isShown).map((line) => showLine(line.text)),
      ...(alias.odd === undefined ? [] : [`(${alias.odd})`]),
    ],
    ...(robot === undefined ? {} : { robot: { ...robot.text, copyTo: addresses[0] ?? '' } }),
  };
}

/** One alias. Throws NoSuchObject. */
export async function findAlias(site: Site, domain: Domain, name: string): Promise<AliasDetails> {
  return describe(domain, await readKnown(site, domain, name));
}

/** The stored form of one that must be there. Throws NoSuchObject. */
export async function readKnown(site: Site, domain: Domain, name: string): Promise<StoredAlias> {
  const lower = lowerAscii(name);
  const isName = !/[\0/:]/.test(lower) && !lower.startsWith('.') && lower !== '' && lower !== 'default';
  const stored = isName ? await readAlias(site, domain, lower) : undefined;
  if (stored === undefined) throw new NoSuchObject(`no alias ${name}@${domain.name}`);
  return stored;
}

/** Files that are read at once. */
const AT_ONCE = 32;

/** Reads many, some at a time. One that vanished meanwhile is left out. */
export async function readAliases(
  site: AliasSite,
  domain: Domain,
  names: readonly string[],
): Promise<readonly StoredAlias[]> {
  const all: StoredAlias[] = [];
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const some = names.slice(at, at + AT_ONCE).map((name) => readAlias(site, domain, name));
    for (const alias of await Promise.all(some)) if (alias !== undefined) all.push(alias);
  }
  return all;
}

/** One page of a domain's aliases, by name; `search` looks at names and addresses. */
export async function listAliases(
  site: Site,
  domain: Domain,
  query: ListQuery,
): Promise<ListPage<AliasDetails>> {
  // What leads into the directory of a list is the list's, and shown with it.
  const ofLists = await listAliasNamesOfLists(domain);
  const names = (await listAliasNames(site, domain)).filter((name) => !ofLists.has(name));
  const search = query.search?.trim().toLowerCase() ?? '';
  if (search === '') {
    const page = pageOf(names, query, (name) => name);
    const stored = await readAliases(site, domain, page.items);
    return { ...page, items: await Promise.all(stored.map((alias) => describeShort(domain, alias))) };
  }
  const fits = ({ name, lines }: StoredAlias): boolean =>
    name.includes(search) ||
    lines.some((line) => line.kind === 'address' && line.address.toLowerCase().includes(search));
  const page = pageOf((await readAliases(site, domain, names)).filter(fits), query, ({ name }) => name);
  return { ...page, items: await Promise.all(page.items.map((alias) => describeShort(domain, alias))) };
}

/** Of one that is longer than a form takes, a list shows the beginning. */
async function describeShort(domain: Domain, alias: StoredAlias): Promise<AliasDetails> {
  const { addresses, otherLines, ...rest } = await describe(domain, alias);
  return {
    ...rest,
    addresses: addresses.slice(0, MAX_DESTINATIONS),
    otherLines: otherLines.slice(0, 20).map((line) => line.slice(0, 500)),
  };
}

/** How many of each kind; aliases that throw mail away count as aliases, but not for limits. */
export async function countAliases(
  site: Site,
  domain: Domain,
): Promise<{ aliases: number; forwards: number; robots: number; lists: number }> {
  const all = await readAliases(site, domain, await listAliasNames(site, domain));
  const of = (kind: AliasDetails['kind']): number => all.filter((alias) => kindOf(alias) === kind).length;
  const forwards = all.filter((alias) => kindOf(alias) === 'alias' && alias.lines.some(delivers)).length;
  return {
    aliases: of('alias'),
    forwards,
    robots: of('robot'),
    lists: (await findListPlaces(domain)).length + of('list'),
  };
}

/** vpopmail's perm_alias is for addresses of the own domain, perm_forward for all others. */
function checkAct(
  who: Standing,
  limits: DomainLimits,
  domain: Domain,
  act: Act,
  addresses: readonly string[],
): void {
  const isInside = addresses.every((address) => address.endsWith(`@${domain.realName}`));
  checkDenied(who, limits, isInside ? 'alias' : 'forward', act, 'name');
}

/** The name is free for an alias or robot: no mailbox has it. Throws Refusal. Under the domain's lock. */
export async function checkNoMailbox(site: Site, domain: Domain, name: string): Promise<void> {
  if ((await site.store.find(domain, name)) !== undefined)
    throw new Refusal(
      'name',
      'mailbox',
      `${name}@${domain.name} is a mailbox; an alias of its name would take its mail`,
    );
}

/** What became of the lines of an alias, and in words for the audit log. */
export interface ChangedLines {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly words: string;
}

/** Changes the addresses of an alias, or makes one. */
export async function setAlias(
  site: Site,
  who: Standing,
  domain: Domain,
  givenName: string,
  wanted: AliasInput,
): Promise<ChangedLines> {
  const name = checkAliasName(givenName);
  const addresses = readDestinations(wanted.addresses, domain.name, 'addresses');
  const discards = wanted.discards === true;
  if (discards && addresses.length > 0)
    throw new Refusal('addresses', 'contradiction', 'mail is thrown away or sent on, not both');
  return whileAlone(domain, async () => {
    const old = await readAlias(site, domain, name);
    if (wanted.version === undefined && old !== undefined)
      throw new Refusal('name', 'taken', `${name}@${domain.name} is there already`);
    if (wanted.version !== undefined && old === undefined)
      throw new Conflict(`${name} was removed meanwhile`);
    if (old !== undefined) checkVersion(wanted.version, old.version, name);
    if (old !== undefined && kindOf(old) !== 'alias')
      throw new Refusal('name', 'kind', `${name}@${domain.name} is no alias`);
    await checkNoMailbox(site, domain, name);
    const limits = await limitsOf(site, domain);
    const before = old?.lines.flatMap((line) => (line.kind === 'address' ? [line.address] : [])) ?? [];
    checkAct(who, limits, domain, old === undefined ? 'create' : 'modify', [...before, ...addresses]);
    const forwarding = old?.lines.some(delivers) === true;
    // qmailadmin: what throws mail away is not counted.
    if (!discards && !forwarding && who.level === 'domain' && limits.maxForwards >= 0)
      checkCount(who, limits.maxForwards, (await countAliases(site, domain)).forwards, 'name', 'forwards');
    const added = addresses.filter((address) => !before.includes(address));
    await checkLocalDestinations(site, domain, name, added, 'addresses');
    const others = old?.lines.some((line) => line.kind !== 'address' && delivers(line)) === true;
    if (discards && others)
      throw new Refusal(
        'discards',
        'other-lines',
        'other lines of this alias deliver its mail; they are kept',
      );
    const lines = withChoice(old?.lines ?? [], addresses, discards);
    if (lines.length === 0) throw new Refusal('addresses', 'missing', 'an alias needs an address');
    await storeAlias(site, domain, name, old, lines);
    const now = discards ? 'discards' : addresses.join(' ');
    const had = old?.lines.map((line) => line.text) ?? [];
    return {
      added: lines.filter((line) => !had.includes(line)).map(showLine),
      removed: had.filter((line) => !lines.includes(line)).map(showLine),
      words: old === undefined ? now : fromTo(wordsOf(old), now),
    };
  });
}

/** Where the mail of an alias goes, in words for the audit log. */
function wordsOf({ lines }: StoredAlias): string {
  const addresses = lines.flatMap((line) => (line.kind === 'address' ? [line.address] : []));
  return lines.some(({ kind }) => kind === 'discard') && addresses.length === 0
    ? 'discards'
    : addresses.join(' ');
}

/** The new lines of an alias; none when nothing would be left that does anything. Pure. */
export function withChoice(
  old: StoredAlias['lines'],
  addresses: readonly string[],
  discards: boolean,
): readonly string[] {
  const kept = replaceAddresses(
    // `#` alone is how qmailadmin throws away; another comment is a comment.
    old.filter((line) => line.kind !== 'discard' || discards),
    addresses,
  );
  const isDiscard = (line: string): boolean => /^#[ \t]*(?:delete)?[ \t]*$/.test(line);
  if (discards) return kept.some(isDiscard) ? kept : dropBlankStart([...kept, '#']);
  const works = addresses.length > 0 || old.some((line) => line.kind !== 'address' && delivers(line));
  return works ? kept : [];
}

/** Removes an alias or a robot with its files. Gives what it was, for the audit log. */
export async function removeAlias(
  site: Site,
  who: Standing,
  domain: Domain,
  name: string,
  version: string,
): Promise<string> {
  return whileAlone(domain, async () => {
    const old = await readKnown(site, domain, name);
    const kind = kindOf(old);
    if (kind === 'list' || kind === 'other')
      throw new Refusal('name', 'kind', `${old.name}@${domain.name} belongs to a list or to another program`);
    const limits = await limitsOf(site, domain);
    if (kind === 'robot') {
      checkVersion(version, (await readRobotText(domain, old)).version, old.name);
      checkDenied(who, limits, 'robot', 'remove', 'name');
    } else {
      checkVersion(version, old.version, old.name);
      const addresses = old.lines.flatMap((line) => (line.kind === 'address' ? [line.address] : []));
      checkAct(who, limits, domain, 'remove', addresses);
    }
    // The line first: a robot without files would make mail wait.
    await removeStoredAlias(site, domain, old);
    if (kind === 'robot') await removeRobotFiles(domain, old);
    return kind === 'robot' ? `robot ${wordsOf(old)}`.trim() : wordsOf(old);
  });
}
