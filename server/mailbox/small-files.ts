// The small files in the root of a Maildir that every list of folders looks at (subscriptions, special uses): read again
// only when their inode, size or times are others. Most Maildirs have none of them: then it is one look at a name.
import { type PrivateFile, readPrivateFile } from '../../mta/maildir/private-file.ts';
import type { AccountContext } from './context.ts';

export type SmallFilePlace = Pick<AccountContext, 'maildir' | 'uid' | 'gid' | 'names' | 'files'>;

interface Kept {
  readonly stamp: string;
  readonly file: PrivateFile | undefined;
}

const kept = new WeakMap<AccountContext['files'], Map<string, Kept>>();
/** Files of so many accounts are kept. */
const mostKept = 500;

/** As readPrivateFile, of a file in the Maildir's root. */
export async function readSmallFile(
  place: SmallFilePlace,
  name: string,
  limit: number,
): Promise<PrivateFile | undefined> {
  const path = `${place.maildir}/${name}`;
  const stats = await place.files.lstat(path);
  if (!stats) return undefined;
  const stamp = `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.uid} ${stats.nlink}`;
  const files = kept.get(place.files) ?? new Map<string, Kept>();
  kept.set(place.files, files);
  const known = files.get(path);
  if (known?.stamp === stamp) return known.file;
  const file = await readPrivateFile(path, place, limit);
  if (files.size >= mostKept) files.clear();
  // Large ones are not worth the memory.
  if ((file?.content.length ?? 0) <= 65_536) files.set(path, { stamp, file });
  return file;
}
