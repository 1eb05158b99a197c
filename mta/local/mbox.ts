// Delivery into an mbox file (mbox(5), mboxrd quoting; spec/qmail.md 6.5): From_ line, Return-Path, Delivered-To, the
// message with `>` before each line that looks like a From_ line, an empty line; fsync before success.
// Locking: flock as qmail-local does, and before it the dot-lock of other mail programs, `FILE.lock` made exclusively; both
// together for at most 30 seconds of waiting. A dot-lock older than five minutes is a dead program's and taken over. Where
// no lock can be had at all the delivery goes on without, as in qmail-local.
// On an error the file is cut back to what it was, when it was locked.
import { constants, type Stats } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Flocked as Taken, takeFlock } from '../flock.ts';
import { splitMaildirPath } from '../maildir/anchor.ts';
import {
  changeOwner,
  closeFile,
  type Descriptor,
  describeError,
  dropFile,
  errorCode,
  linkFile,
  openFile,
  readBytes,
  renameFile,
  statFile,
  statName,
  syncFile,
  truncateFile,
  unlinkFile,
  writeBytes,
} from '../maildir/calls.ts';
import { type Outcome, success, temporary } from '../outcome.ts';
import { createMboxQuoter } from './mbox-quoting.ts';

export interface MboxRequest {
  readonly home: string;
  /** As in the line: `./Mailbox` or absolute. */
  readonly file: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** From_, Return-Path and Delivered-To lines, each with LF. */
  readonly prefix: Buffer;
  readonly message: Buffer | undefined;
  readonly path: string;
  readonly size: number;
}

export interface MboxDelivery {
  deliver(request: MboxRequest): Promise<Outcome>;
}

export interface MboxOptions {
  /** How long a lock is waited for; 30,000 ms. */
  readonly lockMilliseconds?: number | undefined;
  /** From which age on a lock is a dead program's; 300,000 ms. */
  readonly staleMilliseconds?: number | undefined;
}

const isRoot = process.geteuid?.() === 0;

/** Deliveries of one process wait for each other in line, not by polling. */
export function createMboxDelivery(options: MboxOptions = {}): MboxDelivery {
  const patience = options.lockMilliseconds ?? 30_000;
  const stale = options.staleMilliseconds ?? 300_000;
  const lines = new Map<string, Promise<unknown>>();

  function deliver(request: MboxRequest): Promise<Outcome> {
    const key = `${request.home}\0${request.file}`;
    const before = lines.get(key) ?? Promise.resolve();
    const turn = before.then(() => append(request));
    lines.set(key, turn);
    void turn.finally(() => {
      if (lines.get(key) === turn) lines.delete(key);
    });
    return turn;
  }

  async function append(request: MboxRequest): Promise<Outcome> {
    let parent: OpenParent;
    try {
      parent = await openParent(request);
    } catch (error) {
      return cannot('open', request, error);
    }
    let lock = '';
    try {
      const deadline = Date.now() + patience;
      const taken = await takeLock(`${parent.reach}.lock`, deadline, stale);
      if (taken === 'busy') return slowLock();
      if (taken === 'locked') lock = `${parent.reach}.lock`;
      return await appendLocked(request, parent, lock !== '', deadline);
    } catch (error) {
      return cannot('open', request, error);
    } finally {
      if (lock) await unlinkFile(lock).catch(() => {});
      dropFile(parent.descriptor);
    }
  }

  return { deliver };
}

interface OpenParent {
  readonly descriptor: Descriptor;
  readonly stats: Stats;
  /** The file's path by way of the descriptor. */
  readonly reach: string;
}

async function openParent(request: MboxRequest): Promise<OpenParent> {
  const { base, below } = splitMaildirPath(request.home, request.file);
  const name = below.pop();
  if (name === undefined || name === '..') throw Object.assign(new Error('no file name'), { code: 'EISDIR' });
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  let path = base;
  let descriptor = await openFile(base, flags);
  try {
    for (const part of below) {
      const child = await openFile(`${reach(descriptor, path)}/${part}`, flags | constants.O_NOFOLLOW);
      dropFile(descriptor);
      descriptor = child;
      path = `${path}/${part}`;
    }
    const stats = await statFile(descriptor);
    return { descriptor, stats, reach: `${reach(descriptor, path)}/${name}` };
  } catch (error) {
    dropFile(descriptor);
    throw error;
  }
}

async function appendLocked(
  request: MboxRequest,
  parent: OpenParent,
  isDotLocked: boolean,
  deadline: number,
): Promise<Outcome> {
  let descriptor: Descriptor;
  let made: boolean;
  try {
    ({ descriptor, made } = await openMbox(request, parent));
  } catch (error) {
    return cannot('open', request, error);
  }
  let start: number | undefined;
  let locked = isDotLocked;
  try {
    const taken = await takeFlock(descriptor, Math.max(0, deadline - Date.now()));
    if (taken === 'busy') {
      dropFile(descriptor);
      return slowLock();
    }
    if (taken === 'locked') locked = true;
    const stats = await statFile(descriptor);
    // Also when we are root: only a file that the user could have written.
    if (!stats.isFile() || stats.nlink > 1 || stats.uid !== request.owner.uid) {
      throw Object.assign(new Error('not a file of the user'), { code: 'EACCES' });
    }
    start = stats.size;
    await writeLetter(descriptor, request);
    await syncFile(descriptor);
  } catch (error) {
    if (locked && start !== undefined) await truncateFile(descriptor, start).catch(() => {});
    dropFile(descriptor);
    return cannot(start === undefined ? 'open' : 'write', request, error);
  }
  try {
    await closeFile(descriptor);
    if (made) await syncFile(parent.descriptor);
  } catch (error) {
    return cannot('write', request, error);
  }
  return success('');
}

async function openMbox(
  request: MboxRequest,
  parent: OpenParent,
): Promise<{ descriptor: Descriptor; made: boolean }> {
  const { uid, gid } = request.owner;
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  for (let tries = 0; ; tries++) {
    try {
      return { descriptor: await openFile(parent.reach, flags), made: false };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries > 2) throw error;
    }
    // As root we make a file only where the user could have: in a directory of theirs, or a sticky one for all.
    const open = (parent.stats.mode & 0o1002) === 0o1002;
    if (isRoot && parent.stats.uid !== uid && !open) {
      throw Object.assign(new Error('directory of another user'), { code: 'EACCES' });
    }
    try {
      const descriptor = await openFile(parent.reach, flags | constants.O_CREAT | constants.O_EXCL, 0o600);
      if (isRoot) await changeOwner(descriptor, uid, gid);
      return { descriptor, made: true };
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function writeLetter(descriptor: Descriptor, request: MboxRequest): Promise<void> {
  const quoter = createMboxQuoter();
  await writeBytes(descriptor, request.prefix);
  if (request.message) {
    await writeBytes(descriptor, Buffer.concat([quoter.push(request.message), quoter.end()]));
    return;
  }
  const source = await openFile(request.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const chunk = Buffer.allocUnsafe(65_536);
    let total = 0;
    for (;;) {
      const bytes = await readBytes(source, chunk, null);
      if (bytes === 0) break;
      total += bytes;
      const quoted = quoter.push(chunk.subarray(0, bytes));
      if (quoted.length > 0) await writeBytes(descriptor, quoted);
    }
    if (total !== request.size) throw Object.assign(new Error('queue file has changed'), { code: 'EIO' });
    await writeBytes(descriptor, quoter.end());
  } finally {
    dropFile(source);
  }
}

const slowLock = (): Outcome => temporary('File has been locked for 30 seconds straight. (#4.3.0)');

async function takeLock(path: string, deadline: number, stale: number): Promise<Taken> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  for (let tries = 0; ; tries++) {
    try {
      const descriptor = await openFile(path, flags, 0o600);
      // Who holds it, for people who look.
      await writeBytes(descriptor, Buffer.from(`${process.pid} ${hostname()}\n`)).catch(() => {});
      await closeFile(descriptor).catch(() => {});
      return 'locked';
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') return 'unlocked';
    }
    await breakStaleLock(path, stale);
    if (Date.now() >= deadline) return 'busy';
    await sleep(Math.min(50 + tries * 50, 500, Math.max(1, deadline - Date.now())));
  }
}

async function breakStaleLock(path: string, stale: number): Promise<void> {
  try {
    const stats = await statName(path);
    if (Date.now() - stats.ctimeMs < stale) return;
    // Of several who see it, each renames; who got a young one by that gives it back.
    const aside = `${path}.${process.pid}.${Date.now()}`;
    await renameFile(path, aside);
    const moved = await statName(aside);
    if (moved.ino !== stats.ino) await linkFile(aside, path).catch(() => {});
    await unlinkFile(aside);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

const cannot = (what: 'open' | 'write', request: MboxRequest, error: unknown): Outcome =>
  temporary(
    `Unable to ${what} ${request.file}: ${describeError(error)}. (${what === 'open' ? '#4.2.1' : '#4.3.0'})`,
  );

const reach = (descriptor: Descriptor, path: string): string =>
  process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : path;
