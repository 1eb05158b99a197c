// How what is typed finds a name: texts become words without case, accents and punctuation, and each word typed must be
// the start of one of them. Scripts without spaces are cut into characters, so that any part of a name is a start. Pure.
import { foldForSearch, foldForSort } from '../../mailbox/fold.ts';

/** Characters of one text that count, and words of what is typed. */
const longest = 1000;
const mostWords = 8;

const wordsOf = (text: string): readonly string[] =>
  foldForSort(foldForSearch(text.slice(0, longest)), longest)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/** The words of some texts as one line, each with a blank before it: `instr(line, ' od')` finds a start. */
export function wordLine(texts: readonly string[]): string {
  const words = new Set(texts.flatMap(wordsOf));
  return [...words].map((word) => ` ${word}`).join('');
}

/** What is typed, as starts to look for in a `wordLine`; none for nothing that could be found. */
export const typedStarts = (typed: string): readonly string[] =>
  wordsOf(typed)
    .slice(0, mostWords)
    .map((word) => ` ${word}`);

export const startsFit = (line: string, starts: readonly string[]): boolean =>
  starts.every((start) => line.includes(start));
