// Durable directory entries by group commit: one fsync of a directory serves every caller that was waiting for it.
// A link, rename or unlink is safe from a power cut only after an fsync of its directory that started after it
// (security.md D1, D2, D4; measured on ext4). `sync` answers after exactly such an fsync.
// A path keeps its descriptor for a while; that the path still names the same directory is checked at every fsync.
// Errors are never retried on the same data: they fail everyone who waits (security.md D5).
import { close, constants, fstat, fsync, lstat, lstatSync, open, type Stats } from 'node:fs';
import { isKnownLocal } from './file-system.ts';

/** Which directory, whatever its name. */
export interface DirectoryIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Makes changes in directories durable. Shared by all deliveries and by the queue of one process. */
export interface DirectorySync {
  /**
   * Resolves when an fsync of the directory that started after this call has succeeded, and says which directory
   * that was. Rejects with the system error (code, path); the caller's entry must then be taken as not durable.
   * `path` is absolute and no symbolic link.
   */
  sync(path: string): Promise<DirectoryIdentity>;
  /** Closes kept descriptors after what is running; later calls open anew. */
  close(): Promise<void>;
}

export interface DirectorySyncOptions {
  /** Idle descriptors kept at most; 128 unless told. */
  readonly descriptors?: number | undefined;
  /** An idle descriptor is closed after this many milliseconds; 10,000 unless told. */
  readonly idleMilliseconds?: number | undefined;
  /** The directories are ours alone (the queue's): nobody replaces them, so a kept path is not asked again. */
  readonly isOwn?: boolean | undefined;
  /** The system call; replaced by tests that count or fail it. */
  readonly fsync?: ((descriptor: number, done: (error: Error | null) => void) => void) | undefined;
}

interface Batch {
  readonly promise: Promise<DirectoryIdentity>;
  resolve(identity: DirectoryIdentity): void;
  reject(reason: Error): void;
}

interface Entry {
  readonly path: string;
  /** -1: closed. */
  descriptor: number;
  identity: DirectoryIdentity | undefined;
  running: boolean;
  /** Those who called since the running fsync started. */
  next: Batch | undefined;
  usedAt: number;
}

const openFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

// POSIX fsync: EINVAL = this file cannot be synchronised. Some network file systems say so of directories, because
// their server makes entries durable by itself.
const isUnsupported = (error: NodeJS.ErrnoException): boolean => error.code === 'EINVAL';

/** Undefined: the path leads nowhere now. */
function lookNow(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

export function createDirectorySync(options: DirectorySyncOptions = {}): DirectorySync {
  const limit = options.descriptors ?? 128;
  const idle = options.idleMilliseconds ?? 10_000;
  const fsyncCall = options.fsync ?? fsync;
  // Insertion order is order of last use.
  const entries = new Map<string, Entry>();
  let sweeper: NodeJS.Timeout | undefined;

  function sync(path: string): Promise<DirectoryIdentity> {
    let entry = entries.get(path);
    if (entry === undefined) {
      entry = { path, descriptor: -1, identity: undefined, running: false, next: undefined, usedAt: 0 };
      entries.set(path, entry);
    }
    entry.next ??= Promise.withResolvers<DirectoryIdentity>();
    const { promise } = entry.next;
    if (!entry.running) start(entry);
    return promise;
  }

  function start(entry: Entry): void {
    const batch = entry.next!;
    entry.next = undefined;
    entry.running = true;
    if (entry.descriptor < 0) openAndSync(entry, batch);
    else syncKept(entry, batch);
  }

  function openAndSync(entry: Entry, batch: Batch): void {
    open(entry.path, openFlags, (openError, descriptor) => {
      if (openError) return fail(entry, batch, openError);
      entry.descriptor = descriptor;
      fstat(descriptor, (statError, stats) => {
        if (statError) return fail(entry, batch, statError);
        entry.identity = { dev: stats.dev, ino: stats.ino };
        fsyncCall(descriptor, (error) => {
          if (error && !isUnsupported(error)) fail(entry, batch, error);
          else finish(entry, batch);
        });
      });
    });
  }

  // A directory that was removed and made again has the same path and another inode: an fsync of the kept
  // descriptor would succeed and make nothing durable. So both are asked at once, and the fsync counts only when
  // the path still leads to the same directory.
  function syncKept(entry: Entry, batch: Batch): void {
    if (options.isOwn) {
      fsyncCall(entry.descriptor, (error) => {
        if (error && !isUnsupported(error)) fail(entry, batch, error);
        else finish(entry, batch);
      });
      return;
    }
    const isNamed = (stats: Stats | undefined): boolean =>
      stats !== undefined && stats.dev === entry.identity?.dev && stats.ino === entry.identity.ino;
    const settle = (failure: Error | null, current: Stats | undefined): void => {
      if (failure) {
        fail(entry, batch, failure);
      } else if (isNamed(current)) {
        finish(entry, batch);
      } else {
        release(entry);
        openAndSync(entry, batch);
      }
    };
    const failureOf = (error: Error | null): Error | null => (error && !isUnsupported(error) ? error : null);
    if (isKnownLocal(entry.path) === true) {
      // Three microseconds at once; beside the fsync it would be one more turn of the thread pool for each letter.
      fsyncCall(entry.descriptor, (error) => settle(failureOf(error), lookNow(entry.path)));
      return;
    }
    let pending = 2;
    let failure: Error | null = null;
    let current: Stats | undefined;
    const done = (): void => {
      if (--pending === 0) settle(failure, current);
    };
    fsyncCall(entry.descriptor, (error) => {
      failure = failureOf(error);
      done();
    });
    lstat(entry.path, (error, stats) => {
      current = error ? undefined : stats;
      done();
    });
  }

  function finish(entry: Entry, batch: Batch): void {
    entry.running = false;
    entry.usedAt = performance.now();
    batch.resolve(entry.identity!);
    if (entry.next) {
      start(entry);
      return;
    }
    entries.delete(entry.path);
    entries.set(entry.path, entry);
    makeRoom();
    sweeper ??= setInterval(sweep, Math.max(idle, 1)).unref();
  }

  // The kernel tells a write error once; whoever linked before it would get a false success from the next fsync.
  function fail(entry: Entry, batch: Batch, reason: Error): void {
    const late = entry.next;
    entry.next = undefined;
    entry.running = false;
    entries.delete(entry.path);
    release(entry);
    batch.reject(reason);
    late?.reject(reason);
  }

  function release(entry: Entry): void {
    if (entry.descriptor < 0) return;
    const { descriptor } = entry;
    entry.descriptor = -1;
    entry.identity = undefined;
    // Nothing was written through this descriptor: its close has no result that matters.
    close(descriptor, () => {});
  }

  function makeRoom(): void {
    if (entries.size <= limit) return;
    for (const entry of entries.values()) {
      if (entry.running || entry.next) continue;
      entries.delete(entry.path);
      release(entry);
      if (entries.size <= limit) return;
    }
  }

  function sweep(): void {
    const old = performance.now() - idle;
    for (const entry of entries.values()) {
      if (entry.running || entry.usedAt > old) continue;
      entries.delete(entry.path);
      release(entry);
    }
    if (entries.size === 0) {
      clearInterval(sweeper);
      sweeper = undefined;
    }
  }

  async function closeAll(): Promise<void> {
    clearInterval(sweeper);
    sweeper = undefined;
    const waiting: Promise<unknown>[] = [];
    for (const entry of entries.values()) {
      if (entry.running) waiting.push(sync(entry.path).catch(() => {}));
    }
    await Promise.all(waiting);
    clearInterval(sweeper);
    sweeper = undefined;
    for (const entry of entries.values()) {
      if (entry.running) continue;
      entries.delete(entry.path);
      release(entry);
    }
  }

  return { sync, close: closeAll };
}
