// What is done to messages from lists and message pages (webmail.md 2.2, 2.4, 2.6, M5 to M7):
//   POST /act           action and id or thread (repeated), or scope=query with folder, q, filter, upto, expect; to; label; when;
//                       return
//   GET  /act/confirm   the question before a loss, or before more than 1,000 messages
//   GET  /act/download  the messages of `action=download:zip` or `download:mbox` as one file
//   POST /undo          op, return
// Every action is remembered with what puts it back; the redirect carries `u=<op>` and the page shows the toast. Many
// messages are a job: the list says how far it is.
import { type Request, type Response, Router } from 'express';
import { errorCode } from '../../../mta/maildir/calls.ts';
import type { Mailbox } from '../../mailbox/types.ts';
import { MailboxRefusal } from '../../mailbox/uid-types.ts';
import { labelViews, withKeywords } from '../labels/view.ts';
import { folderLabel } from '../shell/frame.ts';
import { checkPath, withField } from '../shell/paths.ts';
import { snoozeChange } from '../snooze/change.ts';
import { askAgain } from '../snooze/snooze.ts';
import { readSnooze } from '../snooze/times.ts';
import type { WebParts } from '../web.ts';
import { changeOf, isLasting } from './change.ts';
import { forwardMany, sendMany } from './download.ts';
import { watchRemovals } from './removal.ts';
import { type ActionRequest, readActionRequest } from './request.ts';
import { mostAtOnce, type Started, startChange } from './run.ts';
import { expandThreads } from './threads.ts';
import { watchUndo } from './undo.ts';

/** More than this is asked about first. */
const askAbove = 1000;
const mostMessages = 1_000_000;

/** No room: for the quota's sake, or the disk's. */
const isFull = (error: unknown): boolean =>
  (error instanceof MailboxRefusal && error.refusal === 'over quota') ||
  ['ENOSPC', 'EDQUOT'].includes(errorCode(error));

/** What an action is meant for. */
interface Meant {
  readonly ids: readonly string[];
  /** How many conversations they were given as. */
  readonly conversations: number;
}

export function actionRoutes(web: WebParts): Router {
  const router = Router();
  watchUndo(web);
  watchRemovals(web);

  /** The messages meant: the ticked ones and those of ticked conversations, or all that match the list up to the moment
   * it was shown. */
  const findMessages = async (req: Request, mailbox: Mailbox, asked: ActionRequest): Promise<Meant> => {
    if (!asked.scope) {
      const { ids, conversations } = await expandThreads(mailbox, asked);
      return { ids: [...new Set([...asked.ids, ...ids])], conversations };
    }
    const { q, filter, upto, conversations } = asked.scope;
    const labels = labelViews(web.labels.list(web.session(req).account.address), web.words(req));
    // Labels by the names people see, as in the list that was shown.
    const search = q === '' ? undefined : withKeywords(q, labels);
    const query = { folder: asked.folder, search, filter, conversations };
    return { ids: await mailbox.idsMatching(query, upto, mostMessages), conversations: 0 };
  };

  /** 303 to the list with the toast of an operation; `none` is "Nothing was selected". */
  const backWith = (res: Response, asked: { readonly back: string }, op: string): void =>
    web.goBack(res, withField(asked.back, 'u', op), '/f/INBOX');

  const needsQuestion = (asked: ActionRequest, count: number): boolean => {
    if (asked.confirmed) return false;
    if (isLasting(asked)) return true;
    if (!asked.scope) return false;
    const differs = Math.abs(count - asked.scope.expect) > Math.max(asked.scope.expect, 1) / 100;
    return differs || count > askAbove;
  };
  const ask = (res: Response, asked: ActionRequest, changes: Readonly<Record<string, string>> = {}): void => {
    const fields = new URLSearchParams(asked.fields);
    for (const [name, value] of Object.entries(changes)) fields.set(name, value);
    res.redirect(303, `/act/confirm?${fields}`);
  };

  router.post('/act', web.signedIn, web.sameOrigin, async (req, res) => {
    const asked = readActionRequest(req.body);
    if (!asked) return web.fail(req, res, 422, 'act.unknown');
    const mailbox = await web.mailbox(req);
    // Many that were asked about already are looked for by the job itself.
    const isLong = asked.scope !== undefined && asked.confirmed && asked.scope.expect > mostAtOnce;
    const { ids, conversations } = isLong
      ? { ids: [], conversations: 0 }
      : await findMessages(req, mailbox, asked);
    if (!isLong && ids.length === 0) return backWith(res, asked, 'none');
    const isReading = asked.action === 'forward' || asked.action === 'download';
    if (!isLong && !isReading && needsQuestion(asked, ids.length)) return ask(res, asked);
    if (asked.action === 'forward') return forwardMany(web, req, res, ids);
    if (asked.action === 'download') {
      res.redirect(303, `/act/download?${asked.fields}`);
      return;
    }
    const wake = asked.action === 'snooze' ? readWake(web, req, asked) : undefined;
    if (wake && 'fault' in wake) return askAgain(web, req, res, asked, wake.fault);
    const change = wake
      ? await snoozeChange(web, req, mailbox, asked, wake.at)
      : await changeOf(web, req, mailbox, asked);
    if (typeof change === 'string') return web.fail(req, res, 422, change);
    let started: Started;
    try {
      const many = isLong || ids.length > mostAtOnce;
      const find = async () => (await findMessages(req, mailbox, asked)).ids;
      // Of conversations that went one says so, where they are more than messages.
      const inConversations = asked.ids.length === 0 && ids.length > conversations ? conversations : 0;
      started = await startChange(web, req, change, isLong ? find : ids, many, inConversations);
    } catch (error) {
      if (!isFull(error)) throw error;
      // M7: what cannot go to Trash any more can still go for good.
      if (asked.action === 'trash') return ask(res, asked, { action: 'delete', why: 'full' });
      return web.fail(req, res, 507, 'act.full');
    }
    if (!started) return web.fail(req, res, 429, 'job.tooMany');
    if ('op' in started) return backWith(res, asked, started.op);
    web.goBack(res, withField(asked.back, 'u', undefined), '/f/INBOX');
  });

  router.get('/act/confirm', web.signedIn, async (req, res) => {
    const asked = readActionRequest(req.query);
    if (!asked) return web.fail(req, res, 404, 'error.notFound');
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const { ids } = await findMessages(req, mailbox, asked);
    if (ids.length === 0) return backWith(res, asked, 'none');
    const folders = await mailbox.folders();
    const folder = folders.find((candidate) => candidate.name === asked.folder);
    const place = folder ? folderLabel(folder, t) : t('search.allMail');
    const lasting = isLasting(asked);
    const fields = new URLSearchParams(asked.fields);
    if (asked.scope) fields.set('expect', String(ids.length));
    const changed =
      asked.scope && asked.scope.expect !== ids.length
        ? t('act.confirmChanged', { expected: asked.scope.expect })
        : '';
    await web.render(req, res, {
      view: 'actions/confirm',
      title: t('act.confirmTitle'),
      folder: asked.folder,
      folders,
      pageClass: 'page-narrow',
      model: {
        asked,
        fields: [...fields],
        lasting,
        question: lasting
          ? t('act.confirmDelete', { n: ids.length })
          : t('act.confirmMany', { n: ids.length, folder: place }),
        reason: req.query.why === 'full' ? t('act.trashFull') : changed,
        button: lasting ? t('act.confirmDeleteButton') : t('act.confirmButton', { n: ids.length }),
      },
    });
  });

  router.get('/act/download', web.signedIn, async (req, res) => {
    const asked = readActionRequest(req.query);
    if (asked?.action !== 'download') return web.fail(req, res, 404, 'error.notFound');
    const mailbox = await web.mailbox(req);
    const { ids } = await findMessages(req, mailbox, asked);
    await sendMany(web, req, res, mailbox, asked, ids);
  });

  router.post('/undo', web.signedIn, web.sameOrigin, (req, res) => undoOperation(web, req, res));

  return router;
}

const readWake = (web: WebParts, req: Request, asked: ActionRequest): ReturnType<typeof readSnooze> => {
  const { formats, now } = web.shell.localsOf(req);
  return readSnooze(asked, now, formats.zone);
};

async function undoOperation(web: WebParts, req: Request, res: Response): Promise<void> {
  const { address } = web.session(req).account;
  const id = typeof req.body?.op === 'string' ? req.body.op : '';
  const back = withField(checkPath(req.body?.return, '/f/INBOX'), 'u', undefined);
  const operation = web.operations.find(address, id);
  if (!operation || operation.payload === undefined || !web.operations.claim(address, id)) {
    web.goBack(res, withField(back, 'u', operation?.undone ? id : 'late'), '/f/INBOX');
    return;
  }
  try {
    await web.undo(req, operation.payload, id);
  } catch (error) {
    web.operations.release(address, id);
    const { t } = web.shell.localsOf(req);
    const reason = error instanceof Error ? error.message : String(error);
    await web.fail(req, res, 409, t('act.undoFailed', { reason }));
    return;
  }
  web.goBack(res, withField(back, 'u', id), '/f/INBOX');
}
