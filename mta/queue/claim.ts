// How a new message gets its number (qmail-queue): a file is created in pid/, its inode number is the name, and link()
// puts it into mess/. Link and not rename: in a queue that was copied from elsewhere the names are not the inode numbers
// any more, and a new message must never take the place of one that waits there under its number. In a queue whose
// names are known to be right no number can be taken (its holder has the inode), and one rename does.
import { linkFile, renameFile } from '../maildir/calls.ts';
import { closeFile, createFile, errorCode, inodeOf, unlinkFile } from './files.ts';
import type { QueueLayout } from './layout.ts';

/** So many numbers in a row may be taken by messages of a copied queue. */
const attempts = 100;

export interface ClaimedFile {
  readonly id: string;
  /** mess/ID, empty, open for writing. */
  readonly fd: number;
}

/**
 * Creates mess/ID.
 * @param pidPath a name in pid/ that no one else uses
 * @param isConsistent every name in mess/ is the inode number of its file
 * @param flags more flags to open the file with
 * @throws the system's error; EEXIST when every number tried is taken
 */
export async function claimMessageFile(
  layout: QueueLayout,
  pidPath: string,
  isConsistent = false,
  flags = 0,
): Promise<ClaimedFile> {
  // Files whose number is taken are kept until the end, so that their inode does not come again.
  const taken: { readonly path: string; readonly fd: number }[] = [];
  try {
    for (let attempt = 0; ; attempt++) {
      const path = attempt === 0 ? pidPath : `${pidPath}.${attempt}`;
      const fd = await createFile(path, 0o644, layout.ownerOf('mess'), flags);
      try {
        const id = await inodeOf(fd);
        if (isConsistent) {
          await renameFile(path, layout.path('mess', id));
          return { id, fd };
        }
        await linkFile(path, layout.path('mess', id));
        // Nobody waits for it: a name that stays in pid/ is swept after 36 hours.
        unlinkFile(path).catch(() => false);
        return { id, fd };
      } catch (error) {
        taken.push({ path, fd });
        if (errorCode(error) !== 'EEXIST' || attempt + 1 >= attempts) throw error;
      }
    }
  } finally {
    for (const { path, fd } of taken) {
      await closeFile(fd).catch(() => undefined);
      await unlinkFile(path).catch(() => false);
    }
  }
}
