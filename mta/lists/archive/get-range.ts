// Which posts a command address asks for (ezmlm-get(1)): `get`, `get.12`, `get-12_20`, `getv.12_20`, `index.300`, `thread.7`.
// A letter behind the word is the form; numbers out of reach are put right, never an error. Pure.
import { type DigestForm, formOf } from './digest-letter.ts';

/** Posts in one answer. */
const MOST_POSTS = 100;
/** Posts before the last digest when more is asked for than there is. */
const HISTORY = 30;
/** Lines of an index in one answer. */
const MOST_LINES = 2000;

export interface AskedPosts {
  readonly form: DigestForm | undefined;
  /** As written; 0 for what is not. */
  readonly first: number;
  readonly last: number;
}

/** @param text what stands behind the word: `v.12_20` */
export function readAskedPosts(text: string): AskedPosts {
  const form = formOf(text[0]);
  const [, first = '', last = ''] =
    /^[-.]?(\d{0,15})(?:[^\d](\d{0,15}))?/.exec(form === undefined ? text : text.slice(1)) ?? [];
  return { form, first: Number(first), last: Number(last) };
}

export interface PostRange {
  readonly from: number;
  readonly to: number;
}

/** @param newest number of the newest post, at least 1 @param digested number of the last post in a digest; 0: none */
export function rangeOfGet({ first, last }: AskedPosts, newest: number, digested: number): PostRange {
  let from = first;
  let to = last;
  const atMost = (end: number, start: number): number =>
    end - start >= MOST_POSTS ? end - MOST_POSTS + 1 : start;
  if (first === 0 && last === 0) {
    // What came since the last digest.
    to = newest;
    from = atMost(to, digested || Math.max(1, newest - HISTORY));
  } else if (first > newest) {
    if (last > 0) {
      to = newest;
      from = atMost(to, digested > HISTORY ? digested - HISTORY : 1);
    } else from = newest;
  }
  from = Math.max(1, from);
  to = Math.min(Math.max(to, from), from + MOST_POSTS - 1, newest);
  return { from: Math.min(from, newest), to };
}

export function rangeOfIndex({ first, last }: AskedPosts, newest: number): PostRange {
  const isDefault = first === 0 && last === 0;
  const from = Math.min(Math.max(1, isDefault ? newest - 100 : first), newest);
  const to = isDefault ? newest : Math.min(Math.max(last, from), from + MOST_LINES, newest);
  return { from, to };
}
