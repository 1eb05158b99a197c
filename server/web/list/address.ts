// The state of a list page is its address (webmail.md 2.1): this file reads it strictly and writes it back, leaving
// defaults out so that the common address is short. Unknown values are the default, never an error.
import type { ListQuery } from '../../mailbox/types.ts';
import { oneValue } from '../shell/paths.ts';

export const filters = ['all', 'unread', 'starred', 'attach'] as const;
export const sorts = ['date', 'from', 'subject', 'size'] as const;
export type Filter = (typeof filters)[number];
export type Sort = (typeof sorts)[number];
export type Direction = 'asc' | 'desc';

/** Everything a list page shows, as its address says it. */
export interface ListState {
  /** `/f/INBOX`, `/v/starred`, `/label/Work`, `/search`. */
  readonly path: string;
  /** Undefined: all folders but Trash and Junk. */
  readonly folder: string | undefined;
  readonly q: string;
  /** The folder that a search over all mail was begun in; '' for none. */
  readonly from: string;
  readonly filter: Filter;
  readonly sort: Sort;
  readonly dir: Direction;
  /** Rows asked for in the address; 0: the reader's own page size. */
  readonly n: number;
  readonly before: string;
  readonly after: string;
  /** Message open in the right pane. */
  readonly open: string;
  /** `page`: boxes ticked by the server; `all`: the whole list is meant. */
  readonly select: '' | 'page' | 'all';
}

/** The direction a sort has unless told otherwise: newest and biggest first, names from A. */
export const usualDirection = (sort: Sort): Direction =>
  sort === 'date' || sort === 'size' ? 'desc' : 'asc';

const oneOf = <Value extends string>(values: readonly Value[], text: string, fallback: Value): Value =>
  values.find((value) => value === text) ?? fallback;

/** A message id as addresses carry it. */
export const isMessageId = (text: string): boolean => /^[\w-]{12}$/.test(text);
const isCursor = (text: string): boolean => /^[\w.~-]{1,2000}$/.test(text);

/** Reads the query part of a list's address. */
export function readListState(
  path: string,
  folder: string | undefined,
  query: Readonly<Record<string, unknown>>,
): ListState {
  const field = (name: string): string => oneValue(query[name]);
  const sort = oneOf(sorts, field('sort'), 'date');
  const n = Number(field('n'));
  const before = field('before');
  const after = field('after');
  const open = field('open');
  return {
    path,
    folder,
    q: field('q').slice(0, 1000),
    from: path === '/search' ? field('from').slice(0, 255) : '',
    filter: oneOf(filters, field('filter'), 'all'),
    sort,
    dir: oneOf(['asc', 'desc'] as const, field('dir'), usualDirection(sort)),
    n: Number.isInteger(n) && n >= 1 && n <= 200 ? n : 0,
    before: isCursor(before) ? before : '',
    after: isCursor(after) && !isCursor(before) ? after : '',
    open: isMessageId(open) ? open : '',
    select: oneOf(['', 'page', 'all'] as const, field('select'), ''),
  };
}

/** The address of a list, with some of its state changed. */
export function listAddress(state: ListState, changes: Partial<ListState> = {}): string {
  const now = { ...state, ...changes };
  const fields = new URLSearchParams();
  if (!now.path.startsWith('/label/') && (now.q !== '' || now.path === '/search')) fields.set('q', now.q);
  if (now.path === '/search' && now.folder !== undefined) fields.set('in', now.folder);
  if (now.from !== '' && now.folder === undefined) fields.set('from', now.from);
  if (now.filter !== 'all') fields.set('filter', now.filter);
  if (now.sort !== 'date') fields.set('sort', now.sort);
  if (now.dir !== usualDirection(now.sort)) fields.set('dir', now.dir);
  if (now.n !== 0) fields.set('n', String(now.n));
  if (now.before !== '') fields.set('before', now.before);
  if (now.after !== '') fields.set('after', now.after);
  if (now.open !== '') fields.set('open', now.open);
  if (now.select !== '') fields.set('select', now.select);
  const text = fields.toString();
  return text === '' ? now.path : `${now.path}?${text}`;
}

/** The address of a message opened from this list: it carries the list, for its older and newer neighbours. */
export function messageAddress(state: ListState, id: string, folder: string): string {
  const fields = new URLSearchParams({ in: folder });
  if (state.path === '/v/starred') fields.set('list', 'starred');
  if (state.path === '/search' || state.path.startsWith('/label/')) {
    fields.set('list', 'search');
    fields.set('q', state.q);
  }
  if (state.filter !== 'all') fields.set('filter', state.filter);
  if (state.sort !== 'date') fields.set('sort', state.sort);
  if (state.dir !== usualDirection(state.sort)) fields.set('dir', state.dir);
  return `/m/${id}?${fields}`;
}

/** What the mailbox is asked for a state. */
export function listQuery(state: ListState, pageSize: number): ListQuery {
  return {
    folder: state.folder,
    filter: state.path === '/v/starred' ? 'starred' : state.filter,
    sort: state.sort,
    direction: state.dir,
    search: state.q === '' ? undefined : state.q,
    limit: state.n === 0 ? pageSize : state.n,
    after: state.after === '' ? undefined : state.after,
    before: state.before === '' ? undefined : state.before,
  };
}
