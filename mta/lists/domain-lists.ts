// The mailing lists of a vpopmail domain (spec/vpopmail.md 8.3, spec/qmailadmin.md 2.8): found, made, changed and removed, for
// vlist and for the pages of administrators. A list is `.qmail-LIST` whose first line speaks of ezmlm-reject, with the
// directory that it leads to. Members of its sets: subscribers.ts; texts: texts.ts; prefix and Reply-To: list-headers.ts.
// Callers that are root do all this with the rights of the domain's user (accounts/durable.ts, RunAsOwner).
import { lstat, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isPlainAddress } from '../accounts/administration/dot-qmail-lines.ts';
import { type Owner, replaceFile, syncDirectory } from '../accounts/durable.ts';
import { isUserName } from '../accounts/names.ts';
import { errorCode, unlinkFile } from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';
import { readListFile } from './files.ts';
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

/** Names of the domain's lists, sorted. @throws ListError 111 */
export async function listDomainLists({
  directory,
}: Pick<ListDomain, 'directory'>): Promise<readonly string[]> {
  const names: string[] = [];
  const files = await readdir(directory).catch((error: unknown) => {
    throw systemError(`unable to read ${directory}`, error);
  });
  for (const file of files.sort()) {
    if (!file.startsWith('.qmail-') || !(await isListFile(join(directory, file)))) continue;
    names.push(file.slice('.qmail-'.length).replaceAll(':', '.'));
  }
  return names;
}

/** The directory of a list of the domain; undefined: there is no such list. @throws ListError 111 */
export async function findDomainList(domain: ListDomain, name: string): Promise<string | undefined> {
  const dot = dotOf(domain, name);
  if (!(await isListFile(dot))) return undefined;
  const target = await readLinkTarget(dot);
  return target === undefined ? join(domain.directory, name) : dirname(target);
}

/** What a list is to be. What is undefined stays as it is, or is as ezmlm-make has it. */
export interface ListWishes {
  /** Letters of ezmlm-make that are decided. */
  readonly letters: ReadonlyMap<string, boolean>;
  /** To whom mail for LIST-owner goes. */
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
  if (wishes.owner !== undefined) {
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
  await makeList({
    directory,
    dot: dotOf(domain, name),
    local: name,
    host: domain.name,
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
    owner: line.replace(/^&/, '').trim(),
    prefix: await readPrefix(directory),
    replyTo: await readReplyTo(directory),
  };
}

/** Removes a list: first the links that lead into it, so that nobody delivers into what goes. @throws ListError 100, 111 */
export async function removeDomainList(domain: ListDomain, name: string): Promise<void> {
  const directory = await requireList(domain, name);
  if (dirname(directory) !== domain.directory)
    throw new ListError(100, `${name} leads to ${directory}, which is not of this domain`);
  try {
    for (const file of await readdir(domain.directory)) {
      if (!file.startsWith('.qmail-')) continue;
      const path = join(domain.directory, file);
      if ((await readLinkTarget(path))?.startsWith(`${directory}/`) === true) await unlinkFile(path);
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
  if (owner !== undefined && !isPlainAddress(owner))
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
