// Answers that are good for some milliseconds: a delivery that comes by the hundred asks for the same account again and
// again. Bounded; the oldest go first. Who trusts nothing is always answered anew.

/** How many answers are kept. */
const MOST = 10_000;

interface Kept<T> {
  readonly at: number;
  readonly answer: Promise<T>;
}

export class TrustedAnswers<T> {
  readonly #kept = new Map<string, Kept<T>>();

  /** The answer that is no older than `trustMs`, also one that is on its way; else a new one. */
  get(key: string, trustMs: number, ask: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.#kept.get(key);
    if (known !== undefined && now - known.at < trustMs) return known.answer;
    const kept = { at: now, answer: ask() };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!);
    // What failed is asked again.
    kept.answer.catch(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
    });
    return kept.answer;
  }

  /** Forgets one answer, or all. */
  forget(key?: string): void {
    if (key === undefined) this.#kept.clear();
    else this.#kept.delete(key);
  }
}
