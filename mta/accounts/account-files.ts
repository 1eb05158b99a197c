// Small files of ours in an account's home, in HOME/.facteur: what belongs to the account and moves, is copied and is
// removed with it, whatever back end keeps its record. The directory is 0700, the files 0600, owned by the domain.
// A change is one step under a lock; nothing is followed that is not a plain file (security.md F2). vpopmail and its
// tools do not know the directory and leave it alone.
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { makeDirectory, replaceFile, syncDirectory } from './durable.ts';
import { withFileLock } from './lock.ts';
import type { Account } from './types.ts';

/** Whose files. */
export type AccountHome = Pick<Account, 'directory' | 'uid' | 'gid'>;

const MAX_BYTES = 1 << 18;

const directoryOf = ({ directory }: AccountHome): string => join(directory, '.facteur');

/** Something in an account's home that is not what we put there; the text names it and says what is expected. */
export class AccountFileError extends Error {
  override name = 'AccountFileError';
}

/** Reads one file; undefined when there is none. @throws AccountFileError */
export async function readAccountFile(home: AccountHome, name: string): Promise<string | undefined> {
  const path = join(directoryOf(home), name);
  try {
    if (!(await isOurDirectory(home))) return undefined;
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.nlink > 1 || stats.size > MAX_BYTES)
        throw new AccountFileError(`${path}: expected a plain file of at most ${MAX_BYTES} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ELOOP')
      throw new AccountFileError(`${path}: expected a plain file, found a link`);
    throw error;
  }
}

/**
 * Changes one file under the account's lock. `edit` gets the text as it is now and gives the new one; undefined leaves
 * it. Concurrent changes, also of other processes, come one after the other.
 */
export async function changeAccountFile(
  home: AccountHome,
  name: string,
  edit: (text: string | undefined) => string | undefined | Promise<string | undefined>,
): Promise<void> {
  const work = async (): Promise<void> => {
    const text = await edit(await readAccountFile(home, name));
    if (text !== undefined) await replaceFile(join(directoryOf(home), name), text, 0o600, home);
  };
  await lockAccountFiles(home, 'lock', work);
}

/** Holds one of the account's locks, a file beside those above, while it works. */
export async function lockAccountFiles<T>(
  home: AccountHome,
  lock: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!(await isOurDirectory(home))) {
    await makeDirectory(directoryOf(home), 0o700, home).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    await syncDirectory(home.directory);
  }
  return withFileLock(join(directoryOf(home), lock), work, { owner: home });
}

async function isOurDirectory(home: AccountHome): Promise<boolean> {
  const path = directoryOf(home);
  try {
    if ((await lstat(path)).isDirectory()) return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  throw new AccountFileError(`${path}: expected a directory`);
}

/** A JSON file with `version: 1`. @throws AccountFileError naming the file */
export function parseAccountJson(home: AccountHome, name: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && (value as { version?: unknown }).version === 1)
    return value as Record<string, unknown>;
  throw new AccountFileError(`${join(directoryOf(home), name)}: expected JSON with "version": 1`);
}
