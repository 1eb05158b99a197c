// The short calls on files that the index worker makes by the thousand: a look at a name, a rename, an unlink. On a file
// system of this machine alone they are made at once, in the worker's own thread: a rename takes some microseconds, and
// to hand it to the thread pool and take the answer many times that (measured). No event loop of a role runs in that
// thread; it waits for SQLite in the same way. An unlink is not so quick: it frees the blocks of the file, a millisecond of
// waiting on ext4, and many at once wait together: always the pool. A file system that others serve (NFS) may let each
// call wait for a network: there all go to the pool. What the calls mean and what their errors mean is the caller's.
import { type BigIntStats, lstatSync, renameSync } from 'node:fs';
import { errorCode, renameFile, unlinkFile } from '../../mta/maildir/calls.ts';
import { lstatExact } from './context.ts';

export interface FileCalls {
  /** With nanoseconds, no symbolic link followed; undefined when the name is gone. */
  lstat(path: string): Promise<BigIntStats | undefined>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** Through the thread pool. */
export const pooledCalls: FileCalls = { lstat: lstatExact, rename: renameFile, unlink: unlinkFile };

/** At once. The errors are those of the pool's calls. */
export const directCalls: FileCalls = {
  async lstat(path) {
    try {
      return lstatSync(path, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (errorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  },
  async rename(from, to) {
    renameSync(from, to);
  },
  unlink: unlinkFile,
};
