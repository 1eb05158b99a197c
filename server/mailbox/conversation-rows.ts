// Rows of lists of conversations, out of the index: a page of one folder by keyset over `listed`
// (schema-conversations.ts), and what a row says of the messages that belong together over all folders. Reads only.
// Of a conversation of very many messages only its beginning and its end in each folder are looked at.
import type { AccountContext, FolderState } from './context.ts';
import type { ConversationRow } from './conversation-types.ts';
import { findRole } from './folders.ts';
import { flagsOf } from './names.ts';
import type { Filter } from './order.ts';
import { type IndexRow, rowColumns, rowOf } from './rows.ts';
import type { MessageRow } from './types.ts';

/** What a conversation is called in `listed`: its number, or the negative of a row that is not read yet. */
export const placeOfRow = (row: Pick<IndexRow, 'id' | 'conversation'>): number =>
  row.conversation > 0 ? row.conversation : -row.id;

const filterSql: Readonly<Record<Filter, string>> = {
  all: '',
  unread: ' AND l.unread > 0',
  starred: ' AND l.flagged > 0',
  attach: ' AND l.attach > 0',
};

export interface ListedPlace {
  readonly received: number;
  readonly base: string;
}

/** Newest messages of a folder's conversations from a place on (not including it), in the order walked. */
export function walkListed(
  context: AccountContext,
  order: { readonly folder: FolderState; readonly filter: Filter; readonly ascending: boolean },
  from: ListedPlace | undefined,
  limit: number,
): IndexRow[] {
  const [than, way] = order.ascending ? ['>', 'ASC'] : ['<', 'DESC'];
  const bound = from ? ` AND (l.received, l.base) ${than} (?, ?)` : '';
  return context.db.all<IndexRow>(
    `SELECT ${rowColumns} FROM listed l CROSS JOIN message m ON m.folder = l.folder AND m.base = l.base
     LEFT JOIN envelope e ON e.id = m.id
     WHERE l.folder = ?${filterSql[order.filter]}${bound}
     ORDER BY l.received ${way}, l.base ${way} LIMIT ?`,
    order.folder.id,
    ...(from ? [from.received, from.base] : []),
    limit,
  );
}

/** How many conversations a folder's list has. */
export function countListed(context: AccountContext, folder: FolderState, filter: Filter): number {
  const column = {
    all: 'listed',
    unread: 'listed_unread',
    starred: 'listed_flagged',
    attach: 'listed_attach',
  }[filter];
  return context.db.pluck<number>(`SELECT ${column} FROM folder WHERE id = ?`, folder.id)[0] ?? 0;
}

/** How many messages these conversations have in the folder. */
export function countMessages(context: AccountContext, folder: FolderState, filter: Filter): number {
  const sql = `SELECT coalesce(sum(l.messages), 0) FROM listed l WHERE l.folder = ?${filterSql[filter]}`;
  return context.db.pluck<number>(sql, folder.id)[0] ?? 0;
}

/** SQL for the conversations of a folder that a filter leaves: values of `placeSql`. */
export const listedPlaces = (folder: FolderState, filter: Filter): string =>
  `SELECT l.conversation FROM listed l WHERE l.folder = ${folder.id}${filterSql[filter]}`;

interface Listed {
  readonly conversation: number;
  readonly folder: number;
  readonly messages: number;
  readonly unread: number;
  readonly flagged: number;
  readonly attach: number;
}

/** One message as far as a row of its conversation says something of it. */
interface Member {
  readonly conversation: number;
  readonly folder: number;
  readonly info: string;
  readonly keywords: string;
  readonly received: number;
  readonly base: string;
  readonly sender: string | null;
  readonly subject: string | null;
}

/** Up to so many messages all are looked at; of more, so many of the beginning and of the end in each folder. */
const wholeUpTo = 40;
const fromBeginning = 10;
const fromEnd = 20;

const memberSelect = `SELECT m.conversation, m.folder, m.info, m.keywords, m.received, m.base, e.sender, e.subject`;
const memberWhere = 'm.conversation > 0 AND m.trashed = 0';

/** Folders whose messages are no part of conversations seen from elsewhere. */
export function hiddenFolders(context: AccountContext): readonly number[] {
  return (['trash', 'junk'] as const)
    .map((role) => findRole(context, role)?.id)
    .filter((id) => id !== undefined);
}

/**
 * Makes the rows of a page.
 * @param newest the place of each in the list
 * @param here the list's folder; undefined: all but Trash and Junk
 */
export function conversationRows(
  context: AccountContext,
  newest: readonly IndexRow[],
  here: FolderState | undefined,
): ConversationRow[] {
  const hidden = hiddenFolders(context);
  const names = new Map([...context.folders.values()].map((folder) => [folder.id, folder.name]));
  const listed = readListed(context, newest.map(placeOfRow));
  const seen = (row: IndexRow): readonly Listed[] =>
    (listed.get(placeOfRow(row)) ?? []).filter(
      (one) => one.folder === row.folder || !hidden.includes(one.folder),
    );
  const members = readMembers(
    context,
    newest.filter((row) => sum(seen(row), 'messages') > 1).map((row) => [row, seen(row)]),
  );
  const roles = { drafts: findRole(context, 'drafts')?.id, sent: findRole(context, 'sent')?.id };
  return newest.flatMap((row) => {
    const name = names.get(row.folder);
    if (name === undefined) return [];
    const everywhere = seen(row);
    return [conversationRow(rowOf(row, name), everywhere, members.get(row) ?? [row], here?.id, roles)];
  });
}

const sum = (listed: readonly Listed[], name: 'messages' | 'unread' | 'flagged' | 'attach'): number => {
  let total = 0;
  for (const one of listed) total += one[name];
  return total;
};

function conversationRow(
  newest: MessageRow,
  listed: readonly Listed[],
  members: readonly Member[],
  here: number | undefined,
  roles: { readonly drafts: number | undefined; readonly sent: number | undefined },
): ConversationRow {
  const inList = here === undefined ? listed : listed.filter((one) => one.folder === here);
  const people = new Map<string, { name: string; address: string; unread: boolean; sent: boolean }>();
  const keywords = new Set<string>();
  let [answered, forwarded, draft] = [false, false, false];
  for (const member of members) {
    const flags = flagsOf(member.info);
    const isHere = here === undefined || member.folder === here;
    if (isHere && flags.includes('R')) answered = true;
    if (isHere && flags.includes('P')) forwarded = true;
    if (isHere && member.keywords !== '') for (const one of member.keywords.split(' ')) keywords.add(one);
    if (flags.includes('D') || member.folder === roles.drafts) {
      draft = true;
      continue;
    }
    const unread = isHere && !flags.includes('S');
    const [first] = member.sender ? (JSON.parse(member.sender) as [string, string][]) : [];
    if (!first) continue;
    const [name, address] = first;
    const key = (address || name).toLowerCase();
    const sent = member.folder === roles.sent;
    const known = people.get(key);
    if (known) {
      known.unread ||= unread;
      known.sent ||= sent;
    } else people.set(key, { name, address, unread, sent });
  }
  return {
    newest,
    subject: members[0]?.subject ?? '',
    participants: [...people.values()],
    count: sum(listed, 'messages'),
    here: sum(inList, 'messages'),
    unread: sum(inList, 'unread'),
    flagged: sum(inList, 'flagged') > 0,
    hasAttachment: sum(inList, 'attach') > 0,
    answered,
    forwarded,
    keywords: [...keywords],
    draft,
  };
}

/** What is counted of conversations, by their places. */
function readListed(context: AccountContext, places: readonly number[]): Map<number, Listed[]> {
  const found = new Map<number, Listed[]>();
  const rows = context.db.all<Listed>(
    `SELECT l.conversation, l.folder, l.messages, l.unread, l.flagged, l.attach
     FROM json_each(?) asked CROSS JOIN listed l ON l.conversation = asked.value`,
    JSON.stringify(places),
  );
  for (const row of rows) {
    const known = found.get(row.conversation);
    if (known) known.push(row);
    else found.set(row.conversation, [row]);
  }
  return found;
}

/** Messages of conversations in their order, by the row that stands for each. */
function readMembers(
  context: AccountContext,
  asked: readonly (readonly [IndexRow, readonly Listed[]])[],
): Map<IndexRow, Member[]> {
  const members = new Map<IndexRow, Member[]>();
  const short = new Map<number, { readonly row: IndexRow; readonly folders: readonly number[] }>();
  for (const [row, listed] of asked) {
    if (sum(listed, 'messages') > wholeUpTo) members.set(row, readEnds(context, row.conversation, listed));
    else short.set(row.conversation, { row, folders: listed.map((one) => one.folder) });
  }
  if (short.size === 0) return members;
  const rows = context.db.all<Member>(
    `${memberSelect} FROM json_each(?) asked CROSS JOIN message m ON m.conversation = asked.value AND ${memberWhere}
     LEFT JOIN envelope e ON e.id = m.id`,
    JSON.stringify([...short.keys()]),
  );
  for (const member of rows) {
    const { row, folders } = short.get(member.conversation)!;
    if (!folders.includes(member.folder)) continue;
    const known = members.get(row);
    if (known) known.push(member);
    else members.set(row, [member]);
  }
  for (const list of members.values()) list.sort(compareMembers);
  return members;
}

const compareMembers = (a: Member, b: Member): number =>
  a.received - b.received || (a.base < b.base ? -1 : 1);

function readEnds(context: AccountContext, conversation: number, listed: readonly Listed[]): Member[] {
  const read = (folder: number, end: string): Member[] =>
    context.db.all<Member>(
      `${memberSelect} FROM message m LEFT JOIN envelope e ON e.id = m.id
       WHERE m.conversation = ? AND m.folder = ? AND ${memberWhere} ${end}`,
      conversation,
      folder,
    );
  return listed.flatMap(({ folder, messages }) =>
    messages <= fromBeginning + fromEnd
      ? read(folder, '')
      : [
          ...read(folder, `ORDER BY m.received ASC, m.base ASC LIMIT ${fromBeginning}`),
          ...read(folder, `ORDER BY m.received DESC, m.base DESC LIMIT ${fromEnd}`),
        ],
  );
}
