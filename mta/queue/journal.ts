// The journal in front of the queue: one synchronous write for all letters that wait, so that a letter is durable for the
// price of a fraction of a flush. A letter lives here from its acknowledgement to the end of its first delivery, a second
// at most; what is not finished then becomes an ordinary queue entry and is struck.
// At rest the journal is empty: a clean stop removes it, a start turns what a crash left into ordinary entries first
// (journal-recovery.ts). Lies in queue/journal/, a folder that qmail's programs do not look at; its files: segments.ts.
import { join } from 'node:path';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { encodeLetter, encodeStrike, type JournalLetter } from './journal-format.ts';
import { recoverJournal } from './journal-recovery.ts';
import {
  appendDurably,
  appendLazily,
  cutBack,
  flushSegment,
  lengthOf,
  type Segment,
  Segments,
} from './segments.ts';

/**
 * Milliseconds after which strikes are flushed when no letter comes that would flush them: a power cut doubles less. Not
 * sooner, because a flush under way holds up the next letter.
 */
const strikeFlushMs = 1000;

/**
 * Milliseconds that a strike waits for a letter to be written with. A call of its own costs as much as the letter's, and a
 * kill in between doubles what was delivered in this time.
 */
const strikeWaitMs = 5;

/**
 * Milliseconds without a write after which a letter is written at once. One that comes sooner waits until the events of
 * this moment were looked at: others may come with it.
 */
const aloneAfterMs = 10;

/** A letter's record is longer than its bytes by no more. */
const longestHeader = 80;

interface Waiting {
  readonly letter: JournalLetter;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The journal of one running queue. */
export class Journal {
  readonly #segments: Segments;
  readonly #segmentOf = new Map<string, Segment>();
  #segment: Segment | undefined;
  #letters: Waiting[] = [];
  #strikes: string[] = [];
  #running: Promise<void> | undefined;
  /** When the last batch ended, by performance.now(). */
  #quietSince = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  /** Strikes wait for it, or for a letter that comes sooner. */
  #strikeTimer: NodeJS.Timeout | undefined;
  #sequence = 0;
  /** Ids count on from the microseconds of the start: below 2^53, longer than inode numbers, and none comes twice. */
  readonly #base = Date.now() * 1000;

  private constructor(directory: string, directorySync: DirectorySync, warn: (words: string) => void) {
    this.#segments = new Segments(directory, directorySync, this.#base, warn);
  }

  /**
   * Opens the journal of a locked queue.
   * @param restore makes an ordinary queue entry of a letter that a crash left here; durable when it resolves
   * @param warn a line for the log: something works less well
   * @returns the journal, and how many letters were restored
   */
  static async open(
    queueDirectory: string,
    directorySync: DirectorySync,
    restore: (letter: JournalLetter) => Promise<void>,
    warn: (words: string) => void,
  ): Promise<{ journal: Journal; restored: number }> {
    const restored = await recoverJournal(queueDirectory, directorySync, restore);
    const directory = join(queueDirectory, 'journal');
    return { journal: new Journal(directory, directorySync, warn), restored };
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
    if (this.#running) return;
    this.#strikeTimer ??= setTimeout(() => this.#run(), strikeWaitMs);
  }

  #run(): void {
    if (this.#running) return;
    clearTimeout(this.#strikeTimer);
    this.#strikeTimer = undefined;
    const isAlone = performance.now() - this.#quietSince > aloneAfterMs;
    const gathered = isAlone ? Promise.resolve() : new Promise<void>((resolve) => setImmediate(resolve));
    this.#running = gathered
      .then(() => this.#writeBatches())
      .finally(() => {
        this.#running = undefined;
        this.#quietSince = performance.now();
        if (this.#letters.length > 0) this.#run();
        else if (this.#strikes.length > 0) this.#strikeTimer = setTimeout(() => this.#run(), strikeWaitMs);
      });
  }

  /** All letters that wait, and the strikes with them; strikes alone once, so that those of a moment go together. */
  async #writeBatches(): Promise<void> {
    for (
      let isFirst = true;
      this.#letters.length > 0 || (isFirst && this.#strikes.length > 0);
      isFirst = false
    ) {
      const letters = this.#letters;
      const strikes = this.#takeStrikes();
      this.#letters = [];
      try {
        const segment = letters.length > 0 ? await this.#segmentFor(letters) : undefined;
        // Those of the same segment go with the letters, in one call.
        const own = (segment && strikes.get(segment)) ?? [];
        if (segment) strikes.delete(segment);
        await this.#writeStrikes(strikes);
        strikes.clear();
        if (segment) await this.#writeLetters(segment, letters, own);
        for (const { resolve } of letters) resolve();
      } catch (error) {
        await this.#writeStrikes(strikes);
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
    const { salt } = segment;
    try {
      await appendDurably(segment, [
        ...struck.map((id) => encodeStrike(salt, id)),
        ...letters.flatMap(({ letter }) => encodeLetter(salt, letter)),
      ]);
    } catch (error) {
      // What is behind this point cannot be trusted (security.md D5): leave it, and begin anew.
      segment.broken = true;
      this.#segment = undefined;
      await cutBack(segment).catch(() => undefined);
      this.#releaseEmpty(segment);
      throw error;
    }
    segment.living += letters.length;
    for (const { letter } of letters) this.#segmentOf.set(letter.id, segment);
    this.#segments.prepareNext(segment);
  }

  /** A strike that cannot be written is not an error: after a crash the letter comes once more. */
  async #writeStrikes(bySegment: ReadonlyMap<Segment, string[]>): Promise<void> {
    for (const [segment, struck] of bySegment) {
      // The last ones of a segment that takes no more are made good by its end.
      const isLast = segment.living === 0 && segment !== this.#segment;
      if (!isLast && !segment.broken)
        await appendLazily(segment, Buffer.concat(struck.map((id) => encodeStrike(segment.salt, id)))).then(
          () => {
            this.#flushTimer ??= setTimeout(() => this.#flushStrikes(), strikeFlushMs);
          },
          () => {
            segment.broken = true;
          },
        );
      if (segment.broken && segment === this.#segment) this.#segment = undefined;
      this.#releaseEmpty(segment);
    }
  }

  /** Nobody waits for this: only the number of letters that a power cut doubles hangs on it. */
  #flushStrikes(): void {
    this.#flushTimer = undefined;
    for (const segment of new Set([...this.#segmentOf.values(), ...(this.#segment ? [this.#segment] : [])])) {
      if (segment.unflushed.length === 0 || segment.broken || segment.flushing) continue;
      segment.flushing = flushSegment(segment)
        .catch(() => {
          segment.broken = true;
        })
        .finally(() => {
          segment.flushing = undefined;
        });
    }
  }

  /** The segment that takes these letters. */
  async #segmentFor(letters: readonly Waiting[]): Promise<Segment> {
    const bytes = letters.reduce(
      (sum, { letter }) => sum + longestHeader + lengthOf([letter.envelope, letter.message]),
      0,
    );
    const old = this.#segment;
    const segment = await this.#segments.forBytes(old, bytes);
    this.#segment = segment;
    if (old && old !== segment) this.#releaseEmpty(old);
    return segment;
  }

  #releaseEmpty(segment: Segment): void {
    if (segment.living === 0 && segment !== this.#segment) this.#segments.release(segment);
  }

  /** Letters that are neither struck nor waiting to be. */
  get living(): number {
    return this.#segmentOf.size;
  }

  /** Ends the journal: with no living letters its files go. */
  async close(): Promise<void> {
    while (this.#running || this.#strikes.length > 0) {
      this.#run();
      await this.#running;
    }
    clearTimeout(this.#strikeTimer);
    clearTimeout(this.#flushTimer);
    const segment = this.#segment;
    this.#segment = undefined;
    if (segment) this.#releaseEmpty(segment);
    await this.#segments.close();
  }
}
