// Folders (webmail.md 1.2 F3, F8; 1.11; 2.2):
//   GET  /folders                  all of them: what is shown, which is used for what, a form for a new one
//   POST /folders                  name, parent: makes one
//   POST /folders/shown            listed, shown (both repeated): which are in the column, by subscriptions
//   POST /folders/roles            drafts, sent, archive, junk, trash
//   POST /folders/fold             fold=open:NAME or close:NAME; here, return
//   GET  /folders/<f>              one folder; with X-Fragment: menu only the menu of the column
//   POST /folders/<f>/rename       name, parent
//   GET  /folders/<f>/delete, POST the question, for what is in Trash already; elsewhere it moves there
//   emptying.ts: mark all read, empty; cleaning.ts: how long Trash and Junk keep mail
// Names in addresses are only looked up among the folders that are there.
import { type Request, type Response, Router } from 'express';
import type { Folder, Mailbox } from '../../mailbox/types.ts';
import { MailboxRefusal } from '../../mailbox/uid-types.ts';
import { startRules, stopRules } from '../filters/folders.ts';
import { readValues } from '../shell/form.ts';
import { folderLabel } from '../shell/frame.ts';
import { allValues, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { cleaningRoutes } from './cleaning.ts';
import { emptyingRoutes } from './emptying.ts';
import { lineOf, readFolderName } from './names.ts';
import { folderHref, folderOf, type Refused, renderFolder, renderFolders, roleOf, roles } from './page.ts';
import { makeFolder, removeFolder, renameFolder, undoFolders } from './undo.ts';

/** What a refused name says beside its field; other refusals are thrown on. */
function wordsOfRefusal(error: unknown): WordKey {
  if (!(error instanceof MailboxRefusal)) throw error;
  if (error.refusal === 'exists') return 'folders.nameExists';
  if (error.refusal === 'no such folder') return 'error.noFolder';
  if (error.refusal === 'reserved') return 'folders.fixed';
  return 'folders.nameBad';
}

/** The toast, with what became of rules. */
const withRules = (words: string, rules: readonly string[], t: Translate): string =>
  rules.length === 0 ? words : `${words} ${t('rules.folderRules', { n: rules.length })}`;

export function folderRoutes(web: WebParts): Router {
  const router = Router();
  undoFolders(web);
  router.use(cleaningRoutes(web), emptyingRoutes(web));

  const labelOf = (req: Request, name: string): string =>
    folderLabel({ name, role: 'folder' }, web.shell.localsOf(req).t);
  const done = (req: Request, res: Response, path: string, words: string, undo?: unknown): void =>
    web.goBack(res, withField(path, 'u', web.rememberUndo(req, words, undo)), '/folders');

  /** The folder of the address, or an answer that there is none. */
  const withFolder =
    (
      work: (
        req: Request,
        res: Response,
        found: { readonly folder: Folder; readonly folders: readonly Folder[]; readonly mailbox: Mailbox },
      ) => Promise<unknown>,
    ) =>
    async (req: Request, res: Response): Promise<void> => {
      const mailbox = await web.mailbox(req);
      const found = await folderOf(mailbox, String(req.params.folder));
      if (!found) return web.fail(req, res, 404, 'error.noFolder');
      await work(req, res, { ...found, mailbox });
    };

  router.get('/folders', web.signedIn, async (req, res) => {
    const parent = oneValue(req.query.in);
    const asked: Refused = { form: 'create', values: { parent }, faults: [] };
    await renderFolders(web, req, res, parent === '' ? undefined : asked);
  });

  router.post('/folders', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const values = readValues(req.body, ['name', 'parent'], 1000);
    const refuse = (field: string, key: WordKey): Promise<void> =>
      renderFolders(web, req, res, { form: 'create', values, faults: [{ field, words: t(key) }] });
    const read = readFolderName(values.name, values.parent);
    if ('fault' in read) return refuse('name', read.fault);
    const mailbox = await web.mailbox(req);
    if (values.parent !== '' && !(await folderOf(mailbox, values.parent)))
      return refuse('parent', 'folders.noParent');
    const existing = new Set((await mailbox.uids.list()).map(({ folder }) => folder));
    if (existing.has(read.name)) return refuse('name', 'folders.nameExists');
    const missing = lineOf(read.name).filter((name) => !existing.has(name));
    const made: string[] = [];
    try {
      for (const name of missing) {
        await makeFolder(mailbox, name);
        made.unshift(name);
      }
    } catch (error) {
      return refuse('name', wordsOfRefusal(error));
    }
    const words = t('folders.created', { folder: labelOf(req, read.name) });
    done(req, res, '/folders', words, { kind: 'folder', change: 'remove', names: made });
  });

  router.post('/folders/shown', web.signedIn, web.sameOrigin, async (req, res) => {
    const mailbox = await web.mailbox(req);
    const existing = new Set((await mailbox.uids.list()).map(({ folder }) => folder));
    const shown = allValues(req.body?.shown).filter((name) => existing.has(name));
    const hidden = allValues(req.body?.listed).filter((name) => existing.has(name) && !shown.includes(name));
    await mailbox.showFolders(shown, hidden);
    res.redirect(303, '/folders?saved=1');
  });

  router.post('/folders/roles', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const values = readValues(req.body, roles, 1000);
    const mailbox = await web.mailbox(req);
    const playing = new Map((await mailbox.folders()).map(({ name, role }) => [role, name]));
    const faults: { field: string; words: string }[] = [];
    for (const role of roles) {
      const wanted = values[role];
      if (wanted === '' || playing.get(role) === wanted) continue;
      try {
        await mailbox.giveRole(role, wanted);
      } catch (error) {
        if (!(error instanceof MailboxRefusal)) throw error;
        const key = error.refusal === 'reserved' ? 'folders.roleTaken' : 'folders.roleGone';
        faults.push({ field: role, words: t(key) });
      }
    }
    if (faults.length > 0) return renderFolders(web, req, res, { form: 'roles', values, faults });
    res.redirect(303, '/folders?saved=1');
  });

  router.post('/folders/fold', web.signedIn, web.sameOrigin, async (req, res) => {
    const [, way, name = ''] = /^(open|close):(.{1,255})$/su.exec(oneValue(req.body?.fold)) ?? [];
    if (way === undefined) return web.fail(req, res, 422, 'error.badRequest');
    const others = web.choices(req).closedFolders.filter((one) => one !== name);
    // The oldest go when there are more than are kept.
    web.choose(req, { closedFolders: (way === 'close' ? [...others, name] : others).slice(-500) });
    if (web.fragment(req) === '') return web.goBack(res, req.body?.return, '/f/INBOX');
    const here = oneValue(req.body?.here) || undefined;
    const column = await web.shell.columnOf(req, here);
    res
      .type('html')
      .send(await web.renderPart(req, 'partials/folders', { ...column, back: oneValue(req.body?.return) }));
  });

  router.get(
    '/folders/:folder',
    web.signedIn,
    withFolder((req, res, { folder, folders }) => renderFolder(web, req, res, folder, folders)),
  );

  router.post(
    '/folders/:folder/rename',
    web.signedIn,
    web.sameOrigin,
    withFolder(async (req, res, { folder, folders, mailbox }) => {
      const { t } = web.shell.localsOf(req);
      const values = readValues(req.body, ['name', 'parent'], 1000);
      const refuse = (field: string, key: WordKey): Promise<void> =>
        renderFolder(web, req, res, folder, folders, {
          form: 'rename',
          values,
          faults: [{ field, words: t(key) }],
        });
      if (folder.role !== 'folder') return refuse('name', 'folders.fixed');
      const read = readFolderName(values.name, values.parent);
      if ('fault' in read) return refuse('name', read.fault);
      const { name } = read;
      if (values.parent !== '' && !folders.some((one) => one.name === values.parent))
        return refuse('parent', 'folders.noParent');
      if (name === folder.name) return web.goBack(res, folderHref(name), '/folders');
      if (name.startsWith(`${folder.name}.`)) return refuse('parent', 'folders.nameWithin');
      try {
        await renameFolder(web, req, mailbox, folder.name, name);
      } catch (error) {
        return refuse('name', wordsOfRefusal(error));
      }
      const words = t('folders.renamed', { folder: labelOf(req, name) });
      const undo = { kind: 'folder', change: 'rename', from: name, to: folder.name };
      done(req, res, folderHref(name), words, undo);
    }),
  );

  /** The folder and those below it, innermost first. */
  const withThoseBelow = (folder: Folder, folders: readonly Folder[]): readonly Folder[] =>
    folders
      .filter(({ name }) => name === folder.name || name.startsWith(`${folder.name}.`))
      .toSorted((a, b) => b.depth - a.depth || (a.name < b.name ? 1 : -1));

  const isInTrash = (folder: Folder, folders: readonly Folder[]): boolean => {
    const trash = folders.find(({ role }) => role === 'trash');
    return trash !== undefined && folder.name.startsWith(`${trash.name}.`);
  };

  router.get(
    '/folders/:folder/delete',
    web.signedIn,
    withFolder(async (req, res, { folder, folders }) => {
      const { t } = web.shell.localsOf(req);
      const total = withThoseBelow(folder, folders).reduce((sum, one) => sum + one.total, 0);
      await web.render(req, res, {
        view: 'folders/confirm',
        title: t('folders.deleteAsk'),
        folder: folder.name,
        folders,
        pageClass: 'page-narrow',
        model: {
          action: `${folderHref(folder.name)}/delete`,
          question: t('folders.deleteQuestion', { folder: folderLabel(folder, t), n: total }),
          hints: [],
          expect: total,
          button: t('folders.deleteForGood'),
          back: folderHref(folder.name),
        },
      });
    }),
  );

  router.post(
    '/folders/:folder/delete',
    web.signedIn,
    web.sameOrigin,
    withFolder(async (req, res, { folder, folders, mailbox }) => {
      const { t } = web.shell.localsOf(req);
      const label = folderLabel(folder, t);
      const gone = withThoseBelow(folder, folders);
      if (gone.some(({ role }) => role === 'inbox')) return web.fail(req, res, 422, 'folders.fixed');
      const role = gone.map((one) => roleOf(one.role)).find((one) => one !== undefined);
      if (role) return web.fail(req, res, 422, t('folders.roleFixed', { role: t(`folder.${role}`) }));
      const total = gone.reduce((sum, one) => sum + one.total, 0);
      if (total > 0 && isInTrash(folder, folders)) {
        // What came in since the question was asked is asked about again.
        if (Number(oneValue(req.body?.expect) || '-1') < total) {
          res.redirect(303, `${folderHref(folder.name)}/delete`);
          return;
        }
        for (const { name } of gone) await removeFolder(mailbox, name);
        const words = withRules(
          t('folders.deleted', { folder: label }),
          await stopRules(web, req, folder.name),
          t,
        );
        return done(req, res, '/folders', words);
      }
      if (total === 0) {
        const removed: string[] = [];
        for (const { name } of gone) {
          if (!(await mailbox.removeEmptyFolder(name))) break;
          removed.unshift(name);
        }
        if (removed.length === gone.length) {
          const rules = await stopRules(web, req, folder.name);
          const undo = { kind: 'folder', change: 'create', names: removed, rules };
          return done(
            req,
            res,
            '/folders',
            withRules(t('folders.deleted', { folder: label }), rules, t),
            undo,
          );
        }
      }
      const trash = await mailbox.folderFor('trash');
      const taken = new Set(folders.map(({ name }) => name));
      const plain = `${trash}.${folder.name.slice(folder.name.lastIndexOf('.') + 1)}`;
      let target = plain;
      for (let n = 2; taken.has(target); n++) target = `${plain} (${n})`;
      // Off before they would follow it into Trash.
      const rules = await stopRules(web, req, folder.name);
      try {
        await renameFolder(web, req, mailbox, folder.name, target);
      } catch (error) {
        await startRules(web, req, rules);
        return web.fail(req, res, 422, wordsOfRefusal(error));
      }
      const undo = { kind: 'folder', change: 'rename', from: target, to: folder.name, rules };
      done(req, res, '/folders', withRules(t('folders.deletedTo', { folder: label }), rules, t), undo);
    }),
  );

  return router;
}
