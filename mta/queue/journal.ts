// The journal in front of the queue: an append-only file with one synchronous write for all letters that wait, so that a letter
// is durable for the price of a fraction of a flush. A letter lives here from its acknowledgement to the end of its
// first delivery, a second at most; what is not finished then becomes an ordinary queue entry and is struck.
// At rest the journal is empty: a clean stop removes it, a start turns what a crash left into ordinary entries first.
// Lies in queue/journal/, a folder that qmail's programs do not look at.
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { closeFile, createFile, namesIn, unlinkFile, writeAll } from './files.ts';
import { decodeSegment, encodeLetter, encodeStrike, type JournalLetter } from './journal-format.ts';

/** A segment that is longer is left for a new one. */
const segmentLimit = 64 * 1024 * 1024;
/** A segment without living letters is replaced from this size on, so that its bytes go. */
const idleLimit = 4 * 1024 * 1024;
/**
 * Milliseconds after which strikes are flushed when no letter comes that would flush them: a power cut doubles less. Not
 * sooner, because a flush under way holds up the next letter.
 */
const strikeFlushMs = 1000;

/** Milliseconds between tries to remove a segment. */
const removalInterval = 1000;

const dataSync = (fd: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()));
  });

interface Segment {
  readonly path: string;
  /** Opened with O_DSYNC: what is written here is on disk when the call returns. */
  readonly fd: number;
  /** The same file without: for strikes alone. */
  readonly lazyFd: number;
  /** Strikes were written that are not flushed yet. */
  unflushed: boolean;
  size: number;
  /** Letters in it that are not struck. */
  living: number;
  /** A write or flush failed: nothing more goes in. */
  broken: boolean;
  /** The flush under way: the file stays open for it. */
  flushing: Promise<void> | undefined;
}

interface Waiting {
  readonly letter: JournalLetter;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The journal of one running queue. */
export class Journal {
  readonly #directory: string;
  readonly #directorySync: DirectorySync;
  readonly #segmentOf = new Map<string, Segment>();
  #segment: Segment | undefined;
  #segments = 0;
  #letters: Waiting[] = [];
  #strikes: string[] = [];
  #running: Promise<void> | undefined;
  #flushTimer: NodeJS.Timeout | undefined;
  #sequence = 0;
  /** Files of released segments that the system would not remove. */
  readonly #unremoved = new Set<string>();
  #removal: NodeJS.Timeout | undefined;
  /** Ids count on from the microseconds of the start: below 2^53, longer than inode numbers, and none comes twice. */
  readonly #base = Date.now() * 1000;

  private constructor(directory: string, directorySync: DirectorySync) {
    this.#directory = directory;
    this.#directorySync = directorySync;
  }

  /**
   * Opens the journal of a locked queue.
   * @param restore makes an ordinary queue entry of a letter that a crash left here; durable when it resolves
   * @returns the journal, and how many letters were restored
   */
  static async open(
    queueDirectory: string,
    directorySync: DirectorySync,
    restore: (letter: JournalLetter) => Promise<void>,
  ): Promise<{ journal: Journal; restored: number; unread: number }> {
    const directory = join(queueDirectory, 'journal');
    await makeDirectory(directory);
    await directorySync.sync(queueDirectory);
    let restored = 0;
    let unread = 0;
    for (const name of (await namesIn(directory)).sort()) {
      const path = join(directory, name);
      if (!isSegmentName(name)) continue;
      const bytes = await readFile(path);
      const content = decodeSegment(bytes);
      // The torn end goes first, so that strikes can be read if this start is cut short too.
      if (content.unread > 0) await truncate(path, bytes.length - content.unread);
      const fd = await openToAppend(path);
      try {
        for (const letter of content.letters) {
          await restore(letter);
          // Struck one by one: a crash in here doubles one letter at most.
          await writeAll(fd, [encodeStrike(letter.id)]);
          restored += 1;
        }
      } finally {
        await closeFile(fd);
      }
      unread += content.unread;
      await unlinkFile(path);
    }
    await directorySync.sync(directory);
    return { journal: new Journal(directory, directorySync), restored, unread };
  }

  /** The number of the next letter. */
  nextId(): string {
    this.#sequence += 1;
    return String(this.#base + this.#sequence);
  }

  /** Stores a letter; resolves when it is on disk. Rejects with the system's error: the letter is not acknowledged. */
  append(letter: JournalLetter): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#letters.push({ letter, resolve, reject });
      this.#run();
    });
  }

  /** The letter is delivered, or stands in the ordinary queue. Written soon, flushed with the next letter. */
  strike(id: string): void {
    this.#strikes.push(id);
    this.#run();
  }

  #run(): void {
    if (this.#running) return;
    this.#running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#writeBatches())
      .finally(() => {
        this.#running = undefined;
        if (this.#letters.length > 0 || this.#strikes.length > 0) this.#run();
      });
  }

  async #writeBatches(): Promise<void> {
    while (this.#letters.length > 0 || this.#strikes.length > 0) {
      const letters = this.#letters;
      const strikes = this.#takeStrikes();
      this.#letters = [];
      if (letters.length === 0) {
        await this.#writeStrikes(strikes, true);
        continue;
      }
      try {
        const segment = await this.#current().catch(async (error: unknown) => {
          await this.#writeStrikes(strikes, false);
          throw error;
        });
        // Those of the same segment go with the letters, in one call.
        const own = strikes.get(segment) ?? [];
        strikes.delete(segment);
        await this.#writeStrikes(strikes, false);
        await this.#writeLetters(segment, letters, own);
        for (const { resolve } of letters) resolve();
      } catch (error) {
        for (const { reject } of letters) reject(error as Error);
      }
    }
  }

  /** The strikes that wait, by segment; from here on their letters do not count as living. */
  #takeStrikes(): Map<Segment, string[]> {
    const bySegment = new Map<Segment, string[]>();
    for (const id of this.#strikes) {
      const segment = this.#segmentOf.get(id);
      if (!segment) continue;
      this.#segmentOf.delete(id);
      segment.living -= 1;
      const struck = bySegment.get(segment);
      if (struck) struck.push(id);
      else bySegment.set(segment, [id]);
    }
    this.#strikes = [];
    return bySegment;
  }

  async #writeLetters(
    segment: Segment,
    letters: readonly Waiting[],
    struck: readonly string[],
  ): Promise<void> {
    const pieces = [...struck.map(encodeStrike), ...letters.flatMap(({ letter }) => encodeLetter(letter))];
    try {
      await writeAll(segment.fd, pieces);
    } catch (error) {
      // What is behind this point cannot be trusted (security.md D5): leave it, and begin anew.
      segment.broken = true;
      this.#segment = undefined;
      await this.#release(segment);
      throw error;
    }
    segment.unflushed = false;
    segment.size += pieces.reduce((sum, piece) => sum + piece.length, 0);
    segment.living += letters.length;
    for (const { letter } of letters) this.#segmentOf.set(letter.id, segment);
  }

  /** A strike that cannot be written is not an error: after a crash the letter comes once more. */
  async #writeStrikes(bySegment: ReadonlyMap<Segment, string[]>, alone: boolean): Promise<void> {
    for (const [segment, struck] of bySegment) {
      const isLast =
        segment.living === 0 && (segment !== this.#segment || (alone && segment.size > idleLimit));
      if (!isLast && !segment.broken) {
        const bytes = Buffer.concat(struck.map(encodeStrike));
        await writeAll(segment.lazyFd, [bytes]).then(
          () => {
            segment.size += bytes.length;
            segment.unflushed = true;
            this.#flushTimer ??= setTimeout(() => this.#flushStrikes(), strikeFlushMs);
          },
          () => {
            segment.broken = true;
          },
        );
      }
      // A strike that could not be written is made good by the end of its file.
      const isOver = isLast || (segment.broken && segment.living === 0);
      if (isOver && segment === this.#segment) this.#segment = undefined;
      await this.#release(segment);
    }
  }

  /** Nobody waits for this: only the number of letters that a power cut doubles hangs on it. */
  #flushStrikes(): void {
    this.#flushTimer = undefined;
    const flushed = [...new Set([...this.#segmentOf.values(), ...(this.#segment ? [this.#segment] : [])])];
    for (const segment of flushed) {
      if (!segment.unflushed || segment.broken || segment.flushing) continue;
      segment.unflushed = false;
      segment.flushing = dataSync(segment.lazyFd).then(
        () => {
          segment.flushing = undefined;
        },
        () => {
          segment.flushing = undefined;
          segment.broken = true;
        },
      );
    }
  }

  /** The segment that takes new records. */
  async #current(): Promise<Segment> {
    const segment = this.#segment;
    if (segment && !segment.broken && segment.size < segmentLimit) return segment;
    this.#segment = undefined;
    if (segment) await this.#release(segment);
    this.#segments += 1;
    const path = join(this.#directory, `${this.#base}.${this.#segments}`);
    const lazyFd = await createFile(path, 0o600, undefined, fs.constants.O_APPEND);
    let fd: number | undefined;
    try {
      fd = await openToAppend(path, fs.constants.O_DSYNC);
      await this.#directorySync.sync(this.#directory);
    } catch (error) {
      await closeFile(lazyFd).catch(() => undefined);
      if (fd !== undefined) await closeFile(fd).catch(() => undefined);
      this.#unremoved.add(path);
      await this.#removeSegments();
      throw error;
    }
    this.#segment = {
      path,
      fd,
      lazyFd,
      unflushed: false,
      size: 0,
      living: 0,
      broken: false,
      flushing: undefined,
    };
    return this.#segment;
  }

  /** Removes a segment that holds no letters and takes no more. */
  async #release(segment: Segment): Promise<void> {
    if (segment.living > 0 || segment === this.#segment) return;
    await segment.flushing;
    for (const fd of [segment.fd, segment.lazyFd]) await closeFile(fd).catch(() => undefined);
    this.#unremoved.add(segment.path);
    await this.#removeSegments();
  }

  /** Removes the files of released segments. One that stays would bring back letters that were refused or delivered. */
  async #removeSegments(): Promise<void> {
    clearTimeout(this.#removal);
    for (const path of this.#unremoved)
      await unlinkFile(path).then(
        () => this.#unremoved.delete(path),
        () => undefined,
      );
    if (this.#unremoved.size > 0)
      this.#removal = setTimeout(() => void this.#removeSegments(), removalInterval).unref();
  }

  /** Letters that are neither struck nor waiting to be. */
  get living(): number {
    return this.#segmentOf.size;
  }

  /** Ends the journal: with no living letters its file goes. */
  async close(): Promise<void> {
    while (this.#running) await this.#running;
    clearTimeout(this.#flushTimer);
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment) await this.#release(segment);
    await this.#removeSegments();
    clearTimeout(this.#removal);
  }
}

/** What a crash left in the journal of a stopped queue; nothing is changed. `unread`: bytes that were never acknowledged. */
export async function readJournal(queueDirectory: string): Promise<{ letters: number; unread: number }> {
  const directory = join(queueDirectory, 'journal');
  let letters = 0;
  let unread = 0;
  for (const name of await namesIn(directory)) {
    if (!isSegmentName(name)) continue;
    const content = decodeSegment(await readFile(join(directory, name)));
    letters += content.letters.length;
    unread += content.unread;
  }
  return { letters, unread };
}

const isSegmentName = (name: string): boolean => /^\d+\.\d+$/.test(name);

function makeDirectory(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.mkdir(path, { recursive: true, mode: 0o700 }, (error) => (error ? reject(error) : resolve()));
  });
}

function readFile(path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    fs.readFile(path, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

function truncate(path: string, length: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.truncate(path, length, (error) => (error ? reject(error) : resolve()));
  });
}

function openToAppend(path: string, more = 0): Promise<number> {
  const { O_WRONLY, O_APPEND, O_NOFOLLOW } = fs.constants;
  return new Promise((resolve, reject) => {
    fs.open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | more, (error, fd) =>
      error ? reject(error) : resolve(fd),
    );
  });
}
