// The filter that learns, in the settings (mta/trust/bayes; the mailbox keeps and teaches it):
//   GET  /settings/junk           whether it is used and how strictly, how much it has learned
//   POST /settings/junk           use (1 or nothing), strictness
//   POST /settings/junk/learn     learns from all folders: a job
//   POST /settings/junk/forget    forgets all that it has learned
import { type Request, type Response, Router } from 'express';
import { fewestLetters, type Strictness, strictnesses } from '../../../mta/trust/bayes/filter.ts';
import type { Mailbox } from '../../mailbox/types.ts';
import { type Fault, formOf } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import type { Job, JobOutcome } from '../state/jobs.ts';
import type { WebParts } from '../web.ts';
import type { Translate } from '../words/words.ts';

const page = '/settings/junk';

/** In the order of the form. */
const offered: readonly Strictness[] = ['careful', 'normal', 'keen'];

export function junkRoutes(web: WebParts): Router {
  const router = Router();

  const show = async (
    req: Request,
    res: Response,
    status = 200,
    faults: readonly Fault[] = [],
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const filter = await (await web.mailbox(req)).junkFilter();
    await web.render(req, res, {
      view: 'junk/page',
      title: t('folder.junk'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        filter,
        least: fewestLetters,
        offered: offered.map((value) => ({ value, words: t(`filter.${value}`) })),
        form: formOf({}, faults),
      },
    });
  };

  const done = (req: Request, res: Response, words: string): void =>
    res.redirect(303, withField(page, 'u', web.rememberUndo(req, words, undefined)));

  router.get(page, web.signedIn, (req, res) => show(req, res));

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const asked = oneValue(req.body?.strictness);
    const strictness = strictnesses.find((one) => one === asked);
    if (strictness === undefined) return web.fail(req, res, 400, 'error.badRequest');
    const use = oneValue(req.body?.use) === '1' ? 'yes' : 'no';
    await (await web.mailbox(req)).chooseJunkFilter(use, strictness);
    done(req, res, web.words(req)('settings.saved'));
  });

  router.post(`${page}/forget`, web.signedIn, web.sameOrigin, async (req, res) => {
    await (await web.mailbox(req)).forgetJunkFilter();
    done(req, res, web.words(req)('filter.forgotten'));
  });

  router.post(`${page}/learn`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const { address } = web.session(req).account;
    const id = web.jobs.start(address, t('filter.learning'), (job) => learnAll(mailbox, job, t));
    if (id === undefined) return show(req, res, 429, [{ field: '', words: t('folders.busy') }]);
    res.redirect(303, `/jobs/${id}`);
  });

  return router;
}

/** Step by step; what was learned before it is cancelled stays learned. */
async function learnAll(mailbox: Mailbox, job: Job, t: Translate): Promise<JobOutcome> {
  let learned = 0;
  for (let from: number | undefined = 0; from !== undefined && !job.signal.aborted; ) {
    const step: Awaited<ReturnType<Mailbox['learnFromFolders']>> = await mailbox.learnFromFolders(from);
    learned += step.learned;
    job.step(step.done, step.total);
    from = step.next;
  }
  return { words: t('filter.learned', { n: learned }), href: page };
}
