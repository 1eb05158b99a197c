// POSIX extended regular expressions (POSIX.1-2017 XBD 9.4), as the control files of patched qmails hold them, matched
// without regard to case and unanchored, as their regexec(REG_EXTENDED|REG_ICASE) did; Sieve's may mind case and ask for
// groups (posix-regex-groups.ts). The text is a stranger's: time is at most its length times the size of the expression,
// whatever both are (all states are carried along together, nothing is tried twice). glibc's \w \W \s \S \b \B \< \> are
// understood. Not a regular expression: back references; they are refused, like an expression that would be too large.
import { findGroups, findStarts, type Start } from './posix-regex-groups.ts';

/** An expression that cannot be used; the message says why. */
export class RegexError extends Error {
  override name = 'RegexError';
}

/** One step of the compiled program. */
export type Step =
  | { readonly kind: 'set'; readonly holds: (code: number) => boolean }
  | { readonly kind: 'assert'; readonly holds: (before: number, after: number) => boolean }
  | { readonly kind: 'split'; left: number; right: number }
  | { readonly kind: 'jump'; to: number }
  /** Place `index` of the groups is here: 2n where group n begins, 2n + 1 where it ends. */
  | { readonly kind: 'save'; readonly index: number }
  | { readonly kind: 'match' };

type Node =
  | { readonly kind: 'set'; readonly holds: (code: number) => boolean; readonly literal?: string }
  | { readonly kind: 'assert'; readonly holds: (before: number, after: number) => boolean }
  | { readonly kind: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly kind: 'either'; readonly nodes: readonly Node[] }
  | { readonly kind: 'group'; readonly node: Node; readonly index: number }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

/** RE_DUP_MAX of POSIX. */
const MOST_REPEATS = 255;
const MOST_STEPS = 4000;
const MOST_DEPTH = 100;
/** Groups whose text is kept; further ones only group. */
export const MOST_GROUPS = 31;
/** What is before the first and behind the last character. */
export const OUTSIDE = -1;

/** A compiled expression. */
export interface PosixRegex {
  matches(text: string): boolean;
  /**
   * The leftmost, longest match: its text, then that of each group ('' where it took no part). `spend` is told of the work
   * as it is done, in steps, and may throw.
   */
  find(text: string, spend: (steps: number) => void): readonly string[] | undefined;
}

/** Compiles. `matchesCase`: capitals differ from small letters. Throws RegexError. */
export function compilePosixRegex(
  source: string,
  options: { readonly matchesCase?: boolean } = {},
): PosixRegex {
  const matchesCase = options.matchesCase === true;
  const parser = new Parser(source, matchesCase);
  const tree = parser.parse();
  const steps: Step[] = [];
  emit(tree, steps);
  steps.push({ kind: 'match' });
  const literal = findLiteral(tree);
  const seen = (text: string): string => (matchesCase ? text : fold(text));
  let starts: Start | undefined;
  return {
    matches: (text) => {
      const folded = seen(text);
      return (literal === '' || folded.includes(literal)) && simulate(steps, folded);
    },
    find: (text, spend) => {
      spend(text.length / 4);
      const folded = seen(text);
      if (literal !== '' && !folded.includes(literal)) return undefined;
      starts ??= findStarts(steps);
      return findGroups(steps, starts, parser.groupCount, folded, text, spend);
    },
  };
}

/** One character for one, whatever the letter: toLowerCase makes two of some. */
const fold = (text: string): string =>
  text.replace(/[A-Z\u0080-\uffff]/g, (letter) => {
    const small = letter.toLowerCase();
    return small.length === 1 ? small : letter;
  });

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLower = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code > 127 && /\p{Ll}/u.test(String.fromCharCode(code)));
const isUpper = (code: number): boolean =>
  (code >= 65 && code <= 90) || (code > 127 && /\p{Lu}/u.test(String.fromCharCode(code)));
const isLetter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code > 127 && /\p{L}/u.test(String.fromCharCode(code)));
const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const isWord = (code: number): boolean => isLetter(code) || isDigit(code) || code === 95;
const isGraph = (code: number): boolean => code > 32 && code !== 127;

const classes: Readonly<Record<string, (code: number) => boolean>> = {
  alpha: isLetter,
  digit: isDigit,
  alnum: (code) => isLetter(code) || isDigit(code),
  upper: isLetter,
  lower: isLetter,
  space: isSpace,
  blank: (code) => code === 32 || code === 9,
  punct: (code) => isGraph(code) && code < 128 && !isLetter(code) && !isDigit(code),
  print: (code) => code >= 32 && code !== 127,
  graph: isGraph,
  cntrl: (code) => code < 32 || code === 127,
  xdigit: (code) => isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70),
};

/** Where case matters. */
const classesOfCase: typeof classes = { ...classes, upper: isUpper, lower: isLower };

/** glibc's additions. */
const escapes: Readonly<Record<string, Node>> = {
  w: { kind: 'set', holds: isWord },
  W: { kind: 'set', holds: (code) => !isWord(code) },
  s: { kind: 'set', holds: isSpace },
  S: { kind: 'set', holds: (code) => !isSpace(code) },
  b: { kind: 'assert', holds: (before, after) => isWord(before) !== isWord(after) },
  B: { kind: 'assert', holds: (before, after) => isWord(before) === isWord(after) },
  '<': { kind: 'assert', holds: (before, after) => !isWord(before) && isWord(after) },
  '>': { kind: 'assert', holds: (before, after) => isWord(before) && !isWord(after) },
};

const isInRange = (code: number, low: number, high: number): boolean => code >= low && code <= high;
const capitalOf = (code: number): number => (code >= 97 && code <= 122 ? code - 32 : code);

/** Recursive descent over POSIX's grammar. */
class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;
  readonly #matchesCase: boolean;
  groupCount = 0;

  constructor(source: string, matchesCase: boolean) {
    this.#source = source;
    this.#matchesCase = matchesCase;
  }

  parse(): Node {
    const node = this.#either();
    if (this.#at < this.#source.length) throw new RegexError('there is a ) without its (');
    return node;
  }

  #either(): Node {
    if (++this.#depth > MOST_DEPTH) throw new RegexError('groups are nested too deeply');
    const nodes = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      nodes.push(this.#sequence());
    }
    this.#depth--;
    return nodes.length === 1 ? nodes[0]! : { kind: 'either', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#source.length) {
      const character = this.#source[this.#at]!;
      if (character === '|' || (character === ')' && this.#depth > 1)) break;
      if (character === ')') throw new RegexError('there is a ) without its (');
      // An error for regcomp, but whoever wrote *@example.com meant any name there: it stands for nothing.
      if (nodes.length === 0 && (character === '*' || character === '+' || character === '?')) {
        this.#at++;
        continue;
      }
      nodes.push(this.#repeated(this.#atom()));
    }
    return nodes.length === 1 ? nodes[0]! : { kind: 'sequence', nodes };
  }

  #repeated(atom: Node): Node {
    let node = atom;
    for (let times = 0; ; times++) {
      const character = this.#source[this.#at];
      const braces =
        character === '{' ? /^\{([0-9]{0,4})(,?)([0-9]{0,4})\}/.exec(this.#source.slice(this.#at)) : null;
      if (character === '*') node = { kind: 'repeat', node, least: 0, most: Number.POSITIVE_INFINITY };
      else if (character === '+') node = { kind: 'repeat', node, least: 1, most: Number.POSITIVE_INFINITY };
      else if (character === '?') node = { kind: 'repeat', node, least: 0, most: 1 };
      else if (braces !== null) node = this.#counted(node, braces);
      else if (character === '{') throw new RegexError('a { is not followed by N}, N,} or N,M}');
      else return node;
      if (times > 10) throw new RegexError('too many repetitions behind one another');
      this.#at += braces?.[0].length ?? 1;
    }
  }

  #counted(node: Node, [, low = '', comma, high = '']: RegExpExecArray): Node {
    if (low === '' && high === '') throw new RegexError('a { is not followed by a number');
    const least = Number(low);
    const most = comma === '' ? least : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    if (least > MOST_REPEATS || (most !== Number.POSITIVE_INFINITY && most > MOST_REPEATS))
      throw new RegexError(`a repetition may be ${MOST_REPEATS} times at most`);
    if (least > most) throw new RegexError('a repetition has its numbers in the wrong order');
    return { kind: 'repeat', node, least, most };
  }

  #atom(): Node {
    const character = this.#source[this.#at]!;
    this.#at++;
    switch (character) {
      case '(': {
        const index = ++this.groupCount;
        const node = this.#either();
        if (this.#source[this.#at] !== ')') throw new RegexError('there is a ( without its )');
        this.#at++;
        return { kind: 'group', node, index };
      }
      case '[':
        return this.#bracket();
      case '.':
        return { kind: 'set', holds: () => true };
      case '^':
        return { kind: 'assert', holds: (before) => before === OUTSIDE };
      case '$':
        return { kind: 'assert', holds: (_before, after) => after === OUTSIDE };
      case '\\':
        return this.#escape();
      default:
        return this.#literal(character);
    }
  }

  #escape(): Node {
    const character = this.#source[this.#at];
    if (character === undefined) throw new RegexError('it ends with a backslash');
    this.#at++;
    if (/[1-9]/.test(character)) throw new RegexError('back references such as \\1 are not supported');
    return escapes[character] ?? this.#literal(character);
  }

  /** What follows `[`. */
  #bracket(): Node {
    const isNegated = this.#source[this.#at] === '^';
    if (isNegated) this.#at++;
    const parts: ((code: number) => boolean)[] = [];
    for (let first = true; ; first = false) {
      const character = this.#source[this.#at];
      if (character === undefined) throw new RegexError('there is a [ without its ]');
      // POSIX: a ] that comes first is one of the characters.
      if (character === ']' && !first) break;
      const named = /^\[([:.=])(.*?)\1\]/.exec(this.#source.slice(this.#at));
      if (named?.[1] === ':') {
        const holds = (this.#matchesCase ? classesOfCase : classes)[named[2]!];
        if (holds === undefined) throw new RegexError(`there is no character class ${named[0]}`);
        parts.push(holds);
        this.#at += named[0].length;
      } else parts.push(this.#range());
    }
    this.#at++;
    return { kind: 'set', holds: (code) => parts.some((holds) => holds(code)) !== isNegated };
  }

  #range(): (code: number) => boolean {
    const low = this.#rangeEnd();
    const next = this.#source[this.#at + 1];
    let high = low;
    if (this.#source[this.#at] === '-' && next !== ']' && next !== undefined) {
      this.#at++;
      high = this.#rangeEnd();
    }
    if (high < low) throw new RegexError('a range in [ ] has its ends in the wrong order');
    if (this.#matchesCase) return (code) => isInRange(code, low, high);
    // Text is folded: [A-Z] holds its small letters.
    return (code) => isInRange(code, low, high) || isInRange(capitalOf(code), low, high);
  }

  #rangeEnd(): number {
    const collating = /^\[([.=])(.)\1\]/.exec(this.#source.slice(this.#at));
    if (collating !== null) {
      this.#at += collating[0].length;
      return collating[2]!.charCodeAt(0);
    }
    this.#at++;
    return this.#source.charCodeAt(this.#at - 1);
  }

  #literal(character: string): Node {
    const literal = this.#matchesCase ? character : fold(character);
    const wanted = literal.charCodeAt(0);
    return { kind: 'set', holds: (code) => code === wanted, literal };
  }
}

/** Appends the steps of a node (Thompson's construction). */
function emit(node: Node, steps: Step[]): void {
  if (steps.length > MOST_STEPS) throw new RegexError('it is too large');
  switch (node.kind) {
    case 'set':
    case 'assert':
      steps.push(node);
      return;
    case 'sequence':
      // Nothing is a step too: repeated without end it counts against the limit.
      if (node.nodes.length === 0) steps.push({ kind: 'jump', to: steps.length + 1 });
      for (const one of node.nodes) emit(one, steps);
      return;
    case 'group':
      if (node.index <= MOST_GROUPS) steps.push({ kind: 'save', index: 2 * node.index });
      emit(node.node, steps);
      if (node.index <= MOST_GROUPS) steps.push({ kind: 'save', index: 2 * node.index + 1 });
      return;
    case 'either': {
      const ends: { kind: 'jump'; to: number }[] = [];
      for (const one of node.nodes.slice(0, -1)) {
        const split: Step = { kind: 'split', left: steps.length + 1, right: 0 };
        steps.push(split);
        emit(one, steps);
        const end: Step = { kind: 'jump', to: 0 };
        steps.push(end);
        ends.push(end);
        split.right = steps.length;
      }
      emit(node.nodes.at(-1)!, steps);
      for (const end of ends) end.to = steps.length;
      return;
    }
    default:
      emitRepeat(node, steps);
  }
}

function emitRepeat(node: Extract<Node, { kind: 'repeat' }>, steps: Step[]): void {
  for (let i = 0; i < node.least; i++) emit(node.node, steps);
  if (node.most === Number.POSITIVE_INFINITY) {
    const split: Step = { kind: 'split', left: steps.length + 1, right: 0 };
    const start = steps.length;
    steps.push(split);
    emit(node.node, steps);
    steps.push({ kind: 'jump', to: start });
    split.right = steps.length;
    return;
  }
  const splits: { kind: 'split'; left: number; right: number }[] = [];
  for (let i = node.least; i < node.most; i++) {
    const split: Step = { kind: 'split', left: steps.length + 1, right: 0 };
    steps.push(split);
    splits.push(split);
    emit(node.node, steps);
  }
  for (const split of splits) split.right = steps.length;
}

/** The longest run of plain characters that every match holds: a quick look before the long one. */
function findLiteral(tree: Node): string {
  const nodes = tree.kind === 'sequence' ? tree.nodes : [tree];
  let best = '';
  let run = '';
  for (const node of nodes) {
    run = node.kind === 'set' && node.literal !== undefined ? run + node.literal : '';
    if (run.length > best.length) best = run;
  }
  return best;
}

function simulate(steps: readonly Step[], text: string): boolean {
  const seen = new Uint32Array(steps.length);
  let current: number[] = [];
  let next: number[] = [];
  const pending: number[] = [];
  /** Adds a state and all that it reaches without a character. True: the end of the expression was reached. */
  const add = (list: number[], from: number, mark: number, before: number, after: number): boolean => {
    pending.push(from);
    let isMatch = false;
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen[at] === mark) continue;
      seen[at] = mark;
      const step = steps[at]!;
      if (step.kind === 'match') isMatch = true;
      else if (step.kind === 'jump') pending.push(step.to);
      else if (step.kind === 'split') pending.push(step.right, step.left);
      else if (step.kind === 'set') list.push(at);
      else if (step.kind === 'save') pending.push(at + 1);
      else if (step.holds(before, after)) pending.push(at + 1);
    }
    return isMatch;
  };
  const codeAt = (at: number): number => (at < 0 || at >= text.length ? OUTSIDE : text.charCodeAt(at));
  for (let at = 0; at <= text.length; at++) {
    const [before, after] = [codeAt(at - 1), codeAt(at)];
    const mark = at + 1;
    const following = next;
    following.length = 0;
    // What the last character led to, then a new start here.
    for (const state of current) if (add(following, state, mark, before, after)) return true;
    if (add(following, 0, mark, before, after)) return true;
    next = current;
    current = [];
    if (after === OUTSIDE) return false;
    for (const state of following) {
      const step = steps[state]!;
      if (step.kind === 'set' && step.holds(after)) current.push(state + 1);
    }
  }
  return false;
}
