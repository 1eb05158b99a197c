// Which file systems belong to this machine alone: their times are fine, inotify tells of every change, and a look at a name
// is answered at once.
import { statfs } from 'node:fs/promises';

// By their magic numbers: ext4, xfs, btrfs, tmpfs, overlay, zfs, f2fs.
const localFileSystems = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010,
]);

export const isLocalDirectory = async (path: string): Promise<boolean> =>
  localFileSystems.has((await statfs(path)).type);

/** Directories that were asked about; promises end in the answer. */
const known = new Map<string, boolean | Promise<boolean>>();
const mostKnown = 1000;

/** The same, kept: known at once the next time. Never rejects; a directory that is not there is not local yet. */
export function isKnownLocal(directory: string): boolean | Promise<boolean> {
  const answer = known.get(directory);
  if (answer !== undefined) return answer;
  if (known.size >= mostKnown) known.clear();
  const asked = isLocalDirectory(directory).then(
    (isLocal) => {
      known.set(directory, isLocal);
      return isLocal;
    },
    // Asked again when somebody looks into it again.
    () => {
      known.delete(directory);
      return false;
    },
  );
  known.set(directory, asked);
  return asked;
}
