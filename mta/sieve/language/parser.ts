// The grammar of Sieve (RFC 5228 8.2): a script as commands with their arguments, tests and blocks. Knows no command by
// name. Stops at the first fault; what is nested deeper than the limit is one, before any stack runs out.
import { Lexer, nameOf, type Token } from './lexer.ts';
import { ScriptError } from './source.ts';

/** Blocks within blocks, and tests within tests (RFC 5228 2.10.7 asks for 15). */
const MOST_DEPTH = 32;
const MOST_STRINGS = 4096;

export interface StringNode {
  readonly text: string;
  readonly at: number;
}

export type ArgumentNode =
  | { readonly kind: 'tag'; readonly name: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'strings'; readonly items: readonly StringNode[]; readonly at: number };

export interface TestNode {
  readonly name: string;
  readonly at: number;
  readonly arguments: readonly ArgumentNode[];
  readonly tests: readonly TestNode[];
  /** Its tests stood in parentheses. */
  readonly hasList: boolean;
}

export interface CommandNode extends TestNode {
  readonly block: readonly CommandNode[] | undefined;
}

/** Throws ScriptError. */
export function parseScript(text: string): readonly CommandNode[] {
  return new Parser(text).parse();
}

class Parser {
  readonly #lexer: Lexer;
  #token: Token;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  parse(): readonly CommandNode[] {
    const commands = this.#commands(0);
    if (!this.#isAt('end'))
      throw this.#unexpected(this.#isAt('}') ? 'a command, or an open { before it' : 'a command');
    return commands;
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = this.#lexer.next();
    return token;
  }

  /** A question that the compiler does not remember: each step moves on. */
  #isAt(kind: Token['kind']): boolean {
    return this.#token.kind === kind;
  }

  #unexpected(expected: string): ScriptError {
    return new ScriptError(`found ${nameOf(this.#token)}; expected ${expected}`, this.#token.at);
  }

  #tooDeep(what: string): ScriptError {
    return new ScriptError(
      `found ${what} nested more than ${MOST_DEPTH} deep; expected at most ${MOST_DEPTH}`,
      this.#token.at,
    );
  }

  #commands(depth: number): readonly CommandNode[] {
    if (depth > MOST_DEPTH) throw this.#tooDeep('blocks');
    const commands: CommandNode[] = [];
    while (this.#isAt('identifier')) commands.push(this.#command(depth));
    return commands;
  }

  #command(depth: number): CommandNode {
    const head = this.#call(0);
    if (this.#isAt(';')) {
      this.#advance();
      return { ...head, block: undefined };
    }
    if (!this.#isAt('{')) throw this.#unexpected(`";" or a block behind the command ${head.name}`);
    const open = this.#advance();
    const block = this.#commands(depth + 1);
    if (this.#isAt('end'))
      throw new ScriptError('found a { without its }; expected "}" before the end of the script', open.at);
    if (!this.#isAt('}')) throw this.#unexpected('a command or "}"');
    this.#advance();
    return { ...head, block };
  }

  /** A command or a test without its end: name, arguments, tests. */
  #call(depth: number): TestNode {
    if (depth > MOST_DEPTH) throw this.#tooDeep('tests');
    const { at } = this.#token;
    const name = (this.#advance() as { readonly text: string }).text;
    const given: ArgumentNode[] = [];
    for (let argument = this.#argument(); argument !== undefined; argument = this.#argument())
      given.push(argument);
    if (this.#isAt('identifier'))
      return { name, at, arguments: given, tests: [this.#call(depth + 1)], hasList: false };
    if (!this.#isAt('(')) return { name, at, arguments: given, tests: [], hasList: false };
    const tests: TestNode[] = [];
    do {
      this.#advance();
      if (!this.#isAt('identifier')) throw this.#unexpected('a test');
      tests.push(this.#call(depth + 1));
    } while (this.#isAt(','));
    if (!this.#isAt(')')) throw this.#unexpected('"," or ")" behind a test of a list');
    this.#advance();
    return { name, at, arguments: given, tests, hasList: true };
  }

  #argument(): ArgumentNode | undefined {
    const token = this.#token;
    switch (token.kind) {
      case 'tag':
        this.#advance();
        return { kind: 'tag', name: token.text, at: token.at };
      case 'number':
        this.#advance();
        return { kind: 'number', value: token.value, at: token.at };
      case 'string':
        this.#advance();
        return { kind: 'string', text: token.text, at: token.at };
      case '[':
        return this.#strings();
      default:
        return undefined;
    }
  }

  #strings(): ArgumentNode {
    const { at } = this.#token;
    const items: StringNode[] = [];
    do {
      this.#advance();
      const token: Token = this.#token;
      if (token.kind !== 'string') throw this.#unexpected('a string in a list of strings');
      if (items.length === MOST_STRINGS)
        throw new ScriptError(`found a list of more than ${MOST_STRINGS} strings; expected fewer`, token.at);
      items.push(token);
      this.#advance();
    } while (this.#isAt(','));
    if (!this.#isAt(']')) throw this.#unexpected('"," or "]" behind a string of a list');
    this.#advance();
    return { kind: 'strings', items, at };
  }
}
