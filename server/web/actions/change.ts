// What each action does to messages, in calls of the mailbox, and its words (webmail.md 2.2, M6). Moves and marks are put
// back by the list the mailbox gives; copies by removing them; labels, snooze and removal for good are rooms of their own.
import type { Request } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { labelChange } from '../labels/change.ts';
import { findFolder, folderLabel, specialRole } from '../shell/frame.ts';
import { unsnoozeChange } from '../snooze/change.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';
import { removalChange } from './removal.ts';
import type { ActionName, ActionRequest } from './request.ts';
import type { Change } from './run.ts';

const flagChanges: Readonly<
  Partial<Record<ActionName, { add: string; remove: string; words: WordKey; title: WordKey }>>
> = {
  read: { add: 'S', remove: '', words: 'act.read', title: 'act.doing.read' },
  unread: { add: '', remove: 'S', words: 'act.unread', title: 'act.doing.unread' },
  star: { add: 'F', remove: '', words: 'act.starred', title: 'act.doing.star' },
  unstar: { add: '', remove: 'F', words: 'act.unstarred', title: 'act.doing.unstar' },
};
const roleMoves = {
  archive: { role: 'archive', words: 'act.archived', conversations: 'conversation.archived' },
  trash: { role: 'trash', words: 'act.trashed', conversations: 'conversation.trashed' },
  junk: { role: 'junk', words: 'act.junked', conversations: 'conversation.junked' },
  notjunk: { role: 'inbox', words: 'act.notJunked', conversations: 'conversation.notJunked' },
} as const;

/** Delete in Trash and Junk is for good, elsewhere it moves to Trash. */
export function isLasting(asked: ActionRequest): boolean {
  const role = asked.folder === undefined ? undefined : specialRole(asked.folder);
  return asked.action === 'delete' || (asked.action === 'trash' && (role === 'trash' || role === 'junk'));
}

/** The change that was asked for, or the words for why there is none. Makes the folder it moves to when that is missing. */
export async function changeOf(
  web: WebParts,
  req: Request,
  mailbox: Mailbox,
  asked: ActionRequest,
): Promise<Change | WordKey> {
  const { t } = web.shell.localsOf(req);
  const { folder, action } = asked;
  if (isLasting(asked)) return removalChange(web, web.session(req).account.address, mailbox, folder, t);
  const flags = flagChanges[action];
  if (flags)
    return {
      run: (ids) => mailbox.setFlags(ids, flags.add, flags.remove, folder),
      title: t(flags.title),
      words: (n) => t(flags.words, { n }),
    };
  if (action === 'unsnooze') return unsnoozeChange(web, req, mailbox);
  if (action === 'label' || action === 'unlabel') return labelChange(web, req, mailbox, asked);
  if (action === 'move' || action === 'copy') {
    const target = await findFolder(mailbox, asked.to);
    const role = target?.role ?? specialRole(asked.to);
    if (role === undefined) return 'act.noFolder';
    if (!target) await mailbox.ensureFolder(asked.to);
    const label = folderLabel({ name: asked.to, role }, t);
    if (action === 'copy') return copyChange(mailbox, asked, label, t);
    const undo = role === 'folder' ? undoWithRule(asked) : undefined;
    return {
      run: (ids) => mailbox.move(ids, asked.to, folder),
      title: t('act.doing.move', { folder: label }),
      words: (n) => t('act.moved', { n, folder: label }),
      conversationWords: (n) => t('conversation.moved', { n, folder: label }),
      ...(undo ? { undo } : {}),
    };
  }
  const move = roleMoves[action as keyof typeof roleMoves];
  const target = await mailbox.folderFor(move.role);
  return {
    run: (ids) => mailbox.move(ids, target, folder),
    title: t('act.doing.move', { folder: t(`folder.${move.role}`) }),
    words: (n) => t(move.words, { n }),
    conversationWords: (n) => t(move.conversations, { n }),
  };
}

/** R2: the toast of a move by hand offers a rule for messages like the first; not of all of a list. */
function undoWithRule({ ids, threads, scope, to }: ActionRequest): Change['undo'] {
  const [first] = [...ids, ...threads];
  if (scope || first === undefined) return undefined;
  const always = `/settings/filters/rule?${new URLSearchParams({ m: first, in: to, to })}`;
  return (entries) => ({ kind: 'messages', entries, always });
}

function copyChange(
  mailbox: Mailbox,
  { to, folder }: ActionRequest,
  label: string,
  t: ReturnType<WebParts['shell']['localsOf']>['t'],
): Change {
  return {
    async run(ids) {
      const { done, made } = await mailbox.copy(ids, to, folder);
      return { done, undo: made };
    },
    title: t('act.doing.copy', { folder: label }),
    words: (n) => t('act.copied', { n, folder: label }),
    undo: (entries) => ({ kind: 'copies', entries }),
  };
}
