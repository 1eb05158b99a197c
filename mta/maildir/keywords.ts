// IMAP keywords on disk, read and changed (spec/maildir-imap.md 1.5, 3.3): Courier's directory `courierimapkeywords`
// with its change files, and Dovecot's `dovecot-keywords`. A change of one message is durable when its call resolves;
// reading merges the changes into `:list` in Courier's steps, so that both programs can work on the same folder.
// Who calls `load` for writing holds Courier's lock, who writes Dovecot's file its uidlist lock (courier-lock.ts).
import { constants } from 'node:fs';
import {
  changeOwner,
  type Descriptor,
  dropFile,
  errorCode,
  makeDirectory,
  openFile,
  readNames,
  renameFile,
  setTimes,
  statFile,
  statName,
  unlinkFile,
} from './calls.ts';
import {
  formatDovecotKeywords,
  formatKeywordChange,
  formatKeywordList,
  parseDovecotKeywords,
  parseKeywordChange,
  parseKeywordFileName,
  parseKeywordList,
} from './keyword-files.ts';
import type { NameSource } from './name.ts';
import {
  type FileOwner,
  readPrivateFile,
  replacePrivateFile,
  syncDirectory,
  writeSynced,
} from './private-file.ts';
import { fitsLine } from './uid-db.ts';

export interface KeywordPlace {
  /** The folder's directory. */
  readonly directory: string;
  readonly owner: FileOwner | undefined;
  readonly names: NameSource;
}

/** Keywords by base name; messages without any are not in it. */
export type KeywordsByBase = Map<string, readonly string[]>;

/** 256 keywords of 255 bytes. */
const largestChange = 65_536 + 256;

/** Courier: a merged change is kept this long for readers that hold an old list, milliseconds. */
const keptFor = 15 * 60_000;

/** Courier counts the age of merged changes in steps of 300 s. */
const period = 300_000;

const inside = 'courierimapkeywords';

/**
 * Reads the keywords of a folder as Courier stores them; undefined: it has no such directory.
 * With `isAlive` (which bases are there) the changes are also merged into `:list`, those of messages that are gone are
 * dropped, and old files are cleaned away. Rejects with system errors.
 */
export async function loadCourierKeywords(
  place: KeywordPlace,
  isAlive?: (base: string) => boolean,
): Promise<KeywordsByBase | undefined> {
  const opened = await openKeywordDirectory(place);
  if (!opened) return undefined;
  try {
    // Courier: a change that vanished while we loaded was merged by another, and the list read before may lack it.
    for (let tries = 0; tries < 20; tries++) {
      const loaded = await loadOnce(opened.path, place);
      if (!loaded) continue;
      if (isAlive) await mergeChanges(opened.path, place, loaded, isAlive);
      return loaded.keywords;
    }
    throw Object.assign(new Error('the keywords of this folder change too fast'), { code: 'EAGAIN' });
  } finally {
    opened.close();
  }
}

interface Loaded {
  readonly keywords: KeywordsByBase;
  readonly files: readonly string[];
  /** Bases of which `:list` does not say what it should. */
  readonly behind: ReadonlySet<string>;
}

async function loadOnce(path: string, place: KeywordPlace): Promise<Loaded | undefined> {
  const files = await readNames(path);
  const newest = newestChanges(files);
  const changes = new Map<string, readonly string[]>();
  const waiting = [...newest];
  let isVanished = false;
  const readSome = async (): Promise<void> => {
    for (let next = waiting.pop(); next && !isVanished; next = waiting.pop()) {
      const [base, file] = next;
      const found = await readPrivateFile(`${path}/${file}`, place.owner, largestChange);
      if (found) changes.set(base, parseKeywordChange(found.content));
      else if (!(await statName(`${path}/${file}`).catch(ignoreMissing))) isVanished = true;
    }
  };
  await Promise.all(Array.from({ length: 16 }, readSome));
  if (isVanished) return undefined;
  const list = await readPrivateFile(`${path}/:list`, place.owner);
  const keywords: KeywordsByBase = list ? parseKeywordList(list.content) : new Map();
  const behind = new Set<string>();
  for (const [base, now] of changes) {
    if (!isSame(keywords.get(base) ?? [], now)) behind.add(base);
    if (now.length > 0) keywords.set(base, now);
    else keywords.delete(base);
  }
  return { keywords, files, behind };
}

/** By base, the file that tells its newest state: the change itself, else the merged one of the highest period. */
function newestChanges(files: readonly string[]): Map<string, string> {
  const found = new Map<string, { readonly file: string; readonly rank: number }>();
  for (const file of files) {
    const parsed = parseKeywordFileName(file);
    if (parsed.kind !== 'change' && parsed.kind !== 'merged') continue;
    const rank = parsed.kind === 'change' ? Number.POSITIVE_INFINITY : parsed.period;
    if (rank > (found.get(parsed.base)?.rank ?? -1)) found.set(parsed.base, { file, rank });
  }
  return new Map([...found].map(([base, { file }]) => [base, file]));
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

/** Courier: `:list` first, then every change becomes a merged one, then what is old goes. */
async function mergeChanges(
  path: string,
  place: KeywordPlace,
  loaded: Loaded,
  isAlive: (base: string) => boolean,
): Promise<void> {
  let isChanged = [...loaded.behind].some(isAlive);
  for (const base of [...loaded.keywords.keys()]) {
    if (isAlive(base)) continue;
    loaded.keywords.delete(base);
    isChanged ||= !loaded.behind.has(base);
  }
  if (isChanged) {
    const tmp = await writeSynced(
      `${place.directory}/tmp/${place.names.next()}_list`,
      formatKeywordList(loaded.keywords),
      place.owner,
    );
    await renameOrDrop(tmp, `${path}/:list`);
    await syncDirectory(path);
  }
  const now = Date.now();
  const next = Math.floor(now / period) + 1;
  const kept = newestChanges(loaded.files);
  for (const file of loaded.files) {
    const parsed = parseKeywordFileName(file);
    if (parsed.kind === 'list') continue;
    if (parsed.kind === 'change' && isAlive(parsed.base)) {
      // Its age counts from the merge; a file that another merged meanwhile is gone already.
      await setTimes(`${path}/${file}`, now / 1000).catch(ignoreMissing);
      await renameFile(`${path}/${file}`, `${path}/.${next}.${parsed.base}`).catch(ignoreMissing);
      continue;
    }
    // An older one of several goes at once, what is alone and what nobody knows when it is old: the message of a change
    // may have come after `isAlive` was made.
    const isOlder = parsed.kind === 'merged' && kept.get(parsed.base) !== file && parsed.period !== next;
    if (isOlder || (await isOld(`${path}/${file}`, now))) await drop(`${path}/${file}`);
  }
}

const isOld = async (path: string, now: number): Promise<boolean> => {
  const stats = await statName(path).catch(ignoreMissing);
  return stats?.isFile() === true && now - stats.mtimeMs > keptFor;
};

const drop = (path: string): Promise<void> => unlinkFile(path).catch(ignoreMissing);

/**
 * Makes `keywords` those of one message, durably: written to tmp, synced, renamed over an older change, directory
 * synced. The directory is made when it is missing. Rejects with system errors; the keywords are then as they were.
 */
export async function changeCourierKeywords(
  place: KeywordPlace,
  base: string,
  keywords: readonly string[],
): Promise<void> {
  if (!fitsLine(base) || base.startsWith('.')) return;
  const opened = (await openKeywordDirectory(place)) ?? (await makeKeywordDirectory(place));
  try {
    const tmp = await writeSynced(
      `${place.directory}/tmp/${place.names.next()}_keywords`,
      formatKeywordChange(keywords),
      place.owner,
    );
    await renameOrDrop(tmp, `${opened.path}/${base}`);
    await syncDirectory(opened.path);
  } finally {
    opened.close();
  }
}

async function renameOrDrop(tmp: string, path: string): Promise<void> {
  try {
    await renameFile(tmp, path);
  } catch (error) {
    await unlinkFile(tmp).catch(() => {});
    throw error;
  }
}

interface OpenedDirectory {
  /** Through the descriptor: what the owner does to the name meanwhile changes nothing (security.md F2). */
  readonly path: string;
  readonly descriptor: Descriptor;
  close(): void;
}

async function openKeywordDirectory(place: KeywordPlace): Promise<OpenedDirectory | undefined> {
  const path = `${place.directory}/${inside}`;
  let descriptor: Descriptor;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const close = (): void => dropFile(descriptor);
  try {
    const stats = await statFile(descriptor);
    if (place.owner && stats.uid !== place.owner.uid) {
      throw Object.assign(new Error(`${inside} belongs to uid ${stats.uid}`), { code: 'EPERM' });
    }
  } catch (error) {
    close();
    throw error;
  }
  return { path: process.platform === 'linux' ? `/proc/self/fd/${descriptor}/.` : path, descriptor, close };
}

async function makeKeywordDirectory(place: KeywordPlace): Promise<OpenedDirectory> {
  await makeDirectory(`${place.directory}/${inside}`, 0o700).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  await syncDirectory(place.directory);
  const opened = await openKeywordDirectory({ ...place, owner: undefined });
  if (!opened) throw Object.assign(new Error(`${inside} vanished`), { code: 'ENOENT' });
  const { owner } = place;
  if (owner && process.geteuid?.() === 0) await changeOwner(opened.descriptor, owner.uid, owner.gid);
  return opened;
}

/** The names of the keyword letters a to z as Dovecot keeps them; none when there is no file. */
export async function readDovecotKeywords(
  place: Pick<KeywordPlace, 'directory' | 'owner'>,
): Promise<(string | undefined)[]> {
  const found = await readPrivateFile(`${place.directory}/dovecot-keywords`, place.owner, 65_536);
  return found ? parseDovecotKeywords(found.content) : [];
}

/** Replaces dovecot-keywords durably. The caller holds Dovecot's uidlist lock. */
export const writeDovecotKeywords = (
  place: KeywordPlace,
  names: readonly (string | undefined)[],
): Promise<void> =>
  replacePrivateFile(
    place.directory,
    'dovecot-keywords',
    formatDovecotKeywords(names),
    place.owner,
    place.names,
  );

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
