// Which file systems belong to this machine alone: their times are fine, inotify tells of every change, and a look at a name
// is answered at once.
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

// By their magic numbers: ext4, xfs, btrfs, tmpfs, overlay, zfs, f2fs.
const localFileSystems = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010,
]);

export const isLocalDirectory = async (path: string): Promise<boolean> =>
  localFileSystems.has((await statfs(path)).type);

interface Known {
  readonly answer: boolean | Promise<boolean>;
  /** When it is asked again, by performance.now(). */
  readonly until: number;
}

/** Directories that were asked about; promises end in the answer. */
const known = new Map<string, Known>();
const mostKnown = 1000;
/** How long a directory that is not there is taken to be where the one above it is, milliseconds. */
const missingFor = 60_000;

/** The same, kept: known at once the next time. Never rejects; a directory that is not there is as the one above it. */
export function isKnownLocal(directory: string): boolean | Promise<boolean> {
  const kept = known.get(directory);
  if (kept !== undefined && performance.now() < kept.until) return kept.answer;
  if (known.size >= mostKnown) known.clear();
  const keep = (answer: Known['answer'], life: number): void =>
    void known.set(directory, { answer, until: performance.now() + life });
  const answer = isLocalDirectory(directory).then(
    (isLocal) => {
      keep(isLocal, Number.POSITIVE_INFINITY);
      return isLocal;
    },
    async (error: unknown) => {
      const above = dirname(directory);
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && above !== directory;
      const isLocal = isMissing && (await isKnownLocal(above));
      // Somebody may make it, or mount it, any time. What cannot be asked is asked again by who looks next.
      if (isMissing) keep(isLocal, missingFor);
      else known.delete(directory);
      return isLocal;
    },
  );
  keep(answer, Number.POSITIVE_INFINITY);
  return answer;
}
