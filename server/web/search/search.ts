// Search (webmail.md 1.9):
//   GET /search?q=&in=    all folders but Trash and Junk, or one; the operators are the mailbox's
// The results are a list like any other: same rows, filters, actions, paging.
import { Router } from 'express';
import { readListState } from '../list/address.ts';
import { renderList } from '../list/page.ts';
import { findFolder } from '../shell/frame.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';

export function searchRoutes(web: WebParts): Router {
  const router = Router();
  router.get('/search', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const within = oneValue(req.query.in);
    let folder: string | undefined;
    if (within !== '' && within !== 'all') {
      folder = (await findFolder(await web.mailbox(req), within))?.name;
      if (folder === undefined) return web.fail(req, res, 404, 'error.noFolder');
    }
    const state = readListState('/search', folder, req.query);
    await renderList(web, req, res, state, { title: t('search.title'), here: undefined });
  });
  return router;
}
