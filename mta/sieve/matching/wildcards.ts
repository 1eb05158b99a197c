// :contains and :matches (RFC 5228 2.7.1) on texts of any length: no pattern makes them go back without end. Every `*` takes
// as little as it can (RFC 5229 3.2), so each piece of a pattern is looked for once, from where the last one ended.
import type { Work } from '../work.ts';

/** Longer ones are looked for with a table: the plain search is only quick where it does not begin again and again. */
const PLAIN_SEARCH = 16;

/** Where `wanted` is in `text` from `from` on; -1: nowhere. */
export function indexOfText(text: string, wanted: string, from: number, work: Work): number {
  const rest = text.length - from;
  if (wanted.length > rest) return -1;
  const isPlain = wanted.length <= PLAIN_SEARCH || rest < 2000;
  const found = isPlain ? text.indexOf(wanted, from) : searchWithTable(text, wanted, from);
  work.spend((found < 0 ? rest : found - from) + wanted.length);
  return found;
}

/** Knuth, Morris and Pratt: one look at each character. */
function searchWithTable(text: string, wanted: string, from: number): number {
  const fallback = new Int32Array(wanted.length);
  for (let i = 1, length = 0; i < wanted.length; i++) {
    while (length > 0 && wanted.charCodeAt(i) !== wanted.charCodeAt(length)) length = fallback[length - 1]!;
    if (wanted.charCodeAt(i) === wanted.charCodeAt(length)) length++;
    fallback[i] = length;
  }
  for (let i = from, length = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    while (length > 0 && code !== wanted.charCodeAt(length)) length = fallback[length - 1]!;
    if (code === wanted.charCodeAt(length)) length++;
    if (length === wanted.length) return i - length + 1;
  }
  return -1;
}

/** What one piece costs at one place, in characters looked at. */
const PIECE_COST = 10;

/** One piece of a pattern. */
type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'one' | 'many' };

/** A pattern, its texts as the comparator's keys. */
export interface Wildcards {
  readonly pieces: readonly Piece[];
}

export function readWildcards(pattern: string): Wildcards {
  const pieces: Piece[] = [];
  let text = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\' && i + 1 < pattern.length) text += pattern[++i]!;
    else if (character === '*' || character === '?') {
      if (text !== '') pieces.push({ kind: 'text', text });
      text = '';
      pieces.push({ kind: character === '*' ? 'many' : 'one' });
    } else text += character;
  }
  if (text !== '') pieces.push({ kind: 'text', text });
  return { pieces };
}

/**
 * Matches the whole of `key`. Undefined: it does not. Else what each wildcard stands for, from `text`, whose characters
 * are those of `key` before folding.
 */
export function matchWildcards(
  { pieces }: Wildcards,
  key: string,
  text: string,
  work: Work,
): readonly string[] | undefined {
  work.spend(pieces.length);
  const spans: [number, number][] = [];
  let at = 0;
  let index = 0;
  // What is before the first `*` stands at the start.
  const first = matchRun(pieces, 0, key, 0, spans, work);
  if (first === undefined) return undefined;
  at = first.at;
  index = first.index;
  if (index === pieces.length) return at === key.length ? cut(spans, text) : undefined;
  while (index < pieces.length) {
    // pieces[index] is a `*`; what follows it up to the next one is looked for.
    let next = index + 1;
    while (next < pieces.length && pieces[next]!.kind !== 'many') next++;
    const isLast = next === pieces.length;
    const start = at;
    const place = spans.length;
    spans.push([start, start]);
    if (isLast) {
      const end = matchAtEnd(pieces, index + 1, key, at, spans, work);
      if (end === undefined) return undefined;
      spans[place] = [start, end];
      return cut(spans, text);
    }
    const found = findRun(pieces, index + 1, key, at, spans, work);
    if (found === undefined) return undefined;
    spans[place] = [start, found.start];
    at = found.at;
    index = next;
  }
  return cut(spans, text);
}

const cut = (spans: readonly [number, number][], text: string): string[] =>
  spans.map(([from, to]) => text.slice(from, to));

/** Length of the character at a place: `?` stands for a whole one (RFC 5228 2.7.1). */
const widthAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code >= 0xd800 && code <= 0xdbff && at + 1 < text.length ? 2 : 1;
};

/** Pieces from `index` to the next `*`, at this very place. Takes its spans back when it does not match. */
function matchRun(
  pieces: readonly Piece[],
  index: number,
  key: string,
  at: number,
  spans: [number, number][],
  work: Work,
): { readonly at: number; readonly index: number } | undefined {
  const before = spans.length;
  for (; index < pieces.length; index++) {
    const piece = pieces[index]!;
    if (piece.kind === 'many') break;
    work.spend(PIECE_COST);
    if (piece.kind === 'text') {
      if (!key.startsWith(piece.text, at)) {
        spans.length = before;
        return undefined;
      }
      at += piece.text.length;
      continue;
    }
    if (at >= key.length) {
      spans.length = before;
      return undefined;
    }
    const width = widthAt(key, at);
    spans.push([at, at + width]);
    at += width;
  }
  return { at, index };
}

/** The first place from `at` on where the pieces up to the next `*` match. */
function findRun(
  pieces: readonly Piece[],
  index: number,
  key: string,
  at: number,
  spans: [number, number][],
  work: Work,
): { readonly start: number; readonly at: number } | undefined {
  const piece = pieces[index]!;
  if (piece.kind === 'many') return { start: at, at };
  for (let from = at; from <= key.length; ) {
    const start = piece.kind === 'text' ? indexOfText(key, piece.text, from, work) : from;
    if (start < 0) return undefined;
    const run = matchRun(pieces, index, key, start, spans, work);
    if (run !== undefined) return { start, at: run.at };
    work.spend(1);
    from = start + widthAt(key, start);
  }
  return undefined;
}

/** The pieces behind the last `*`, at the very end; where they begin. */
function matchAtEnd(
  pieces: readonly Piece[],
  index: number,
  key: string,
  least: number,
  spans: [number, number][],
  work: Work,
): number | undefined {
  let start = key.length;
  for (let i = pieces.length - 1; i >= index; i--) {
    const piece = pieces[i]!;
    if (piece.kind === 'text') start -= piece.text.length;
    else {
      start -= 1;
      const code = key.charCodeAt(start);
      if (code >= 0xdc00 && code <= 0xdfff) start -= 1;
    }
  }
  if (start < least) return undefined;
  return matchRun(pieces, index, key, start, spans, work)?.at === key.length ? start : undefined;
}
