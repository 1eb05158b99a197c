// Files that others read while we write them: written beside, synced, renamed into place, the directory synced.
// A reader sees the old or the new file, whole, and after a power cut it is one of the two. Callers hold the lock of the
// file (lock.ts), so the temporary name is free; what a crash left under it is removed.
import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whose a new file is. Only root gives files away; for others it is what it is. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** fsync of a directory: new and removed names in it survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Writes a whole file under a name that must not exist yet, and syncs it, but not its directory. */
export async function createFile(
  path: string,
  bytes: Buffer | string,
  mode: number,
  owner?: Owner | undefined,
): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode);
    if (owner !== undefined && isRoot()) await file.chown(owner.uid, owner.gid);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces a file by new bytes in one step, durably. `mode` holds whatever the umask. */
export async function replaceFile(
  path: string,
  bytes: Buffer | string,
  mode: number,
  owner?: Owner | undefined,
): Promise<void> {
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  try {
    await createFile(temporary, bytes, mode, owner);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes one directory with this owner and mode. Throws EEXIST when it is there. Its parent is not synced. */
export async function makeDirectory(path: string, mode: number, owner?: Owner | undefined): Promise<void> {
  await mkdir(path, { mode });
  // By its descriptor: where the parent is another user's, the name may be a link by now.
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await directory.chmod(mode);
    if (owner !== undefined && isRoot()) await directory.chown(owner.uid, owner.gid);
  } finally {
    await directory.close();
  }
}
