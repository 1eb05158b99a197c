// The lexical side of address fields: RFC 822 3.3 tokens as qmail reads and writes them (token822), with its folding.
// Text here is a byte string: one character a byte (latin1), so a header keeps its bytes whatever their charset is.
// Linear in the length of the field. Which tokens make an address is the business of address-list.ts.

/** The characters that are tokens of their own. */
export type Special = '.' | ',' | '@' | '<' | '>' | ':' | ';';

/** One token; `text` of the last four is without delimiters and escapes, comments keep their inner parentheses. */
export interface Token {
  readonly kind: Special | 'atom' | 'quote' | 'literal' | 'comment';
  readonly text: string;
}

const specials: ReadonlySet<string> = new Set('.,@<>:;');
const blanks: ReadonlySet<string> = new Set(' \t\r\n');
/** What ends an atom. A backslash takes the next character into the atom, whatever it is. */
const atom = /(?:\\.|[^ \t\r\n([<>;:@,."\\])+/sy;

export const comma: Token = { kind: ',', text: ',' };
export const at: Token = { kind: '@', text: '@' };
export const dot: Token = { kind: '.', text: '.' };
export const rightAngle: Token = { kind: '>', text: '>' };

/** The tokens of a field or an address; undefined when a comment, quoted string or literal has no end or no beginning. */
export function tokenize(text: string): Token[] | undefined {
  // RFC 5322 2.2.3: unfolding takes the line end out and leaves the blank after it.
  const field = text.includes('\n') ? text.replace(/\r?\n/g, '') : text;
  const tokens: Token[] = [];
  let from = 0;
  while (from < field.length) {
    const character = field[from]!;
    if (blanks.has(character)) from++;
    else if (specials.has(character)) {
      tokens.push({ kind: character as Special, text: character });
      from++;
    } else if (character === ')' || character === ']') return undefined;
    else if (character === '(' || character === '"' || character === '[') {
      const found = readDelimited(field, from);
      if (!found) return undefined;
      tokens.push(found.token);
      from = found.end;
    } else {
      atom.lastIndex = from;
      // A backslash that ends the field escapes nothing and is dropped.
      const raw = atom.exec(field)?.[0];
      if (raw === undefined) return tokens;
      tokens.push({ kind: 'atom', text: dropEscapes(raw) });
      from += raw.length;
    }
  }
  return tokens;
}

const dropEscapes = (raw: string): string => (raw.includes('\\') ? raw.replace(/\\(.)/gs, '$1') : raw);

const closers = { '(': ')', '"': '"', '[': ']' } as const;
const kinds = { '(': 'comment', '"': 'quote', '[': 'literal' } as const;

function readDelimited(field: string, from: number): { token: Token; end: number } | undefined {
  const opener = field[from] as keyof typeof closers;
  const closer = closers[opener];
  let level = 1;
  let text = '';
  let start = from + 1;
  for (let i = start; i < field.length; i++) {
    const character = field[i]!;
    if (character === '\\') {
      text += field.slice(start, i);
      start = ++i;
    } else if (character === closer) {
      level--;
      if (level > 0) continue;
      text += field.slice(start, i);
      return { token: { kind: kinds[opener], text }, end: i + 1 };
    } else if (opener === '(' && character === '(') level++;
  }
  return undefined;
}

/** The tokens as an envelope address: no quotes, no escapes, no comments. */
export function unquoteTokens(tokens: readonly Token[]): string {
  let address = '';
  for (const { kind, text } of tokens) {
    if (kind === 'literal') address += `[${text}]`;
    else if (kind !== 'comment') address += text;
  }
  return address;
}

/** The longest line of a written field. */
const lineLength = 80;

/** Writes a field from its tokens, folded after commas, with its line feed. */
export function renderField(tokens: readonly Token[]): string {
  let field = '';
  let line = '';
  let segment = '';
  let isFirst = true;
  const endSegment = (): void => {
    // Qmail counts a possible fold as two characters of the line.
    if (isFirst) line = segment;
    else if (segment === '' || line.length + 2 + segment.length <= lineLength) line += segment;
    else {
      field += `${line}\n`;
      line = ` ${segment}`;
    }
    isFirst = false;
    segment = '';
  };
  let before: Token | undefined;
  let inDomain = false;
  for (const token of tokens) {
    if (needsSpace(before, token)) segment += ' ';
    if (token.kind === '@') inDomain = true;
    else if (token.kind !== '.' && token.kind !== 'comment' && before?.kind !== '@' && before?.kind !== '.')
      inDomain = false;
    segment += renderToken(token, inDomain);
    if (token.kind === ',') endSegment();
    before = token;
  }
  endSegment();
  return `${field}${line}\n`;
}

const isWord = (token: Token): boolean => token.kind.length > 1;

function needsSpace(before: Token | undefined, token: Token): boolean {
  if (before === undefined) return false;
  if (before.kind === ':' || before.kind === ',' || token.kind === '<') return true;
  return isWord(before) && isWord(token);
}

/** Qmail quotes these in atoms; the specials and the blank, which only an escape can bring there, are ours. */
const oddInAtom = /[^!-~]|[)\]\\<>@,;:.]/;
// RFC 6532 3.2: a domain may be UTF-8, and quotes would make it no domain.
const oddInDomain = /[\x00- \x7f)\]\\<>@,;:.]/;

function renderToken({ kind, text }: Token, inDomain: boolean): string {
  if (kind.length === 1) return text;
  const escaped = /["[\]()\\\r\n]/.test(text) ? text.replace(/["[\]()\\\r\n]/g, '\\$&') : text;
  if (kind === 'comment') return `(${escaped})`;
  if (kind === 'literal') return `[${escaped}]`;
  if (kind === 'quote' || (inDomain ? oddInDomain : oddInAtom).test(text)) return `"${escaped}"`;
  return escaped;
}
