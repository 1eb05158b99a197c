// ezmlm-make: makes a list directory with the .qmail links to it, or changes one (ezmlm-make(1); spec/qmailadmin.md 4.2).
// What is made is described by an ezmlmrc(5): the owner's, the site's or ours (make-template.ts). Under the lock of the list
// when it is changed. A new list has its key last: until then it is none.
// When root makes one, all of it belongs to the owner of the directory that the links are in: nobody delivers as root.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { readlink, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeDirectory, type Owner, replaceFile, syncDirectory } from '../accounts/durable.ts';
import { changeOwner, closeFile, errorCode, openFile, unlinkFile } from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';
import { fromBytes, isPresent, readListFile, toBytes } from './files.ts';
import { flagLetters, parseFlagLine, parseOldConfig } from './flags.ts';
import { withListLock } from './lock.ts';
import { planList, type Step } from './make-plan.ts';
import { defaultTemplate } from './make-template.ts';

/** What is asked for, as on the command line of ezmlm-make. */
export interface MakeRequest {
  /** DIR, absolute. */
  readonly directory: string;
  /** DOT: `/home/joe/.qmail-list`; LOCAL and HOST of the address; the code of digests. In an edit the list's own unless told. */
  readonly dot?: string | undefined;
  readonly local?: string | undefined;
  readonly host?: string | undefined;
  readonly digestCode?: string | undefined;
  /** Letters that are decided: set or not. */
  readonly letters: ReadonlyMap<string, boolean>;
  /** Words of -0 and -3 to -9. */
  readonly words: ReadonlyMap<string, string>;
  /** The list is there and is changed (-e). */
  readonly edits: boolean;
  /** Letters that are not decided stay as they are, instead of being -a -p and no others (-+). */
  readonly keepsOptions: boolean;
  /** Files that an edit leaves alone are written anew (-ee). */
  readonly forces?: boolean | undefined;
  /** `.ezmlmrc` beside DOT describes the list (-c). */
  readonly usesDotTemplate?: boolean | undefined;
  /** A file or directory that describes it (-C). */
  readonly template?: string | undefined;
  /** Where the programs are that the lines call; no slash at its end. */
  readonly programs: string;
  /** The site's directory of ezmlm: /etc/ezmlm. */
  readonly etc?: string | undefined;
}

/** What ezmlm-make sets when nothing is said. */
const usualLetters = 'ap';

/** @throws ListError 100 for a request that cannot be, 111 for what the system refuses */
export async function makeList(request: MakeRequest): Promise<void> {
  const { directory } = request;
  if (!directory.startsWith('/')) throw new ListError(100, 'dir and dot begin with a slash');
  if (directory.includes("'")) throw new ListError(100, 'no quotes in dir');
  if (directory.includes('\n')) throw new ListError(100, 'no line feeds in dir');
  if (request.edits) {
    if (!(await isPresent(directory)))
      throw new ListError(111, `unable to open ${directory}/lock: file does not exist`);
    await withListLock(join(directory, 'lock'), () => make(request), await ownerOf(directory));
  } else await make(request);
}

async function make(request: MakeRequest): Promise<void> {
  const { directory } = request;
  const old = request.edits ? await readOldOptions(directory) : undefined;
  const dot = request.dot ?? old?.dot ?? '';
  const local = request.local ?? old?.local ?? '';
  const host = request.host ?? old?.host ?? '';
  if (dot === '' || local === '' || host === '')
    throw new ListError(100, 'dot, local and host are needed: dir dot local host');
  if (!dot.startsWith('/')) throw new ListError(100, 'dir and dot begin with a slash');
  if (/\n/.test(`${local}${host}${dot}`)) throw new ListError(100, 'no line feeds in dot, local and host');
  const flags = new Set(request.edits ? ['e'] : []);
  const usual = request.keepsOptions ? (old?.flags ?? new Map()) : parseFlagLine(usualLetters);
  for (const [letter, isSet] of new Map([...usual, ...request.letters]))
    if (isSet && letter !== 'e') flags.add(letter);
  const words = new Map([...(old?.words ?? []), ...extensionsOf(dot), ...request.words]);
  const template = await readTemplate(request, dot, old?.template);
  const steps = planList(template.text, {
    flags,
    words: new Map([...words].map(([digit, word]) => [digit, toBytes(word)])),
    forces:
      request.forces === true ||
      (request.local !== undefined && request.local !== old?.local) ||
      (request.host !== undefined && request.host !== old?.host),
    tags: {
      B: toBytes(request.programs),
      C: toBytes(request.digestCode ?? old?.digestCode ?? ''),
      D: toBytes(directory),
      H: toBytes(host),
      L: toBytes(local),
      T: toBytes(dot),
      X: toBytes(template.name),
    },
  });
  const owner = await ownerOf(dirname(dot));
  await step({ kind: 'directory', path: '' }, { directory, dot, owner, edits: request.edits });
  for (const one of steps) await step(one, { directory, dot, owner, edits: request.edits });
  // Also where a description of the owner's own has left one out.
  for (const set of ['', 'allow', 'deny', 'digest', 'mod'])
    for (const path of [set, join(set, 'subscribers')])
      await step({ kind: 'directory', path }, { directory, dot, owner, edits: true });
  // ezmlm makes its key of times and process ids; anything that nobody can guess is as good to it.
  if (!request.edits) await replaceFile(join(directory, 'key'), randomBytes(64), 0o600, owner);
  await syncDirectory(directory);
  await syncDirectory(dirname(dot));
}

interface Place {
  readonly directory: string;
  readonly dot: string;
  readonly owner: Owner;
  readonly edits: boolean;
}

async function step(one: Step, { directory, dot, owner, edits }: Place): Promise<void> {
  const path = one.kind === 'link' ? `${dot}${one.suffix}` : join(directory, one.path);
  try {
    switch (one.kind) {
      case 'directory':
        return await makeDirectory(path, 0o700, owner).catch((error: unknown) => {
          if (!edits || errorCode(error) !== 'EEXIST') throw error;
        });
      case 'remove':
        return await removeName(path);
      case 'link':
        if (edits) await removeName(path);
        return await symlink(join(directory, one.path), path);
      case 'file':
        if (one.keepsOld && (await isPresent(path))) return;
        if (one.content !== '')
          return await replaceFile(path, Buffer.from(one.content, 'latin1'), 0o600, owner);
        return await emptyFile(path, owner);
    }
  } catch (error) {
    throw systemError(`unable to ${one.kind === 'remove' ? 'delete' : 'create'} ${path}`, error);
  }
}

async function removeName(path: string): Promise<void> {
  await unlinkFile(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

/** In place: a lock that somebody holds stays the same file. */
async function emptyFile(path: string, owner: Owner): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const descriptor = await openFile(path, flags | constants.O_NONBLOCK, 0o600);
  try {
    if (process.geteuid?.() === 0) await changeOwner(descriptor, owner.uid, owner.gid);
  } finally {
    await closeFile(descriptor);
  }
}

async function ownerOf(directory: string): Promise<Owner> {
  try {
    const { uid, gid } = await stat(directory);
    return { uid, gid };
  } catch (error) {
    throw systemError(`unable to look at ${directory}`, error);
  }
}

/** `<#1#>`, `<#2#>`: the extensions of /path/.qmail-ext1-ext2-name. */
function extensionsOf(dot: string): ReadonlyMap<string, string> {
  const [, ...parts] = basename(dot).split('-');
  parts.pop();
  return new Map(parts.slice(0, 2).map((part, i) => [String(i + 1), part]));
}

/** The options of a list, as ezmlm-make made or changed it last. */
export interface ListOptions {
  readonly dot: string;
  readonly local: string;
  readonly host: string;
  readonly digestCode: string;
  /** Each letter that stands for something. */
  readonly flags: ReadonlyMap<string, boolean>;
  /** Words of -0, -3 and -5 to -9 that are there. */
  readonly words: ReadonlyMap<string, string>;
  /** The description or language of -C; '' is the usual one. */
  readonly template: string;
}

/** Files with the words of options. */
const wordFiles: Readonly<Record<string, string>> = {
  0: 'sublist',
  3: 'fromheader',
  4: 'tstdigopts',
  5: 'owner',
  6: 'subdb',
  7: 'modpost',
  8: 'modsub',
  9: 'remote',
};

/** Reads the options of a list: DIR/flags, or DIR/config of old ones, or its files. @throws ListError 111 */
export async function readOldOptions(directory: string): Promise<ListOptions> {
  const line = async (name: string): Promise<string | undefined> => {
    const text = await readListFile(join(directory, name));
    return text === undefined ? undefined : fromBytes(text.split('\n', 1)[0] as string);
  };
  const flagLine = await line('flags');
  const configText = flagLine === undefined ? await readListFile(join(directory, 'config')) : undefined;
  const config = configText === undefined ? undefined : parseOldConfig(fromBytes(configText));
  let flags = flagLine === undefined ? undefined : parseFlagLine(flagLine);
  if (flags === undefined && config?.has('F')) flags = parseFlagLine(config.get('F') as string);
  if (flags === undefined) {
    const found = new Map<string, boolean>([['q', true]]);
    for (const { letter, file } of flagLetters) found.set(letter, await isPresent(join(directory, file)));
    flags = found;
  }
  const words = new Map<string, string>();
  for (const [digit, file] of Object.entries(wordFiles)) {
    const word = config?.get(digit) ?? (await line(file)) ?? '';
    if (word !== '') words.set(digit, word);
  }
  if (!words.has('6')) {
    const sql = await line('sql');
    if (sql) words.set('6', `sql:${sql}`);
  }
  const firstOf = async (letter: string, file: string): Promise<string> =>
    config?.get(letter) ?? (await line(file)) ?? '';
  return {
    dot: await firstOf('T', 'dot'),
    local: await firstOf('L', 'outlocal'),
    host: await firstOf('H', 'outhost'),
    digestCode: await firstOf('C', 'digestcode'),
    // ezmlm-make: the description of a list is not followed by root.
    template: process.geteuid?.() === 0 ? '' : await firstOf('X', 'ezmlmrc'),
    flags,
    words,
  };
}

/** -c, then -C or what the list was made with, then the site's, then ours. */
async function readTemplate(
  { usesDotTemplate, template, etc = '/etc/ezmlm' }: MakeRequest,
  dot: string,
  old: string | undefined,
): Promise<{ readonly text: string; readonly name: string }> {
  const own = usesDotTemplate ? join(dirname(dot), '.ezmlmrc') : (template ?? old ?? '');
  const name = usesDotTemplate ? '' : own;
  const path = own === '' ? join(etc, 'default') : own;
  const isDirectory = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const text = await readListFile(isDirectory ? join(path, 'ezmlmrc') : path);
  if (text !== undefined) return { text, name };
  if (own !== '') throw new ListError(100, `${own} does not exist`);
  return { text: defaultTemplate, name };
}

/** The target of a link that ezmlm-make made; undefined for anything else. */
export async function readLinkTarget(path: string): Promise<string | undefined> {
  return readlink(path).catch((error: unknown) => {
    if (['EINVAL', 'ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw systemError(`unable to look at ${path}`, error);
  });
}
