// Work that runs on while its person does something else (webmail.md 2.6):
//   GET  /jobs               what runs and what ended within the hour
//   GET  /jobs/<id>          how far it is; at its end what was done, its result, Undo
//   POST /jobs/<id>/cancel   stops it; what was done until then is done
// Without JavaScript the pages load themselves again while something runs. With it they, and the lists, ask for the
// fragment `jobs`: the lines alone. Another account's job is a job that is not there.
import { type Request, type Response, Router } from 'express';
import { checkPath } from '../shell/paths.ts';
import { isRunning } from '../state/jobs.ts';
import type { WebParts } from '../web.ts';
import { jobLine, jobLines } from './lines.ts';

/** Seconds between two looks of a page without script. */
const lookAgain = 3;

export function jobRoutes(web: WebParts): Router {
  const router = Router();
  const addressOf = (req: Request): string => web.session(req).account.address;

  const show = async (req: Request, res: Response, id: string | undefined): Promise<void> => {
    const base = web.shell.localsOf(req);
    const jobs = web.jobs.list(addressOf(req)).filter((job) => id === undefined || job.id === id);
    if (id !== undefined && jobs.length === 0) return web.fail(req, res, 404, 'job.gone');
    // A page with script takes its lines only; the header would load the whole behind its back.
    if (jobs.some(isRunning) && web.fragment(req) === '') res.setHeader('Refresh', String(lookAgain));
    await web.render(req, res, {
      view: 'jobs/page',
      title: base.t('job.title'),
      pageClass: 'page-narrow page-jobs',
      model: { shown: jobs.map((job) => jobLine(job, base)), one: id !== undefined },
    });
  };

  router.get('/jobs', web.signedIn, async (req, res) => {
    if (web.fragment(req) !== 'jobs') return show(req, res, undefined);
    const base = web.shell.localsOf(req);
    const lines = jobLines(web.jobs.list(addressOf(req)), base, undefined);
    const back = checkPath(req.query.return, '/f/INBOX');
    res.type('html').send(await web.renderPart(req, 'jobs/bar', { jobs: lines, here: back }));
  });

  router.get('/jobs/:id', web.signedIn, (req, res) => show(req, res, String(req.params.id)));

  router.post('/jobs/:id/cancel', web.signedIn, web.sameOrigin, (req, res) => {
    const id = String(req.params.id);
    if (!web.jobs.find(addressOf(req), id)) return web.fail(req, res, 404, 'job.gone');
    // One that ended meanwhile needs no stopping: the page says what it did.
    web.jobs.cancel(addressOf(req), id);
    web.goBack(res, req.body?.return, `/jobs/${id}`);
  });

  return router;
}
