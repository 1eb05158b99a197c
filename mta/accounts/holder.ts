// Whose rights a change in somebody's directory needs when root makes it. Where a user may put names he may put links, and
// a path that leads through them leads root to wherever he likes: so root goes there as that user, who gets no further than
// he could himself. Directories of root's, all the way down, are safe to use as root.
import { lstat, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { Owner, RunAsOwner } from './durable.ts';

/**
 * With whose rights names in a directory change: those of the first user on its path who is not root. Further down it is
 * he who says where the path leads, also to a directory of root's. Undefined: there is no such directory.
 */
export async function holderOf(path: string): Promise<Owner | undefined> {
  const parts = path.split('/').filter((part) => part !== '');
  let at = '/';
  try {
    for (const [index, part] of parts.entries()) {
      at = join(at, part);
      const stats = await lstat(at);
      // All of the way to here is root's, and so is this link.
      if (stats.isSymbolicLink()) return await holderOf(join(await realpath(at), ...parts.slice(index + 1)));
      if (stats.uid !== 0) return { uid: stats.uid, gid: stats.gid };
    }
    return { uid: 0, gid: 0 };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Empties it as the domain's user; the name goes as whose directory it is in. A link goes, and not what it leads to. */
export async function removeDirectory(path: string, domain: Owner, as: RunAsOwner): Promise<void> {
  const holder = await holderOf(dirname(path));
  if (holder === undefined) return;
  if (holder.uid !== domain.uid)
    await as(domain, async () => {
      if (!(await isDirectory(path))) return;
      for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true });
    });
  await as(holder, () => rm(path, { recursive: true, force: true }));
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Is there a directory of root's on the path that only root can enter? Then nobody else can have put a name below it. */
export async function isRootsAlone(path: string): Promise<boolean> {
  const parts = path.split('/').filter((part) => part !== '');
  let at = '/';
  try {
    for (const [index, part] of parts.entries()) {
      at = join(at, part);
      const stats = await lstat(at);
      if (stats.uid !== 0) return false;
      if (stats.isSymbolicLink())
        return await isRootsAlone(join(await realpath(at), ...parts.slice(index + 1)));
      if ((stats.mode & 0o011) === 0) return true;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return false;
}
