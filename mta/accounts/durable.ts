// Files that others read while we write them: written beside, synced, renamed into place, the directory synced.
// A reader sees the old or the new file, whole, and after a power cut it is one of the two. Callers hold the lock of the
// file (lock.ts), so the temporary name is free; what a crash left under it is removed.
import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whose a new file is. Only root gives files away; for others it is what it is. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Does work with the rights of a user. A process that is root reaches into a user's directories this way: what he lays
 * into its path then leads nowhere that he could not go himself.
 */
export type RunAsOwner = <T>(owner: Owner, work: () => Promise<T>) => Promise<T>;

/** With the rights that we have. */
export const asOurselves: RunAsOwner = (_owner, work) => work();

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

/** A part of another file, to be copied. */
export interface FilePart {
  readonly file: FileHandle;
  readonly start: number;
  readonly end: number;
}

/** What a file is to hold; pieces are written one after the other without being joined in memory. */
export type Content = Buffer | string | readonly (Buffer | FilePart)[];

/** Bytes that are copied in one go: each goes through a thread and back, and waits for both when others work. */
const COPY_BYTES = 1 << 20;

/** Writes a whole file under a name that must not exist yet, and syncs it, but not its directory. Gives its stats. */
export async function createFile(
  path: string,
  content: Content,
  mode: number,
  owner?: Owner | undefined,
): Promise<BigIntStats> {
  const file = await open(path, 'wx', mode);
  try {
    if (typeof content === 'string' || Buffer.isBuffer(content)) await file.writeFile(content);
    else await writePieces(file, content);
    await file.chmod(mode);
    if (owner !== undefined && isRoot()) await file.chown(owner.uid, owner.gid);
    await file.sync();
    return await file.stat({ bigint: true });
  } finally {
    await file.close();
  }
}

/** Which file it is, in which state: another after each change, by whatever way. */
export const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;

async function writePieces(file: FileHandle, pieces: readonly (Buffer | FilePart)[]): Promise<void> {
  let buffer: Buffer | undefined;
  let written = 0;
  const write = async (bytes: Buffer): Promise<void> => {
    // A disk may take less than it is given.
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, written);
      at += bytesWritten;
      written += bytesWritten;
    }
  };
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) {
      await write(piece);
      continue;
    }
    buffer ??= Buffer.allocUnsafeSlow(COPY_BYTES);
    for (let at = piece.start; at < piece.end; ) {
      const { bytesRead } = await piece.file.read(buffer, 0, Math.min(COPY_BYTES, piece.end - at), at);
      if (bytesRead === 0)
        throw new Error(`a file that is copied has ended ${piece.end - at} bytes too soon`);
      await write(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  }
}

/** A file that is written and synced beside the one that it will replace. */
export interface PreparedFile {
  /** As it is beside the other. */
  readonly stats: BigIntStats;
  /** Replaces the other in one step. The directory is not synced yet. */
  putInPlace(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** Writes the new bytes of a file beside it. `mode` holds whatever the umask. What fails leaves nothing. */
export async function prepareFile(
  path: string,
  content: Content,
  mode: number,
  owner?: Owner | undefined,
): Promise<PreparedFile> {
  const temporary = `${path}.tmp`;
  const giveUp = async (error: unknown): Promise<never> => {
    await rm(temporary, { force: true });
    throw error;
  };
  await rm(temporary, { force: true });
  const stats = await createFile(temporary, content, mode, owner).catch(giveUp);
  return {
    stats,
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

/** Makes one directory durably unless something of its name is there. */
export async function makeMissingDirectory(path: string, mode: number, owner: Owner): Promise<void> {
  try {
    await makeDirectory(path, mode, owner);
    await syncDirectory(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
