// The mailing lists of a vpopmail domain (spec/vpopmail.md 8.3, spec/qmailadmin.md 2.8): found, made, changed and removed, for
// vlist, for the pages of administrators and for those of everybody. A list is `.qmail-LIST` whose first line speaks of
// ezmlm-reject, with the directory that it leads to. Members of its sets: subscribers.ts; texts: texts.ts; prefix and Reply-To: list-headers.ts.
// Callers that are root do all this with the rights of the domain's user (accounts/durable.ts, RunAsOwner).
import { access, lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isPlainAddress } from '../accounts/administration/dot-qmail-lines.ts';
import { type Owner, replaceFile, syncDirectory } from '../accounts/durable.ts';
import { isUserName } from '../accounts/names.ts';
import { errorCode, unlinkFile } from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';
import { fromBytes, readListFile } from './files.ts';
import { type MailingList, openList, usesDatabase } from './list.ts';
import { type ReplyTo, readPrefix, readReplyTo, writePrefix, writeReplyTo } from './list-headers.ts';
import { type ListOptions, makeList, readLinkTarget, readOldOptions } from './make.ts';
import { subscribe } from './subscribers.ts';

/** What is needed of a domain. */
export interface ListDomain extends Owner {
  /** Its real name, not an alias. */
  readonly name: string;
  /** vpopmail/domains/NAME */
  readonly directory: string;
}

/** Where programs of lists are that .qmail lines name, and the site's texts. */
export interface ListSite {
  readonly programs: string;
  readonly etc?: string | undefined;
}

/** `.qmail-LIST` in a domain. vpopmail writes a dot of the name as a colon. */
export const dotOf = (domain: Pick<ListDomain, 'directory'>, name: string): string =>
  join(domain.directory, `.qmail-${name.replaceAll('.', ':')}`);

/** Is this .qmail file a list's? Every tool asks its first line. @throws ListError 111 */
async function isListFile(path: string): Promise<boolean> {
  try {
    return ((await readListFile(path)) ?? '').split('\n', 1)[0]?.includes('ezmlm-reject') === true;
  } catch (error) {
    // Longer than any, no file, or a link to itself: nobody's list.
    if (error instanceof ListError && ['', 'ELOOP'].includes(errorCode(error.cause))) return false;
    throw error;
  }
}

/** Where the file of a name leads, links resolved once; undefined: it is no link, or not there. @throws ListError 111 */
async function targetOf(
  { directory }: Pick<ListDomain, 'directory'>,
  file: string,
): Promise<string | undefined> {
  const target = await readLinkTarget(join(directory, file));
  return target === undefined ? undefined : resolve(directory, target);
}

/** A list by its files. */
export interface ListPlace {
  /** Local part of its address. */
  readonly name: string;
  readonly directory: string;
  /** Names of .qmail files that are its own: `.qmail-LIST`, `.qmail-LIST-owner` ... */
  readonly files: readonly string[];
}

/** Is this directory one that lists of the domain are made in? Others are shown, and left to whose they are. */
export const isInDomain = (domain: Pick<ListDomain, 'directory'>, directory: string): boolean =>
  dirname(directory) === domain.directory;

/**
 * The domain's lists, by name.
 * @param opensAll asks every file for its first line, as vpopmail does; else only those that look like a list's: a link, or
 * a file with an address for bounces beside it. Pages do not open ten thousand files of aliases.
 * @throws ListError 111
 */
export async function findDomainLists(
  domain: Pick<ListDomain, 'directory'>,
  opensAll = false,
): Promise<readonly ListPlace[]> {
  const entries = await readdir(domain.directory, { withFileTypes: true }).catch((error: unknown) => {
    throw systemError(`unable to read ${domain.directory}`, error);
  });
  const dots = entries.filter(({ name }) => name.startsWith('.qmail-'));
  const names = new Set(dots.map(({ name }) => name));
  const targets = new Map<string, string>();
  for (const entry of dots) {
    const target = entry.isSymbolicLink() ? await targetOf(domain, entry.name) : undefined;
    if (target !== undefined) targets.set(entry.name, target);
  }
  const places: ListPlace[] = [];
  for (const file of [...names].sort()) {
    if (!opensAll && !targets.has(file) && !names.has(`${file}-return-default`)) continue;
    if (!(await isListFile(join(domain.directory, file)))) continue;
    const name = file.slice('.qmail-'.length).replaceAll(':', '.');
    const directory = dirname(targets.get(file) ?? join(domain.directory, name, 'editor'));
    const isIts = (other: string): boolean =>
      other === file || targets.get(other)?.startsWith(`${directory}/`) === true;
    places.push({ name, directory, files: [...names].filter(isIts) });
  }
  return places;
}

/** Their names, sorted. @throws ListError 111 */
export const listDomainLists = async (domain: Pick<ListDomain, 'directory'>): Promise<readonly string[]> =>
  (await findDomainLists(domain, true)).map(({ name }) => name).sort();

/** The directory of a list of the domain; undefined: there is no such list. @throws ListError 111 */
export async function findDomainList(
  domain: Pick<ListDomain, 'directory'>,
  name: string,
): Promise<string | undefined> {
  const dot = dotOf(domain, name);
  if (!(await isListFile(dot))) return undefined;
  return dirname((await targetOf(domain, basename(dot))) ?? join(domain.directory, name, 'editor'));
}

/** Opens a list that the domain's own people may read and change, or says why they may not. @throws ListError 111 */
export async function openDomainList(
  domain: Pick<ListDomain, 'directory'>,
  directory: string,
): Promise<MailingList | { readonly odd: string }> {
  if (!isInDomain(domain, directory)) return { odd: `${directory} is not of this domain` };
  try {
    const list = await openList(directory);
    return (await usesDatabase(directory)) ? { odd: 'its members are in a database' } : list;
  } catch (error) {
    if (error instanceof ListError) return { odd: error.message };
    throw error;
  }
}

/** Where ezmlm's programs are: in their usual place when they are there, else beside vpopmail's, where our links are made. */
export function findListPrograms(vpopmail: string): Promise<string> {
  const usual = '/usr/local/bin/ezmlm';
  return access(join(usual, 'ezmlm-manage')).then(
    () => usual,
    () => join(vpopmail, 'bin'),
  );
}

/** What a list is to be. What is undefined stays as it is, or is as ezmlm-make has it. */
export interface ListWishes {
  /** Letters of ezmlm-make that are decided. */
  readonly letters: ReadonlyMap<string, boolean>;
  /** To whom mail for LIST-owner goes; '' for the Mailbox file in the list's directory. */
  readonly owner?: string | undefined;
  readonly prefix?: string | undefined;
  readonly replyTo?: ReplyTo | undefined;
}

/**
 * Makes a list, and subscribes its owner; where posts are moderated he moderates them.
 * @returns its directory
 * @throws ListError 100: no such name, or it is taken; 111
 */
export async function createDomainList(
  domain: ListDomain,
  name: string,
  wishes: ListWishes,
  site: ListSite,
): Promise<string> {
  if (!isUserName(name)) throw new ListError(100, `${JSON.stringify(name)} cannot be the name of a list`);
  checkOwner(wishes);
  const directory = join(domain.directory, name);
  for (const path of [directory, dotOf(domain, name), `${dotOf(domain, name)}-default`])
    if (await isThere(path)) throw new ListError(100, `address already exists: ${path}`);
  await makeList({
    directory,
    dot: dotOf(domain, name),
    local: name,
    host: domain.name,
    letters: wishes.letters,
    words: ownerWord(wishes),
    edits: false,
    keepsOptions: false,
    ...site,
  });
  await writeMore(directory, domain, name, wishes);
  if (wishes.owner) {
    await subscribe(directory, '.', wishes.owner, { event: 'manual' });
    if (wishes.letters.get('m') === true)
      await subscribe(directory, 'mod', wishes.owner, { event: 'manual' });
  }
  return directory;
}

/** Changes options of a list. @throws ListError 100, 111 */
export async function changeDomainList(
  domain: ListDomain,
  name: string,
  wishes: ListWishes,
  site: ListSite,
): Promise<void> {
  const directory = await requireList(domain, name);
  checkOwner(wishes);
  const old = await readOldOptions(directory);
  await makeList({
    directory,
    // Those of before ezmlm-idx 5 do not say where their links are.
    dot: old.dot === '' ? dotOf(domain, name) : undefined,
    letters: wishes.letters,
    words: ownerWord(wishes),
    edits: true,
    keepsOptions: true,
    ...site,
  });
  await writeMore(directory, domain, name, wishes);
}

/** What a list is. */
export interface ListDescription extends ListOptions {
  readonly directory: string;
  readonly owner: string;
  readonly prefix: string;
  readonly replyTo: ReplyTo;
}

/** @throws ListError 100: no such list; 111 */
export async function describeDomainList(domain: ListDomain, name: string): Promise<ListDescription> {
  const directory = await requireList(domain, name);
  const options = await readOldOptions(directory);
  // spec/qmailadmin.md 4.2: the last line with an @ of .qmail-LIST-owner.
  const lines = (await readListFile(`${dotOf(domain, name)}-owner`))?.split('\n') ?? [];
  const line = lines.findLast((one) => one.includes('@') && /^[^|#./]/.test(one)) ?? '';
  return {
    ...options,
    directory,
    owner: fromBytes(line.replace(/^&/, '').trim()),
    prefix: await readPrefix(directory),
    replyTo: await readReplyTo(directory),
  };
}

/** Removes a list: first the links that lead into it, so that nobody delivers into what goes. @throws ListError 100, 111 */
export async function removeDomainList(domain: ListDomain, name: string): Promise<void> {
  const directory = await requireList(domain, name);
  if (!isInDomain(domain, directory))
    throw new ListError(100, `${name} leads to ${directory}, which is not of this domain`);
  try {
    for (const file of await readdir(domain.directory)) {
      if (!file.startsWith('.qmail-')) continue;
      if ((await targetOf(domain, file))?.startsWith(`${directory}/`) === true)
        await unlinkFile(join(domain.directory, file));
    }
    // Lists without links have the lines in the file itself.
    await rm(dotOf(domain, name), { force: true });
    await syncDirectory(domain.directory);
    await rm(directory, { recursive: true, force: true });
    await syncDirectory(domain.directory);
  } catch (error) {
    throw systemError(`unable to remove ${directory}`, error);
  }
}

async function requireList(domain: ListDomain, name: string): Promise<string> {
  const directory = await findDomainList(domain, name);
  if (directory === undefined) throw new ListError(100, `there is no list ${name}@${domain.name}`);
  return directory;
}

function checkOwner({ owner }: ListWishes): void {
  if (owner !== undefined && owner !== '' && !isPlainAddress(owner))
    throw new ListError(100, `${JSON.stringify(owner)} is no address of an owner`);
}

const ownerWord = ({ owner }: ListWishes): ReadonlyMap<string, string> =>
  new Map(owner === undefined ? [] : [['5', owner]]);

async function writeMore(
  directory: string,
  domain: ListDomain,
  name: string,
  { prefix, replyTo }: ListWishes,
): Promise<void> {
  // spec/qmailadmin.md 2.8: for programs older than ezmlm-idx 7, as the address arrives in a virtual domain.
  await replaceFile(join(directory, 'inlocal'), `${domain.name}-${name}\n`, 0o600, domain);
  if (prefix !== undefined) await writePrefix(directory, prefix, domain);
  if (replyTo !== undefined) await writeReplyTo(directory, replyTo, domain);
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw systemError(`unable to look at ${path}`, error);
    },
  );
