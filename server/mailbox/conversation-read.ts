// What the pages ask of conversations: a page of a list, all messages of one, and the messages that an action on one is
// meant for. As read.ts does, each answer first brings the folders in question up to date and waits for that only so long.
import { type AccountContext, waitAtMost } from './context.ts';
import { conversationRows, countMessages, hiddenFolders } from './conversation-rows.ts';
import type { Conversation, ConversationPage } from './conversation-types.ts';
import { discoverFolders, findFolder, findRole } from './folders.ts';
import type { PageAnswer } from './held-pages.ts';
import { parseRows } from './parsing.ts';
import { findRow, listRows, locateMessage, type ReaderState, resultOf, toRow } from './read.ts';
import { decodeCursor, encodeCursor, type IndexRow, positionOf, rowColumns, rowSource } from './rows.ts';
import { refreshAll, refreshForPage } from './sweep.ts';
import type { ListQuery, MessageId } from './types.ts';

/** How long other folders are waited for, and the summaries of what is shown, milliseconds. */
const folderWait = 500;
const parseWait = 1500;
/** Messages of one conversation that one action takes. */
const mostIds = 10_000;

export async function listConversations(
  context: AccountContext,
  state: ReaderState,
  query: ListQuery,
  withMessages: boolean,
  held: string | undefined,
): Promise<Pick<PageAnswer<ConversationPage>, 'page' | 'stamp'>> {
  const listed = await listRows(context, state, { ...query, conversations: true }, held);
  if (!listed) return { page: undefined, stamp: held };
  const { rows, plan, facts, stamp } = listed;
  const here = plan.scope.kind === 'folder' ? plan.scope.folder : undefined;
  const page: ConversationPage = { ...facts, rows: conversationRows(context, rows, here) };
  if (!withMessages) return { page, stamp };
  if (plan.wide) {
    return { page: { ...page, messages: resultOf(context, state, plan.wide).ids.length }, stamp };
  }
  return {
    page: here ? { ...page, messages: countMessages(context, here, plan.filter) } : page,
    stamp,
  };
}

export async function readConversation(
  context: AccountContext,
  state: ReaderState,
  id: MessageId,
  folderName: string | undefined,
  limit: number,
  before: string | undefined,
): Promise<Conversation | undefined> {
  // One's own answer may have been stored in Sent a moment ago.
  await waitAtMost(refreshAll(context, state), folderWait);
  const located = await locateMessage(context, state, id, folderName);
  const folder = located && findFolder(context, located.row.folder);
  const asked = folder && findRow(context, id, folder);
  if (!located || !asked) return undefined;
  const alone: Conversation = {
    asked: located.row,
    subject: located.row.subject,
    messages: [located.row],
    total: 1,
    earlier: undefined,
    later: 0,
  };
  if (asked.conversation === 0) return alone;
  const hidden = hiddenFolders(context).filter((one) => one !== asked.folder);
  const { db } = context;
  const where = `m.conversation = ? AND m.conversation > 0 AND m.trashed = 0${
    hidden.length > 0 ? ` AND m.folder NOT IN (${hidden.join(', ')})` : ''
  }`;
  const { conversation } = asked;
  const from = decodeCursor(before, 'date');
  const bound = from ? ' AND (m.received, m.base, m.id) < (?, ?, ?)' : '';
  const values = from ? [from.received, from.base, from.row] : [];
  const most = Math.min(500, Math.max(1, Math.trunc(limit) || 500));
  const read = (): IndexRow[] =>
    db.all<IndexRow>(
      `SELECT ${rowColumns} FROM (SELECT id FROM message m WHERE ${where}${bound}
         ORDER BY received DESC, base DESC, id DESC LIMIT ?) found
       JOIN message m ON m.id = found.id LEFT JOIN envelope e ON e.id = m.id
       ORDER BY m.received, m.base, m.id`,
      conversation,
      ...values,
      most,
    );
  let rows = read();
  const unread = rows.filter((row) => row.parsed === 0).map((row) => row.id);
  if (unread.length > 0) {
    await waitAtMost(parseRows(context, unread), parseWait).catch(() => false);
    rows = read();
  }
  const count = (more: string, ...also: readonly (string | number)[]): number =>
    db.pluck<number>(`SELECT count(*) FROM message m WHERE ${where}${more}`, conversation, ...also)[0] ?? 0;
  const total = count('');
  const upTo = from ? count(bound, ...values) : total;
  const first = rows[0];
  if (!first) return alone;
  const beginning =
    upTo === rows.length
      ? first
      : db.get<IndexRow>(
          `SELECT ${rowColumns} FROM ${rowSource} WHERE ${where} ORDER BY m.received, m.base, m.id LIMIT 1`,
          conversation,
        );
  return {
    asked: located.row,
    subject: beginning?.subject ?? '',
    messages: rows.map((row) => toRow(context, row)).filter((row) => row !== undefined),
    total,
    earlier: upTo > rows.length ? encodeCursor(positionOf(first, 'date')) : undefined,
    later: total - upTo,
  };
}

export async function findConversationIds(
  context: AccountContext,
  state: ReaderState,
  ids: readonly MessageId[],
  folderName: string | undefined,
): Promise<readonly (readonly MessageId[])[]> {
  let folder = folderName === undefined ? undefined : findFolder(context, folderName);
  if (folderName !== undefined && !folder) {
    await discoverFolders(context);
    folder = findFolder(context, folderName);
    if (!folder) return ids.map(() => []);
  }
  if (folder) await refreshForPage(context, folder);
  else await waitAtMost(refreshAll(context, state), folderWait);
  const apart = (['trash', 'junk', 'sent', 'drafts'] as const)
    .map((role) => findRole(context, role)?.id)
    .filter((one) => one !== undefined);
  return ids.map((id) => {
    // It may have gone from the folder while others of its conversation are still there.
    const row = findRow(context, id, folder) ?? findRow(context, id, undefined);
    if (!row) return [];
    if (row.conversation === 0) return folder && row.folder !== folder.id ? [] : [row.key];
    const kept = apart.filter((one) => one !== row.folder);
    const where = folder
      ? `m.folder = ${folder.id}`
      : `m.folder NOT IN (${kept.length > 0 ? kept.join(', ') : '0'})`;
    return context.db.pluck<MessageId>(
      `SELECT m.key FROM message m WHERE m.conversation = ? AND m.conversation > 0 AND m.trashed = 0 AND ${where}
       ORDER BY m.received DESC, m.base DESC LIMIT ${mostIds}`,
      row.conversation,
    );
  });
}
