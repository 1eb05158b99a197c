// Paging of long lists by key: what an address asks for, and the links above and below the list.
import type { ListPage, ListQuery } from '../../../mta/accounts/administration.ts';
import { oneValue } from '../shell/paths.ts';
import { withQuery } from './paths.ts';

/** Rows on a page. */
export const pageSize = 50;

/** Reads `q`, `after` and `before` of an address. */
export function readListQuery(
  query: Readonly<Record<string, unknown>>,
): ListQuery & { readonly search: string } {
  const field = (name: string): string => oneValue(query[name]).trim().slice(0, 255);
  const after = field('after');
  const before = field('before');
  return {
    search: field('q'),
    after: after === '' ? undefined : after,
    before: after !== '' || before === '' ? undefined : before,
    limit: pageSize,
  };
}

export interface PageLinks {
  readonly first: string;
  readonly previous: string;
  readonly next: string;
}

/** Links to the pages around; '' where there is none. `keyOf` is what the list is ordered by. */
export function pageLinks<T>(
  path: string,
  search: string,
  page: ListPage<T>,
  keyOf: (item: T) => string,
): PageLinks {
  const [first, last] = [page.items[0], page.items.at(-1)];
  return {
    first: page.hasBefore ? withQuery(path, { q: search }) : '',
    previous:
      page.hasBefore && first !== undefined ? withQuery(path, { q: search, before: keyOf(first) }) : '',
    next: page.hasAfter && last !== undefined ? withQuery(path, { q: search, after: keyOf(last) }) : '',
  };
}
