// The page model of every list: a folder, Starred, a search (webmail.md 1.3, 1.9). Asks the mailbox for one page of
// rows and says which buttons, filters, neighbours and empty words belong to it.
import type { Request, Response } from 'express';
import type { ConversationPage, ConversationRow } from '../../mailbox/conversation-types.ts';
import type { Folder, FolderRole, ListPage, ListQuery, Mailbox, MessageRow } from '../../mailbox/types.ts';
import { labelViews, withKeywords } from '../labels/view.ts';
import { markerOf } from '../search/marks.ts';
import { toggleAfter } from '../search/string.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { folderLabel, specialRole } from '../shell/frame.ts';
import { snoozedFolder } from '../snooze/store.ts';
import { snoozeMenu } from '../snooze/times.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';
import {
  filters,
  type ListState,
  listAddress,
  listKey,
  listQuery,
  messageQuery,
  type Sort,
  showsThreads,
  sorts,
  type View,
} from './address.ts';
import { pageMark, paintRows, type RowPaint } from './row-html.ts';
import { type RowModel, rowModel } from './rows.ts';
import { threadRowModel } from './thread-rows.ts';

const filterWords = {
  all: 'list.all',
  unread: 'list.onlyUnread',
  starred: 'list.onlyStarred',
  attach: 'list.onlyAttach',
} as const;
const sortWords = {
  date: 'list.byDate',
  from: 'list.byFrom',
  subject: 'list.bySubject',
  size: 'list.bySize',
} as const;
const directionWords: Readonly<Record<Sort, Readonly<Record<'asc' | 'desc', WordKey>>>> = {
  date: { desc: 'list.newestFirst', asc: 'list.oldestFirst' },
  size: { desc: 'list.biggestFirst', asc: 'list.smallestFirst' },
  from: { asc: 'list.a', desc: 'list.z' },
  subject: { asc: 'list.a', desc: 'list.z' },
};

/** One choice among links. */
interface Choice {
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
}

const link = (state: ListState, changes: Partial<ListState>): string =>
  listAddress(state, { before: '', after: '', select: '', open: '', ...changes });

const nothing: ListPage = { rows: [], total: 0, newer: undefined, older: undefined, progress: undefined };

/** Where to search: everywhere, or in the folder the search was begun in (Q1). */
function placeChoices(
  state: ListState,
  labelOf: (name: string) => string | undefined,
  t: WebPartsTranslate,
): readonly Choice[] {
  const name = state.folder ?? state.from;
  const label = labelOf(name);
  if (state.path !== '/search' || label === undefined) return [];
  const isAll = state.folder === undefined;
  return [
    { label: t('search.allMail'), href: link(state, { folder: undefined, from: name }), current: isAll },
    { label: t('search.inFolder', { folder: label }), href: link(state, { folder: name }), current: !isAll },
  ];
}

/** What is shown of a list; in searches, which have more to choose from, each is put on and taken off. */
function filterChoices(state: ListState, t: WebPartsTranslate): readonly Choice[] {
  const isSearch = state.path === '/search';
  return filters
    .filter((filter) => !isSearch || filter === 'unread' || filter === 'attach')
    .map((filter) => {
      const current = filter === state.filter;
      return {
        label: t(filterWords[filter]),
        href: link(state, { filter: isSearch && current ? 'all' : filter }),
        current,
      };
    });
}

/** Narrower in time, for searches. */
function spanChoices(state: ListState, now: number, t: WebPartsTranslate): readonly Choice[] {
  if (state.path !== '/search') return [];
  const month = new Date(now - 30 * 24 * 3600_000).toISOString().slice(0, 10);
  const { line, isOn } = toggleAfter(state.q, month);
  return [{ label: t('search.lastMonth'), href: link(state, { q: line }), current: isOn }];
}

/** Renders a list. `title` is what the list is called. The pane holds the message of `?open=`. */
export async function renderList(
  web: WebParts,
  req: Request,
  res: Response,
  state: ListState,
  given: { readonly title?: string; readonly here: string | undefined },
): Promise<void> {
  const { t, formats, now, pageSize } = web.shell.localsOf(req);
  const mailbox = await web.mailbox(req);
  const choices = web.choices(req);
  const custom = state.folder === undefined ? undefined : specialRole(state.folder);
  const threads = showsThreads(state, custom, choices);
  // Opening a message marks it as read, so it comes before the rows and the counts.
  const opened = state.open === '' ? undefined : await renderOpen(web, req, state, threads);
  if (state.open !== '' && web.fragment(req) === 'pane' && opened === undefined)
    return web.fail(req, res, 404, 'error.noMessage');
  const labels = labelViews(web.labels.list(web.session(req).account.address), t);
  const query = listQuery({ ...state, q: withKeywords(state.q, labels) }, pageSize);
  // The list comes before the folders: it looks at the folder it shows, also at one that was made a moment ago.
  let listed = await readList(mailbox, state, query, threads);
  let known = listed.folders.find((folder) => folder.name === state.folder);
  // Drafts under another name.
  if (listed.threads && !showsThreads(state, known?.role ?? custom, choices)) {
    listed = await readList(mailbox, state, query, false);
    known = listed.folders.find((folder) => folder.name === state.folder);
  }
  const { folders, page, quota } = listed;
  // A special folder that nobody has made yet is empty, and looking at it does not make it.
  const isSnoozed = state.folder === snoozedFolder;
  if (state.folder !== undefined && !known && !custom && !isSnoozed)
    return web.fail(req, res, 404, 'error.noFolder');
  const folderWords = new Map(folders.map((folder) => [folder.name, describe(folder, t)]));
  // The same for all rows of a folder.
  const queries = new Map<string, string>();
  const queryOf = (folder: string): string => {
    const known = queries.get(folder) ?? messageQuery(state, folder);
    queries.set(folder, known);
    return known;
  };
  const folderOf = (name: string) =>
    folderWords.get(name) ?? { role: 'folder' as FolderRole, label: cleanLine(name) };
  const role = known?.role ?? custom;
  const title = given.title ?? (known ? folderLabel(known, t) : t(`folder.${custom ?? 'inbox'}`));
  const shown = listed.threads ? listed.page.rows.map((row) => row.newest) : listed.page.rows;
  const sent = shown.filter((row) => folderOf(row.folder).role === 'sent' && row.messageId !== '');
  const fates = web.fates.find(
    web.session(req).account.address,
    sent.map((row) => row.messageId),
  );
  const context = {
    fates,
    t,
    formats,
    now,
    folderOf,
    showFolder: state.folder === undefined,
    labels,
    snoozed: web.snoozes.marks(
      web.session(req).account.address,
      listed.threads ? listed.page.rows.map(({ newest }) => newest.id) : listed.page.rows.map(({ id }) => id),
    ),
    openId: state.open,
    openIds: opened?.ids ?? new Set<string>(),
    own: web.session(req).account.address.toLowerCase(),
    marker: state.path === '/search' ? markerOf(state.q, ['subject']) : undefined,
    addressOf: (of: MessageRow) =>
      of.draft && folderOf(of.folder).role === 'drafts'
        ? `/compose?edit=${of.id}`
        : `/m/${of.id}?${queryOf(of.folder)}`,
    threadAddressOf: ({ newest }: ConversationRow) => `/c/${newest.id}?${queryOf(newest.folder)}#start`,
  };
  const { lang, firstIcons: icons } = web.shell.localsOf(req);
  const mark = pageMark(state, context, {
    lang,
    icons,
    threads: listed.threads,
    folders: [...folderWords].map(([name, words]) => ({ name, ...words })),
  });
  const words = rowWords(t);
  const paint = (whole: ConversationRow | MessageRow, row: MessageRow, make: () => RowModel): RowPaint => {
    const sentFate = folderOf(row.folder).role === 'sent' ? fates.get(row.messageId)?.state : undefined;
    const isOpen = row.id === state.open || context.openIds.has(row.id);
    return {
      row: whole,
      own: `${isOpen} ${sentFate ?? ''} ${context.snoozed.get(row.id) ?? ''}`,
      make: () =>
        web.shell.paint('list/row', {
          row: make(),
          t,
          formats,
          icons,
          words,
          state,
          threads: listed.threads,
        }),
    };
  };
  const rows = listed.threads
    ? listed.page.rows.map((row) => paint(row, row.newest, () => threadRowModel(row, context)))
    : listed.page.rows.map((row) => paint(row, row, () => rowModel(row, context)));
  const firstPage = state.before === '' && state.after === '';
  await web.render(req, res, {
    view: 'list/page',
    title,
    folder: given.here,
    folders,
    quota,
    inset: paintRows(page, mark, firstPage, rows),
    pageClass: `page-list${state.open === '' ? '' : ' has-open'}`,
    model: {
      state,
      heading: title,
      role: role ?? '',
      total: page.total,
      shown: rows.length,
      progress: progressWords(page.progress, formats, t),
      threads: listed.threads,
      /** Conversations or messages; none where there is no choice. */
      viewChoices: viewChoices(state, role, listed.threads, t),
      listKey: listKey(state),
      /** Which neighbour opens when the open message leaves (M10). */
      afterAction: choices.afterAction,
      /** Some of the rows are not read yet: the page's script asks for them again. */
      reading: shown.some((row) => row.pending === true),
      again: listAddress(state),
      newerHref:
        page.newer === undefined
          ? ''
          : listAddress(state, { before: page.newer, after: '', select: '', open: '' }),
      olderHref:
        page.older === undefined
          ? ''
          : listAddress(state, { after: page.older, before: '', select: '', open: '' }),
      newestHref: firstPage ? '' : link(state, {}),
      refreshHref: link(state, {}),
      /** Where a POST comes back to: this list without ticks. */
      back: listAddress(state, { select: '' }),
      paneBase: listAddress(state, { select: '', open: '' }),
      firstPage,
      /** The folder's own counts at this moment: new mail is counted from here. */
      counts: known ? { total: known.total, unread: known.unread } : { total: 0, unread: 0 },
      live: firstPage && state.sort === 'date' && state.dir === 'desc' && state.q === '',
      filterChoices: filterChoices(state, t),
      sortChoices: sorts.map((sort) => ({
        label: t(sortWords[sort]),
        href: link(state, { sort, dir: sort === 'date' || sort === 'size' ? 'desc' : 'asc' }),
        current: sort === state.sort,
      })),
      directionChoices: (['desc', 'asc'] as const).map((dir) => ({
        label: t(directionWords[state.sort][dir]),
        href: link(state, { dir }),
        current: dir === state.dir,
      })),
      placeChoices: placeChoices(state, (name) => folderWords.get(name)?.label, t),
      spanChoices: spanChoices(state, now, t),
      advancedHref: state.path === '/search' ? `/search/advanced?${new URLSearchParams({ q: state.q })}` : '',
      /** The search met a bound: what is shown is a part. */
      cut: page.cut === true ? t('search.cut') : '',
      selectPageHref: listAddress(state, { select: 'page' }),
      selectAllHref: listAddress(state, { select: 'all' }),
      selectNoneHref: listAddress(state, { select: '' }),
      /** Fields of `scope=query` (2.6): what list is meant, and up to which moment. */
      scope: {
        folder: state.folder ?? '',
        q: query.search ?? '',
        filter: query.filter ?? 'all',
        upto: now,
        expect: listed.threads ? (listed.page.messages ?? page.total) : page.total,
      },
      empty: emptyWords(state, role, title, page.total, formats, now, t),
      labelChoices: labels,
      snoozeMenu: snoozeMenu(now, { t, formats }),
      isSnoozed,
      moveTargets: moveTargets(folders, state.folder, t),
      pane: opened?.html ?? '',
    },
  });
}

const rowWords = (t: WebPartsTranslate) => ({
  archive: t('list.archive'),
  remove: t('list.delete'),
  star: t('list.star'),
  unstar: t('list.unstar'),
  unread: t('list.isUnread'),
});

type Listed = Pick<Awaited<ReturnType<Mailbox['listWithFolders']>>, 'folders' | 'quota'> &
  (
    | { readonly threads: false; readonly page: ListPage }
    | { readonly threads: true; readonly page: ConversationPage }
  );

/** One page, of conversations or of messages. */
async function readList(
  mailbox: Mailbox,
  state: ListState,
  query: ListQuery,
  threads: boolean,
): Promise<Listed> {
  if (state.path === '/search' && state.q === '')
    return {
      threads: false,
      page: nothing,
      ...(await mailbox.column()),
    };
  return threads
    ? { threads, ...(await mailbox.listConversations(query, state.select === 'all')) }
    : { threads, ...(await mailbox.listWithFolders(query)) };
}

/** What stands beside the list, and the messages that it shows. */
async function renderOpen(
  web: WebParts,
  req: Request,
  state: ListState,
  threads: boolean,
): Promise<{ readonly html: string; readonly ids: ReadonlySet<string> } | undefined> {
  if (threads) return web.renderConversation(web, req, state.open, state.folder);
  const html = await web.renderPane(web, req, state.open, state.folder);
  return html === undefined ? undefined : { html, ids: new Set([state.open]) };
}

/** The switch between the two kinds of list (M4). */
function viewChoices(
  state: ListState,
  role: FolderRole | undefined,
  threads: boolean,
  t: WebPartsTranslate,
): readonly { readonly value: View; readonly label: string; readonly current: boolean }[] {
  if (role === 'drafts' || (state.path === '/search' && state.q === '')) return [];
  return [
    { value: 'threads', label: t('conversation.asThreads'), current: threads },
    { value: 'messages', label: t('conversation.asMessages'), current: !threads },
  ];
}

/** How far the index is, in words; '' when it is complete. */
export function progressWords(progress: number | undefined, formats: Formats, t: WebPartsTranslate): string {
  return progress === undefined ? '' : t('list.progress', { percent: formats.percent(progress) });
}

function describe(
  folder: Folder,
  t: WebPartsTranslate,
): { readonly role: FolderRole; readonly label: string } {
  return { role: folder.role, label: folderLabel(folder, t) };
}

type WebPartsTranslate = ReturnType<WebParts['shell']['localsOf']>['t'];

/** Folders a message can be moved to: all but this one and Drafts. Special ones also before they exist. */
function moveTargets(
  folders: readonly Folder[],
  here: string | undefined,
  t: WebPartsTranslate,
): readonly { readonly name: string; readonly label: string }[] {
  const special = (['inbox', 'archive', 'junk', 'trash'] as const).map((role) => ({
    name:
      folders.find((folder) => folder.role === role)?.name ??
      { inbox: 'INBOX', archive: 'Archive', junk: 'Junk', trash: 'Trash' }[role],
    label: t(`folder.${role}`),
  }));
  const own = folders
    .filter((folder) => folder.role === 'folder')
    .map((folder) => ({ name: folder.name, label: folderLabel(folder, t) }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  return [...special, ...own].filter((target) => target.name !== here);
}

/** What an empty list says, and the way out of it (M12). */
function emptyWords(
  state: ListState,
  role: FolderRole | undefined,
  title: string,
  total: number,
  formats: Formats,
  now: number,
  t: WebPartsTranslate,
): { readonly title: string; readonly hint: string; readonly href: string; readonly label: string } {
  const showAll = { href: link(state, { filter: 'all' }), label: t('list.showAll') };
  const none = { hint: '', href: '', label: '' };
  if (state.path === '/search') {
    if (state.q === '') return { ...none, title: t('search.start'), hint: t('search.startHint') };
    return { ...none, title: t('search.none', { q: cleanLine(state.q, 80) }), hint: t('search.noneHint') };
  }
  if (total > 0)
    return { title: t('list.emptyPage'), hint: '', href: link(state, {}), label: t('list.newest') };
  if (state.path === '/v/snoozed') return { ...none, title: t('snooze.empty'), hint: t('snooze.emptyHint') };
  if (state.path.startsWith('/label/')) return { ...none, title: t('label.empty') };
  if (state.path === '/v/starred')
    return { ...none, title: t('list.emptyVirtual'), hint: t('list.emptyVirtualHint') };
  if (state.filter === 'unread') return { ...showAll, title: t('list.emptyUnread'), hint: '' };
  if (state.filter === 'starred') return { ...showAll, title: t('list.emptyStarred'), hint: '' };
  if (state.filter === 'attach') return { ...showAll, title: t('list.emptyAttach'), hint: '' };
  const checked = role === 'inbox' ? t('list.emptyChecked', { time: formats.clock(now) }) : '';
  return { ...none, title: t('list.empty', { folder: title }), hint: checked };
}
