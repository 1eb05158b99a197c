// Mailing lists of a domain (spec/qmailadmin.md 2.8): made and changed as Qmailadmin does it by ezmlm-make, so that ezmlm's
// programs, Qmailadmin and ours read the same; members are changed by the store of mta/lists. What a form does not know of
// a list (texts, sublists, further flags) stays as it is.
import { join } from 'node:path';
import { lowerAscii } from '../../formats/address.ts';
import {
  changeDomainList,
  createDomainList,
  describeDomainList,
  findDomainList,
  findListPrograms,
  isInDomain,
  type ListDomain,
  type ListPlace,
  openDomainList,
  removeDomainList,
} from '../../lists/domain-lists.ts';
import { ListError } from '../../lists/errors.ts';
import { readListFile } from '../../lists/files.ts';
import type { ReplyTo } from '../../lists/list-headers.ts';
import { readNumbers } from '../../lists/numbers.ts';
import { listPrograms } from '../../lists/programs.ts';
import { changeSubscribers, countSubscribers, readSubscribers } from '../../lists/subscribers.ts';
import { Conflict, type ListPage, type ListQuery, NoSuchObject, Refusal } from '../administration.ts';
import type { Domain } from '../types.ts';
import { aliasNameOf, readAlias } from './alias-files.ts';
import { checkAliasName, checkNoMailbox } from './aliases.ts';
import { checkCount, checkDenied, type Standing } from './authority.ts';
import { fromTo } from './change-words.ts';
import { readDestination } from './destinations.ts';
import { findListPlaces } from './list-names.ts';
import {
  type ArchiveReaders,
  archives,
  type ListChoices,
  type ListDetails,
  type ListInput,
  type ListSummary,
  type ListSwitch,
  listSwitches,
  type MemberChange,
  type MemberChanged,
  type MemberSet,
  MOST_MEMBERS,
  memberSets,
  type Posting,
  postings,
} from './list-types.ts';
import { pageOf } from './paging.ts';
import { needProgram } from './robots.ts';
import { checkVersion, limitsOf, type Site, versionOf, whileAlone } from './site.ts';

/** The file of each switch; `isNot`: the file says no. */
const switchFiles: Readonly<Record<ListSwitch, { readonly letter: string; readonly isNot?: true }>> = {
  public: { letter: 'p' },
  confirmsSubscribing: { letter: 'h', isNot: true },
  confirmsLeaving: { letter: 'j', isNot: true },
  moderatesSubscribing: { letter: 's' },
  digest: { letter: 'd' },
  threads: { letter: 'i' },
  trailer: { letter: 't' },
  remote: { letter: 'r' },
  moderatorsList: { letter: 'l' },
  moderatorsEdit: { letter: 'n' },
};

/** qmailadmin's opt1 and opt15. */
const postingLetters: Readonly<Record<Posting, string>> = {
  anyone: 'MU',
  subscribers: 'Mu',
  'others-moderated': 'mu',
  moderators: 'mUo',
  moderated: 'mUO',
};
const archiveLetters: Readonly<Record<ArchiveReaders, string>> = {
  none: 'ABG',
  anyone: 'aBG',
  subscribers: 'aBg',
  moderators: 'abG',
};

/** Each letter of a word: small is yes. */
const lettersOf = (word: string): [string, boolean][] =>
  [...word].map((letter) => [letter.toLowerCase(), letter === letter.toLowerCase()]);

const MOST_PREFIX = 60;

/** What a form may say. Throws Refusal. Pure. */
function checkChoices(wanted: ListChoices, domain: Domain): ListChoices {
  const owner = wanted.owner.trim() === '' ? '' : readDestination(wanted.owner, domain.name, 'owner');
  const prefix = wanted.prefix
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .trim();
  if (/[\p{Cc}[\]]/u.test(prefix))
    throw new Refusal('prefix', 'characters', 'a prefix has no brackets and no control characters');
  if ([...prefix].length > MOST_PREFIX)
    throw new Refusal('prefix', 'too-long', `a prefix has at most ${MOST_PREFIX} characters`);
  const { replyTo, posting, archive, switches } = wanted;
  if (!postings.includes(posting))
    throw new Refusal('posting', 'unknown', `posting is one of ${postings.join(', ')}`);
  if (!archives.includes(archive))
    throw new Refusal('archive', 'unknown', `archive is one of ${archives.join(', ')}`);
  return {
    owner,
    prefix,
    replyTo:
      replyTo === 'sender' || replyTo === 'list' ? replyTo : readDestination(replyTo, domain.name, 'replyTo'),
    posting,
    archive,
    switches: listSwitches.filter((name) => switches.includes(name)),
  };
}

/** A domain as mta/lists knows it. */
const listDomainOf = ({ realName, directory, uid, gid }: Domain): ListDomain => ({
  name: realName,
  directory,
  uid,
  gid,
});

/** The programs that the lines of a list call; of a new one those of the site. */
async function programsOf(site: Site, place: Place | undefined): Promise<string> {
  const line = place && (await readListFile(join(place.directory, 'editor')));
  const known = /(\/[^'"\s|;&]*)\/ezmlm-reject/.exec(line ?? '')?.[1];
  return known ?? findListPrograms(site.home.vpopmail);
}

async function readChoices(domain: Domain, name: string): Promise<ListChoices> {
  const { flags, owner, prefix, replyTo } = await describeDomainList(listDomainOf(domain), name);
  const has = (letter: string): boolean => flags.get(letter) === true;
  const posting = (): Posting => {
    if (has('m')) return has('u') ? 'others-moderated' : has('o') ? 'moderators' : 'moderated';
    return has('u') ? 'subscribers' : 'anyone';
  };
  const archive = (): ArchiveReaders =>
    !has('a') ? 'none' : has('b') ? 'moderators' : has('g') ? 'subscribers' : 'anyone';
  return {
    owner,
    prefix,
    replyTo: replyTo.to === 'address' ? replyTo.address : replyTo.to,
    posting: posting(),
    archive: archive(),
    switches: listSwitches.filter((one) => {
      const { letter, isNot = false } = switchFiles[one];
      return has(letter) !== isNot;
    }),
  };
}

const noChoices: ListChoices = {
  owner: '',
  prefix: '',
  replyTo: 'sender',
  posting: 'subscribers',
  archive: 'none',
  switches: [],
};

/** A list of the domain. */
type Place = Pick<ListPlace, 'name' | 'directory'>;

async function describe(domain: Domain, { name, directory }: Place): Promise<ListDetails> {
  const list = await openDomainList(domain, directory);
  if ('odd' in list) {
    const none = { '.': 0, digest: 0, mod: 0, allow: 0, deny: 0 };
    const version = versionOf(list.odd);
    return {
      name,
      directory,
      posting: 'subscribers',
      members: 0,
      posts: 0,
      odd: list.odd,
      version,
      choices: noChoices,
      counts: none,
    };
  }
  const choices = await readChoices(domain, name);
  const counts = Object.fromEntries(
    await Promise.all(memberSets.map(async (set) => [set, await countSubscribers(directory, set)] as const)),
  ) as Record<MemberSet, number>;
  const posts = (await readNumbers(directory, 'num'))?.[0] ?? 0;
  return {
    name,
    directory,
    posting: choices.posting,
    members: counts['.'],
    posts,
    version: versionOf(choices),
    choices,
    counts,
  };
}

/** One page of a domain's lists, by name. */
export async function listLists(domain: Domain, query: ListQuery): Promise<ListPage<ListSummary>> {
  const search = lowerAscii(query.search?.trim() ?? '');
  const places = (await findListPlaces(domain)).filter(({ name }) => name.includes(search));
  const page = pageOf(places, query, ({ name }) => name);
  const items: ListSummary[] = [];
  for (const place of page.items) {
    const { name, posting, members, posts, odd } = await describe(domain, place);
    items.push({ name, posting, members, posts, odd });
  }
  return { ...page, items };
}

async function lookForPlace(domain: Domain, given: string): Promise<Place | undefined> {
  const name = lowerAscii(given);
  if (aliasNameOf(`.qmail-${name.replaceAll('.', ':')}`) === undefined) return undefined;
  const directory = await findDomainList(domain, name);
  return directory !== undefined && isInDomain(domain, directory) ? { name, directory } : undefined;
}

async function findPlace(domain: Domain, name: string): Promise<Place> {
  const place = await lookForPlace(domain, name);
  if (place === undefined) throw new NoSuchObject(`no list ${name}@${domain.name}`);
  return place;
}

export const findList = async (domain: Domain, name: string): Promise<ListDetails> =>
  describe(domain, await findPlace(domain, name));

/** Runs what the library of lists does; what it refuses is a refusal of the form. */
async function listWork<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ListError && error.status === 100)
      throw new Refusal(field, 'refused', error.message);
    throw error;
  }
}

const lettersFor = ({ posting, archive, prefix, switches }: ListChoices): ReadonlyMap<string, boolean> =>
  new Map([
    ...lettersOf(postingLetters[posting]),
    ...lettersOf(archiveLetters[archive]),
    ...listSwitches.map((one): [string, boolean] => {
      const { letter, isNot = false } = switchFiles[one];
      return [letter, switches.includes(one) !== isNot];
    }),
    ['f', prefix !== ''],
  ]);

const replyToOf = (replyTo: string): ReplyTo =>
  replyTo === 'sender' || replyTo === 'list' ? { to: replyTo } : { to: 'address', address: replyTo };

/** Makes a list, or changes one. Gives what the audit log is told. */
export async function setList(
  site: Site,
  who: Standing,
  domain: Domain,
  givenName: string,
  wanted: ListInput,
): Promise<string> {
  const name = checkAliasName(givenName);
  const choices = checkChoices(wanted, domain);
  return whileAlone(domain, async () => {
    const place = await lookForPlace(domain, name);
    const limits = await limitsOf(site, domain);
    checkDenied(who, limits, 'list', wanted.version === undefined ? 'create' : 'modify', 'name');
    if (wanted.version === undefined) await checkNew(site, who, domain, name, limits.maxLists);
    else if (place === undefined) throw new Conflict(`${name} was removed meanwhile`);
    const old = place && (await describe(domain, place));
    if (wanted.version !== undefined && old) {
      if (old.odd !== undefined) throw new Refusal('name', 'odd', `${name}@${domain.name}: ${old.odd}`);
      checkVersion(wanted.version, old.version, name);
    }
    const programs = await programsOf(site, place);
    for (const program of Object.keys(listPrograms)) await needProgram(site, join(programs, program), 'name');
    const wishes = { ...choices, letters: lettersFor(choices), replyTo: replyToOf(choices.replyTo) };
    const work = place === undefined ? createDomainList : changeDomainList;
    await listWork('name', async () => work(listDomainOf(domain), name, wishes, { programs }));
    return place === undefined ? choices.posting : changeWordsOf(old?.choices ?? noChoices, choices);
  });
}

async function checkNew(
  site: Site,
  who: Standing,
  domain: Domain,
  name: string,
  most: number,
): Promise<void> {
  const isTaken = (await readAlias(site, domain, name)) !== undefined;
  if (isTaken) throw new Refusal('name', 'taken', `${name}@${domain.name} is there already`);
  await checkNoMailbox(site, domain, name);
  if (who.level === 'domain' && most >= 0)
    checkCount(who, most, (await findListPlaces(domain)).length, 'name', 'mailing lists');
}

function changeWordsOf(before: ListChoices, after: ListChoices): string {
  const text = ({ switches, ...rest }: ListChoices): readonly (readonly [string, string])[] =>
    Object.entries({ ...rest, switches: switches.join(' ') });
  const old = new Map(text(before));
  const changed = text(after).filter(([key, value]) => old.get(key) !== value);
  return changed.map(([key, value]) => `${key} ${fromTo(old.get(key) ?? '', value)}`).join(', ') || 'nothing';
}

/** Removes a list with all that is in its directory. Gives what the audit log is told. */
export async function removeList(
  site: Site,
  who: Standing,
  domain: Domain,
  name: string,
  version: string,
): Promise<string> {
  return whileAlone(domain, async () => {
    const place = await findPlace(domain, name);
    const old = await describe(domain, place);
    checkVersion(version, old.version, place.name);
    checkDenied(who, await limitsOf(site, domain), 'list', 'remove', 'name');
    await listWork('name', () => removeDomainList(listDomainOf(domain), place.name));
    return `${old.members} members, ${old.posts} posts`;
  });
}

const isSet = (set: string): set is MemberSet => (memberSets as readonly string[]).includes(set);

/** One page of the addresses of a set, sorted. */
export async function listMembers(
  domain: Domain,
  name: string,
  set: MemberSet,
  query: ListQuery,
): Promise<ListPage<string>> {
  const { directory } = await findPlace(domain, name);
  if (!isSet(set)) throw new NoSuchObject(`no set ${String(set)}`);
  const search = lowerAscii(query.search?.trim() ?? '');
  const all: string[] = [];
  for await (const some of readSubscribers(directory, set))
    for (const address of some) if (search === '' || lowerAscii(address).includes(search)) all.push(address);
  return pageOf(all.sort(), query, (address) => address);
}

/** Adds and removes addresses of a set. */
export async function changeMembers(
  site: Site,
  who: Standing,
  domain: Domain,
  name: string,
  set: MemberSet,
  { add, remove }: MemberChange,
): Promise<MemberChanged> {
  const place = await findPlace(domain, name);
  if (!isSet(set)) throw new NoSuchObject(`no set ${String(set)}`);
  const list = await openDomainList(domain, place.directory);
  if ('odd' in list) throw new Refusal('members', 'odd', `${name}@${domain.name}: ${list.odd}`);
  if (add.length + remove.length > MOST_MEMBERS)
    throw new Refusal('members', 'too-many', `at most ${MOST_MEMBERS} addresses can be given at once`);
  const limits = await limitsOf(site, domain);
  const kind = set === 'mod' ? 'listModerators' : 'listUsers';
  if (add.length > 0) checkDenied(who, limits, kind, 'create', 'members');
  if (remove.length > 0) checkDenied(who, limits, kind, 'remove', 'members');
  const added = add.map((text) => readDestination(text, domain.name, 'members'));
  const answers = await listWork('members', () =>
    changeSubscribers(
      place.directory,
      set,
      [
        ...added.map((address) => ({ address, adds: true })),
        ...remove.map((address) => ({ address, adds: false })),
      ],
      { event: 'manual' },
    ),
  );
  const done = answers.slice(0, added.length).filter(Boolean).length;
  const gone = answers.slice(added.length).filter(Boolean).length;
  return { added: done, removed: gone, same: answers.length - done - gone };
}
