// The short calls on files that the index worker makes by the thousand: a look at a name, a rename, the steps of a copy. On a file
// system of this machine alone they are made at once, in the worker's own thread: a rename takes some microseconds, and
// to hand it to the thread pool and take the answer many times that (measured). No event loop of a role runs in that
// thread; it waits for SQLite in the same way. An unlink is not so quick: it frees the blocks of the file, a millisecond of
// waiting on ext4, and many at once wait together: the pool, unless the file has other names left. A file system that others serve (NFS) may let each
// call wait for a network: there all go to the pool. What the calls mean and what their errors mean is the caller's.
import * as fs from 'node:fs';
import { readdir } from 'node:fs/promises';
import {
  changeOwner,
  closeFile,
  type Descriptor,
  errorCode,
  openFile,
  readBytes,
  renameFile,
  statFile,
  unlinkFile,
  writeBytes,
} from '../../mta/maildir/calls.ts';
import { lstatExact } from './context.ts';

export interface FileCalls {
  /** What may be done at once, by the hundred, without a promise for each; undefined: any call may wait for a network. */
  readonly atOnce: AtOnceCalls | undefined;
  /** With nanoseconds, no symbolic link followed; undefined when the name is gone. */
  lstat(path: string): Promise<fs.BigIntStats | undefined>;
  /** The names in a directory with what they are. */
  entries(path: string): Promise<fs.Dirent[]>;
  rename(from: string, to: string): Promise<void>;
  /** May names in this directory be changed? Rights and a file system that is mounted to be read only say no. */
  mayChange(directory: string): Promise<boolean>;
  unlink(path: string): Promise<void>;
  open(path: string, flags: number, mode?: number): Promise<Descriptor>;
  stat(descriptor: Descriptor): Promise<fs.Stats>;
  /** Up to `buffer.length` bytes at `position`; 0 at the end. */
  read(descriptor: Descriptor, buffer: Buffer, position: number): Promise<number>;
  /** All of it, where the descriptor stands. */
  write(descriptor: Descriptor, bytes: Buffer): Promise<void>;
  setOwner(descriptor: Descriptor, uid: number, gid: number): Promise<void>;
  /** Time of the last change, and of the last access. */
  setTime(descriptor: Descriptor, time: Date): Promise<void>;
  close(descriptor: Descriptor): Promise<void>;
}

/** Each ends before anything else of the thread goes on, and throws the system's error. */
export interface AtOnceCalls {
  /** No symbolic link followed; undefined when the name is gone. */
  lstat(path: string): fs.Stats | undefined;
  rename(from: string, to: string): void;
  /** Another name of the same file. */
  link(existing: string, path: string): void;
  unlink(path: string): void;
}

const changing = fs.constants.W_OK | fs.constants.X_OK;

/** Through the thread pool. */
export const pooledCalls: FileCalls = {
  atOnce: undefined,
  lstat: lstatExact,
  entries: (path) => readdir(path, { withFileTypes: true }),
  rename: renameFile,
  mayChange: (directory) =>
    new Promise((resolve) => fs.access(directory, changing, (error) => resolve(error === null))),
  unlink: unlinkFile,
  open: openFile,
  stat: statFile,
  read: readBytes,
  write: writeBytes,
  setOwner: changeOwner,
  setTime: (descriptor, time) =>
    new Promise((resolve, reject) =>
      fs.futimes(descriptor, time, time, (error) => (error ? reject(error) : resolve())),
    ),
  close: closeFile,
};

/** At once. The errors are those of the pool's calls. */
export const directCalls: FileCalls = {
  atOnce: {
    lstat: (path) => fs.lstatSync(path, { throwIfNoEntry: false }),
    rename: fs.renameSync,
    link: fs.linkSync,
    unlink: fs.unlinkSync,
  },
  async lstat(path) {
    try {
      return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (errorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  async entries(path) {
    return fs.readdirSync(path, { withFileTypes: true });
  },
  async rename(from, to) {
    fs.renameSync(from, to);
  },
  async mayChange(directory) {
    try {
      fs.accessSync(directory, changing);
      return true;
    } catch {
      return false;
    }
  },
  unlink: unlinkFile,
  async open(path, flags, mode) {
    return fs.openSync(path, flags, mode);
  },
  async stat(descriptor) {
    return fs.fstatSync(descriptor);
  },
  async read(descriptor, buffer, position) {
    return fs.readSync(descriptor, buffer, 0, buffer.length, position);
  },
  async write(descriptor, bytes) {
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(descriptor, bytes, at);
  },
  async setOwner(descriptor, uid, gid) {
    fs.fchownSync(descriptor, uid, gid);
  },
  async setTime(descriptor, time) {
    fs.futimesSync(descriptor, time, time);
  },
  async close(descriptor) {
    fs.closeSync(descriptor);
  },
};
