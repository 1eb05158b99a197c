// One page of a sorted list: what comes after a key, or the nearest before one (pure).
import type { ListPage, ListQuery } from '../administration.ts';

/** Most items of a page. */
export const MOST_ITEMS = 500;

export const limitOf = ({ limit }: ListQuery): number =>
  Math.min(MOST_ITEMS, Math.max(1, Number.isSafeInteger(limit) ? limit : MOST_ITEMS));

/** `all` is sorted by `keyOf`. */
export function pageOf<T>(all: readonly T[], query: ListQuery, keyOf: (item: T) => string): ListPage<T> {
  const limit = limitOf(query);
  const { after, before } = query;
  let start = 0;
  let end = all.length;
  if (before !== undefined) {
    end = all.findIndex((item) => keyOf(item) >= before);
    if (end < 0) end = all.length;
    start = Math.max(0, end - limit);
  } else {
    if (after !== undefined) start = all.findIndex((item) => keyOf(item) > after);
    if (start < 0) start = all.length;
    end = Math.min(all.length, start + limit);
  }
  return {
    items: all.slice(start, end),
    total: all.length,
    hasBefore: start > 0,
    hasAfter: end < all.length,
  };
}
