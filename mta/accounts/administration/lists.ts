// Mailing lists of a domain (spec/qmailadmin.md 2.8): made and changed as Qmailadmin does it by ezmlm-make, so that ezmlm's
// programs, Qmailadmin and ours read the same; members are changed by the store of mta/lists. What a form does not know of
// a list (texts, sublists, further flags) stays as it is.
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lowerAscii } from '../../formats/address.ts';
import { ListError } from '../../lists/errors.ts';
import { readListFile, settingLines } from '../../lists/files.ts';
import type { MailingList } from '../../lists/list.ts';
import { makeList, readOldOptions } from '../../lists/make.ts';
import { readNumbers } from '../../lists/numbers.ts';
import { listPrograms } from '../../lists/programs.ts';
import { changeSubscribers, countSubscribers, readSubscribers } from '../../lists/subscribers.ts';
import { Conflict, type ListPage, type ListQuery, NoSuchObject, Refusal } from '../administration.ts';
import { replaceFile } from '../durable.ts';
import { isThere, storeKeptFile } from '../kept-files.ts';
import type { Domain } from '../types.ts';
import { readAlias } from './alias-files.ts';
import { checkAliasName, checkNoMailbox } from './aliases.ts';
import { checkCount, checkDenied, type Standing } from './authority.ts';
import { fromTo } from './change-words.ts';
import { readDestination } from './destinations.ts';
import { findListPlace, findListPlaces, type ListPlace, openPlace, removePlace } from './list-files.ts';
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

/** Where the programs are that the lines of lists call: ezmlm's usual place, or beside vpopmail's. */
async function programsOf(site: Site, place: ListPlace | undefined): Promise<string> {
  const line = place && (await readListFile(join(place.directory, 'editor')));
  const known = /(\/[^'"\s|;&]*)\/ezmlm-reject/.exec(line ?? '')?.[1];
  if (known !== undefined) return known;
  const usual = '/usr/local/bin/ezmlm';
  return access(join(usual, 'ezmlm-reject')).then(
    () => usual,
    () => join(site.home.vpopmail, 'bin'),
  );
}

const words = async (list: MailingList, name: string): Promise<readonly string[]> =>
  settingLines((await readListFile(join(list.directory, name))) ?? '');

async function readReplyTo(list: MailingList): Promise<string> {
  const field = (await words(list, 'headeradd')).find((line) => /^reply-to:/i.test(line));
  const value = field?.replace(/^[^:]*:/, '').trim();
  if (value === undefined || value === '') return 'sender';
  return /<#[lL]#>@<#[hH]#>/.test(value) || value === `${list.outlocal}@${list.outhost}` ? 'list' : value;
}

async function readChoices(list: MailingList): Promise<ListChoices> {
  const options = await readOldOptions(list.directory);
  const has = (letter: string): boolean => options.flags.get(letter) === true;
  const posting = (): Posting => {
    if (has('m')) return has('u') ? 'others-moderated' : has('o') ? 'moderators' : 'moderated';
    return has('u') ? 'subscribers' : 'anyone';
  };
  const archive = (): ArchiveReaders =>
    !has('a') ? 'none' : has('b') ? 'moderators' : has('g') ? 'subscribers' : 'anyone';
  const prefix = (await words(list, 'prefix'))[0] ?? '';
  return {
    owner: (options.words.get('5') ?? '').replace(/^&/, '').replace(/^[/.|].*$/, ''),
    prefix: prefix.replace(/^\[(.*)\]$/s, '$1').replaceAll('<#l#>', list.outlocal),
    replyTo: await readReplyTo(list),
    posting: posting(),
    archive: archive(),
    switches: listSwitches.filter((name) => {
      const { letter, isNot = false } = switchFiles[name];
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

async function describe(place: ListPlace): Promise<ListDetails> {
  const { name, directory } = place;
  const list = await openPlace(place);
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
  const choices = await readChoices(list);
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
    const { name, posting, members, posts, odd } = await describe(place);
    items.push({ name, posting, members, posts, odd });
  }
  return { ...page, items };
}

async function findPlace(domain: Domain, name: string): Promise<ListPlace> {
  const place = await findListPlace(domain, lowerAscii(name));
  if (place === undefined) throw new NoSuchObject(`no list ${name}@${domain.name}`);
  return place;
}

export const findList = async (domain: Domain, name: string): Promise<ListDetails> =>
  describe(await findPlace(domain, name));

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

/** Puts down what ezmlm-make has no letters for: the words of the prefix, and where answers go. */
async function storeFields(
  directory: string,
  domain: Domain,
  { prefix, replyTo }: ListChoices,
): Promise<void> {
  if (prefix !== '')
    await replaceFile(join(directory, 'prefix'), Buffer.from(`[${prefix}]\n`, 'utf8'), 0o600, domain);
  const setField = async (name: string, pattern: RegExp, line: string | undefined): Promise<void> => {
    const path = join(directory, name);
    const old = (await readListFile(path)) ?? '';
    const kept = old.split('\n').filter((one) => one !== '' && !pattern.test(one));
    const text = [...kept, ...(line === undefined ? [] : [line])].map((one) => `${one}\n`).join('');
    if (text !== old) await storeKeptFile(path, text, domain);
  };
  const address = replyTo === 'list' ? '<#l#>@<#h#>' : replyTo;
  const isOurs = replyTo !== 'sender';
  await setField('headeradd', /^reply-to:/i, isOurs ? `Reply-To: ${address}` : undefined);
  await setField('headerremove', /^reply-to:?\s*$/i, isOurs ? 'reply-to' : undefined);
}

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
    const place = await findListPlace(domain, name);
    const limits = await limitsOf(site, domain);
    checkDenied(who, limits, 'list', wanted.version === undefined ? 'create' : 'modify', 'name');
    if (wanted.version === undefined) await checkNew(site, who, domain, name, limits.maxLists);
    else if (place === undefined) throw new Conflict(`${name} was removed meanwhile`);
    const old = place && (await describe(place));
    if (wanted.version !== undefined && old) {
      if (old.odd !== undefined) throw new Refusal('name', 'odd', `${name}@${domain.name}: ${old.odd}`);
      checkVersion(wanted.version, old.version, name);
    }
    const directory = place?.directory ?? join(domain.directory, name.replaceAll('.', ':'));
    const programs = await programsOf(site, place);
    for (const program of Object.keys(listPrograms)) await needProgram(site, join(programs, program), 'name');
    const letters = new Map([
      ...lettersOf(postingLetters[choices.posting]),
      ...lettersOf(archiveLetters[choices.archive]),
      ...listSwitches.map((one): [string, boolean] => {
        const { letter, isNot = false } = switchFiles[one];
        return [letter, choices.switches.includes(one) !== isNot];
      }),
      ['f', choices.prefix !== ''],
    ]);
    await listWork('name', () =>
      makeList({
        directory,
        ...(place === undefined
          ? {
              dot: join(domain.directory, `.qmail-${name.replaceAll('.', ':')}`),
              local: name,
              host: domain.name,
            }
          : {}),
        letters,
        words: new Map([['5', choices.owner]]),
        edits: place !== undefined,
        keepsOptions: place !== undefined,
        programs,
      }),
    );
    await storeFields(directory, domain, choices);
    if (place === undefined) await welcomeOwner(directory, choices);
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
  if (isTaken || (await isThere(join(domain.directory, name.replaceAll('.', ':')))))
    throw new Refusal('name', 'taken', `${name}@${domain.name} is there already`);
  await checkNoMailbox(site, domain, name);
  if (who.level === 'domain' && most >= 0)
    checkCount(who, most, (await findListPlaces(domain)).length, 'name', 'mailing lists');
}

/** qmailadmin: the owner is subscribed, and moderates where posts are moderated. */
async function welcomeOwner(directory: string, { owner, posting }: ListChoices): Promise<void> {
  if (owner === '') return;
  const change = [{ address: owner, adds: true }];
  await changeSubscribers(directory, '.', change, { event: 'manual' });
  if (posting !== 'anyone' && posting !== 'subscribers')
    await changeSubscribers(directory, 'mod', change, { event: 'manual' });
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
    const old = await describe(place);
    checkVersion(version, old.version, place.name);
    checkDenied(who, await limitsOf(site, domain), 'list', 'remove', 'name');
    if (!place.directory.startsWith(`${domain.directory}/`) || dirname(place.directory) !== domain.directory)
      throw new Refusal('name', 'elsewhere', `${place.directory} is not where lists of this domain are made`);
    await removePlace(domain, place);
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
  const list = await openPlace(place);
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
