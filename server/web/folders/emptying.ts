// What is done to all messages of a folder (webmail.md F8, O3):
//   POST /folders/<f>/read         marks all as read, with undo
//   GET  /folders/<f>/empty, POST  the question with the number, then what is in Trash or Junk goes for good
// Done as the actions of lists are (actions/run.ts, removal.ts): many messages are a job, and what was deleted can be
// taken back for half a minute. Emptying Trash also removes the folders that were deleted into it, and these at once.
import { type Request, type Response, Router } from 'express';
import type { Folder, Mailbox } from '../../mailbox/types.ts';
import { removalChange } from '../actions/removal.ts';
import { type Change, mostAtOnce, startChange } from '../actions/run.ts';
import { folderLabel, folderPath } from '../shell/frame.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { folderHref, folderOf } from './page.ts';
import { removeFolder } from './undo.ts';

const mostMessages = 1_000_000;

export function emptyingRoutes(web: WebParts): Router {
  const router = Router();

  const backWith = (res: Response, back: string, op: string): void =>
    web.goBack(res, withField(back, 'u', op), '/f/INBOX');

  /** Makes a change to messages, and answers with the toast, or with the list that tells of the job. */
  const run = async (
    req: Request,
    res: Response,
    ids: readonly string[],
    change: Change,
    back: string,
  ): Promise<void> => {
    const started = await startChange(web, req, change, ids, ids.length > mostAtOnce);
    if (!started) return web.fail(req, res, 429, 'folders.busy');
    if ('op' in started) return backWith(res, back, started.op);
    res.redirect(303, `/jobs/${started.job}`);
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
    if (ids.length === 0)
      return backWith(res, back, web.rememberUndo(req, t('folders.nothingUnread'), undefined));
    const change: Change = {
      run: (batch) => mailbox.setFlags(batch, 'S', '', folder.name),
      title: t('folders.jobRead', { folder: folderLabel(folder, t) }),
      words: (n) => t('folders.read', { n }),
    };
    await run(req, res, ids, change, back);
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
    // Those below go first, innermost first: their mail is not listed as the folder's own is.
    for (const one of below.toSorted((a, b) => b.depth - a.depth)) await removeFolder(mailbox, one.name);
    const ids = await mailbox.idsMatching({ folder: folder.name }, web.clock(), mostMessages);
    if (ids.length === 0)
      return backWith(res, back, web.rememberUndo(req, t('folders.emptied', { n: total }), undefined));
    const { address } = web.session(req).account;
    const change = {
      ...removalChange(web, address, mailbox, folder.name, t),
      title: t('folders.jobEmpty', { folder: folderLabel(folder, t) }),
      words: (n: number) => t('folders.emptied', { n: n + total - folder.total }),
    };
    await run(req, res, ids, change, back);
  });

  return router;
}
