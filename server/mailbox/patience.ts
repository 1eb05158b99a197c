// How long a role lets a disk hold its loop up: reads that it makes itself take some microseconds while their bytes are in the
// page cache, and as long as the disk likes when they are not. One that took long, and for which the process did read from a
// disk, means that the role reads nothing itself for a second, and twice as long each time that it happens again: a slow
// disk costs all who wait for the loop one wait a minute. A loaded machine is no slow disk: it stops every thread alike.

/** Longer than this, milliseconds, a read from a disk must not hold the loop up. */
const longestRead = 15;
/** So long is too long whatever it was that took the time: not all systems count what is read. */
const longestOfAll = 100;
const firstRest = 1000;
const longestRest = 64_000;
/** So long, milliseconds, a count of what was read is good to compare with: asking costs as much as a small read. */
const countedFor = 100;

export class Patience {
  readonly #blocksRead: () => number;
  #blocks = 0;
  #countedAt = Number.NEGATIVE_INFINITY;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #rest = 0;

  /** @param blocksRead how much this process has read from disks so far */
  constructor(blocksRead = (): number => process.resourceUsage().fsRead) {
    this.#blocksRead = blocksRead;
  }

  /** May the role read itself now? Then `end` is called after it. Times are those of performance.now(). */
  begin(now: number): boolean {
    if (now < this.#restsUntil) return false;
    if (now - this.#countedAt > countedFor) this.#count(now);
    return true;
  }

  end(begun: number, now: number): void {
    const took = now - begun;
    if (took <= longestRead) return;
    const before = this.#blocks;
    this.#count(now);
    if (this.#blocks === before && took <= longestOfAll) return;
    const isAgain = now - this.#restsUntil < longestRest;
    this.#rest = isAgain ? Math.min(longestRest, 2 * this.#rest) : firstRest;
    this.#restsUntil = now + this.#rest;
  }

  #count(now: number): void {
    this.#blocks = this.#blocksRead();
    this.#countedAt = now;
  }
}
