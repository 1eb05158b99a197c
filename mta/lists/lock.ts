// Locks of a list: an exclusive flock(2) on `lock` (subscribers, number, texts, moderation queue) or `lockbounce`
// (bounces) in DIR or DIR/digest, as ezmlm's programs take it, so that these may work on the same list.
// Callers of one process wait in line; the flock itself is taken by flock(1) on a descriptor that we share with it. That
// costs a process, so a lock that is free again is kept for a moment: the next in line has it at once. Others wait for
// us no longer than that, and a second at most while the line does not end.
import { constants } from 'node:fs';
import { takeFlock } from '../flock.ts';
import { changeOwner, dropFile, openFile, statFile, statPath } from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';

/** How long a lock is waited for; then the letter is put off. */
const PATIENCE_MS = 60_000;
/** How long a lock is kept for the next of us, and for all of us together. */
const LINGER_MS = 30;
const LONGEST_MS = 1000;

interface HeldLock {
  readonly descriptor: number;
  readonly inode: number;
  readonly since: number;
  timer: NodeJS.Timeout | undefined;
}

/** Whose turn it is, and locks that are kept, by path. They are this process's as the locks themselves are. */
const lines = new Map<string, Promise<unknown>>();
const kept = new Map<string, HeldLock>();

/** Whose a new lock file is when we are root. */
type Owner = { readonly uid: number; readonly gid: number };

/**
 * Runs `work` while it holds the lock file `path`, which is made when it is not there.
 * @throws ListError 111 when the lock cannot be had, and what `work` throws
 */
export async function withListLock<T>(path: string, work: () => Promise<T>, owner?: Owner): Promise<T> {
  const before = lines.get(path) ?? Promise.resolve();
  const turn = before.then(() => holdLock(path, work, owner));
  const settled = turn.catch(() => undefined);
  lines.set(path, settled);
  void settled.then(() => {
    if (lines.get(path) === settled) lines.delete(path);
  });
  return turn;
}

async function holdLock<T>(path: string, work: () => Promise<T>, owner: Owner | undefined): Promise<T> {
  const held = (await takeKept(path)) ?? (await takeLock(path, owner));
  try {
    return await work();
  } finally {
    if (Date.now() - held.since >= LONGEST_MS) dropFile(held.descriptor);
    else {
      held.timer = setTimeout(() => release(path, held), LINGER_MS);
      // It goes with the process.
      held.timer.unref();
      kept.set(path, held);
    }
  }
}

function release(path: string, held: HeldLock): void {
  if (kept.get(path) === held) kept.delete(path);
  dropFile(held.descriptor);
}

/** The lock that we still have, if its file is still the one of this path. */
async function takeKept(path: string): Promise<HeldLock | undefined> {
  const held = kept.get(path);
  if (held === undefined) return undefined;
  kept.delete(path);
  clearTimeout(held.timer);
  const inode = await statPath(path).then(
    (stats) => stats.ino,
    () => undefined,
  );
  if (inode === held.inode) return held;
  dropFile(held.descriptor);
  return undefined;
}

async function takeLock(path: string, owner: Owner | undefined): Promise<HeldLock> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  let descriptor: number;
  try {
    descriptor = await openFile(path, flags | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    throw systemError(`unable to open ${path}`, error);
  }
  try {
    if (owner !== undefined && process.geteuid?.() === 0) await changeOwner(descriptor, owner.uid, owner.gid);
    const taken = await takeFlock(descriptor, PATIENCE_MS);
    if (taken === 'busy')
      throw new ListError(111, `unable to lock ${path}: taken for ${PATIENCE_MS / 1000} s`);
    if (taken === 'unlocked')
      throw new ListError(111, `unable to lock ${path}: flock(1) of util-linux is needed`);
    const { ino } = await statFile(descriptor);
    return { descriptor, inode: ino, since: Date.now(), timer: undefined };
  } catch (error) {
    dropFile(descriptor);
    throw error;
  }
}
