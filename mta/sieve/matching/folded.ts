// Texts as a comparator sees them, kept for one run: many rules ask about the same subject and the same long body.
import type { Work } from '../work.ts';
import type { Comparator } from './comparators.ts';

/** Shorter ones are folded faster than they are found again. */
const SHORT = 200;
/** Long texts that are kept. */
const MOST_KEPT = 100;

export class FoldedTexts {
  readonly #work: Work;
  readonly #kept = new Map<string, string>();

  constructor(work: Work) {
    this.#work = work;
  }

  of(text: string, comparator: Comparator): string {
    if (text.length < SHORT) {
      this.#work.spend(text.length);
      return comparator.keyOf(text);
    }
    if (comparator.name === 'i;octet') return text;
    if (!comparator.hasSubstrings) {
      this.#work.spend(text.length);
      return comparator.keyOf(text);
    }
    let folded = this.#kept.get(text);
    if (folded === undefined) {
      this.#work.spend(2 * text.length);
      folded = comparator.keyOf(text);
      if (this.#kept.size < MOST_KEPT) this.#kept.set(text, folded);
    }
    return folded;
  }
}
