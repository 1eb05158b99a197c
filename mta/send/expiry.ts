// Is a message too old? qmail-send asks the clock alone; a clock that was set wrongly would then bounce the whole queue
// (security.md 6, T5). So a jump of more than a day is not believed, for expiry, until two looks more than half an
// hour apart, an hour after it at the earliest, have found the clock running steadily since. At the start the
// clock is as good as unproven: then nothing expires whose age is beyond what a pause of this machine explains.
import { earliestArrival, isDying } from './schedule.ts';

/** Seconds by which the clock may differ from the time that has passed. */
const steady = 86_400;
/** Seconds that the clock must have run steadily, and the looks in between. */
const proof = 3600;
const proofLooks = 2;
const lookInterval = 1800;
/** Seconds over its lifetime that a message may be when a server starts: it was switched off so long. */
const longestPause = 30 * 86_400;

/** Times in seconds: the wall clock, and one that is never set. */
export interface Clocks {
  readonly wall: () => number;
  readonly monotonic: () => number;
}

const systemClocks: Clocks = {
  wall: () => Date.now() / 1000,
  monotonic: () => performance.now() / 1000,
};

/** Watches the clock of one run of the scheduler. */
export class Expiry {
  readonly #clocks: Clocks;
  readonly #jumped: (seconds: number) => void;
  #offset: number;
  /** Monotonic time since which the clock runs steadily. */
  #since: number;
  #looks = 0;
  #lookedAt: number;
  /** No jump was seen in this run. */
  #isFirst = true;

  /** @param jumped hears of each jump, by how many seconds */
  constructor(jumped: (seconds: number) => void, clocks: Clocks = systemClocks) {
    this.#jumped = jumped;
    this.#clocks = clocks;
    this.#since = clocks.monotonic();
    this.#lookedAt = this.#since;
    this.#offset = clocks.wall() - this.#since;
  }

  /** To be called now and then, half an hour apart at the most. */
  look(): void {
    const monotonic = this.#clocks.monotonic();
    const offset = this.#clocks.wall() - monotonic;
    const jump = offset - this.#offset;
    // Small corrections add up to no jump: each look starts from the clock as it is.
    this.#offset = offset;
    if (Math.abs(jump) > steady) {
      this.#since = monotonic;
      this.#lookedAt = monotonic;
      this.#looks = 0;
      this.#isFirst = false;
      this.#jumped(jump);
    } else if (monotonic - this.#lookedAt >= lookInterval) {
      this.#lookedAt = monotonic;
      this.#looks += 1;
    }
  }

  /** Has the clock proved itself since it was last set? */
  get #isProven(): boolean {
    return this.#looks >= proofLooks && this.#clocks.monotonic() - this.#since >= proof;
  }

  /**
   * Is a pass that starts now the last one?
   * @param birth arrival, seconds since 1970
   * @param queuelifetime seconds
   */
  isDying(birth: number, queuelifetime: number): boolean {
    this.look();
    const now = this.#clocks.wall();
    if (birth < earliestArrival || !isDying(birth, now, queuelifetime)) return false;
    if (this.#isProven) return true;
    return this.#isFirst && now - birth <= queuelifetime + longestPause;
  }
}
