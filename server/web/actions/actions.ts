// What is done to messages from lists and message pages (webmail.md 2.2, 2.4, 2.6, M5 to M7):
//   POST /act           action and id or thread (repeated), or scope=query with folder, q, filter, upto, expect; to; return
//   GET  /act/confirm   the question before a loss, or before more than 1,000 messages
//   POST /undo          op, return
// Every action is remembered with what puts it back; the redirect carries `u=<op>` and the page shows the toast.
import { type Request, type Response, Router } from 'express';
import type { ActionResult, Mailbox } from '../../mailbox/types.ts';
import { findFolder, folderLabel, specialRole } from '../shell/frame.ts';
import { checkPath, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';
import { type ActionName, type ActionRequest, readActionRequest } from './request.ts';
import { expandThreads } from './threads.ts';

/** More than this is asked about first. */
const askAbove = 1000;
/** Messages changed between two yields to other requests. */
const batchSize = 500;
const mostMessages = 1_000_000;

type Undo = ActionResult['undo'];

/** Puts messages back as an operation remembered them; throws with words when none could be put back. */
export async function restoreMessages(mailbox: Mailbox, undo: readonly unknown[]): Promise<void> {
  const list = undo as Undo;
  let done = 0;
  for (let at = 0; at < list.length; at += batchSize)
    done += (await mailbox.restore(list.slice(at, at + batchSize))).done;
  if (list.length > 0 && done === 0) throw new Error('the messages are no longer there');
}

/** The change that an action makes to a batch of messages, and the words for it. */
interface Change {
  readonly run: (ids: readonly string[]) => Promise<ActionResult>;
  readonly words: WordKey;
  readonly folder?: string;
  readonly lasting?: boolean;
}

const flagChanges: Readonly<Partial<Record<ActionName, { add: string; remove: string; words: WordKey }>>> = {
  read: { add: 'S', remove: '', words: 'act.read' },
  unread: { add: '', remove: 'S', words: 'act.unread' },
  star: { add: 'F', remove: '', words: 'act.starred' },
  unstar: { add: '', remove: 'F', words: 'act.unstarred' },
};
const roleMoves = {
  archive: { role: 'archive', words: 'act.archived' },
  trash: { role: 'trash', words: 'act.trashed' },
  junk: { role: 'junk', words: 'act.junked' },
  notjunk: { role: 'inbox', words: 'act.notJunked' },
} as const;

/** What of it is said when whole conversations are meant. */
const conversationWords: Readonly<Partial<Record<WordKey, WordKey>>> = {
  'act.archived': 'conversation.archived',
  'act.trashed': 'conversation.trashed',
  'act.junked': 'conversation.junked',
  'act.notJunked': 'conversation.notJunked',
  'act.moved': 'conversation.moved',
};

/** What an action is meant for. */
interface Meant {
  readonly ids: readonly string[];
  /** How many conversations they were given as. */
  readonly conversations: number;
}

export function actionRoutes(web: WebParts): Router {
  const router = Router();

  /** Delete in Trash and Junk is for good, elsewhere it moves to Trash. */
  const isLasting = (asked: ActionRequest): boolean => {
    const role = asked.folder === undefined ? undefined : specialRole(asked.folder);
    return asked.action === 'delete' || (asked.action === 'trash' && (role === 'trash' || role === 'junk'));
  };

  const changeOf = async (
    req: Request,
    mailbox: Mailbox,
    asked: ActionRequest,
  ): Promise<Change | undefined> => {
    const { folder } = asked;
    if (isLasting(asked))
      return { run: (ids) => mailbox.remove(ids, folder), words: 'act.deleted', lasting: true };
    const flags = flagChanges[asked.action];
    if (flags)
      return { run: (ids) => mailbox.setFlags(ids, flags.add, flags.remove, folder), words: flags.words };
    if (asked.action === 'move') {
      const { t } = web.shell.localsOf(req);
      const target = await findFolder(mailbox, asked.to);
      const role = target?.role ?? specialRole(asked.to);
      if (role === undefined) return undefined;
      if (!target) await mailbox.ensureFolder(asked.to);
      return {
        run: (ids) => mailbox.move(ids, asked.to, folder),
        words: 'act.moved',
        folder: folderLabel({ name: asked.to, role }, t),
      };
    }
    const move = roleMoves[asked.action as keyof typeof roleMoves];
    const target = await mailbox.folderFor(move.role);
    return { run: (ids) => mailbox.move(ids, target, folder), words: move.words };
  };

  /** The messages meant: the ticked ones and those of ticked conversations, or all that match the list up to the moment
   * it was shown. */
  const findMessages = async (mailbox: Mailbox, asked: ActionRequest): Promise<Meant> => {
    if (!asked.scope) {
      const { ids, conversations } = await expandThreads(mailbox, asked);
      return { ids: [...new Set([...asked.ids, ...ids])], conversations };
    }
    const { q, filter, upto } = asked.scope;
    const query = { folder: asked.folder, search: q === '' ? undefined : q, filter };
    return { ids: await mailbox.idsMatching(query, upto, mostMessages), conversations: 0 };
  };

  /** 303 to the list with the toast of an operation; `none` is "Nothing was selected". */
  const backWith = (res: Response, asked: { readonly back: string }, op: string): void =>
    web.goBack(res, withField(asked.back, 'u', op), '/f/INBOX');

  const needsQuestion = (asked: ActionRequest, count: number): boolean => {
    if (isLasting(asked) && !asked.confirmed) return true;
    if (!asked.scope) return false;
    const differs = Math.abs(count - asked.scope.expect) > Math.max(asked.scope.expect, 1) / 100;
    return differs || (count > askAbove && !asked.confirmed);
  };

  router.post('/act', web.signedIn, web.sameOrigin, async (req, res) => {
    const asked = readActionRequest(req.body);
    if (!asked) return web.fail(req, res, 422, 'act.unknown');
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const { ids, conversations } = await findMessages(mailbox, asked);
    if (ids.length === 0) return backWith(res, asked, 'none');
    if (needsQuestion(asked, ids.length)) {
      res.redirect(303, `/act/confirm?${asked.fields}`);
      return;
    }
    const change = await changeOf(req, mailbox, asked);
    if (!change) return web.fail(req, res, 422, 'act.noFolder');
    const undo: Undo[number][] = [];
    let done = 0;
    for (let at = 0; at < ids.length; at += batchSize) {
      const result = await change.run(ids.slice(at, at + batchSize));
      done += result.done;
      // One by one: spreading a long list into a call can overflow the stack.
      for (const item of result.undo) undo.push(item);
    }
    // Of conversations that went one says so; what changed in them is counted in messages.
    const moved = asked.ids.length === 0 && conversations > 0 ? conversationWords[change.words] : undefined;
    const words =
      done === 0
        ? t('act.gone')
        : t(moved ?? change.words, { n: moved ? conversations : done, folder: change.folder ?? '' });
    const op = web.rememberUndo(req, words, done === 0 || change.lasting ? undefined : undo);
    backWith(res, asked, op);
  });

  router.get('/act/confirm', web.signedIn, async (req, res) => {
    const asked = readActionRequest(req.query);
    if (!asked) return web.fail(req, res, 404, 'error.notFound');
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const { ids } = await findMessages(mailbox, asked);
    if (ids.length === 0) return backWith(res, asked, 'none');
    const folders = await mailbox.folders();
    const folder = folders.find((candidate) => candidate.name === asked.folder);
    const place = folder ? folderLabel(folder, t) : t('search.allMail');
    const lasting = isLasting(asked);
    await web.render(req, res, {
      view: 'actions/confirm',
      title: t('act.confirmTitle'),
      folder: asked.folder,
      folders,
      pageClass: 'page-narrow',
      model: {
        asked,
        lasting,
        question: lasting
          ? t('act.confirmDelete', { n: ids.length })
          : t('act.confirmMany', { n: ids.length, folder: place }),
        changed:
          asked.scope && asked.scope.expect !== ids.length
            ? t('act.confirmChanged', { expected: asked.scope.expect })
            : '',
        count: ids.length,
        button: lasting ? t('act.confirmDeleteButton') : t('act.confirmButton', { n: ids.length }),
      },
    });
  });

  router.post('/undo', web.signedIn, web.sameOrigin, async (req, res) => {
    const { address } = web.session(req).account;
    const id = typeof req.body?.op === 'string' ? req.body.op : '';
    const back = withField(checkPath(req.body?.return, '/f/INBOX'), 'u', undefined);
    const operation = web.operations.find(address, id);
    if (!operation || !web.operations.claim(address, id)) {
      web.goBack(res, withField(back, 'u', operation?.undone ? id : 'late'), '/f/INBOX');
      return;
    }
    try {
      await web.undo(req, operation.payload);
    } catch (error) {
      web.operations.release(address, id);
      const { t } = web.shell.localsOf(req);
      const reason = error instanceof Error ? error.message : String(error);
      await web.fail(req, res, 409, t('act.undoFailed', { reason }));
      return;
    }
    web.goBack(res, withField(back, 'u', id), '/f/INBOX');
  });

  return router;
}
