// Lists of messages (webmail.md 1.3, 2.1):
//   GET /f/<folder>    one folder; its whole state is in the query
//   GET /v/starred     the starred of all folders
//   POST /view         conversations or messages, remembered for one list (M4); list, view, return
//   GET /counts        folder counts as JSON, for the page's own script
// Looking changes nothing on disk.
import { Router } from 'express';
import type { Folder } from '../../mailbox/types.ts';
import { outboxHere, withOutbox } from '../outbox/column.ts';
import { flatEntries, folderColumn } from '../shell/column.ts';
import { folderPath } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { readListState, views } from './address.ts';
import { progressWords, renderList } from './page.ts';

/** How far the index of these folders is, 0 to 1; undefined when it is complete. */
function progressOf(folders: readonly Folder[]): number | undefined {
  const pending = folders.reduce((sum, folder) => sum + (folder.pending ?? 0), 0);
  const total = folders.reduce((sum, folder) => sum + folder.total, 0);
  return pending === 0 ? undefined : Math.max(0, Math.min(0.99, 1 - pending / Math.max(total, pending)));
}

/** The numbers of a folder as they are, for pages that show its list. */
function countsOf(
  folders: readonly Folder[],
  name: string,
): { readonly total: number; readonly unread: number } {
  const { total = 0, unread = 0 } = folders.find((folder) => folder.name === name) ?? {};
  return { total, unread };
}

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
    const { t, formats } = web.shell.localsOf(req);
    const folders = await (await web.mailbox(req)).folders();
    const { closedFolders } = web.choices(req);
    const { special, own } = folderColumn(folders, undefined, t, formats, closedFolders);
    const outbox = web.outbox.count(web.session(req).account.address);
    const top = withOutbox(special, outbox, outboxHere, t, formats);
    const name = oneValue(req.query.folder);
    const here = folders.find((folder) => folder.name === name);
    // As the lists themselves count: Trash and Junk are no part of a list over all folders.
    const listed = folders.filter((folder) =>
      name === '' ? folder.role !== 'trash' && folder.role !== 'junk' : folder === here,
    );
    res.json({
      folders: flatEntries([...top, ...own]).map(({ name, href, count, countWords, strong }) => ({
        ...countsOf(folders, name),
        name,
        href,
        count,
        countWords,
        strong,
      })),
      here: here && { total: here.total, unread: here.unread },
      progress: progressWords(progressOf(listed), formats, t),
    });
  });

  return router;
}
