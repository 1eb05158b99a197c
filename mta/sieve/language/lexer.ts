// The lexical side of Sieve (RFC 5228 2 and 8.1): identifiers, tags, numbers, strings, punctuation; comments and white
// space are passed over. Linear. Line ends may be LF or CRLF; in strings they are LF, as letters in the queue have them.
import { quoted, ScriptError } from './source.ts';

export type Punctuation = '{' | '}' | '(' | ')' | '[' | ']' | ',' | ';';

export type Token =
  | {
      readonly kind: 'identifier' | 'tag' /** Lower case, a tag without its colon. */;
      readonly text: string;
      readonly at: number;
    }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: Punctuation; readonly at: number }
  | { readonly kind: 'end'; readonly at: number };

const blank = /(?:[ \t\r\n]+|#[^\n]*)+/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /([0-9]+)([A-Za-z_][A-Za-z0-9_]*)?/y;
/** `text:` and the end of its line (RFC 5228 2.4.2): blanks and a comment may follow. */
const multiLineStart = /text:[ \t]*(?:#[^\n]*)?\r?\n/iy;
const punctuation: ReadonlySet<string> = new Set('{}()[],;');
const scales: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** What a person sees of a token. */
export function nameOf(token: Token): string {
  switch (token.kind) {
    case 'identifier':
      return `"${token.text}"`;
    case 'tag':
      return `the tag :${token.text}`;
    case 'number':
      return `the number ${token.value}`;
    case 'string':
      return `the string ${quoted(token.text)}`;
    case 'end':
      return 'the end of the script';
    default:
      return `"${token.kind}"`;
  }
}

export class Lexer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token. Throws ScriptError. */
  next(): Token {
    this.#skipBlanks();
    const at = this.#at;
    const character = this.#text[at];
    if (character === undefined) return { kind: 'end', at };
    if (punctuation.has(character)) {
      this.#at++;
      return { kind: character as Punctuation, at };
    }
    if (character === '"') return this.#quotedString();
    if (character >= '0' && character <= '9') return this.#number();
    if (character === ':') {
      this.#at++;
      const text = this.#take(word);
      if (text === undefined)
        throw new ScriptError('found ":" alone; expected the name of a tag behind it', at);
      return { kind: 'tag', text: text.toLowerCase(), at };
    }
    if (this.#take(multiLineStart) !== undefined) return this.#multiLine(at);
    const text = this.#take(word);
    if (text !== undefined) return { kind: 'identifier', text: text.toLowerCase(), at };
    const found = String.fromCodePoint(this.#text.codePointAt(at)!);
    throw new ScriptError(
      `found ${quoted(found)}; expected a command, a test, an argument or punctuation`,
      at,
    );
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipBlanks(): void {
    for (;;) {
      this.#take(blank);
      if (!this.#text.startsWith('/*', this.#at)) return;
      const end = this.#text.indexOf('*/', this.#at + 2);
      if (end < 0) throw new ScriptError('found "/*" without its end; expected "*/" behind it', this.#at);
      this.#at = end + 2;
    }
  }

  #number(): Token {
    const at = this.#at;
    number.lastIndex = at;
    const [whole = '', digits = '', scale] = number.exec(this.#text) ?? [];
    this.#at += whole.length;
    const factor = scale === undefined ? 1 : scales[scale.toLowerCase()];
    if (factor === undefined)
      throw new ScriptError(
        `found ${quoted(whole)}; expected a number, with K, M or G at most behind it`,
        at,
      );
    const value = Number(digits) * factor;
    if (!Number.isSafeInteger(value))
      throw new ScriptError(
        `found the number ${quoted(whole)}; expected one up to ${Number.MAX_SAFE_INTEGER}`,
        at,
      );
    return { kind: 'number', value, at };
  }

  #quotedString(): Token {
    const at = this.#at;
    const pieces: string[] = [];
    let from = at + 1;
    for (let i = from; i < this.#text.length; i++) {
      const character = this.#text[i];
      if (character === '"') {
        pieces.push(this.#text.slice(from, i));
        this.#at = i + 1;
        return this.#string(pieces.join(''), at);
      }
      if (character === '\\') {
        // RFC 5228 2.4.2: any character behind a backslash stands for itself.
        pieces.push(this.#text.slice(from, i));
        from = ++i;
      }
    }
    throw new ScriptError('found a string without its end; expected a closing quotation mark', at);
  }

  #multiLine(at: number): Token {
    const lines: string[] = [];
    for (let from = this.#at; from < this.#text.length; ) {
      const newline = this.#text.indexOf('\n', from);
      const end = newline < 0 ? this.#text.length : newline;
      const line = this.#text.slice(from, end).replace(/\r$/, '');
      from = end + 1;
      if (line === '.') {
        this.#at = Math.min(from, this.#text.length);
        return this.#string(lines.join(''), at);
      }
      // RFC 5228 2.4.2: dot-stuffing as in SMTP.
      lines.push(line.startsWith('..') ? line.slice(1) : line, '\n');
    }
    throw new ScriptError('found "text:" without its end; expected a line with a single dot', at);
  }

  #string(raw: string, at: number): Token {
    const nul = raw.indexOf('\0');
    if (nul >= 0) throw new ScriptError('found a NUL character in a string; expected text', at);
    return { kind: 'string', text: raw.includes('\r') ? raw.replaceAll('\r\n', '\n') : raw, at };
  }
}
