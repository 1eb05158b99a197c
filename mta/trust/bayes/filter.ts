// The learning filter of one account: what it was taught, what it thinks of a letter, and its owner's choices about it. A
// letter that it would have judged wrongly, or was not sure of, is counted more than once ("train where it hurts": two
// points more junk found at the same false alarms). It remembers what each letter was learned as, so that none is
// counted twice and a change of mind takes the first lesson back. Pure: bytes in, bytes out; its file is filter-file.ts.
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Clue, classify, type Learned } from './classify.ts';
import { Counts, type Kind } from './counts.ts';
import { letterBytes } from './letter.ts';
import { tokenizeLetter, tokenVersion } from './tokens.ts';

export type { Kind } from './counts.ts';

/** `careful`: rarely wrong about good mail, finds less. */
export const strictnesses = ['normal', 'careful', 'keen'] as const;
export type Strictness = (typeof strictnesses)[number];

/** From which score on a letter is junk. Measured by bench/junk.ts: junk found 97 %, 95 %, 98 %, good mail taken for junk 0.2 %, 0.1 %, 0.4 %. */
export const junkFrom: Readonly<Record<Strictness, number>> = { normal: 0.7, careful: 0.9, keen: 0.5 };

/** Letters of each kind that it must know before it judges. */
export const fewestLetters = 30;

/**
 * How often a letter is counted that it was wrong about or not sure of. A good letter that is suspected costs its reader
 * more than a junk letter that comes through, and the kinds of good mail that look like junk (newsletters) are rare.
 */
const hardWeight: Readonly<Record<Kind, number>> = { junk: 3, good: 10 };
const sureJunk = 0.95;
const sureGood = 0.2;

/** 'site': as the site says. */
export type FilterUse = 'site' | 'yes' | 'no';
const uses: readonly FilterUse[] = ['site', 'yes', 'no'];

export interface Judgement {
  readonly isJunk: boolean;
  /** 0: good mail, 1: junk. */
  readonly score: number;
  /** What told most that it is junk, for people; at most eight. */
  readonly words: readonly string[];
}

const magic = Buffer.from('FacteurJ', 'latin1');
const formatVersion = 1;
const headerLength = 64;
/** Bytes of the largest file. */
export const largestFilter = headerLength + 2 ** 18 * 16;

export class Filter {
  use: FilterUse = 'site';
  strictness: Strictness = 'normal';
  /** Letters that it learned. */
  #letters = { junk: 0, good: 0 };
  /** The same, each as often as it was counted. */
  #weights = { junk: 0, good: 0 };
  #counts: Counts;
  #salt: readonly [number, number];

  constructor() {
    this.#salt = newSalt();
    this.#counts = new Counts(this.#salt);
  }

  get letters(): Learned {
    return this.#letters;
  }

  /** Does it know enough to judge? */
  get isTrained(): boolean {
    return this.#letters.junk >= fewestLetters && this.#letters.good >= fewestLetters;
  }

  /** What it thinks of a letter; undefined while it knows too little. */
  judge(letter: Buffer): Judgement | undefined {
    if (!this.isTrained) return undefined;
    const { score, clues } = this.#classify(tokenizeLetter(letter));
    return { isJunk: score >= junkFrom[this.strictness], score, words: nameClues(clues) };
  }

  /**
   * Learns a letter as junk or good mail, and takes back what it was learned as before. `day`: days since 1970.
   * @returns false: it was known as that already
   */
  learn(letter: Buffer, kind: Kind, day: number): boolean {
    const name = nameOf(letter);
    const known = this.#counts.read(name);
    if (known[kind] > 0) return false;
    const tokens = tokenizeLetter(letter);
    const other: Kind = kind === 'junk' ? 'good' : 'junk';
    if (known[other] > 0) this.#count([...tokens, name], other, -known[other], day);
    const weight = this.#weightOf(tokens, kind);
    this.#count([...tokens, name], kind, weight, day);
    return true;
  }

  /** What a letter was learned as. */
  knows(letter: Buffer): Kind | undefined {
    const { junk, good } = this.#counts.read(nameOf(letter));
    if (junk > 0) return 'junk';
    return good > 0 ? 'good' : undefined;
  }

  /** Forgets all that it learned; choices stay. */
  forget(): void {
    this.#salt = newSalt();
    this.#counts = new Counts(this.#salt);
    this.#letters = { junk: 0, good: 0 };
    this.#weights = { junk: 0, good: 0 };
  }

  #classify(tokens: readonly string[]): ReturnType<typeof classify> {
    return classify(tokens, (token) => this.#counts.read(token), this.#weights);
  }

  #weightOf(tokens: readonly string[], kind: Kind): number {
    if (!this.isTrained) return 1;
    const { score } = this.#classify(tokens);
    return (kind === 'junk' ? score >= sureJunk : score <= sureGood) ? 1 : hardWeight[kind];
  }

  #count(tokens: readonly string[], kind: Kind, by: number, day: number): void {
    for (const token of tokens) this.#counts.change(token, kind, by, day);
    this.#letters[kind] = Math.max(0, this.#letters[kind] + Math.sign(by));
    this.#weights[kind] = Math.max(0, this.#weights[kind] + by);
  }

  /** Its file, for `readFilter`. */
  write(): Buffer {
    const { words } = this.#counts;
    const table = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    const header = Buffer.alloc(headerLength);
    magic.copy(header);
    const fields = [
      formatVersion,
      tokenVersion,
      uses.indexOf(this.use),
      strictnesses.indexOf(this.strictness),
      ...this.#salt,
      this.#letters.junk,
      this.#letters.good,
      this.#weights.junk,
      this.#weights.good,
      words.length,
    ];
    fields.forEach((field, index) => {
      header.writeUInt32LE(field >>> 0, magic.length + index * 4);
    });
    header.writeUInt32LE(crc32(table, crc32(header.subarray(0, sumAt))), sumAt);
    return Buffer.concat([header, table]);
  }

  /** A filter from its file; undefined: no sound file of ours. Counts of another version's tokens are left out. */
  static read(content: Buffer): Filter | undefined {
    if (content.length < headerLength || !content.subarray(0, magic.length).equals(magic)) return undefined;
    const field = (index: number): number => content.readUInt32LE(magic.length + index * 4);
    const table = content.subarray(headerLength);
    if (field(0) !== formatVersion || table.length !== field(10) * 4) return undefined;
    if (!Counts.isWhole(field(10))) return undefined;
    if (crc32(table, crc32(content.subarray(0, sumAt))) !== content.readUInt32LE(sumAt)) return undefined;
    const filter = new Filter();
    filter.use = uses[field(2)] ?? 'site';
    filter.strictness = strictnesses[field(3)] ?? 'normal';
    if (field(1) !== tokenVersion) return filter;
    filter.#salt = [field(4), field(5)];
    filter.#letters = { junk: field(6), good: field(7) };
    filter.#weights = { junk: field(8), good: field(9) };
    // A copy: a table begins at a multiple of four, which a piece of a buffer need not.
    const words = new Uint32Array(field(10));
    table.copy(Buffer.from(words.buffer));
    filter.#counts = new Counts(filter.#salt, words);
    return filter;
  }
}

const sumAt = headerLength - 4;

function newSalt(): readonly [number, number] {
  const bytes = randomBytes(8);
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
}

/** A letter is remembered beside the tokens, under what no token looks like. */
const nameOf = (letter: Buffer): string =>
  `letter\0${createHash('sha256').update(letter.subarray(0, letterBytes)).digest('base64url').slice(0, 22)}`;

/** Words of the clues that speak of junk, as a person can read them. */
function nameClues(clues: readonly Clue[]): readonly string[] {
  const words = new Set<string>();
  for (const { token, probability } of clues) {
    if (words.size >= 8) break;
    if (probability < 0.7) continue;
    const plain = /^(?:subject:|from:|reply-to:|link:)?([\p{L}\p{N}][\p{L}\p{N}@._'-]{2,40})$/u.exec(
      token,
    )?.[1];
    if (plain !== undefined && /\p{L}{2}/u.test(plain) && plain !== 'none') words.add(plain);
  }
  return [...words];
}
