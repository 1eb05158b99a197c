// The state of a list page is its address (webmail.md 2.1): this file reads it strictly and writes it back, leaving
// defaults out so that the common address is short. Unknown values are the default, never an error.
import type { FolderRole, ListQuery } from '../../mailbox/types.ts';
import { oneValue } from '../shell/paths.ts';
import type { Choices } from '../state/choices.ts';

export const filters = ['all', 'unread', 'starred', 'attach'] as const;
export const sorts = ['date', 'from', 'subject', 'size'] as const;
export const views = ['threads', 'messages'] as const;
export type View = (typeof views)[number];
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
  /** Conversations or single messages (M4); '': as the person chose for this list. */
  readonly view: '' | View;
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
    view: oneOf(['', ...views] as const, field('view'), ''),
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
  if (now.view !== '') fields.set('view', now.view);
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

/**
 * The query in the address of a message opened from this list, or of its conversation: it carries the list, for its older
 * and newer neighbours.
 */
export function messageQuery(state: ListState, folder: string): string {
  const fields = new URLSearchParams({ in: folder });
  if (state.path === '/v/starred') fields.set('list', 'starred');
  if (state.path === '/search' || state.path.startsWith('/label/')) {
    fields.set('list', 'search');
    fields.set('q', state.q);
  }
  if (state.view !== '') fields.set('view', state.view);
  if (state.filter !== 'all') fields.set('filter', state.filter);
  if (state.sort !== 'date') fields.set('sort', state.sort);
  if (state.dir !== usualDirection(state.sort)) fields.set('dir', state.dir);
  return fields.toString();
}

/** What a list is called among the choices of a person: its folder, or its path. */
export const listKey = (state: Pick<ListState, 'path' | 'folder'>): string =>
  state.path.startsWith('/f/') ? (state.folder ?? '') : state.path;

/**
 * Does the list show conversations? Folders do, virtual lists do not, unless the person or the address says otherwise.
 * Conversations have one order, by date; each draft is a row of its own.
 */
export function showsThreads(
  state: Pick<ListState, 'path' | 'folder' | 'view' | 'sort'>,
  role: FolderRole | undefined,
  choices: Pick<Choices, 'conversations' | 'otherView'>,
): boolean {
  if (state.sort !== 'date' || role === 'drafts') return false;
  if (state.view !== '') return state.view === 'threads';
  const usual = state.path.startsWith('/f/') && choices.conversations;
  return choices.otherView.includes(listKey(state)) ? !usual : usual;
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
