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

/** A file that is written and synced beside the one that it will replace. */
export interface PreparedFile {
  /** Replaces the other in one step. The directory is not synced yet. */
  putInPlace(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** Writes the new bytes of a file beside it. `mode` holds whatever the umask. What fails leaves nothing. */
export async function prepareFile(
  path: string,
  bytes: Buffer | string,
  mode: number,
  owner?: Owner | undefined,
): Promise<PreparedFile> {
  const temporary = `${path}.tmp`;
  const giveUp = async (error: unknown): Promise<never> => {
    await rm(temporary, { force: true });
    throw error;
  };
  await rm(temporary, { force: true });
  await createFile(temporary, bytes, mode, owner).catch(giveUp);
  return {
    putInPlace: () => rename(temporary, path).catch(giveUp),
    discard: () => rm(temporary, { force: true }),
  };
}

/** Replaces a file by new bytes in one step, durably. `mode` holds whatever the umask. */
export async function replaceFile(
  path: string,
  bytes: Buffer | string,
  mode: number,
  owner?: Owner | undefined,
): Promise<void> {
  const file = await prepareFile(path, bytes, mode, owner);
  await file.putInPlace();
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
