// The home of an account on disk: its directory with a Maildir, vpopmail's lastauth and, with a quota, maildirsize
// (spec/vpopmail.md 1.1, 1.4, 2.6). Made durably before anything names it; a failed making leaves nothing.
import { rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeMaildir } from '../maildir/create.ts';
import type { Owner } from './durable.ts';
import { createFile, makeDirectory, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';

/** Makes `0`, `0/1` ... below a directory when they are missing. */
export async function makeHashDirectories(base: string, path: string, owner: Owner): Promise<void> {
  let parent = base;
  for (const part of path === '' || path === '.' ? [] : path.split('/')) {
    const directory = join(parent, part);
    try {
      await makeDirectory(directory, 0o700, owner);
      await syncDirectory(parent);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    parent = directory;
  }
}

/**
 * Makes the home of a new account below its domain's directory; `hasLoginFile`: with vpopmail's file lastauth. Gives what takes it back. Throws VpopmailError -7 when
 * there is such a directory already; whatever lies in it stays.
 */
export async function makeAccountHome(
  domainDirectory: string,
  directory: string,
  quota: string,
  owner: Owner,
  hasLoginFile = true,
): Promise<() => Promise<void>> {
  await makeHashDirectories(domainDirectory, dirname(relative(domainDirectory, directory)), owner);
  try {
    await makeDirectory(directory, 0o700, owner);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new VpopmailError(-7, directory);
    throw error;
  }
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const maildir = join(directory, 'Maildir');
    await makeMaildir(maildir, { owner });
    if (quota !== '' && quota !== 'NOQUOTA')
      await createFile(join(maildir, 'maildirsize'), `${quota}\n0 0\n`, 0o600, owner);
    // vpopmail: no login yet; the file's time is the account's. SQL back ends have a table for it.
    if (hasLoginFile) await createFile(join(directory, 'lastauth'), '0.0.0.0', 0o600, owner);
    for (const path of [maildir, directory, dirname(directory)]) await syncDirectory(path);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
