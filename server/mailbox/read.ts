// What the pages ask: a list, a message, its neighbours, ids of all that match. Each answer first brings the folders
// in question up to date (two stat calls when nothing changed) and waits for that only so long: a folder that is read
// for the first time shows its newest messages at once, and says how far the index is.
import { randomUUID } from 'node:crypto';
import { type AccountContext, type FolderState, messagePath, waitAtMost } from './context.ts';
import { countListed, listedPlaces, walkListed } from './conversation-rows.ts';
import { discoverFolders, findFolder, findRole } from './folders.ts';
import { createStampState, type PageAnswer, type StampState, stampOf } from './held-pages.ts';
import {
  countFor,
  defaultDirection,
  type Filter,
  findAll,
  findConversations,
  placeOf,
  placeSql,
  readCounts,
  readRows,
  unreadByIndex,
  type WideQuery,
  walkFolder,
} from './order.ts';
import { parseRows } from './parsing.ts';
import type { SpecialRole } from './roles.ts';
import { specialRoles } from './roles.ts';
import {
  decodeCursor,
  encodeCursor,
  type IndexRow,
  type Position,
  positionOf,
  rowColumns,
  rowOf,
  rowSource,
  type Sort,
} from './rows.ts';
import { parseSearch, searchToSql } from './search.ts';
import { createSweepState, refreshAll, refreshForPage, refreshOne, type SweepState } from './sweep.ts';
import type { ListPage, ListQuery, Located, MessageId, MessageRow } from './types.ts';

/** X6: a search that takes longer answers with what it found. Milliseconds. */
const searchTime = 1500;
/** How long a page waits for summaries of its rows. */
const parseWait = 1500;
const cachedResults = 4;

/** What reading needs besides the context: results of the last searches, and the sweep over all folders. */
export interface ReaderState extends SweepState {
  readonly stamps: StampState;
  readonly results: Map<string, { readonly version: string; readonly ids: number[]; readonly cut: boolean }>;
}

export const createReaderState = (): ReaderState => ({
  ...createSweepState(),
  stamps: createStampState(randomUUID()),
  results: new Map(),
});

export type Scope =
  | { readonly kind: 'none' }
  | { readonly kind: 'folder'; readonly folder: FolderState }
  | { readonly kind: 'all'; readonly except: readonly number[] };

function resolveScope(
  context: AccountContext,
  folder: string | undefined,
  inFolder: string | undefined,
): Scope {
  if (inFolder !== undefined) {
    const wanted = inFolder.toLowerCase();
    if (wanted === 'anywhere') return { kind: 'all', except: [] };
    if (wanted !== 'all') {
      const role = specialRoles.find((name) => name === wanted);
      const found =
        findFolder(context, inFolder) ??
        (role && findRole(context, role)) ??
        [...context.folders.values()].find(
          (state) => state.name.toLowerCase() === wanted || state.name.toLowerCase().endsWith(`.${wanted}`),
        );
      return found ? { kind: 'folder', folder: found } : { kind: 'none' };
    }
  } else if (folder !== undefined) {
    const found = findFolder(context, folder);
    return found ? { kind: 'folder', folder: found } : { kind: 'none' };
  }
  const hidden: readonly SpecialRole[] = ['trash', 'junk'];
  const except = hidden.map((role) => findRole(context, role)?.id).filter((id) => id !== undefined);
  return { kind: 'all', except };
}

export interface Plan {
  readonly scope: Scope;
  readonly filter: Filter;
  readonly sort: Sort;
  readonly direction: 'asc' | 'desc';
  /** Undefined: one folder without a search, walked by keyset. */
  readonly wide: WideQuery | undefined;
  readonly cut: boolean;
}

/** Reads a query, brings what it asks for up to date. */
export async function prepare(
  context: AccountContext,
  state: ReaderState,
  query: Omit<ListQuery, 'limit'>,
): Promise<Plan> {
  const search = query.search?.trim() ? parseSearch(query.search) : undefined;
  let scope = resolveScope(context, query.folder, search?.folder);
  // A folder that another program made since is found by looking; so are the Trash and Junk that a search leaves out.
  if (scope.kind === 'none') await discoverFolders(context);
  else if (scope.kind === 'all') await waitAtMost(refreshAll(context, state), 500);
  if (scope.kind !== 'folder') scope = resolveScope(context, query.folder, search?.folder);
  if (scope.kind === 'folder') await refreshForPage(context, scope.folder);
  // Conversations have one order.
  const sort = query.conversations ? 'date' : (query.sort ?? 'date');
  const direction = query.direction ?? defaultDirection(sort);
  const filter = query.filter ?? 'all';
  if (search?.impossible || scope.kind === 'none') {
    return { scope: { kind: 'none' }, filter, sort, direction, wide: undefined, cut: search?.cut ?? false };
  }
  let wide: WideQuery | undefined;
  if (scope.kind === 'all' || (search && search.groups.length > 0)) {
    const sql = search ? searchToSql(search) : { match: undefined, where: [], values: [] };
    wide = {
      folder: scope.kind === 'folder' ? scope.folder : undefined,
      except: scope.kind === 'all' ? scope.except : [],
      filter,
      sort,
      direction,
      ...sql,
    };
    // What just came in is worth a moment; a long backlog is told as progress.
    if (search) await waitForBacklog(context, scope);
  }
  return { scope, filter, sort, direction, wide, cut: search?.cut ?? false };
}

async function waitForBacklog(context: AccountContext, scope: Scope): Promise<void> {
  const part = scope.kind === 'folder' ? ` AND folder = ${scope.folder.id}` : '';
  const ids = context.db.pluck<number>(`SELECT id FROM message WHERE parsed = 0${part} LIMIT 101`);
  if (ids.length === 0 || ids.length > 100) return;
  await waitAtMost(parseRows(context, ids), 800).catch(() => false);
}

/** Sorted row ids of a wide query, from the last time when nothing was written since; or one of each conversation. */
export function resultOf(
  context: AccountContext,
  state: ReaderState,
  wide: WideQuery,
  conversations = false,
): { ids: number[]; cut: boolean } {
  const key = JSON.stringify([
    conversations,
    wide.folder?.id,
    wide.except,
    wide.filter,
    wide.sort,
    wide.direction,
    wide.match,
    wide.where,
    wide.values,
  ]);
  const version = context.db.version();
  const known = state.results.get(key);
  if (known?.version === version) return known;
  context.db.setDeadline(performance.now() + searchTime);
  const most = 1_000_000;
  const ids = conversations
    ? findConversations(context, wide, most)
    : findAll<number>(context, wide, 'm.id', most);
  const result = { version, ids, cut: context.db.ranOutOfTime() };
  state.results.delete(key);
  state.results.set(key, result);
  if (state.results.size > cachedResults) state.results.delete(state.results.keys().next().value!);
  return result;
}

export const clampLimit = (limit: number): number => Math.min(200, Math.max(1, Math.trunc(limit) || 50));

/** A page with what it shows read, as far as that is possible now; undefined: the one of the stamp `held` still holds. */
export async function listRows(
  context: AccountContext,
  state: ReaderState,
  query: ListQuery,
  held: string | undefined,
): Promise<
  | (RawPage &
      Pick<PageAnswer<never>, 'stamp'> & { readonly plan: Plan; readonly facts: Omit<ListPage, 'rows'> })
  | undefined
> {
  const plan = await prepare(context, state, query);
  // Of one folder that is read in: all that such a page is made of is in the index.
  const isSteady = !plan.wide && plan.scope.kind === 'folder' && plan.scope.folder.expected === undefined;
  const stamp = isSteady ? stampOf(context, state.stamps) : undefined;
  if (stamp !== undefined && stamp === held) return undefined;
  const limit = clampLimit(query.limit);
  let page = readPage(context, state, plan, query, limit);
  const unread = page.rows.filter((row) => row.parsed === 0).map((row) => row.id);
  if (unread.length > 0) {
    await waitAtMost(parseRows(context, unread), parseWait).catch(() => false);
    page = readPage(context, state, plan, query, limit);
  }
  if (unread.length > 0 || plan.scope.kind === 'all') context.wakeParser(undefined);
  const first = page.rows[0];
  const last = page.rows.at(-1);
  const facts = {
    total: page.total,
    newer: page.hasNewer && first ? encodeCursor(positionOf(first, plan.sort)) : undefined,
    older: page.hasOlder && last ? encodeCursor(positionOf(last, plan.sort)) : undefined,
    progress: readProgress(context, plan.scope),
    ...(page.cut ? { cut: true } : {}),
  };
  const isWhole = unread.length === 0 && facts.progress === undefined;
  return { ...page, plan, facts, stamp: isWhole ? stamp : undefined };
}

export async function listMessages(
  context: AccountContext,
  state: ReaderState,
  query: ListQuery,
  held?: string,
): Promise<Pick<PageAnswer<ListPage>, 'page' | 'stamp'>> {
  const listed = await listRows(context, state, query, held);
  if (!listed) return { page: undefined, stamp: held };
  const rows = listed.rows.map((row) => toRow(context, row)).filter((row) => row !== undefined);
  return { page: { rows, ...listed.facts }, stamp: listed.stamp };
}

export interface RawPage {
  readonly rows: IndexRow[];
  readonly total: number;
  readonly hasNewer: boolean;
  readonly hasOlder: boolean;
  readonly cut: boolean;
}

export function readPage(
  context: AccountContext,
  state: ReaderState,
  plan: Plan,
  query: ListQuery,
  limit: number,
): RawPage {
  const after = decodeCursor(query.after, plan.sort);
  const atEnd = after === undefined && query.before === 'end';
  const before = after || atEnd ? undefined : decodeCursor(query.before, plan.sort);
  if (plan.wide) {
    const { ids, cut } = resultOf(context, state, plan.wide, query.conversations);
    let start = 0;
    if (after) {
      const place = placeOf(context, ids, after, plan.direction);
      start = place.index + (place.isMember ? 1 : 0);
    } else if (before) start = Math.max(0, placeOf(context, ids, before, plan.direction).index - limit);
    else if (atEnd) start = Math.max(0, ids.length - limit);
    const end = Math.min(ids.length, start + limit);
    return {
      rows: readRows(context, ids.slice(start, end)),
      total: ids.length,
      hasNewer: start > 0,
      hasOlder: end < ids.length,
      cut: cut || plan.cut,
    };
  }
  if (plan.scope.kind !== 'folder')
    return { rows: [], total: 0, hasNewer: false, hasOlder: false, cut: plan.cut };
  const { folder } = plan.scope;
  const backwards = before !== undefined || atEnd;
  const rows = walkPlan(context, plan, folder, query, after ?? before, backwards, limit + 1);
  const more = rows.length > limit;
  if (more) rows.pop();
  if (backwards) rows.reverse();
  const edge = (row: IndexRow | undefined, back: boolean): boolean =>
    row !== undefined &&
    walkPlan(context, plan, folder, query, positionOf(row, plan.sort), back, 1).length > 0;
  return {
    rows,
    total: query.conversations
      ? countListed(context, folder, plan.filter)
      : countFor(readCounts(context, folder), plan.filter),
    hasNewer: backwards ? more : after !== undefined && edge(rows[0], true),
    hasOlder: backwards ? !atEnd && edge(rows.at(-1), false) : more,
    cut: plan.cut,
  };
}

/** Rows of one folder in the order of its list: messages, or the newest ones of conversations, which are sorted by date. */
export function walkPlan(
  context: AccountContext,
  { filter, sort, direction }: Plan,
  folder: FolderState,
  { conversations }: Pick<ListQuery, 'conversations'>,
  from: Position | undefined,
  backwards: boolean,
  limit: number,
): IndexRow[] {
  if (!conversations) {
    return walkFolder(context, { folder, filter, sort, direction }, from, backwards, limit);
  }
  const ascending = (direction === 'asc') !== backwards;
  return walkListed(context, { folder, filter, ascending }, from, limit);
}

export function toRow(context: AccountContext, row: IndexRow): MessageRow | undefined {
  const folder = folderById(context, row.folder);
  return folder && rowOf(row, folder.name);
}

export function folderById(context: AccountContext, id: number): FolderState | undefined {
  for (const folder of context.folders.values()) if (folder.id === id) return folder;
  return undefined;
}

export function readProgress(context: AccountContext, scope: Scope): number | undefined {
  if (scope.kind === 'none') return undefined;
  let known = 0;
  let pending = 0;
  const folders = scope.kind === 'folder' ? [scope.folder] : [...context.folders.values()];
  for (const folder of folders) {
    if (scope.kind === 'all' && scope.except.includes(folder.id)) continue;
    const left = unreadByIndex(readCounts(context, folder), folder);
    known += left.known;
    pending += left.pending;
  }
  if (pending === 0 || known === 0) return undefined;
  return Math.max(0, Math.min(0.99, 1 - pending / known));
}

/** The row of a message: in `folder` when given, else the newest of that id. */
export function findRow(
  context: AccountContext,
  id: MessageId,
  folder: FolderState | undefined,
): IndexRow | undefined {
  const select = `SELECT ${rowColumns} FROM ${rowSource} WHERE m.key = ?`;
  if (folder) return context.db.get<IndexRow>(`${select} AND m.folder = ?`, id, folder.id);
  const rows = context.db.all<IndexRow>(`${select} ORDER BY m.received DESC, m.id DESC LIMIT 20`, id);
  return rows.find((row) => folderById(context, row.folder));
}

/** Finds a message where it is now; looks into all folders when the index does not know it. */
export async function locateMessage(
  context: AccountContext,
  state: ReaderState,
  id: MessageId,
  folderName: string | undefined,
): Promise<Located | undefined> {
  let wanted: FolderState | undefined;
  if (folderName !== undefined) {
    wanted = findFolder(context, folderName);
    if (!wanted) {
      await discoverFolders(context);
      wanted = findFolder(context, folderName);
      if (!wanted) return undefined;
    }
    await refreshForPage(context, wanted);
  }
  let row = findRow(context, id, wanted);
  if (row && !wanted) {
    const folder = folderById(context, row.folder);
    if (folder) await refreshOne(context, folder, false);
    row = findRow(context, id, undefined);
  }
  if (!row && !wanted) {
    await refreshAll(context, state);
    row = findRow(context, id, undefined);
  }
  if (!row) return undefined;
  if (row.parsed === 0) {
    await waitAtMost(parseRows(context, [row.id]), parseWait).catch(() => false);
    row = findRow(context, id, wanted) ?? row;
  }
  const folder = folderById(context, row.folder);
  const shown = toRow(context, row);
  return folder && shown && { row: shown, path: messagePath(context, folder, row) };
}

export async function findMatchingIds(
  context: AccountContext,
  state: ReaderState,
  query: Omit<ListQuery, 'limit'>,
  upTo: number,
  limit: number,
): Promise<readonly MessageId[]> {
  const plan = await prepare(context, state, query);
  if (plan.scope.kind === 'none') return [];
  const folder = plan.scope.kind === 'folder' ? plan.scope.folder : undefined;
  // Of the conversations that a filter leaves all messages are meant, not only those that it names.
  const whole = query.conversations === true && folder !== undefined && plan.filter !== 'all';
  const base: WideQuery = plan.wide ?? {
    folder,
    except: [],
    filter: whole ? 'all' : plan.filter,
    sort: plan.sort,
    direction: plan.direction,
    match: undefined,
    where: whole ? [`${placeSql} IN (${listedPlaces(folder, plan.filter)})`] : [],
    values: [],
  };
  context.db.setDeadline(performance.now() + searchTime * 4);
  const wide = {
    ...base,
    where: [...base.where, 'm.received <= ?'],
    values: [...base.values, Math.trunc(upTo)],
  };
  return findAll<string>(context, wide, 'm.key', Math.max(0, Math.trunc(limit)));
}
