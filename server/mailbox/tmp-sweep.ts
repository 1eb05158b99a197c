// What crashes left in tmp (spec/maildir-imap.md 1.8): files whose last change, of content or of name, is older than 36
// hours are removed when somebody opens the folder, at most once an hour. Never by atime, which many disks do not keep.
// The directory is held open, so that a link in its place leads nowhere (security.md F2).
import { constants } from 'node:fs';
import {
  type Descriptor,
  dropFile,
  openFile,
  readNames,
  statFile,
  statName,
  unlinkFile,
} from '../../mta/maildir/calls.ts';
import { type AccountContext, type FolderState, folderPath } from './context.ts';

/** Courier, Dovecot, qmail-pop3d: 36 hours, in milliseconds. */
const leftAfter = 129_600_000;
/** Between two looks at one folder, milliseconds. */
const sweepEvery = 3_600_000;

/** Begins to clear the folder's tmp when it is time; nobody waits for it, and what stays is removed next time. */
export function sweepTmp(context: AccountContext, folder: FolderState): void {
  // A clock that jumps must not bring it forward.
  const now = performance.now();
  if (now < folder.sweepAt) return;
  folder.sweepAt = now + sweepEvery;
  clearTmp(`${folderPath(context, folder)}/tmp`, context.uid, Date.now()).catch(() => {
    // No tmp, or none that we may read: who delivers or appends meets the same error and tells it.
  });
}

/**
 * Removes what is left in a tmp directory; gives how many files it removed.
 * @param uid the owner of the Maildir: directories and files of others are left alone
 * @param now milliseconds since 1970
 */
export async function clearTmp(path: string, uid: number, now: number): Promise<number> {
  const descriptor: Descriptor = await openFile(
    path,
    constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW,
  );
  try {
    if ((await statFile(descriptor)).uid !== uid) return 0;
    const tmp = `/proc/self/fd/${descriptor}`;
    let removed = 0;
    for (const name of await readNames(tmp)) {
      if (name.startsWith('.')) continue;
      const stats = await statName(`${tmp}/${name}`).catch(() => undefined);
      if (!stats?.isFile() || stats.uid !== uid) continue;
      if (now - Math.max(stats.mtimeMs, stats.ctimeMs) < leftAfter) continue;
      // Somebody else may have been quicker.
      await unlinkFile(`${tmp}/${name}`).then(
        () => removed++,
        () => undefined,
      );
    }
    return removed;
  } finally {
    dropFile(descriptor);
  }
}
