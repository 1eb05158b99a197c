// Lists of messages (webmail.md 1.3, 2.1):
//   GET /f/<folder>    one folder; its whole state is in the query
//   GET /v/starred     the starred of all folders
//   POST /view         conversations or messages, remembered for one list (M4); list, view, return
//   GET /counts        folder counts as JSON, for the page's own script
// Looking changes nothing on disk.
import { Router } from 'express';
import { folderPath } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { readListState, views } from './address.ts';
import { readCounts } from './counts.ts';
import { renderList } from './page.ts';

export function listRoutes(web: WebParts): Router {
  const router = Router();

  router.get('/f/:folder', web.signedIn, async (req, res) => {
    const name = String(req.params.folder);
    const state = readListState(folderPath(name), name, { ...req.query, q: undefined });
    await renderList(web, req, res, state, { here: name });
  });

  router.get('/v/starred', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const state = readListState('/v/starred', undefined, { ...req.query, q: undefined, filter: undefined });
    await renderList(web, req, res, state, { title: t('folder.starred'), here: ':starred' });
  });

  router.post('/view', web.signedIn, web.sameOrigin, (req, res) => {
    const list = oneValue(req.body?.list);
    const view = views.find((one) => one === oneValue(req.body?.view));
    if (!view || list === '' || list.length > 1000) return web.fail(req, res, 422, 'error.badRequest');
    const choices = web.choices(req);
    const usual = !list.startsWith('/') && choices.conversations;
    const others = choices.otherView.filter((one) => one !== list);
    // The list chosen last is kept when there are too many.
    if ((view === 'threads') !== usual) others.push(list);
    web.choose(req, { otherView: others.slice(-500) });
    let back = checkPath(req.body?.return, folderPath('INBOX'));
    // Places in one kind of list are none in the other, and conversations are sorted by date.
    for (const name of ['view', 'before', 'after', 'open', 'select']) back = withField(back, name, undefined);
    if (view === 'threads') for (const name of ['sort', 'dir']) back = withField(back, name, undefined);
    web.goBack(res, back, folderPath('INBOX'));
  });

  router.get('/counts', web.signedIn, async (req, res) => {
    res.json(await readCounts(web, req, oneValue(req.query.folder)));
  });

  return router;
}
