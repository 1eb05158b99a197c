// Mail out and in as files (webmail.md O7, N11, X6):
//   GET  /settings/transfer      the forms
//   GET  /transfer/folder        folder, form=mbox|zip: the folder as a download
//   POST /transfer/everything    password: asked once more, for whoever sits at an open session
//   GET  /transfer/everything    ticket: all mail, contacts, and what was chosen, as a ZIP
//   POST /transfer/import        files (multipart), folder, keep: a job with a report
import { type Request, type Response, Router } from 'express';
import { contactFiles } from '../contacts/leaving.ts';
import { orderedFolders } from '../shell/column.ts';
import { type Fault, formOf, type Values } from '../shell/form.ts';
import { findFolder, folderLabel } from '../shell/frame.ts';
import { oneValue } from '../shell/paths.ts';
import { isProven, provePassword } from '../shell/prove.ts';
import type { ZipEntry } from '../shell/zip.ts';
import { JobFailure } from '../state/jobs.ts';
import type { WebParts } from '../web.ts';
import { sendMailZip, sendMbox } from './export.ts';
import { importFiles } from './import.ts';
import { mostBytes, readUploads, sweepUploads } from './upload.ts';

/** Seconds in which a download may begin after the password was right. */
const ticketSeconds = 600;
/** Downloads of one account at a time: each reads all of a folder. */
const mostDownloads = 2;

interface Refused {
  readonly form: 'everything' | 'import';
  readonly values: Values;
  readonly faults: readonly Fault[];
  readonly status: number;
}

export function transferRoutes(web: WebParts): Router {
  const router = Router();
  const isSwept = sweepUploads(web.home.state).catch((error: unknown) =>
    web.log(`web: uploads that were left behind stay: ${String(error)}`),
  );
  const running = new Map<string, number>();

  /** Runs a download, unless too many of the account's run. */
  const download = async (req: Request, res: Response, work: () => Promise<void>): Promise<void> => {
    const { address } = web.session(req).account;
    const count = running.get(address) ?? 0;
    if (count >= mostDownloads) return web.fail(req, res, 429, 'transfer.tooMany');
    running.set(address, count + 1);
    try {
      await work();
    } finally {
      const left = (running.get(address) ?? 1) - 1;
      if (left === 0) running.delete(address);
      else running.set(address, left);
    }
  };

  const show = async (req: Request, res: Response, refused?: Refused): Promise<void> => {
    const { t, formats } = web.shell.localsOf(req);
    const folders = await (await web.mailbox(req)).folders();
    const form = (name: Refused['form'], values: Values) =>
      refused?.form === name ? formOf(refused.values, refused.faults) : formOf(values);
    const wanted = oneValue(req.query.folder) || 'INBOX';
    await web.render(req, res, {
      view: 'transfer/page',
      title: t('transfer.title'),
      folders,
      status: refused?.status ?? 200,
      pageClass: 'page-narrow page-settings',
      model: {
        isProven: isProven(web, req),
        everything: form('everything', {}),
        importForm: form('import', { folder: wanted }),
        wanted,
        choices: orderedFolders(folders, t).map(({ folder, label }) => ({ value: folder.name, label })),
        limit: formats.size(mostBytes),
      },
    });
  };

  router.get('/settings/transfer', web.signedIn, (req, res) => show(req, res));

  const today = (req: Request): string => web.shell.localsOf(req).formats.iso(web.clock()).slice(0, 10);

  router.get('/transfer/folder', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const folder = await findFolder(mailbox, oneValue(req.query.folder));
    if (!folder) return web.fail(req, res, 404, 'error.noFolder');
    const name = `${folderLabel(folder, t).replaceAll(' / ', '-')} ${today(req)}`;
    await download(req, res, () =>
      oneValue(req.query.form) === 'zip'
        ? sendMailZip(req, res, `${name}.zip`, mailbox, [folder.name])
        : sendMbox(req, res, `${name}.mbox`, mailbox, folder.name),
    );
  });

  router.post('/transfer/everything', web.signedIn, web.sameOrigin, async (req, res) => {
    const proof = isProven(web, req)
      ? undefined
      : await provePassword(web, req, oneValue(req.body?.password));
    if (proof && proof.status !== 200) {
      if (proof.retryAfter > 0) res.setHeader('Retry-After', String(proof.retryAfter));
      const faults = [{ field: 'password', words: proof.words }];
      return show(req, res, { form: 'everything', values: {}, faults, status: proof.status });
    }
    const { address } = web.session(req).account;
    const ticket = web.signTicket('export', address, ticketSeconds);
    res.redirect(303, `/transfer/everything?ticket=${encodeURIComponent(ticket)}`);
  });

  router.get('/transfer/everything', web.signedIn, async (req, res) => {
    const { address } = web.session(req).account;
    if (web.readTicket('export', oneValue(req.query.ticket)) !== address) {
      res.redirect(303, '/settings/transfer');
      return;
    }
    const mailbox = await web.mailbox(req);
    const folders = (await mailbox.uids.list()).map(({ folder }) => folder);
    const settings = Buffer.from(`${JSON.stringify(web.choices(req), undefined, 2)}\n`);
    const more = function* (): Generator<ZipEntry> {
      yield { name: 'settings.json', content: settings, time: web.clock() };
      yield* contactFiles(web.contacts, address, web.clock());
    };
    await download(req, res, () =>
      sendMailZip(req, res, `${address} ${today(req)}.zip`, mailbox, folders, more()),
    );
  });

  router.post('/transfer/import', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    await isSwept;
    const uploads = await readUploads(req, web.home.state, (token) => web.checkCsrf(req, token));
    if (!uploads) return web.fail(req, res, 400, 'error.badRequest');
    if (uploads.fault === 'token' || !web.checkCsrf(req, uploads.fields.csrf)) {
      await uploads.discard();
      return web.fail(req, res, 403, 'error.forbidden');
    }
    const target = uploads.fields.folder ?? '';
    const refuse = async (field: string, words: string, status = 422): Promise<void> => {
      await uploads.discard();
      const values = { folder: target, keep: uploads.fields.keep ?? '' };
      await show(req, res, { form: 'import', values, faults: [{ field, words }], status });
    };
    if (uploads.fault === 'too large')
      return refuse('file', t('transfer.tooLarge', { size: formats.size(mostBytes) }), 413);
    if (uploads.fault === 'no room') return refuse('file', t('transfer.noRoom'), 507);
    if (uploads.files.length === 0) return refuse('file', t('transfer.noFile'));
    const mailbox = await web.mailbox(req);
    const folder = await findFolder(mailbox, target);
    if (!folder) return refuse('folder', t('error.noFolder'));
    const { address } = web.session(req).account;
    const wanted = { files: uploads.files, target, keepsFolders: uploads.fields.keep === '1' };
    const title = t('transfer.importing', { folder: folderLabel(folder, t) });
    const id = web.jobs.start(address, title, async (job) => {
      try {
        return await importFiles(mailbox, wanted, job, t);
      } catch (error) {
        web.log(`web: an import failed: ${String(error)}`);
        throw new JobFailure(t('transfer.failed'), { cause: error });
      } finally {
        await uploads.discard();
      }
    });
    if (id === undefined) return refuse('', t('folders.busy'), 429);
    res.redirect(303, `/jobs/${id}`);
  });

  return router;
}
