// The scheduler's timers: what happens after a while, what happens again and again, and what met a system error and is
// tried again later (SLEEP_SYSFAIL of qmail-send.c) or at once when the administrator says so (ALRM).

/** Seconds until something that met a system error is tried again. */
export const systemFailure = 123;

/** Timers of one run of the scheduler. */
export class Clock {
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Those of them that wait after a system error, with what comes then. */
  readonly #retries = new Map<NodeJS.Timeout, () => unknown>();
  #isStopped = false;

  after(seconds: number, act: () => unknown): void {
    this.#start(seconds, act);
  }

  /** `act` begins the next round when it is called, not when its work ends. */
  every(seconds: number, act: () => unknown): void {
    this.#start(seconds, () => {
      act();
      this.every(seconds, act);
    });
  }

  /** Tries again after a system error. */
  again(act: () => unknown): void {
    const timer = this.#start(systemFailure, act);
    if (timer) this.#retries.set(timer, act);
  }

  /** ALRM: what waits after a system error is tried now. */
  retryNow(): void {
    const retries = [...this.#retries];
    this.#retries.clear();
    for (const [timer, act] of retries) {
      clearTimeout(timer);
      this.#timers.delete(timer);
      act();
    }
  }

  /** Nothing happens any more. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#retries.clear();
  }

  #start(seconds: number, act: () => unknown): NodeJS.Timeout | undefined {
    if (this.#isStopped) return undefined;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#retries.delete(timer);
      act();
    }, seconds * 1000);
    this.#timers.add(timer);
    return timer;
  }
}
