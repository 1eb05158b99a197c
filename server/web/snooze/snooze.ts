// Snoozed letters (webmail.md M18):
//   GET /v/snoozed    what sleeps, and when it comes back
// Waking is due work (state/due.ts): a letter that still lies in Snoozed goes back to where it was, unread, first, and
// marked until it is opened. It bears being done twice, and a letter that another program moved away is left alone.
// Putting to sleep and waking by hand are actions (change.ts).
import { type Request, type Response, Router } from 'express';
import type { ActionRequest } from '../actions/request.ts';
import { readListState } from '../list/address.ts';
import { renderList } from '../list/page.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';
import { snoozeKind, watchSnoozeUndo } from './change.ts';
import { snoozedHere, snoozedPath } from './column.ts';
import { snoozedFolder } from './store.ts';
import { snoozeMenu } from './times.ts';

export function snoozeRoutes(web: WebParts): Router {
  const router = Router();
  watchSnoozeUndo(web);

  web.due.whenDue(snoozeKind, async ({ address }) => {
    const mailbox = await web.mailboxOf(address);
    if (!mailbox) return;
    const names = new Set((await mailbox.folders()).map(({ name }) => name));
    for (const { id, origin } of web.snoozes.due(address, web.clock())) {
      const to = names.has(origin) ? origin : 'INBOX';
      if (await mailbox.bringBack(id, snoozedFolder, to, web.clock()))
        web.snoozes.wake(address, id, web.clock());
      else web.snoozes.remove(address, [id]);
    }
  });

  router.get(snoozedPath, web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const state = readListState(snoozedPath, snoozedFolder, { ...req.query, q: undefined });
    await renderList(web, req, res, state, { title: t('folder.snoozed'), here: snoozedHere });
  });

  return router;
}

/** The form once more, with what was typed and what is wrong with it. */
export function askAgain(
  web: WebParts,
  req: Request,
  res: Response,
  asked: ActionRequest,
  fault: WordKey,
): Promise<void> {
  const base = web.shell.localsOf(req);
  const typed = { date: asked.date, time: asked.time };
  return web.render(req, res, {
    view: 'snooze/page',
    title: base.t('snooze.title'),
    status: 422,
    folder: asked.folder,
    pageClass: 'page-narrow',
    model: {
      fields: [...new URLSearchParams(asked.fields)].filter(
        ([name]) => !['action', 'date', 'time'].includes(name),
      ),
      menu: { ...snoozeMenu(base.now, base), ...typed },
      fault: base.t(fault),
      back: asked.back,
    },
  });
}
