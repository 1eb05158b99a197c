// Labels (webmail.md M21):
//   GET  /label/<name>             the messages that have it, of all folders but Trash and Junk
//   GET  /settings/labels          names and colours
//   POST /settings/labels          adds one (name, color)
//   POST /settings/labels/change   keyword, name, color
//   GET  /settings/labels/remove   the question: also off the messages?
//   POST /settings/labels/remove   keyword, off=1
// Setting them on messages is POST /act (actions/).
import { type Request, type Response, Router } from 'express';
import type { Mailbox } from '../../mailbox/types.ts';
import { restoreEntries, startChange } from '../actions/run.ts';
import { takeBack } from '../actions/undo.ts';
import { readListState } from '../list/address.ts';
import { renderList } from '../list/page.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Fault } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { countOf, type UndoRef } from '../state/undo-lists.ts';
import type { WebParts } from '../web.ts';
import { keywordFor, type Label, type LabelColor, labelColors, longestName } from './store.ts';
import { findLabel, type LabelView, labelPath, labelViews } from './view.ts';

type Entry = Parameters<Mailbox['restore']>[0][number];

const page = '/settings/labels';
const mostMessages = 1_000_000;

export function labelRoutes(web: WebParts): Router {
  const router = Router();
  const addressOf = (req: Request): string => web.session(req).account.address;
  const viewsOf = (req: Request): readonly LabelView[] =>
    labelViews(web.labels.list(addressOf(req)), web.shell.localsOf(req).t);
  const byKeyword = (req: Request, keyword: string): LabelView | undefined =>
    viewsOf(req).find((label) => label.keyword === keyword);

  web.undoWith('label', async (req, payload, op) => {
    const { label, entries } = payload as { readonly label: Label; readonly entries: UndoRef<Entry> };
    if (!web.labels.add(addressOf(req), label)) throw new Error(web.shell.localsOf(req).t('label.tooMany'));
    const mailbox = await web.mailbox(req);
    await takeBack(web, req, op, countOf(entries), (job) => restoreEntries(web, mailbox, entries, job));
  });

  router.get('/label/:name', web.signedIn, async (req, res) => {
    const label = findLabel(viewsOf(req), String(req.params.name));
    if (!label) return web.fail(req, res, 404, 'label.gone');
    const state = readListState(labelPath(label.name), undefined, {
      ...req.query,
      q: `label:${label.keyword}`,
    });
    await renderList(web, req, res, state, { title: label.name, here: `:label ${label.keyword}` });
  });

  interface Typed {
    /** Of which form: a keyword, or '' of the one that adds. */
    readonly form: string;
    readonly name: string;
    readonly color: string;
    readonly faults: readonly Fault[];
  }
  const show = async (req: Request, res: Response, status: number, typed?: Typed): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const names = new Map(labelColors.map((color) => [color, t(`label.${color}`)]));
    await web.render(req, res, {
      view: 'labels/page',
      title: t('label.title'),
      status,
      pageClass: 'page-narrow page-settings page-labels',
      model: {
        labels: viewsOf(req).map((label) =>
          typed?.form === label.keyword
            ? { ...label, name: typed.name, color: typed.color, shown: label.name, faults: typed.faults }
            : { ...label, shown: label.name, faults: [] },
        ),
        colors: [...names].map(([value, label]) => ({ value, label })),
        added:
          typed?.form === ''
            ? { name: typed.name, color: typed.color, faults: typed.faults }
            : { name: '', color: 'teal', faults: [] },
        longestName,
        saved: req.query.saved === '1',
      },
    });
  };

  /** Name and colour of a form; faults when they cannot be had. */
  const readLabel = (
    req: Request,
    others: readonly LabelView[],
  ): { readonly name: string; readonly color: LabelColor; readonly faults: readonly Fault[] } => {
    const name = cleanLine(oneValue(req.body?.name), 1000);
    const color = labelColors.find((known) => known === oneValue(req.body?.color)) ?? 'grey';
    const { t } = web.shell.localsOf(req);
    const fault = (words: string): { name: string; color: LabelColor; faults: readonly Fault[] } => ({
      name,
      color,
      faults: [{ field: 'name', words }],
    });
    if (name === '') return fault(t('label.nameMissing'));
    if ([...name].length > longestName) return fault(t('label.nameLong', { n: longestName }));
    const taken = others.some(
      (label) => label.name.normalize('NFC').toLowerCase() === name.normalize('NFC').toLowerCase(),
    );
    return taken ? fault(t('label.nameTaken')) : { name, color, faults: [] };
  };

  router.get(page, web.signedIn, (req, res) => show(req, res, 200));

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const known = viewsOf(req);
    const { name, color, faults } = readLabel(req, known);
    if (faults.length > 0) return show(req, res, 422, { form: '', name, color, faults });
    const keyword = keywordFor(
      name,
      known.map((label) => label.keyword),
    );
    if (!web.labels.add(addressOf(req), { keyword, name, color })) {
      const words = web.shell.localsOf(req).t('label.tooMany');
      return show(req, res, 422, { form: '', name, color, faults: [{ field: 'name', words }] });
    }
    res.redirect(303, `${page}?saved=1`);
  });

  router.post(`${page}/change`, web.signedIn, web.sameOrigin, async (req, res) => {
    const keyword = oneValue(req.body?.keyword);
    const label = byKeyword(req, keyword);
    if (!label) return web.fail(req, res, 404, 'label.gone');
    const { name, color, faults } = readLabel(
      req,
      viewsOf(req).filter((other) => other.keyword !== keyword),
    );
    if (faults.length > 0) return show(req, res, 422, { form: keyword, name, color, faults });
    // One of the first five keeps following the language while its name is the one shown.
    const stored = web.labels.list(addressOf(req)).find((one) => one.keyword === keyword);
    const kept = stored?.name === '' && name === label.name ? '' : name;
    web.labels.change(addressOf(req), { keyword, name: kept, color });
    res.redirect(303, `${page}?saved=1`);
  });

  router.get(`${page}/remove`, web.signedIn, async (req, res) => {
    const label = byKeyword(req, oneValue(req.query.keyword));
    if (!label) return web.fail(req, res, 404, 'label.gone');
    const { t } = web.shell.localsOf(req);
    const mailbox = await web.mailbox(req);
    const { total } = await mailbox.list({ search: `label:${label.keyword} in:anywhere`, limit: 1 });
    await web.render(req, res, {
      view: 'labels/remove',
      title: t('label.removeTitle', { label: label.name }),
      pageClass: 'page-narrow',
      model: { label, total },
    });
  });

  router.post(`${page}/remove`, web.signedIn, web.sameOrigin, async (req, res) => {
    const label = byKeyword(req, oneValue(req.body?.keyword));
    if (!label) return web.fail(req, res, 404, 'label.gone');
    const { t, now } = web.shell.localsOf(req);
    const address = addressOf(req);
    const [stored] = web.labels.list(address).filter((one) => one.keyword === label.keyword);
    if (oneValue(req.body?.off) === '1') {
      const mailbox = await web.mailbox(req);
      const search = `label:${label.keyword} in:anywhere`;
      const started = await startChange(
        web,
        req,
        {
          run: (ids) => mailbox.setKeywords(ids, [], [label.keyword]),
          title: t('label.doingRemove', { label: label.name }),
          words: () => t('label.removedWhole', { label: label.name }),
          undo: (entries) => ({ kind: 'label', label: stored, entries }),
        },
        () => mailbox.idsMatching({ search }, now, mostMessages),
        true,
      );
      if (!started) return web.fail(req, res, 429, 'job.tooMany');
      web.labels.remove(address, label.keyword);
      web.goBack(res, 'op' in started ? `${page}?u=${started.op}` : `/jobs/${started.job}`, page);
      return;
    }
    web.labels.remove(address, label.keyword);
    const undo = { kind: 'label', label: stored, entries: [] };
    const op = web.rememberUndo(req, t('label.removedWhole', { label: label.name }), undo);
    web.goBack(res, `${page}?u=${op}`, page);
  });

  return router;
}
