// Delivery slots of one channel: at most `limit` deliveries run at once. Waiters stand in one line for each destination,
// and the lines take turns: a destination that is slow or dead holds nobody's mail but its own (security.md X8). How many
// of its own run at once is its window; besides, slots are kept free for others: a destination may take one more as long
// as it has no more than four times the free ones. A limit of 0 holds the channel, as qmail's concurrency files do; it
// may change while deliveries run.
import type { Destination } from '../delivery.ts';
import { Fifo } from './fifo.ts';
import { Windows } from './windows.ts';

/** A destination with n deliveries gets one more while n < shareOfFree * free slots: 80 % of all when it is alone. */
const shareOfFree = 4;

/** Deliveries without a destination share one line without limits of its own. */
const nowhere: Destination = { name: '', limit: Number.POSITIVE_INFINITY, isOnlyWay: true };

interface Waiter {
  readonly start: () => void;
  readonly cancel: () => void;
}

interface Line {
  destination: Destination;
  running: number;
  readonly waiting: Fifo<Waiter>;
}

/** Slots of a channel. */
export class Slots {
  readonly #limit: () => number;
  /** Every line in which somebody waits or runs. */
  readonly #lines = new Map<string, Line>();
  /** Those in which somebody waits, in the order of their turns. */
  readonly #turns = new Set<Line>();
  readonly #windows = new Windows();
  #used = 0;

  /** @param limit read at every start, so that a changed setting counts at once */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  get limit(): number {
    return this.#limit();
  }

  /**
   * Do so many wait for this destination that one more would only stand in memory? Then its messages wait in the queue
   * better.
   */
  isFull(destination: Destination | undefined): boolean {
    if (!destination) return false;
    const { name, limit } = destination;
    return (this.#lines.get(name)?.waiting.size ?? 0) >= this.#windows.sizeOf(name, limit);
  }

  /**
   * Runs `start` when a slot is free: now, or later in turn; its work calls `release` once it is done. `cancel` runs
   * instead when the channel is cleared before that.
   */
  whenFree(destination: Destination = nowhere, start: () => void, cancel: () => void): void {
    let line = this.#lines.get(destination.name);
    if (!line) {
      line = { destination, running: 0, waiting: new Fifo() };
      this.#lines.set(destination.name, line);
    }
    line.destination = destination;
    if (line.waiting.size === 0 && this.#mayStart(line)) this.#start(line, start);
    else {
      line.waiting.push({ start, cancel });
      this.#turns.add(line);
    }
  }

  /**
   * Gives a slot back.
   * @param isTooMuch the destination showed that it wants fewer at once; undefined: nothing is known about it
   * @param startedAt milliseconds, by performance.now()
   */
  release(destination: Destination = nowhere, isTooMuch?: boolean, startedAt = 0): void {
    const { name, limit } = destination;
    const line = this.#lines.get(name);
    if (!line) throw new Error('a slot was given back that nobody had');
    if (isTooMuch !== undefined && destination !== nowhere)
      this.#windows.note(name, limit, line.running, isTooMuch, startedAt, performance.now());
    line.running -= 1;
    this.#used -= 1;
    if (line.running === 0 && line.waiting.size === 0) this.#lines.delete(name);
    this.wake();
  }

  #mayStart({ destination, running }: Line): boolean {
    const free = this.#limit() - this.#used;
    if (free <= 0) return false;
    if (destination === nowhere) return true;
    if (running >= this.#windows.sizeOf(destination.name, destination.limit)) return false;
    return destination.isOnlyWay || running < shareOfFree * free;
  }

  #start(line: Line, start: () => void): void {
    this.#used += 1;
    line.running += 1;
    start();
  }

  /** Starts those who wait, as far as slots go; called after the limit was raised too. */
  wake(): void {
    // A line that had its turn is met again at the end of the set, as long as somebody waits in it.
    for (const line of this.#turns) {
      if (this.#used >= this.#limit()) return;
      if (!this.#mayStart(line)) continue;
      this.#turns.delete(line);
      const waiter = line.waiting.shift();
      if (line.waiting.size > 0) this.#turns.add(line);
      if (waiter) this.#start(line, waiter.start);
    }
  }

  /** Forgets those who wait (a stop): their messages stay in the queue as they are. */
  clear(): void {
    const lines = [...this.#turns];
    this.#turns.clear();
    for (const line of lines)
      for (let waiter = line.waiting.shift(); waiter; waiter = line.waiting.shift()) waiter.cancel();
  }
}
