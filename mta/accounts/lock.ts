// vpopmail's file locks: a write lock of fcntl(2) on FILE.lock, mode 0600, left behind (spec/vpopmail.md 1.3, 2.2).
// Node has no fcntl, but SQLite takes just these locks: an exclusive transaction on the empty lock file locks bytes of
// it, and vpopmail locks the whole file, so each waits for the other. Nothing is ever written into the file. The kernel
// frees the lock when the process ends in any way.
import { randomBytes } from 'node:crypto';
import { access, link, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import type { Owner } from './durable.ts';
import { createFile } from './durable.ts';

/** Somebody else kept the lock for the whole time. */
export class LockBusyError extends Error {
  constructor(path: string) {
    super(`${path}: File busy try again later!`);
    this.name = 'LockBusyError';
  }
}

/** vpopmail tries 10 times with 2 s between. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 20;

/**
 * Runs `work` while holding the lock file `path`. Throws LockBusyError after `patience` milliseconds, and what work
 * throws. Two callers in one process exclude each other as well.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { readonly patience?: number | undefined; readonly owner?: Owner | undefined } = {},
): Promise<T> {
  await createLockFile(path, options.owner);
  const deadline = Date.now() + (options.patience ?? PATIENCE_MS);
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        lock.close();
      }
    }
    if (Date.now() >= deadline) throw new LockBusyError(path);
    await sleep(RETRY_MS);
  }
}

// Made under another name and linked into place: closing a descriptor of a file drops all fcntl locks of this process
// on it, so the file is never open here once it can be locked.
async function createLockFile(path: string, owner: Owner | undefined): Promise<void> {
  try {
    await access(path);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const fresh = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  await createFile(fresh, '', 0o600, owner);
  try {
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(fresh);
  }
}

function tryLock(path: string): { close(): void } | undefined {
  const database = new Database(path, { timeout: 0, fileMustExist: true });
  try {
    // The journal in memory: no second file appears beside the lock.
    database.pragma('journal_mode = memory');
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true) return undefined;
    throw new Error(`${path}: cannot lock: ${(error as Error).message}`, { cause: error });
  }
}
