// The small files in the root of a Maildir that every list of folders looks at (subscriptions, special uses): read again
// only when their inode, size or times are others. Most Maildirs have none of them: then it is one look at a name.
import { type PrivateFile, readPrivateFile } from '../../mta/maildir/private-file.ts';
import type { AccountContext } from './context.ts';

export type SmallFilePlace = Pick<AccountContext, 'maildir' | 'uid' | 'gid' | 'names' | 'files'>;

interface Kept {
  readonly stamp: string;
  readonly file: PrivateFile | undefined;
}

/** Of each open account, by name. */
const kept = new WeakMap<SmallFilePlace, Map<string, Kept>>();
/** Larger ones are not worth the memory, bytes. */
const largestKept = 65_536;

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
  const files = kept.get(place) ?? new Map<string, Kept>();
  kept.set(place, files);
  const known = files.get(name);
  if (known?.stamp === stamp) return known.file;
  const file = await readPrivateFile(path, place, limit);
  if ((file?.content.length ?? 0) <= largestKept) files.set(name, { stamp, file });
  return file;
}
