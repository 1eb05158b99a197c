// Small files that IMAP and POP3 servers keep in a Maildir beside the mail (spec/maildir-imap.md 3): how they are read
// and how they are replaced. Reading follows no symbolic link, believes only regular files of the owner with one name
// (security.md F2) and never more than a limit. Writing goes to tmp, is synced, renamed and its directory synced: after
// a full disk or a power cut the old file or the new one is there, whole. What the bytes mean is each format's own.
import { constants } from 'node:fs';
import {
  changeOwner,
  closeFile,
  type Descriptor,
  dropFile,
  errorCode,
  openFile,
  readWhole,
  renameFile,
  statFile,
  syncFile,
  unlinkFile,
  writeBytes,
} from './calls.ts';
import type { NameSource } from './name.ts';

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** 200,000 lines of a UID list are some 20 MB. */
export const largestListFile = 64 * 1_048_576;

export interface PrivateFile {
  readonly content: Buffer;
  /** Nanoseconds since 1970: which of two lists is the newer. */
  readonly changed: bigint | number;
  /** Tells this file from one that was renamed over it. */
  readonly inode: number;
}

/**
 * Reads a file of a Maildir. Undefined: missing, no regular file of `owner` (undefined: of anybody), with more than one
 * name, or larger than `limit` bytes. Rejects with other system errors.
 */
export async function readPrivateFile(
  path: string,
  owner: FileOwner | undefined,
  limit: number = largestListFile,
): Promise<PrivateFile | undefined> {
  let descriptor: Descriptor;
  try {
    // O_NONBLOCK: a FIFO in its place must not hold us up.
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EISDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile() || stats.nlink !== 1 || stats.size > limit) return undefined;
    if (owner && stats.uid !== owner.uid) return undefined;
    const content = await readWhole(descriptor, limit);
    return { content, changed: stats.mtimeMs, inode: stats.ino };
  } finally {
    dropFile(descriptor);
  }
}

/**
 * Replaces a file: written to `<directory>/tmp`, synced, renamed to `<directory>/<name>`, and the directory synced.
 * Rejects with system errors; the old file is then as it was.
 */
export async function replacePrivateFile(
  directory: string,
  name: string,
  content: Buffer,
  owner: FileOwner | undefined,
  names: NameSource,
): Promise<void> {
  const tmp = await writeSynced(
    `${directory}/tmp/${names.next()}_${name.replaceAll('/', '_')}`,
    content,
    owner,
  );
  try {
    await renameFile(tmp, `${directory}/${name}`);
  } catch (error) {
    await unlinkFile(tmp).catch(() => {});
    throw error;
  }
  await syncDirectory(directory);
}

/** Makes a new file with these bytes on disk, gives its path. Nothing of it stays when that fails. */
export const writeSynced = (path: string, content: Buffer, owner: FileOwner | undefined): Promise<string> =>
  writeNewFile(path, content, owner, true);

/** As `writeSynced`; without `isSynced` for what need not outlive a crash of the machine. */
export async function writeNewFile(
  path: string,
  content: Buffer,
  owner: FileOwner | undefined,
  isSynced: boolean,
): Promise<string> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = await openFile(path, flags, 0o600);
  try {
    try {
      if (owner && process.geteuid?.() === 0) await changeOwner(descriptor, owner.uid, owner.gid);
      if (content.length > 0) await writeBytes(descriptor, content);
      if (isSynced) await syncFile(descriptor);
    } catch (error) {
      dropFile(descriptor);
      throw error;
    }
    await closeFile(descriptor);
  } catch (error) {
    await unlinkFile(path).catch(() => {});
    throw error;
  }
  return path;
}

/** Makes the entries of a directory durable. A file system that cannot (EINVAL) makes them so by itself. */
export async function syncDirectory(path: string): Promise<void> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await syncFile(descriptor).catch((error: unknown) => {
      if (errorCode(error) !== 'EINVAL') throw error;
    });
  } finally {
    dropFile(descriptor);
  }
}
