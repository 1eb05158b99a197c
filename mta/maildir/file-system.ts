// Which file systems belong to this machine alone: their times are fine, and inotify tells of every change.
import { statfs } from 'node:fs/promises';

// By their magic numbers: ext4, xfs, btrfs, tmpfs, overlay, zfs, f2fs.
const localFileSystems = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010,
]);

export const isLocalDirectory = async (path: string): Promise<boolean> =>
  localFileSystems.has((await statfs(path)).type);
