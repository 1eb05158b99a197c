// One line of a list of conversations as its template sees it (webmail.md C2): who wrote, in order, with the reader as
// "me"; the subject of the first message, the date of the newest. What is the same as in a list of messages is
// rows.ts. Pure.
import type { ConversationRow, Participant } from '../../mailbox/conversation-types.ts';
import { conversationSubject } from '../compose/reply.ts';
import { cleanLine, nameOf } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';
import { type RowContext, type RowModel, rowModel, type Writer } from './rows.ts';

export interface ThreadContext extends RowContext {
  /** The reader's own address, in lower case. */
  readonly own: string;
  /** Messages of the conversation that is open beside the list. */
  readonly openIds: ReadonlySet<string>;
  /** Where a conversation of several messages opens. */
  readonly threadAddressOf: (row: ConversationRow) => string;
}

export function threadRowModel(row: ConversationRow, context: ThreadContext): RowModel {
  const { newest } = row;
  const several = row.count > 1;
  const summed = {
    ...newest,
    seen: row.unread === 0,
    flagged: row.flagged,
    answered: row.answered,
    forwarded: row.forwarded,
    hasAttachment: row.hasAttachment,
    keywords: row.keywords,
    subject: several ? conversationSubject(row.subject || newest.subject) : row.subject || newest.subject,
  };
  const model = rowModel(summed, context);
  const isSent = context.folderOf(newest.folder).role === 'sent';
  return {
    ...model,
    thread: true,
    count: several ? row.count : 0,
    people: several && !isSent && !model.pending ? writers(row, context) : [],
    href: several ? context.threadAddressOf(row) : model.href,
    open: context.openIds.has(newest.id),
  };
}

/** The first, then the last ones: so many names fit a row. */
const shownNames = 4;

function writers(row: ConversationRow, { t, own }: Pick<ThreadContext, 't' | 'own'>): readonly Writer[] {
  const isMe = (one: Participant): boolean => one.sent || one.address.toLowerCase() === own;
  const names: { name: string; strong: boolean; draft: boolean }[] = [];
  let me: { name: string; strong: boolean; draft: boolean } | undefined;
  for (const one of row.participants) {
    const writer = {
      name: isMe(one) ? t('conversation.me') : shortName(one),
      strong: one.unread,
      draft: false,
    };
    if (!isMe(one)) names.push(writer);
    else if (me) me.strong ||= one.unread;
    else {
      me = writer;
      names.push(writer);
    }
  }
  // One alone has room for the whole name.
  const [only] = row.participants;
  if (names.length === 1 && names[0] && only && !me) names[0].name = nameOf(only);
  if (row.draft) names.push({ name: t('list.draft'), strong: false, draft: true });
  if (names.length === 0) names.push({ name: t('list.noSender'), strong: false, draft: false });
  const shown = names.length <= shownNames ? names : [...names.slice(0, 1), ...names.slice(1 - shownNames)];
  return shown.map((writer, at) => ({
    ...writer,
    before: at === 0 ? '' : at === 1 && shown.length < names.length ? ' … ' : ', ',
  }));
}

/** The given name, where a display name shows which one it is. */
function shortName(one: Participant): string {
  const name = nameOf(one);
  if (name.includes('@')) return name.slice(0, name.indexOf('@')) || name;
  const [last = '', given] = name.split(/,\s*/, 2);
  const words = (given || last).split(' ').filter((word) => word !== '');
  const first = words[0] ?? name;
  // An initial or a title says too little: "J. Doe", "Dr. Jones".
  return cleanLine(first.endsWith('.') ? words.slice(0, 2).join(' ') : first, 40) || name;
}

/** What the reader hears of the number in a row. */
export const countWords = (count: number, t: Translate): string =>
  count === 0 ? '' : t('conversation.count', { n: count });
