// How often each token was learned: a hash table in one block of bytes, as it lies in the account's file. A slot is four
// 32-bit numbers: two hashes of the token (with the account's own salt, so that nobody else can make tokens that meet),
// how often in junk and how often in other mail, and the day it was learned last. When it is full the old and rare go.
// Tokens themselves are not kept: the file tells nobody what the letters said.
import { randomInt } from 'node:crypto';

export type Kind = 'junk' | 'good';

/** Slots at most: 4 MiB. */
export const mostSlots = 2 ** 18;
const fewestSlots = 2 ** 12;
const slotWords = 4;
/** Of the slots, how many may be in use before the table grows or loses the rare. */
const fullAt = 0.75;
const prunedTo = 0.55;
const mostCount = 0xffff;
/** Being seen twice as often keeps a token so many days longer. */
const daysOfDoubling = 60;

export interface Count {
  readonly junk: number;
  readonly good: number;
}

const nothing: Count = { junk: 0, good: 0 };

export class Counts {
  #words: Uint32Array;
  #slots: number;
  #used: number;
  readonly #salt: readonly [number, number];
  /** The two hashes that were made last. */
  #first = 0;
  #second = 0;

  /** @param words slots that `words` of another gave; undefined: none yet */
  constructor(salt: readonly [number, number], words?: Uint32Array) {
    this.#salt = salt;
    this.#words = words ?? new Uint32Array(fewestSlots * slotWords);
    this.#slots = this.#words.length / slotWords;
    this.#used = 0;
    for (let at = 0; at < this.#words.length; at += slotWords) if (this.#words[at] !== 0) this.#used += 1;
  }

  /** Could a block of so many 32-bit numbers be a table? */
  static isWhole(length: number): boolean {
    const slots = length / slotWords;
    return slots >= fewestSlots && slots <= mostSlots && Number.isInteger(Math.log2(slots));
  }

  /** The slots as they are kept. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** Tokens that are known. */
  get size(): number {
    return this.#used;
  }

  /** How often a token was learned. */
  read(token: string): Count {
    this.#hash(token);
    const at = this.#find();
    const both = this.#words[at + 2]!;
    return this.#words[at] === 0 ? nothing : { junk: both >>> 16, good: both & 0xffff };
  }

  /** Counts a token `by` times more or less; what comes to nothing is forgotten. `day`: days since 1970. */
  change(token: string, kind: Kind, by: number, day: number): void {
    this.#hash(token);
    let at = this.#find();
    if (this.#words[at] === 0) {
      if (by < 0) return;
      if (this.#used >= this.#slots * fullAt) {
        this.#makeRoom();
        at = this.#find();
      }
      this.#words[at] = this.#first;
      this.#words[at + 1] = this.#second;
      this.#used += 1;
    }
    const both = this.#words[at + 2]!;
    const junk = clamp((both >>> 16) + (kind === 'junk' ? by : 0));
    const good = clamp((both & 0xffff) + (kind === 'good' ? by : 0));
    this.#words[at + 2] = ((junk << 16) | good) >>> 0;
    // An unlearned one keeps its slot, so that chains stay whole; the next pruning clears it.
    if (by > 0) this.#words[at + 3] = day;
  }

  #hash(token: string): void {
    let first = this.#salt[0];
    let second = this.#salt[1];
    for (let i = 0; i < token.length; i++) {
      const unit = token.charCodeAt(i);
      first = Math.imul(first ^ unit, 0x01000193);
      second = Math.imul(second ^ unit, 0x85ebca6b);
      second ^= second >>> 13;
    }
    first = Math.imul(first ^ (first >>> 16), 0x7feb352d);
    first = Math.imul(first ^ (first >>> 15), 0x846ca68b);
    this.#first = (first ^ (first >>> 16)) >>> 0 || 1;
    this.#second = (second ^ (second >>> 16)) >>> 0;
  }

  /** Where the token that was hashed last is, or the free slot where it would be. */
  #find(): number {
    const mask = this.#slots - 1;
    for (let slot = this.#first & mask; ; slot = (slot + 1) & mask) {
      const at = slot * slotWords;
      if (this.#words[at] === 0) return at;
      if (this.#words[at] === this.#first && this.#words[at + 1] === this.#second) return at;
    }
  }

  #makeRoom(): void {
    if (this.#slots < mostSlots) this.#rebuild(this.#slots * 2, Number.NEGATIVE_INFINITY, 1);
    else {
      const { worth, share } = this.#chooseWorth();
      this.#rebuild(this.#slots, worth, share);
    }
  }

  /** From which worth on tokens stay, and what share of just that worth. */
  #chooseWorth(): { worth: number; share: number } {
    const byWorth = new Map<number, number>();
    for (let at = 0; at < this.#words.length; at += slotWords) {
      if (this.#words[at] === 0 || this.#words[at + 2] === 0) continue;
      const worth = this.#worthAt(at);
      byWorth.set(worth, (byWorth.get(worth) ?? 0) + 1);
    }
    let left = Math.floor(this.#slots * prunedTo);
    let worth = Number.POSITIVE_INFINITY;
    for (const [each, count] of [...byWorth].sort(([a], [b]) => b - a)) {
      worth = each;
      // Of those that are worth the same a share stays, by chance: the rest of the table must not fill unevenly.
      if (count >= left) return { worth, share: left / count };
      left -= count;
    }
    return { worth, share: 1 };
  }

  #worthAt(at: number): number {
    const both = this.#words[at + 2]!;
    const seen = (both >>> 16) + (both & 0xffff);
    return this.#words[at + 3]! + daysOfDoubling * Math.floor(Math.log2(seen));
  }

  #rebuild(slots: number, worth: number, share: number): void {
    const [first, second] = [this.#first, this.#second];
    const before = this.#words;
    const after = new Uint32Array(slots * slotWords);
    const mask = slots - 1;
    // Another one each time, else those that stayed once would always stay.
    const chance = randomInt(2 ** 32);
    let used = 0;
    for (let at = 0; at < before.length; at += slotWords) {
      if (before[at] === 0 || before[at + 2] === 0) continue;
      const own = worth === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#worthAt(at);
      if (own < worth || (own === worth && isUnlucky(before[at + 1]!, chance, share))) continue;
      let slot = before[at]! & mask;
      while (after[slot * slotWords] !== 0) slot = (slot + 1) & mask;
      after.set(before.subarray(at, at + slotWords), slot * slotWords);
      used += 1;
    }
    this.#words = after;
    this.#slots = slots;
    this.#used = used;
    this.#first = first;
    this.#second = second;
  }
}

const isUnlucky = (hash: number, chance: number, share: number): boolean =>
  Math.imul(hash ^ chance, 0x9e3779b1) >>> 0 >= share * 2 ** 32;

const clamp = (count: number): number => Math.max(0, Math.min(mostCount, count));
