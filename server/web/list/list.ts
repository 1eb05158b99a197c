// Lists of messages (webmail.md 1.3, 2.1):
//   GET /f/<folder>    one folder; its whole state is in the query
//   GET /v/starred     the starred of all folders
//   GET /counts        folder counts as JSON, for the page's own script
// Looking changes nothing on disk.
import { Router } from 'express';
import { folderEntries, folderPath } from '../shell/frame.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { readListState } from './address.ts';
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

  router.get('/counts', web.signedIn, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    const folders = await (await web.mailbox(req)).folders();
    const { special, own } = folderEntries(folders, undefined, t, formats);
    const here = folders.find((folder) => folder.name === oneValue(req.query.folder));
    res.json({
      folders: [...special, ...own].map(({ name, href, count, countWords, strong }) => ({
        name,
        href,
        count,
        countWords,
        strong,
      })),
      here: here && { total: here.total, unread: here.unread },
    });
  });

  return router;
}
