// How many deliveries at once a remote destination bears, found by trying as TCP finds a line's width: from a modest
// beginning one more for each that goes well, half as many after a sign that it is too much (421, no connection, no
// answer). Pure: the caller says what happened. Windows nobody asked for lately are forgotten and begin anew.

/** Deliveries at once to a destination of which nothing is known; Postfix and qmail allow so many to anybody. */
export const firstWindow = 20;
/** Destinations remembered. */
const maxWindows = 10_000;

interface Window {
  size: number;
  /** A delivery that began before this tells nothing new about what was too much. */
  reducedAt: number;
}

/** The windows of all destinations. */
export class Windows {
  readonly #windows = new Map<string, Window>();

  /** Deliveries that may run at once. */
  sizeOf(name: string, limit: number): number {
    return Math.max(1, Math.min(this.#windows.get(name)?.size ?? firstWindow, limit));
  }

  /**
   * Notes how a delivery went.
   * @param running deliveries there while it ran, itself included
   * @param isTooMuch the destination showed that it wants fewer
   * @param startedAt @param now milliseconds of one clock
   */
  note(
    name: string,
    limit: number,
    running: number,
    isTooMuch: boolean,
    startedAt: number,
    now: number,
  ): void {
    const window = this.#windows.get(name) ?? { size: firstWindow, reducedAt: Number.NEGATIVE_INFINITY };
    // The last used is the last to be forgotten.
    this.#windows.delete(name);
    this.#windows.set(name, window);
    if (this.#windows.size > maxWindows)
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest);
        break;
      }
    const size = Math.min(window.size, Math.max(1, limit));
    if (isTooMuch) {
      if (startedAt < window.reducedAt) return;
      window.size = Math.max(1, size >> 1);
      window.reducedAt = now;
      // A window that is hardly used says nothing about a wider one.
    } else if (running * 2 >= size) window.size = Math.min(size + 1, Math.max(1, limit));
  }
}
