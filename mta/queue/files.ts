// The few file calls of the mail path as promises over the callback API: half the cost of fs/promises' FileHandles,
// and every result is checked (security.md D6). Short writes are continued; fsync is never repeated after a failure.
import * as fs from 'node:fs';
import {
  changeMode,
  changeOwner,
  closeFile,
  dropFile,
  errorCode,
  openFile as openAny,
  readBytes,
  statFile as statOpen,
  unlinkFile as unlinkOne,
} from '../maildir/calls.ts';

export { closeFile, errorCode, renameFile, setTimes, syncData, syncFile } from '../maildir/calls.ts';

const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** A user and a group by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Creates a file that must not exist and opens it for writing.
 * @param owner to whom it is given (root only); undefined: it stays ours
 */
export async function createFile(path: string, mode: number, owner?: Owner, flags = 0): Promise<number> {
  const fd = await openAny(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | flags, mode);
  if (!owner) return fd;
  try {
    await changeOwner(fd, owner.uid, owner.gid);
    // qmail-queue sets its own umask: qmail-rspawn must read mess whatever mask we were started with.
    await changeMode(fd, mode);
    return fd;
  } catch (error) {
    await closeFile(fd).catch(() => undefined);
    await unlinkFile(path).catch(() => false);
    throw error;
  }
}

/** O_NONBLOCK: a FIFO that somebody put there answers at once instead of holding a thread for ever. */
export const openFile = (path: string, flags: number, mode?: number): Promise<number> =>
  openAny(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);

/** With this flag a write is on disk when it returns, file and all: cheaper than a write and an fsync. */
export const { O_SYNC } = fs.constants;

/** Removes a file; true when it was there. */
export const unlinkFile = (path: string): Promise<boolean> =>
  unlinkOne(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );

/** The inode number as a decimal string: the name of a queue file. Inodes may exceed 2^53. */
export function inodeOf(fd: number): Promise<string> {
  return new Promise((resolve, reject) => {
    fs.fstat(fd, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats.ino.toString())));
  });
}

/** Writes all of these buffers at the current position, or at `position`. */
export function writeAll(
  fd: number,
  buffers: readonly Buffer[],
  position: number | null = null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let left = buffers.filter((buffer) => buffer.length > 0);
    let at = position;
    const next = (): void => {
      if (left.length === 0) return resolve();
      fs.writev(fd, left.slice(0, 1000), at, (error, written) => {
        if (error) return reject(error);
        if (written === 0) return reject(Object.assign(new Error('write wrote nothing'), { code: 'EIO' }));
        if (at !== null) at += written;
        left = dropBytes(left, written);
        next();
      });
    };
    next();
  });
}

function dropBytes(buffers: readonly Buffer[], count: number): Buffer[] {
  let skip = count;
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) skip -= buffer.length;
    else {
      rest.push(skip > 0 ? buffer.subarray(skip) : buffer);
      skip = 0;
    }
  }
  return rest;
}

/** What lies under a queue file's name is no regular file: it is neither followed nor waited for. */
export class NotAFileError extends Error {
  override name = 'NotAFileError';
}

/**
 * Reads a whole file that we know to be small; undefined when it is not there.
 * @throws NotAFileError, and the system's error (ELOOP for a symbolic link)
 */
export async function readSmallFile(path: string): Promise<Buffer | undefined> {
  let fd: number;
  try {
    fd = await openFile(path, fs.constants.O_RDONLY);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = await statOpen(fd);
    if (!stats.isFile()) throw new NotAFileError('not a regular file');
    const buffer = Buffer.allocUnsafe(stats.size);
    let at = 0;
    while (at < buffer.length) {
      const bytes = await readBytes(fd, buffer.subarray(at), at);
      if (bytes === 0) break;
      at += bytes;
    }
    return buffer.subarray(0, at);
  } finally {
    dropFile(fd);
  }
}

/** Names in a directory; an absent directory has none. */
export function namesIn(directory: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    fs.readdir(directory, (error, names) => {
      if (!error) resolve(names);
      else if (error.code === 'ENOENT') resolve([]);
      else reject(error);
    });
  });
}

/** What a name leads to, without following a symbolic link. Times in seconds since 1970. */
export interface FileFacts {
  readonly size: number;
  readonly mtime: number;
  readonly atime: number;
  readonly ino: string;
  readonly uid: number;
  readonly isFile: boolean;
}

/** undefined when it is not there. */
export function statFile(path: string): Promise<FileFacts | undefined> {
  return new Promise((resolve, reject) => {
    fs.lstat(path, { bigint: true }, (error, stats) => {
      if (error) return error.code === 'ENOENT' ? resolve(undefined) : reject(error);
      resolve({
        size: Number(stats.size),
        mtime: Number(stats.mtimeMs) / 1000,
        atime: Number(stats.atimeMs) / 1000,
        ino: stats.ino.toString(),
        uid: Number(stats.uid),
        isFile: stats.isFile(),
      });
    });
  });
}

export function setTimesOf(fd: number, seconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.futimes(fd, seconds, seconds, (error) => (error ? reject(error) : resolve()));
  });
}
