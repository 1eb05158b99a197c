// Locks of a list: an exclusive flock(2) on `lock` (subscribers, number, texts, moderation queue) or `lockbounce`
// (bounces) in DIR or DIR/digest, as ezmlm's programs take it, so that these may work on the same list.
// Callers of one process wait in line; the flock itself is taken by flock(1) on a descriptor that we share with it.
import { constants } from 'node:fs';
import { takeFlock } from '../flock.ts';
import { changeOwner, closeFile, openFile } from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';

/** How long a lock is waited for; then the letter is put off. Milliseconds. */
const PATIENCE_MS = 60_000;

const lines = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while it holds the lock file `path`, which is made when it is not there.
 * @param owner whose a new lock file is when we are root
 * @throws ListError 111 when the lock cannot be had, and what `work` throws
 */
export async function withListLock<T>(
  path: string,
  work: () => Promise<T>,
  owner?: { readonly uid: number; readonly gid: number },
): Promise<T> {
  const before = lines.get(path) ?? Promise.resolve();
  const turn = before.then(() => holdLock(path, work, owner));
  const settled = turn.catch(() => undefined);
  lines.set(path, settled);
  void settled.then(() => {
    if (lines.get(path) === settled) lines.delete(path);
  });
  return turn;
}

async function holdLock<T>(
  path: string,
  work: () => Promise<T>,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<T> {
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
    return await work();
  } finally {
    await closeFile(descriptor).catch(() => undefined);
  }
}
