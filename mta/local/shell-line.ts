// The small part of the shell that the .qmail lines of mailing lists are written in (ezmlm-make): calls with plain or quoted
// words, `test` of files, `&&`, `||`, `if … then … else … fi`, `{ …; }`, `echo`, `exit N`. Parsed here and run by
// list-line.ts without a shell. Pure. A line with anything else that a shell would act on is none of these.

/** What a line does. Each part has an exit status, as in the shell. */
export type ShellPart =
  | { readonly kind: 'call'; readonly words: readonly [string, ...string[]] }
  | { readonly kind: 'test'; readonly conditions: readonly FileCondition[] }
  | { readonly kind: 'echo'; readonly text: string }
  | { readonly kind: 'exit'; readonly status: number }
  /** Left to right; `&&` goes on after 0, `||` after anything else. */
  | {
      readonly kind: 'chain';
      readonly first: ShellPart;
      readonly rest: readonly { readonly operator: '&&' | '||'; readonly part: ShellPart }[];
    }
  /** One after the other; the status is the last one's. */
  | { readonly kind: 'list'; readonly parts: readonly ShellPart[] }
  | {
      readonly kind: 'if';
      readonly condition: ShellPart;
      readonly then: ShellPart;
      readonly otherwise: ShellPart | undefined;
    };

/** `! -f PATH`, joined by -a. */
export interface FileCondition {
  readonly isNot: boolean;
  readonly operator: 'e' | 'f' | 'd' | 's' | 'r';
  readonly path: string;
}

type Token =
  | { readonly type: 'word'; readonly text: string; readonly isBare: boolean }
  | { readonly type: 'sign'; readonly text: string };

/** Lines that people write are not longer. */
const MOST_LENGTH = 4096;

// Words: characters that mean themselves, and pieces in quotes in which nothing is expanded.
const TOKEN =
  /[ \t]+|(&&|\|\||;)|((?:[A-Za-z0-9_@%+=:,./^-]|'[^'\n\0]*'|"[^"$`\\!\n\0]*")+)|([!{}])(?=[ \t;]|$)/y;

function splitTokens(line: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.length) {
    const found = TOKEN.exec(line);
    if (!found) return undefined;
    const [, sign, word, mark] = found;
    if (sign !== undefined) tokens.push({ type: 'sign', text: sign });
    else if (mark !== undefined) tokens.push({ type: 'word', text: mark, isBare: true });
    else if (word !== undefined) {
      const isBare = !/['"]/.test(word);
      // An assignment before a command is the shell's.
      if (isBare && /^[A-Za-z_][A-Za-z0-9_]*=/.test(word) && startsCommand(tokens.at(-1))) return undefined;
      tokens.push({ type: 'word', text: word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'), isBare });
    }
  }
  return tokens;
}

const startsCommand = (before: Token | undefined): boolean =>
  before === undefined || before.type === 'sign' || ['then', 'else', 'if', '{'].includes(before.text);

/** A line of this small shell; undefined when it is not one. */
export function parseShellLine(line: string): ShellPart | undefined {
  if (line.length > MOST_LENGTH) return undefined;
  const tokens = splitTokens(line.trim());
  if (tokens === undefined || tokens.length === 0) return undefined;
  const reader = new Reader(tokens);
  try {
    const part = reader.list([]);
    return reader.isAtEnd ? part : undefined;
  } catch (error) {
    if (error instanceof NotOurs) return undefined;
    throw error;
  }
}

class NotOurs extends Error {}

const keywords = [
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'while',
  'until',
  'for',
  'do',
  'done',
  'case',
  'esac',
  '{',
  '}',
  '!',
];

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  #isKeyword(text: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.type === 'word' && token.isBare && token.text === text;
  }

  #isSign(...texts: readonly string[]): boolean {
    const token = this.#tokens[this.#at];
    return token?.type === 'sign' && texts.includes(token.text);
  }

  #take(text: string): void {
    if (!this.#isKeyword(text)) throw new NotOurs();
    this.#at += 1;
  }

  /** Commands with `;` between them, until one of these words. */
  list(ends: readonly string[]): ShellPart {
    const parts = [this.#chain()];
    while (this.#isSign(';')) {
      this.#at += 1;
      if (this.isAtEnd || ends.some((end) => this.#isKeyword(end))) break;
      parts.push(this.#chain());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'list', parts };
  }

  #chain(): ShellPart {
    const first = this.#command();
    const rest: { operator: '&&' | '||'; part: ShellPart }[] = [];
    while (this.#isSign('&&', '||')) {
      const operator = this.#tokens[this.#at]!.text as '&&';
      this.#at += 1;
      rest.push({ operator, part: this.#command() });
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest };
  }

  #command(): ShellPart {
    if (this.#isKeyword('if')) return this.#if();
    if (this.#isKeyword('{')) {
      this.#at += 1;
      const part = this.list(['}']);
      this.#take('}');
      return part;
    }
    const words: string[] = [];
    const first = this.#tokens[this.#at];
    if (first?.type !== 'word' || (first.isBare && keywords.includes(first.text))) throw new NotOurs();
    for (; !this.isAtEnd && !this.#isSign('&&', '||', ';'); this.#at += 1) {
      const token = this.#tokens[this.#at]!;
      words.push(token.text);
    }
    return readCommand(words as [string, ...string[]]);
  }

  #if(): ShellPart {
    this.#take('if');
    const condition = this.list(['then']);
    this.#take('then');
    const then = this.list(['else', 'fi']);
    let otherwise: ShellPart | undefined;
    if (this.#isKeyword('else')) {
      this.#at += 1;
      otherwise = this.list(['fi']);
    }
    this.#take('fi');
    return { kind: 'if', condition, then, otherwise };
  }
}

function readCommand(words: readonly [string, ...string[]]): ShellPart {
  const [name, ...rest] = words;
  if (name === 'test') return readTest(rest);
  if (name === 'echo') {
    if (rest[0]?.startsWith('-')) throw new NotOurs();
    return { kind: 'echo', text: `${rest.join(' ')}\n` };
  }
  if (name === 'exit') {
    if (rest.length !== 1 || !/^\d{1,3}$/.test(rest[0] as string)) throw new NotOurs();
    return { kind: 'exit', status: Number(rest[0]) & 255 };
  }
  return { kind: 'call', words };
}

function readTest(words: readonly string[]): ShellPart {
  const conditions: FileCondition[] = [];
  for (let at = 0; at < words.length; ) {
    const isNot = words[at] === '!';
    if (isNot) at += 1;
    const operator = /^-([efdsr])$/.exec(words[at] ?? '')?.[1];
    const path = words[at + 1];
    if (operator === undefined || path === undefined) throw new NotOurs();
    conditions.push({ isNot, operator: operator as 'e', path });
    at += 2;
    if (at < words.length && words[at++] !== '-a') throw new NotOurs();
    else if (at === words.length && words[at - 1] === '-a') throw new NotOurs();
  }
  if (conditions.length === 0) throw new NotOurs();
  return { kind: 'test', conditions };
}

/** All calls of a part, in the order in which they stand. */
export function callsOf(part: ShellPart): readonly (readonly [string, ...string[]])[] {
  switch (part.kind) {
    case 'call':
      return [part.words];
    case 'chain':
      return [part.first, ...part.rest.map((one) => one.part)].flatMap(callsOf);
    case 'list':
      return part.parts.flatMap(callsOf);
    case 'if':
      return [part.condition, part.then, ...(part.otherwise ? [part.otherwise] : [])].flatMap(callsOf);
    default:
      return [];
  }
}
