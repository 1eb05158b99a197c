// Which messages stand before and after one in a list, of messages or of conversations: for the page of that message. In
// one folder they are found by keyset from its place, in a search or over several folders within the result.
import type { AccountContext } from './context.ts';
import { placeOf, readRows } from './order.ts';
import { findRow, type Plan, prepare, type ReaderState, resultOf, walkPlan } from './read.ts';
import { type IndexRow, positionOf, rowColumns, rowSource } from './rows.ts';
import type { ListQuery, MessageId } from './types.ts';

export async function findNeighbours(
  context: AccountContext,
  state: ReaderState,
  id: MessageId,
  query: ListQuery,
): Promise<{ newer: MessageId | undefined; older: MessageId | undefined }> {
  const plan = await prepare(context, state, query);
  const none = { newer: undefined, older: undefined };
  if (plan.scope.kind === 'none') return none;
  const found = findRow(context, id, plan.scope.kind === 'folder' ? plan.scope.folder : undefined);
  const row = found && query.conversations ? placeInList(context, state, plan, found) : found;
  if (!row) return none;
  const position = positionOf(row, plan.sort);
  if (plan.wide) {
    const { ids } = resultOf(context, state, plan.wide, query.conversations);
    const { index, isMember } = placeOf(context, ids, position, plan.direction);
    const keyAt = (at: number): MessageId | undefined => readRows(context, ids.slice(at, at + 1))[0]?.key;
    return {
      newer: index > 0 ? keyAt(index - 1) : undefined,
      older: keyAt(isMember ? index + 1 : index),
    };
  }
  if (plan.scope.kind !== 'folder') return none;
  const { folder } = plan.scope;
  return {
    newer: walkPlan(context, plan, folder, query, position, true, 1)[0]?.key,
    older: walkPlan(context, plan, folder, query, position, false, 1)[0]?.key,
  };
}

/** The row that stands for a message's conversation in a list: the newest of the folder, or of what was found. */
function placeInList(
  context: AccountContext,
  state: ReaderState,
  plan: Plan,
  row: IndexRow,
): IndexRow | undefined {
  if (row.conversation === 0) return row;
  const where = 'm.conversation = ? AND m.conversation > 0 AND m.trashed = 0';
  const order = 'ORDER BY m.received DESC, m.base DESC, m.id DESC';
  if (!plan.wide) {
    const sql = `SELECT ${rowColumns} FROM ${rowSource} WHERE ${where} AND m.folder = ? ${order} LIMIT 1`;
    return context.db.get<IndexRow>(sql, row.conversation, row.folder);
  }
  const found = new Set(resultOf(context, state, plan.wide, true).ids);
  const sql = `SELECT m.id FROM message m WHERE ${where} ${order}`;
  const id = context.db.pluck<number>(sql, row.conversation).find((one) => found.has(one));
  return id === undefined ? row : readRows(context, [id])[0];
}
