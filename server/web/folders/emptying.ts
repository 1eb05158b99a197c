// What is done to all messages of a folder (webmail.md F8, O3):
//   POST /folders/<f>/read         marks all as read, with undo
//   GET  /folders/<f>/empty, POST  the question with the number, then what is in Trash or Junk goes for good
// More than a thousand messages are the work of a job. Emptying Trash also removes the folders that were deleted into it.
import { type Request, type Response, Router } from 'express';
import type { ActionResult, Folder, Mailbox } from '../../mailbox/types.ts';
import { folderLabel, folderPath } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { Job, JobOutcome } from '../state/jobs.ts';
import type { WebParts } from '../web.ts';
import { folderHref, folderOf } from './page.ts';
import { removeFolder } from './undo.ts';

/** More than this is a job. */
const mostAtOnce = 1000;
const batchSize = 500;
const mostMessages = 1_000_000;

/** Work without a page that tells how far it is. */
const atOnce: Job = { signal: new AbortController().signal, step() {} };

export function emptyingRoutes(web: WebParts): Router {
  const router = Router();

  /** Runs short work now and long work as a job, and answers with the toast or the job's page. */
  const run = async (
    req: Request,
    res: Response,
    count: number,
    title: string,
    back: string,
    work: (job: Job) => Promise<JobOutcome>,
  ): Promise<void> => {
    if (count <= mostAtOnce) {
      const outcome = await work(atOnce);
      const op = web.rememberUndo(req, outcome.words, outcome.undo);
      return web.goBack(res, withField(back, 'u', op), '/f/INBOX');
    }
    const { address } = web.session(req).account;
    const id = web.jobs.start(address, title, work);
    if (id === undefined) return web.fail(req, res, 429, 'folders.busy');
    res.redirect(303, `/jobs/${id}`);
  };

  router.post('/folders/:folder/read', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const found = await folderOf(mailbox, String(req.params.folder));
    if (!found) return web.fail(req, res, 404, 'error.noFolder');
    const { folder } = found;
    const back = checkPath(req.body?.return, folderPath(folder.name));
    const now = web.clock();
    const ids = await mailbox.idsMatching({ folder: folder.name, filter: 'unread' }, now, mostMessages);
    if (ids.length === 0) {
      const op = web.rememberUndo(req, t('folders.nothingUnread'), undefined);
      return web.goBack(res, withField(back, 'u', op), '/f/INBOX');
    }
    const title = t('folders.jobRead', { folder: folderLabel(folder, t) });
    await run(req, res, ids.length, title, back, async (job) => {
      const undo: ActionResult['undo'][number][] = [];
      for (let at = 0; at < ids.length && !job.signal.aborted; at += batchSize) {
        const result = await mailbox.setFlags(ids.slice(at, at + batchSize), 'S', '', folder.name);
        for (const item of result.undo) undo.push(item);
        job.step(Math.min(at + batchSize, ids.length), ids.length);
      }
      return { words: t('folders.read', { n: undo.length }), undo };
    });
  });

  /** What emptying takes: the folder's messages, and below Trash the deleted folders with theirs. */
  const meantBy = (
    folder: Folder,
    folders: readonly Folder[],
  ): { total: number; below: readonly Folder[] } => {
    const below =
      folder.role === 'trash' ? folders.filter(({ name }) => name.startsWith(`${folder.name}.`)) : [];
    return { total: below.reduce((sum, one) => sum + one.total, folder.total), below };
  };

  /** The folder of the address when it can be emptied. */
  const findEmptied = async (
    req: Request,
    mailbox: Mailbox,
  ): Promise<{ readonly folder: Folder; readonly folders: readonly Folder[] } | undefined> => {
    const found = await folderOf(mailbox, String(req.params.folder));
    return found && ['trash', 'junk'].includes(found.folder.role) ? found : undefined;
  };

  router.get('/folders/:folder/empty', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const found = await findEmptied(req, mailbox);
    if (!found) return web.fail(req, res, 404, 'error.noFolder');
    const { folder, folders } = found;
    const label = folderLabel(folder, t);
    const { total, below } = meantBy(folder, folders);
    const back = checkPath(req.query.return, folderPath(folder.name));
    const isEmpty = total === 0 && below.length === 0;
    await web.render(req, res, {
      view: 'folders/confirm',
      title: t('folders.emptyAsk'),
      folder: folder.name,
      folders,
      pageClass: 'page-narrow',
      model: {
        action: `${folderHref(folder.name)}/empty`,
        question: isEmpty
          ? t('folders.alreadyEmpty', { folder: label })
          : t('folders.emptyQuestion', { n: total, folder: label }),
        hints: isEmpty
          ? []
          : [
              ...(below.length > 0 ? [t('folders.emptyWithFolders', { n: below.length })] : []),
              t('folders.emptyNever'),
            ],
        expect: total,
        button: isEmpty ? '' : t('folders.deleteForGood'),
        back,
      },
    });
  });

  router.post('/folders/:folder/empty', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const found = await findEmptied(req, mailbox);
    if (!found) return web.fail(req, res, 404, 'error.noFolder');
    const { folder, folders } = found;
    const { total, below } = meantBy(folder, folders);
    const expect = Number(oneValue(req.body?.expect) || '-1');
    // Not asked about, or many more than were asked about.
    if (expect < 0 || total - expect > Math.max(expect, 1) / 100) {
      res.redirect(303, `${folderHref(folder.name)}/empty`);
      return;
    }
    const back = checkPath(req.body?.return, folderPath(folder.name));
    const ids = await mailbox.idsMatching({ folder: folder.name }, web.clock(), mostMessages);
    const title = t('folders.jobEmpty', { folder: folderLabel(folder, t) });
    await run(req, res, total, title, back, async (job) => {
      let removed = 0;
      for (let at = 0; at < ids.length && !job.signal.aborted; at += batchSize) {
        removed += (await mailbox.remove(ids.slice(at, at + batchSize), folder.name)).done;
        job.step(removed, total);
      }
      for (const one of below.toSorted((a, b) => b.depth - a.depth)) {
        if (job.signal.aborted) break;
        await removeFolder(mailbox, one.name);
        removed += one.total;
        job.step(removed, total);
      }
      return { words: t('folders.emptied', { n: removed }) };
    });
  });

  return router;
}
