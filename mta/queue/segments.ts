// The files of a running journal. A write into bytes that a file has costs the disk less than one that makes it longer,
// which is a commit of the file system: so the next segment is written full of zeros and flushed before it is needed, and
// one that is done with is used again. Both happen beside the letters; while no segment is ready, letters lengthen one.
// Used again means a new start line with a new salt, on disk before a record follows: what stands behind is void with it.
// Leaves to journal.ts what is written into a segment and when its letters are done.
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import {
  closeFile,
  createFile,
  errorCode,
  openFile,
  syncData,
  syncFile,
  unlinkFile,
  writeAll,
} from './files.ts';
import { encodeStart, newSalt } from './journal-format.ts';

/** Zeros of a prepared segment: a millisecond and a half of a disk with 700 MB/s. */
const preparedSize = 1024 * 1024;
/** With fewer bytes left in the one in use, the next one is prepared. */
const nearEnd = preparedSize / 2;
/** A segment that letters lengthened to this is left for a new one. */
const growthLimit = 8 * 1024 * 1024;
/** Bytes of segments that wait for use: what a burst of some thousand letters left behind. */
const spareLimit = 16 * 1024 * 1024;
/** With less room than this on the disk nothing is prepared: the last of it is for letters. */
const roomNeeded = 32 * preparedSize;
/** Milliseconds until preparing is tried again after it failed. */
const prepareInterval = 10_000;
/** Milliseconds between tries to remove a segment. */
const removalInterval = 1000;
/** One write of zeros: no file call of another waits long behind it. */
const zeros = Buffer.alloc(256 * 1024);

/** Bytes that the file system has left for us. */
const roomAt = (path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.statfs(path, (error, stats) => (error ? reject(error) : resolve(stats.bavail * stats.bsize)));
  });

const truncate = (fd: number, length: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.ftruncate(fd, length, (error) => (error ? reject(error) : resolve()));
  });

/** One open file of the journal. */
export interface Segment {
  readonly path: string;
  /** Opened with O_DSYNC: what is written here is on disk when the call returns. */
  readonly fd: number;
  /** The same file without: for strikes alone. */
  readonly lazyFd: number;
  readonly salt: string;
  /** Bytes that the file has on disk. */
  allocated: number;
  /** Where the next record goes. */
  size: number;
  /** Up to here everything is on disk. */
  durable: number;
  /**
   * What was written between `durable` and `size`. A synchronous write flushes its own bytes only, and reading stops at the
   * first record that is not there: so these are written again with the next letter, from `durable` on.
   */
  unflushed: Buffer[];
  /** Letters in it that are not struck. */
  living: number;
  /** A write or flush failed: nothing more goes in. */
  broken: boolean;
  /** It holds no letters and takes no more: its file goes, or is another segment now. */
  released: boolean;
  /** The flush under way: the file stays open for it. */
  flushing: Promise<void> | undefined;
}

/** Puts all of these behind what is there, on disk when it resolves, together with what was not yet. */
export async function appendDurably(segment: Segment, pieces: readonly Buffer[]): Promise<void> {
  const all = [...segment.unflushed, ...pieces];
  const end = segment.durable + lengthOf(all);
  await writeAll(segment.fd, all, segment.durable);
  segment.unflushed = [];
  segment.durable = end;
  segment.size = end;
  segment.allocated = Math.max(segment.allocated, segment.size);
}

/** The same, on disk sometime: a kill of the program does not lose it, a power cut may. */
export async function appendLazily(segment: Segment, piece: Buffer): Promise<void> {
  await writeAll(segment.lazyFd, [piece], segment.size);
  segment.unflushed.push(piece);
  segment.size += piece.length;
}

/** Flushes what was appended lazily until now. */
export async function flushSegment(segment: Segment): Promise<void> {
  const { size } = segment;
  await syncData(segment.lazyFd);
  segment.allocated = Math.max(segment.allocated, size);
  while (segment.durable < size && segment.unflushed.length > 0)
    segment.durable += segment.unflushed.shift()?.length ?? 0;
}

/** Takes off what a failed write may have left: a letter that was refused does not come back after a kill. */
export const cutBack = (segment: Segment): Promise<void> => truncate(segment.lazyFd, segment.size);

export const lengthOf = (pieces: readonly Buffer[]): number =>
  pieces.reduce((sum, piece) => sum + piece.length, 0);

/** The segments of one running journal. */
export class Segments {
  readonly #directory: string;
  readonly #directorySync: DirectorySync;
  readonly #base: number;
  readonly #warn: (words: string) => void;
  #count = 0;
  /** Ready for use: their start is on disk, and so are their bytes. */
  readonly #spares: Segment[] = [];
  /** Preparing, recycling and removing, beside the letters. */
  readonly #working = new Set<Promise<void>>();
  #isPreparing = false;
  #hasFailed = false;
  #prepareAfter = 0;
  #isClosed = false;
  /** Files of released segments that the system would not remove. */
  readonly #unremoved = new Set<string>();
  #removal: NodeJS.Timeout | undefined;

  /** @param base the first part of their names, never used before */
  constructor(directory: string, directorySync: DirectorySync, base: number, warn: (words: string) => void) {
    this.#directory = directory;
    this.#directorySync = directorySync;
    this.#base = base;
    this.#warn = warn;
  }

  /**
   * The segment that takes so many bytes more.
   * @param segment the one in use: given back when they fit, or when there is nothing better than to lengthen it
   * @throws the system's error: no new one could be made
   */
  async forBytes(segment: Segment | undefined, bytes: number): Promise<Segment> {
    const usable = segment?.broken ? undefined : segment;
    if (usable && usable.size + bytes <= usable.allocated) return usable;
    const at = this.#spares.findLastIndex(({ size, allocated }) => size + bytes <= allocated);
    const [spare] = at < 0 ? [] : this.#spares.splice(at, 1);
    if (spare) return spare;
    return usable && usable.size < growthLimit ? usable : this.#create();
  }

  /** Has the next one prepared when the one in use is nearly full. */
  prepareNext(segment: Segment): void {
    if (segment.allocated - segment.size >= nearEnd || this.#spares.length > 0 || this.#isPreparing) return;
    if (this.#isClosed || performance.now() < this.#prepareAfter) return;
    this.#isPreparing = true;
    this.#work(
      this.#prepare().then(
        () => {
          this.#hasFailed = false;
        },
        (error: unknown) => {
          this.#prepareAfter = performance.now() + prepareInterval;
          if (!this.#hasFailed)
            this.#warn(
              `unable to prepare a segment of the journal (${errorCode(error)}): letters go in without, more slowly`,
            );
          this.#hasFailed = true;
        },
      ),
      () => {
        this.#isPreparing = false;
      },
    );
  }

  /** A segment holds no letters and takes no more: it is used again, or removed. Never rejects. */
  release(segment: Segment): void {
    if (segment.released) return;
    segment.released = true;
    this.#work(this.#release(segment));
  }

  /** Removes all that were released or prepared. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#working.size > 0) await Promise.all(this.#working);
    for (const spare of this.#spares.splice(0)) await this.#remove(spare);
    await this.#removeFiles();
    clearTimeout(this.#removal);
  }

  #work(work: Promise<void>, done?: () => void): void {
    this.#working.add(work);
    void work.finally(() => {
      this.#working.delete(work);
      done?.();
    });
  }

  /** An empty one. Its start is written, and flushed with the first letter. */
  async #create(): Promise<Segment> {
    this.#count += 1;
    const path = join(this.#directory, `${this.#base}.${this.#count}`);
    const lazyFd = await createFile(path, 0o600);
    let fd: number | undefined;
    try {
      fd = await openFile(path, fs.constants.O_WRONLY | fs.constants.O_DSYNC);
      const segment = freshSegment(path, fd, lazyFd);
      await writeAll(lazyFd, segment.unflushed, 0);
      await this.#directorySync.sync(this.#directory);
      return segment;
    } catch (error) {
      for (const each of [lazyFd, fd]) if (each !== undefined) await closeFile(each).catch(() => undefined);
      this.#unremoved.add(path);
      await this.#removeFiles();
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    if ((await roomAt(this.#directory)) < roomNeeded)
      throw Object.assign(new Error('the disk is nearly full'), { code: 'ENOSPC' });
    const segment = await this.#create();
    try {
      // Written, not only allocated: the first write into an allocated block is a commit too.
      for (let at = segment.size; at < preparedSize; at += zeros.length) {
        if (this.#isClosed) break;
        await writeAll(segment.lazyFd, [zeros.subarray(0, preparedSize - at)], at);
      }
      await syncFile(segment.lazyFd);
    } catch (error) {
      await this.#remove(segment);
      throw error;
    }
    this.#keep(segment, preparedSize);
  }

  async #release(segment: Segment): Promise<void> {
    await segment.flushing;
    if (!segment.broken) {
      const again = freshSegment(segment.path, segment.fd, segment.lazyFd);
      try {
        // From here on its old letters are void for a start after a kill, from the flush on for one after a power cut,
        // which may bring back a file that was removed.
        await writeAll(again.lazyFd, again.unflushed, 0);
        await syncData(again.lazyFd);
        const kept = this.#spares.reduce((sum, { allocated }) => sum + allocated, segment.allocated);
        const isWorth = segment.allocated >= preparedSize && kept <= spareLimit;
        if (isWorth && !this.#isClosed) return this.#keep(again, segment.allocated);
      } catch {
        // Then it goes like one that is not worth keeping.
      }
    }
    await this.#remove(segment);
  }

  /** Its start is on disk, and so are this many bytes. */
  #keep(segment: Segment, allocated: number): void {
    segment.unflushed = [];
    segment.durable = segment.size;
    segment.allocated = allocated;
    this.#spares.push(segment);
  }

  async #remove(segment: Segment): Promise<void> {
    for (const fd of [segment.fd, segment.lazyFd]) await closeFile(fd).catch(() => undefined);
    this.#unremoved.add(segment.path);
    await this.#removeFiles();
  }

  /** One that stays would bring back letters that were refused or delivered. */
  async #removeFiles(): Promise<void> {
    clearTimeout(this.#removal);
    for (const path of this.#unremoved)
      await unlinkFile(path).then(
        () => this.#unremoved.delete(path),
        () => undefined,
      );
    if (this.#unremoved.size > 0)
      this.#removal = setTimeout(() => void this.#removeFiles(), removalInterval).unref();
  }
}

/** A segment without records, whose start is to be written before anything else. */
function freshSegment(path: string, fd: number, lazyFd: number): Segment {
  const salt = newSalt();
  const start = encodeStart(salt);
  return {
    path,
    fd,
    lazyFd,
    salt,
    allocated: 0,
    size: start.length,
    durable: 0,
    unflushed: [start],
    living: 0,
    broken: false,
    released: false,
    flushing: undefined,
  };
}
