// Delivery slots of one channel: at most `limit` deliveries run at once, waiters are served in order. A limit of 0
// holds the channel, as qmail's concurrency files do; the limit may change while it runs.

/** Slots of a channel. */
export class Slots {
  readonly #limit: () => number;
  readonly #waiting: { readonly start: () => void; readonly cancel: () => void }[] = [];
  #head = 0;
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

  /** Waiters in line. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /**
   * Runs `start` when a slot is free: now, or later in order; `start`'s work calls `release` once it is done.
   * `cancel` runs instead when the channel is cleared before that.
   */
  whenFree(start: () => void, cancel: () => void): void {
    if (this.#used < this.#limit() && this.waiting === 0) {
      this.#used += 1;
      start();
    } else {
      this.#waiting.push({ start, cancel });
    }
  }

  release(): void {
    this.#used -= 1;
    this.wake();
  }

  /** Starts those who wait, as far as slots go; called after the limit was raised too. */
  wake(): void {
    while (this.waiting > 0 && this.#used < this.#limit()) {
      const { start } = this.#waiting[this.#head] as { start: () => void };
      this.#head += 1;
      if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
        this.#waiting.splice(0, this.#head);
        this.#head = 0;
      }
      this.#used += 1;
      start();
    }
  }

  /** Forgets those who wait (a stop): their messages stay in the queue as they are. */
  clear(): void {
    const left = this.#waiting.splice(0).slice(this.#head);
    this.#head = 0;
    for (const { cancel } of left) cancel();
  }
}
