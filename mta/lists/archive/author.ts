// Who wrote a post, out of its From field: a name to show, which never is a whole address (`@` becomes `.`, for archives
// are read by collectors of addresses), and the address for DMARC. Forgiving as ezmlm: many programs write From wrongly.
// Field values are unfolded bytes as latin1. Pure.
import { decodeWords } from './subject.ts';

interface NamePlaces {
  /** Of the first `<` that is neither quoted nor in a comment. */
  readonly angle: number;
  readonly quote: { readonly from: number; readonly to: number } | undefined;
  readonly comment: { readonly from: number; readonly to: number } | undefined;
}

function findPlaces(from: string): NamePlaces {
  let level = 0;
  let quoteStart = -1;
  let commentStart = -1;
  let comment: NamePlaces['comment'];
  for (let at = 0; at < from.length; at++) {
    const char = from[at]!;
    if (char === '\\') at++;
    else if (quoteStart >= 0) {
      if (char === '"') return { angle: -1, quote: { from: quoteStart, to: at }, comment };
    } else if (char === '"') quoteStart = at + 1;
    else if (char === '(') {
      if (level === 0) commentStart = at + 1;
      level++;
    } else if (char === ')') {
      level--;
      if (level === 0 && commentStart >= 0) comment = { from: commentStart, to: at };
    } else if (level === 0 && char === '<') return { angle: at, quote: undefined, comment };
    else if (level === 0 && char === ';') break;
  }
  return { angle: -1, quote: undefined, comment };
}

/** Blanks and angle brackets around a name. */
const bare = (text: string): string =>
  text.replace(/^[ \t<]+/, '').replace(/[ \t\n>]*$/, (end) => (end ? '' : end));

/** The author's name for people, encoded words decoded to their bytes; '' when the field is empty. */
export function authorName(from: string): string {
  const { angle, quote, comment } = findPlaces(from);
  const part =
    angle >= 0
      ? from.slice(0, angle)
      : quote
        ? from.slice(quote.from, quote.to)
        : comment
          ? from.slice(comment.from, comment.to)
          : from;
  return decodeWords(bare(part) || bare(from)).replaceAll('@', '.');
}

/** The author's address as it stands in the field; '' when there is none. */
export function authorAddress(from: string): string {
  let level = 0;
  let isQuoted = false;
  let open = -1;
  let at = -1;
  let end = from.length;
  for (let i = 0; i < from.length; i++) {
    const char = from[i]!;
    if (char === '\\') i++;
    else if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === '(') level++;
    else if (char === ')') level--;
    else if (level !== 0) continue;
    else if (char === '<') open = i + 1;
    else if (char === '>' && open >= 0) return from.slice(open, i).trim();
    else if (char === ';') {
      end = i;
      break;
    } else if (char === '@') at = i;
  }
  if (at < 0) return '';
  let first = at;
  while (first > 0 && !/[ \t<]/.test(from[first - 1]!)) first--;
  let last = at;
  while (last < end && !/[ \t,>]/.test(from[last]!)) last++;
  return from.slice(first, last);
}
