// The work of one run, counted in characters looked at: what a script may cost is bounded whatever it says and whatever the
// letter holds. A run gives the event loop its turn every few milliseconds; what would be too much is an error of the run.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ScriptError } from './language/source.ts';

/** Of a whole run: some 0.3 s of one processor where every character costs the most. */
const MOST_WORK = 100_000_000;
/** Between two turns of the event loop: nothing pauses inside one match. Some 30 ms. */
const MOST_AT_ONCE = 10_000_000;
/** When a turn is given: units, and milliseconds. */
const TURN_WORK = 1_000_000;
const TURN_MILLISECONDS = 8;

export class Work {
  #spent = 0;
  #sinceTurn = 0;
  #turnStart = performance.now();

  /** Counts what is about to be done. Throws ScriptError when it is too much. */
  spend(units: number): void {
    this.#spent += units;
    this.#sinceTurn += units;
    if (this.#spent > MOST_WORK)
      throw new ScriptError('the script has too much to do with this letter and was stopped');
    if (this.#sinceTurn > MOST_AT_ONCE + TURN_WORK)
      throw new ScriptError('one test has too much to do with this letter, and the script was stopped');
  }

  /** Is it time to let others on? Asked between steps. */
  get isDue(): boolean {
    return this.#sinceTurn > TURN_WORK || performance.now() - this.#turnStart > TURN_MILLISECONDS;
  }

  async pause(): Promise<void> {
    await nextTurn();
    this.#sinceTurn = 0;
    this.#turnStart = performance.now();
  }
}
