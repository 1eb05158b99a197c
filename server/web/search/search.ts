// Search (webmail.md 1.9):
//   GET /search?q=&in=&from=   all folders but Trash and Junk, or one; `from` is where the search was begun
//   GET /search/advanced?q=    a form that writes the line of the search box; with build=1 it goes there
// The results are a list like any other: same rows, filters, actions, paging. The operators are the mailbox's.
import { Router } from 'express';
import { readListState } from '../list/address.ts';
import { renderList } from '../list/page.ts';
import { orderedFolders } from '../shell/column.ts';
import { type Fault, formOf, readValues } from '../shell/form.ts';
import { findFolder } from '../shell/frame.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { readSearch, type SearchFields, searchFields, writeSearch } from './string.ts';

const isDay = (text: string): boolean =>
  text === '' || (/^\d{4}-\d{2}-\d{2}$/.test(text) && Number.isFinite(Date.parse(text)));

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

  router.get('/search/advanced', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const isBuilt = oneValue(req.query.build) === '1';
    const fields: SearchFields = isBuilt
      ? readValues(req.query, searchFields, 300)
      : readSearch(oneValue(req.query.q).slice(0, 1000));
    const faults: Fault[] = [
      ...(['after', 'before'] as const)
        .filter((field) => !isDay(fields[field]))
        .map((field) => ({ field, words: t('search.badDay') })),
      ...(/^\d{0,6}$/.test(fields.larger) ? [] : [{ field: 'larger', words: t('search.badSize') }]),
    ];
    const line = writeSearch(fields);
    if (isBuilt && faults.length === 0 && line !== '') {
      res.redirect(302, `/search?${new URLSearchParams({ q: line })}`);
      return;
    }
    const folders = await (await web.mailbox(req)).folders();
    await web.render(req, res, {
      view: 'search/advanced',
      title: t('search.advanced'),
      folders,
      status: isBuilt && faults.length > 0 ? 422 : 200,
      pageClass: 'page-narrow',
      model: {
        form: formOf(fields, isBuilt ? faults : []),
        choices: [
          { value: '', label: t('search.allMail') },
          { value: 'anywhere', label: t('search.anywhere') },
          ...orderedFolders(folders, t).map(({ folder, label }) => ({ value: folder.name, label })),
        ],
      },
    });
  });
  return router;
}
