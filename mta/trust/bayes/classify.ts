// What a letter's tokens say together: Robinson's estimate for each token, Fisher's chi-squared combining for all of them
// (G. Robinson, "A Statistical Approach to the Spam Problem", Linux Journal 2003). Two tests, one against "this is good mail"
// and one against "this is junk", give a score from 0 to 1; where both or neither hold it is near the middle: unsure.
// Pure.
import type { Count } from './counts.ts';

/** What was learned as a whole: letters, each as often as it was counted. */
export interface Learned {
  readonly junk: number;
  readonly good: number;
}

/** A token with what it says: near 1 junk, near 0 good mail. */
export interface Clue {
  readonly token: string;
  readonly probability: number;
}

export interface Opinion {
  /** 0: good mail, 1: junk. */
  readonly score: number;
  /** What told most, strongest first. */
  readonly clues: readonly Clue[];
}

/** How much the assumption that a token says nothing weighs, in letters. */
const strength = 0.45;
/** Tokens nearer to the middle than this say nothing. */
const leastDistance = 0.1;
const mostClues = 150;
/** From so many letters on tokens are grouped. */
const groupedFrom = 20;

/** What a token says by itself: Robinson's f(w). Frequencies by kind, so that much junk does not make all words junk. */
export function estimate({ junk, good }: Count, learned: Learned): number {
  const seen = junk + good;
  if (seen === 0) return 0.5;
  const inJunk = Math.min(1, junk / Math.max(1, learned.junk));
  const inGood = Math.min(1, good / Math.max(1, learned.good));
  const plain = inJunk / (inJunk + inGood || 1);
  return (strength * 0.5 + seen * plain) / (strength + seen);
}

/** @param read how often a token was learned */
export function classify(
  tokens: readonly string[],
  read: (token: string) => Count,
  learned: Learned,
): Opinion {
  const found: (Clue & { readonly group: number })[] = [];
  for (const token of tokens) {
    const count = read(token);
    const probability = estimate(count, learned);
    if (Math.abs(probability - 0.5) >= leastDistance)
      found.push({ token, probability, group: groupOf(count) });
  }
  found.sort((a, b) => distance(b) - distance(a));
  const clues: Clue[] = [];
  const groups = new Set<number>();
  for (const clue of found) {
    if (clues.length >= mostClues) break;
    if (groups.has(clue.group)) continue;
    if (clue.group >= 0) groups.add(clue.group);
    clues.push(clue);
  }
  return { score: combine(clues.map(({ probability }) => probability)), clues };
}

const distance = ({ probability }: Clue): number => Math.abs(probability - 0.5);

/**
 * Tokens that were seen often, and about as often in either kind, mostly stand in the same letters (the fields and the foot
 * that a mailing list adds to each): they are one clue, where the combining takes all clues for independent. -1: by itself.
 */
function groupOf({ junk, good }: Count): number {
  if (junk + good < groupedFrom) return -1;
  return Math.round(Math.log2(junk + 1) * 2) * 64 + Math.round(Math.log2(good + 1) * 2);
}

/** Fisher's method both ways; 0.5 without any clue. */
export function combine(probabilities: readonly number[]): number {
  if (probabilities.length === 0) return 0.5;
  let forJunk = 0;
  let forGood = 0;
  for (const probability of probabilities) {
    forJunk += Math.log(1 - probability);
    forGood += Math.log(probability);
  }
  const freedom = 2 * probabilities.length;
  const junk = 1 - chiSquaredTail(-2 * forJunk, freedom);
  const good = 1 - chiSquaredTail(-2 * forGood, freedom);
  return (1 + junk - good) / 2;
}

/** Probability that chi-squared of an even number of degrees of freedom is at least `value`. */
export function chiSquaredTail(value: number, freedom: number): number {
  const half = value / 2;
  // In logarithms: e to the minus half is nothing long before the sum is.
  let logTerm = -half;
  let sum = Math.exp(logTerm);
  for (let i = 1; i < freedom / 2; i++) {
    logTerm += Math.log(half / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
