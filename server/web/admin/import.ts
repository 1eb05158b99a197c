// Many accounts from a CSV file: a dry run first, its report by line and reason, then the real thing in the background.
//   GET, POST /admin/d/DOMAIN/import             the file (multipart)
//   GET       /admin/d/DOMAIN/import/JOB         report, progress (the page asks again by itself), result
//   POST      /admin/d/DOMAIN/import/JOB/start   `mode` good: the good lines; all: only if all are good
//   POST      /admin/d/DOMAIN/import/JOB/cancel
// Between the dry run and the answer the lines wait in memory, for half an hour: they hold passwords, which are written
// nowhere. A restart of the role in between asks for the file once more.
import { type Request, type Response, Router } from 'express';
import { type BulkLine, Busy, NoSuchObject, Refusal } from '../../../mta/accounts/administration.ts';
import { cleanLine } from '../shell/foreign.ts';
import { formOf } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf, sentence } from '../shell/refused.ts';
import { type CsvProblem, columns, readAccounts } from './csv.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';
import { mostBytes, readUpload } from './upload.ts';

const mostLines = 10_000;
const keptMs = 30 * 60_000;
const mostKept = 8;
const mostShown = 500;

interface Waiting {
  readonly address: string;
  readonly domain: string;
  readonly lines: readonly BulkLine[];
  /** What was wrong with the file itself, before any rule was asked. */
  readonly problems: readonly CsvProblem[];
  readonly until: number;
}

export function importRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  const waiting = new Map<string, Waiting>();

  const forget = (): void => {
    for (const [id, { until }] of waiting) if (until < admin.clock()) waiting.delete(id);
    for (const id of [...waiting.keys()].slice(0, Math.max(0, waiting.size - mostKept))) waiting.delete(id);
  };
  const find = (req: Request, job: string): Waiting | undefined => {
    forget();
    const found = waiting.get(job);
    return found?.address === admin.grant(req).address ? found : undefined;
  };

  const showForm = async (req: Request, res: Response, status: number, words: string): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name } = await administration.domain(actor, oneValue(req.params.domain));
    await admin.show(req, res, {
      view: 'admin/import',
      title: t('admin.import'),
      section: 'import',
      domain: name,
      status,
      model: {
        base: domainPath(name),
        fileColumns: columns,
        bringsHashes: admin.grant(req).level === 'system',
        form: formOf({}, words === '' ? [] : [{ field: 'file', words }]),
      },
    });
  };

  router.get('/admin/d/:domain/import', (req, res) => showForm(req, res, 200, ''));

  router.post('/admin/d/:domain/import', async (req, res) => {
    const { actor, address } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const upload = await readUpload(req);
    if (!upload) return admin.fail(req, res, 400, 'error.badRequest');
    if (!admin.checkCsrf(req, upload.csrf)) return admin.fail(req, res, 403, 'error.forbidden');
    if (upload.isTooLarge)
      return showForm(req, res, 422, t('admin.fileTooLarge', { size: mostBytes / 1_048_576 }));
    if (!upload.content || upload.content.length === 0)
      return showForm(req, res, 422, t('admin.fileMissing'));
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(upload.content);
    } catch {
      return showForm(req, res, 422, t('admin.fileNotUtf8'));
    }
    const { lines, problems } = readAccounts(text, domain);
    if (lines.length === 0)
      return showForm(
        req,
        res,
        422,
        problems[0]
          ? t('admin.lineWords', { line: problems[0].line, words: sentence(problems[0].words) })
          : t('admin.fileNoLines'),
      );
    if (lines.length > mostLines) return showForm(req, res, 422, t('admin.fileTooLong', { n: mostLines }));
    let job: string;
    try {
      job = await administration.startBulk(actor, domain, lines, { dryRun: true, all: false });
    } catch (error) {
      return showForm(req, res, 422, faultsOf(error, [], t)[0]?.words ?? '');
    }
    waiting.set(job, { address, domain, lines, problems, until: admin.clock() + keptMs });
    forget();
    res.redirect(303, domainPath(domain, `/import/${job}`));
  });

  const showJob = async (req: Request, res: Response, status: number, words: string): Promise<void> => {
    const { actor } = admin.grant(req);
    const { t, formats } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const job = await administration.bulk(actor, domain, oneValue(req.params.job));
    const kept = find(req, job.id);
    const problems = [...(kept?.problems ?? []), ...job.report.problems].toSorted((a, b) => a.line - b.line);
    const refused = (kept?.problems.length ?? 0) + job.report.refused;
    // The page asks again by itself, without script, until the job is over.
    if (job.state === 'running') res.setHeader('Refresh', '2');
    await admin.show(req, res, {
      view: 'admin/import-job',
      title: job.dryRun ? t('admin.dryRun') : t('admin.import'),
      section: 'import',
      domain,
      status,
      model: {
        base: domainPath(domain, `/import/${job.id}`),
        job,
        canStart: job.dryRun && job.state === 'done' && kept !== undefined,
        isForgotten: job.dryRun && job.state === 'done' && kept === undefined,
        good: job.dryRun ? Math.max(0, job.total - job.report.refused) : job.report.added,
        refused,
        share: job.total === 0 ? 100 : Math.floor((job.done / job.total) * 100),
        progress: t('admin.progress', { done: formats.number(job.done), n: job.total }),
        problems: problems.slice(0, mostShown).map((problem) => ({
          line: formats.number(problem.line),
          field: problem.field,
          words: sentence(cleanLine(problem.words, 300)),
        })),
        moreProblems: Math.max(0, refused - Math.min(problems.length, mostShown)),
        form: formOf({}, words === '' ? [] : [{ field: '', words }]),
      },
    });
  };

  router.get('/admin/d/:domain/import/:job', (req, res) => showJob(req, res, 200, ''));

  router.post('/admin/d/:domain/import/:job/start', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const id = oneValue(req.params.job);
    const kept = find(req, id);
    if (kept?.domain !== domain) throw new NoSuchObject('no import waits under this id');
    const all = oneValue(req.body?.mode) === 'all';
    if (all && kept.problems.length > 0) return showJob(req, res, 422, t('admin.notAllGood'));
    let job: string;
    try {
      job = await administration.startBulk(actor, domain, kept.lines, { dryRun: false, all });
    } catch (error) {
      if (error instanceof Refusal || error instanceof Busy)
        return showJob(req, res, 422, faultsOf(error, [], t)[0]?.words ?? '');
      throw error;
    }
    waiting.delete(id);
    res.redirect(303, domainPath(domain, `/import/${job}`));
  });

  router.post('/admin/d/:domain/import/:job/cancel', async (req, res) => {
    const { actor } = admin.grant(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    await administration.cancelBulk(actor, domain, oneValue(req.params.job));
    res.redirect(303, domainPath(domain, `/import/${oneValue(req.params.job)}`));
  });

  return router;
}
