// The page model of one conversation (webmail.md 1.4, C3 to C6): all its messages, each folded to one line but the unread
// ones and the newest; only those that are open are read from disk, so that five hundred cost no more than a few.
// Looking marks the open ones as read, as the person chose.
import type { Request } from 'express';
import type { Folder, FolderRole, MessageRow } from '../../mailbox/types.ts';
import { conversationSubject } from '../compose/reply.ts';
import { labelViews } from '../labels/view.ts';
import { avatarOf, moveChoices } from '../message/model.ts';
import { isMessageId } from '../message/open.ts';
import { type Way, type Within, wayOf } from '../message/place.ts';
import { messageModel, roleOf } from '../message/show.ts';
import { cleanLine, nameOf } from '../shell/foreign.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';

/** Messages of one page. */
const pageSize = 500;
/** Of them so many are opened by themselves, and so many when all are asked for. */
const mostOpen = 20;
const mostUnfolded = 60;
/** Messages that are read from disk and parsed at once. */
const width = 4;

/** One message in a conversation: a line, and what is under it when it is open. */
export interface Mail {
  readonly id: string;
  readonly folder: string;
  readonly who: string;
  readonly avatar: ReturnType<typeof avatarOf>;
  readonly preview: string;
  readonly received: number;
  readonly unread: boolean;
  readonly starred: boolean;
  readonly attachment: boolean;
  readonly answered: boolean;
  /** Its folder, where that is not the one of the conversation's list. */
  readonly place: string;
  /** A draft opens in compose. */
  readonly editHref: string;
  /** The page that has it open too. */
  readonly openHref: string;
  /** The conversation without it: where one is when it was deleted. */
  readonly stayHref: string;
  readonly open: boolean;
  /** The page begins here. */
  readonly start: boolean;
  /** The one that is answered below the conversation. */
  readonly last: boolean;
  /** Local `message` of views/message/block.ejs; undefined while it is folded. */
  readonly message: Record<string, unknown> | undefined;
}

export interface ConversationModel extends Way {
  readonly id: string;
  readonly folder: string;
  readonly role: FolderRole;
  readonly subject: string;
  readonly total: number;
  readonly mails: readonly Mail[];
  readonly earlierHref: string;
  readonly laterHref: string;
  readonly unfoldHref: string;
  readonly moveTo: ReturnType<typeof moveChoices>;
  /** For views/labels/menu.ejs: ticked are those that all messages here have. */
  readonly labelChoices: readonly unknown[];
  readonly ids: readonly string[];
}

/** @param only reads this message alone; 'alone': the conversation is one message */
export async function conversationModel(
  web: WebParts,
  req: Request,
  id: string,
  folder: string | undefined,
  place: 'page' | 'pane',
  only?: string,
): Promise<ConversationModel | 'alone' | undefined> {
  if (!isMessageId(id)) return undefined;
  const mailbox = await web.mailbox(req);
  const before = oneValue(req.query.before);
  const cursor = place === 'page' && before !== '' ? before : undefined;
  const find = (where: string | undefined) => mailbox.conversation(id, where, pageSize, cursor);
  // Moved by another program or tab since the address was made: look everywhere.
  const found = (await find(folder)) ?? (folder === undefined ? undefined : await find(undefined));
  if (!found) return undefined;
  if (found.total === 1) return 'alone';
  const { t } = web.shell.localsOf(req);
  const { asked } = found;
  const [folders, way] = await Promise.all([mailbox.folders(), wayOf(web, req, mailbox, asked, place, '/c')]);
  const choices = web.choices(req);
  const isDraft = (row: MessageRow): boolean => row.draft || roleOf(folders, row.folder) === 'drafts';
  const letters = found.messages.filter((row) => !isDraft(row));
  const last = letters.at(-1) ?? found.messages.at(-1);
  const open =
    only === undefined
      ? openMails(letters, last, oneValue(req.query.open), place)
      : new Set(letters.filter((row) => row.id === only));
  const own = place === 'page' ? way.here : pageAddress(id, asked.folder, way.here);
  const shown = choices.conversationOrder === 'newest' ? found.messages.toReversed() : found.messages;
  const start = shown.find((row) => !row.seen && !isDraft(row)) ?? last;
  const openIds = [...open].map((row) => row.id);
  const bodies = await readBodies(web, req, [...open], {
    here: withField(own, 'open', openIds.join('.')),
    listHref: way.listHref,
    folders,
  });
  const names = new Map(folders.map((one) => [one.name, one]));
  const { address } = web.session(req).account;
  const me = address.toLowerCase();
  const other = letters.findLast((row) => row.id !== id && row.folder === asked.folder);
  const stayHref = other ? own.replace(`/c/${id}`, `/c/${other.id}`) : way.next;
  const here = letters.filter((row) => row.folder === asked.folder);
  const mails = shown.map((row): Mail => {
    const [sender] = row.from;
    const isMe = sender?.address.toLowerCase() === me || roleOf(folders, row.folder) === 'sent';
    return {
      id: row.id,
      folder: row.folder,
      who: isMe ? t('conversation.me') : sender ? nameOf(sender) : t('list.noSender'),
      avatar: avatarOf(sender),
      preview: cleanLine(row.preview, 300),
      received: row.received,
      unread: !row.seen && !isDraft(row),
      starred: row.flagged,
      attachment: row.hasAttachment,
      answered: row.answered,
      place: row.folder === asked.folder ? '' : placeOf(names.get(row.folder), row.folder, t),
      editHref: isDraft(row) ? `/compose?edit=${row.id}&in=${encodeURIComponent(row.folder)}` : '',
      openHref: `${withField(own, 'open', [...openIds, row.id].join('.'))}#m-${row.id}`,
      stayHref: row.id !== id ? own : stayHref,
      open: bodies.has(row),
      start: row === start,
      last: row === last,
      message: bodies.get(row),
    };
  });
  return {
    ...way,
    id,
    folder: asked.folder,
    role: roleOf(folders, asked.folder) ?? 'folder',
    subject: conversationSubject(cleanLine(found.subject, 1000)),
    total: found.total,
    mails,
    earlierHref: found.earlier === undefined ? '' : bareAddress(own, 'before', found.earlier),
    laterHref: found.later === 0 ? '' : bareAddress(own, 'before', undefined),
    unfoldHref: mails.some((mail) => !mail.open && mail.editHref === '') ? withField(own, 'open', 'all') : '',
    moveTo: moveChoices(folders, asked.folder),
    labelChoices: labelViews(web.labels.list(address), t).map((label) => ({
      ...label,
      checked: here.every((row) => row.keywords.includes(label.keyword)),
    })),
    ids: found.messages.map((row) => row.id),
  };
}

/** One message of a conversation alone, for the page's script: the same line and body as on the whole page. */
export async function mailModel(
  web: WebParts,
  req: Request,
  id: string,
  wanted: string,
): Promise<{ readonly conversation: ConversationModel; readonly mail: Mail } | undefined> {
  const conversation = await conversationModel(
    web,
    req,
    id,
    oneValue(req.query.in) || undefined,
    'page',
    wanted,
  );
  if (!conversation || conversation === 'alone') return undefined;
  const mail = conversation.mails.find((one) => one.id === wanted);
  return mail && { conversation, mail };
}

/** Which messages are open: the unread and the last, and those that the address names. */
function openMails(
  letters: readonly MessageRow[],
  last: MessageRow | undefined,
  asked: string,
  place: 'page' | 'pane',
): ReadonlySet<MessageRow> {
  // In the pane `open` names the conversation.
  const names = new Set(place === 'page' ? asked.split('.', mostUnfolded) : []);
  const most = names.size > 1 || names.has('all') ? mostUnfolded : mostOpen;
  const open = new Set(letters.filter((row) => names.has(row.id)));
  const also = names.has('all') ? letters : letters.filter((row) => !row.seen);
  if (last) open.add(last);
  for (const row of also) {
    if (open.size >= most) break;
    open.add(row);
  }
  return open;
}

/** What the open ones show; one that is gone meanwhile stays a line. */
async function readBodies(
  web: WebParts,
  req: Request,
  rows: readonly MessageRow[],
  place: Within,
): Promise<ReadonlyMap<MessageRow, Record<string, unknown>>> {
  const bodies = new Map<MessageRow, Record<string, unknown>>();
  let next = 0;
  const read = async (): Promise<void> => {
    for (let row = rows[next++]; row; row = rows[next++]) {
      const within = { ...place, here: `${place.here}#m-${row.id}` };
      const model = await messageModel(web, req, row.id, row.folder, within);
      if (model) bodies.set(row, model);
    }
  };
  await Promise.all(Array.from({ length: width }, read));
  return bodies;
}

/** The page of a conversation that the pane of a list shows. */
function pageAddress(id: string, folder: string, list: string): string {
  const fields = new URLSearchParams({ in: folder });
  const asked = new URLSearchParams(list.split('?', 2)[1] ?? '');
  for (const name of ['view', 'filter', 'q']) {
    const value = asked.get(name);
    if (value) fields.set(name, value);
  }
  if (list.startsWith('/v/starred')) fields.set('list', 'starred');
  if (list.startsWith('/search')) fields.set('list', 'search');
  return `/c/${id}?${fields}`;
}

const bareAddress = (own: string, name: string, value: string | undefined): string =>
  withField(withField(own, 'open', undefined), name, value);

function placeOf(
  folder: Folder | undefined,
  name: string,
  t: ReturnType<WebParts['shell']['localsOf']>['t'],
): string {
  return folder && folder.role !== 'folder'
    ? t(`folder.${folder.role}`)
    : cleanLine(name.replaceAll('.', ' / '), 120);
}
