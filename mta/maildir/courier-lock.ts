// Dot-locks in a Maildir: Courier's `tmp/courier.lock` around courierimapuiddb and keywords, Dovecot's
// `dovecot-uidlist.lock` (spec/maildir-imap.md 3.1, 3.2, 3.7). Made by link(), the one exclusive step that also holds on
// NFS; a lock older than 120 s, or of a process of this machine that is gone, is taken away. Holding it is a courtesy to other programs on the
// same Maildir: who cannot make it for lack of room or rights is told so and may read, not write.
import { constants } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  dropFile,
  errorCode,
  linkFile,
  openFile,
  readBytes,
  renameFile,
  statFile,
  statName,
  unlinkFile,
  writeBytes,
} from './calls.ts';
import type { NameSource } from './name.ts';
import { type FileOwner, writeNewFile } from './private-file.ts';

/** Courier and Dovecot: older than this a lock is stale, milliseconds. */
const staleAfter = 120_000;

export interface FolderLock {
  /** Says that the owner lives; needed by work that may take a minute. */
  refresh(): Promise<void>;
  /** Gives it back; nothing happens when another took it for stale meanwhile. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** Under root the lock file is given to the owner of the Maildir. */
  readonly owner?: FileOwner | undefined;
  /** How long to wait for another's lock, milliseconds; 10 s unless told. */
  readonly waitMs?: number | undefined;
  readonly names: NameSource;
  readonly signal?: AbortSignal | undefined;
}

/** Takes `<directory>/tmp/courier.lock`. Undefined: another holds it still. Rejects with system errors (ENOSPC, EACCES). */
export const takeCourierLock = (directory: string, options: LockOptions): Promise<FolderLock | undefined> =>
  takeDotLock(`${directory}/tmp/courier.lock`, `${directory}/tmp`, options);

/** Takes `<directory>/dovecot-uidlist.lock`, as `takeCourierLock`. */
export const takeUidlistLock = (directory: string, options: LockOptions): Promise<FolderLock | undefined> =>
  takeDotLock(`${directory}/dovecot-uidlist.lock`, `${directory}/tmp`, options);

async function takeDotLock(path: string, tmp: string, options: LockOptions): Promise<FolderLock | undefined> {
  const own = `${tmp}/${options.names.next()}_lock`;
  // Dovecot looks at the process id: the lock of one that is gone is stale at once.
  const content = Buffer.from(`${process.pid}:${hostname()}`, 'utf8');
  // Nothing waits for the disk: a lock means nothing after a crash.
  await writeNewFile(own, content, options.owner, false);
  const started = performance.now();
  try {
    for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
      if (await linkExclusive(own, path)) break;
      if (await removeStale(path, own, performance.now() - started, options.names)) continue;
      const left = started + (options.waitMs ?? 10_000) - performance.now();
      if (left <= 0 || options.signal?.aborted) return undefined;
      await sleep(Math.min(pause, left));
    }
  } finally {
    await unlinkFile(own).catch(() => {});
  }
  const { ino, dev } = await statName(path);
  const isOwn = async (): Promise<boolean> => {
    const stats = await statName(path).catch(ignoreMissing);
    return stats?.ino === ino && stats.dev === dev;
  };
  return {
    async refresh() {
      await renewLock(path, ino, content);
    },
    async release() {
      if (await isOwn()) await unlinkFile(path).catch(ignoreMissing);
    },
  };
}

/** True: linked. NFS may lose the answer of a link that worked: then the file has two names (spec 1.12). */
async function linkExclusive(own: string, path: string): Promise<boolean> {
  try {
    await linkFile(own, path);
    return true;
  } catch (error) {
    if ((await statName(own)).nlink === 2) return true;
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Writes the file again where it stands, so that its time is of the clock that others compare with. A lock that
 * another took for stale is left alone.
 */
async function renewLock(path: string, inode: number, content: Buffer): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = await openFile(path, flags).catch(ignoreMissing);
  if (descriptor === undefined) return;
  try {
    if ((await statFile(descriptor)).ino === inode) await writeBytes(descriptor, content);
  } finally {
    dropFile(descriptor);
  }
}

/** True: the lock is gone, try again. `waited`: milliseconds since `own` was made by the same clock as the lock. */
async function removeStale(path: string, own: string, waited: number, names: NameSource): Promise<boolean> {
  const lock = await statName(path).catch(ignoreMissing);
  if (!lock) return true;
  const mine = await statName(own);
  // One from the future was made before a clock was set back: it would be held until that time comes.
  const age = Math.abs(mine.mtimeMs + waited - lock.mtimeMs);
  if (age < staleAfter && !(await isOfTheDead(path))) return false;
  // Taken away under a name of ours: should another have been quicker and made a new lock, it goes back.
  const aside = `${own.slice(0, own.lastIndexOf('/'))}/${names.next()}_stale`;
  await renameFile(path, aside).catch(ignoreMissing);
  const moved = await statName(aside).catch(ignoreMissing);
  if (moved && moved.ino !== lock.ino) await linkFile(aside, path).catch(() => {});
  await unlinkFile(aside).catch(ignoreMissing);
  return true;
}

/** Dovecot and Courier write `pid:host` too: a process of this machine that is gone gives no lock back. */
async function isOfTheDead(path: string): Promise<boolean> {
  const content = await readBeginning(path).catch(() => '');
  const [, pid = '', host = ''] = /^([1-9]\d{0,9}):([^\n\0]+)\n?$/.exec(content) ?? [];
  if (pid === '' || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

async function readBeginning(path: string): Promise<string> {
  const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(512);
    return bytes.toString('latin1', 0, await readBytes(descriptor, bytes, 0));
  } finally {
    dropFile(descriptor);
  }
}

function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
