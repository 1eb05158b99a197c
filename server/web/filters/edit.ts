// One rule: its form, whole without JavaScript (webmail.md R1 to R3).
//   GET  /settings/filters/rule          id; or m=<id>, in and to=<folder>: a new one for messages like that
//   POST /settings/filters/rule          id ('' for a new one) and the form; do=save|add|remove:<row>|try
//   POST /settings/filters/rule/apply    id, folder: does to mail that is there what the rule does to new mail: a job
// What a button other than save says changes nothing that is kept, and loses nothing that was typed.
import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { type Rule, type RuleBook, ruleLimits } from '../../../mta/sieve/rules/rule.ts';
import { ScriptStoreError } from '../../../mta/sieve/store.ts';
import { labelViews } from '../labels/view.ts';
import { moveChoices } from '../message/model.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf } from '../shell/form.ts';
import { folderLabel } from '../shell/frame.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { isProven, provePassword } from '../shell/prove.ts';
import type { WebParts } from '../web.ts';
import { applyRule, mostTried, type Tried, tryRule, undoApplied } from './apply.ts';
import { type FilterUndo, filtersPage, putRule, wordsOfRefusal } from './changes.ts';
import { ForeignScriptError } from './desk.ts';
import {
  addRow,
  type FormChoices,
  formOfRule,
  newForm,
  type RuleForm,
  readForm,
  removeRow,
  rowChoices,
  ruleOf,
} from './form.ts';
import { askTargets, judgeTargets, notAsked, noteForwards, wordsOfUnfit } from './forwarding.ts';
import { factsOfMessage, formLike } from './like.ts';
import { ruleWords } from './page.ts';
import { nameOfRule } from './sentence.ts';

const page = `${filtersPage}/rule`;

/** What the page shows besides the form. */
interface Shown {
  readonly id: string;
  readonly form: RuleForm;
  readonly status?: number;
  readonly faults?: readonly Fault[];
  readonly tried?: Tried;
  /** The field that the person is at: the row that was added. */
  readonly focus?: string;
}

export function editRoutes(web: WebParts): Router {
  const router = Router();
  undoApplied(web);
  /** Accounts whose letters are being read: one rule at a time. */
  const trying = new Set<string>();

  const choicesOf = async (req: Request) => {
    const { t } = web.shell.localsOf(req);
    const folders = await (await web.mailbox(req)).folders();
    const labels = labelViews(web.labels.list(web.session(req).account.address), t);
    return {
      folders,
      labels,
      form: {
        folders: folders.map(({ name }) => name),
        labels: labels.map(({ keyword }) => keyword),
      } satisfies FormChoices,
    };
  };

  /** The rules of the person; undefined when a script of another making filters the mail, and that was answered. */
  const bookOf = async (req: Request, res: Response): Promise<RuleBook | undefined> => {
    const { t } = web.shell.localsOf(req);
    const state = await web.filters.read(web.session(req).account);
    if (state.kind === 'rules') return state.book;
    await web.fail(req, res, 409, wordsOfRefusal(new ForeignScriptError(state.name), t));
    return undefined;
  };

  const show = async (req: Request, res: Response, shown: Shown): Promise<void> => {
    const { t, formats, now } = web.shell.localsOf(req);
    const { id, form, status = 200, faults = [], tried, focus = '' } = shown;
    const choices = await choicesOf(req);
    const targets = choices.folders.map((folder) => ({ name: folder.name, label: folderLabel(folder, t) }));
    // A folder that is gone stays chosen until another is.
    for (const name of [form.folder, form.copyTo])
      if (name !== '' && !targets.some((one) => one.name === name))
        targets.push({ name, label: cleanLine(name, 120) });
    const row = rowChoices(t);
    await web.render(req, res, {
      view: 'filters/rule',
      title: t(id === '' ? 'rules.new' : 'rules.editTitle'),
      status,
      pageClass: 'page-narrow page-settings page-filters',
      model: {
        id,
        rule: form,
        row,
        targets,
        moveTargets: moveChoices(choices.folders, ''),
        labels: choices.labels,
        form: formOf({}, faults),
        asksPassword: faults.some(({ field }) => field === 'own-password'),
        limits: ruleLimits,
        mostTried,
        focus,
        tried: tried && {
          ...tried,
          rows: tried.rows.map((one) => ({
            href: withField(`/m/${one.id}`, 'in', one.folder),
            subject: cleanLine(one.subject) || t('list.noSubject'),
            from: cleanLine(one.from[0]?.name || one.from[0]?.address || t('list.noSender')),
            time: formats.short(one.received, now),
            iso: formats.iso(one.received),
          })),
        },
      },
    });
  };

  router.get(page, web.signedIn, async (req, res) => {
    const state = await web.filters.read(web.session(req).account);
    // That page says what filters instead, and what can be done about it.
    if (state.kind === 'foreign') return res.redirect(302, filtersPage);
    const { book } = state;
    const id = oneValue(req.query.id);
    if (id !== '') {
      const rule = book.rules.find((one) => one.id === id);
      if (!rule) return web.fail(req, res, 404, 'rules.gone');
      return show(req, res, { id, form: formOfRule(rule) });
    }
    const message = oneValue(req.query.m);
    if (message === '') return show(req, res, { id, form: newForm });
    const facts = await factsOfMessage(web, req, message, oneValue(req.query.in));
    if (!facts) return web.fail(req, res, 404, 'message.gone');
    await show(req, res, { id, form: formLike(facts, oneValue(req.query.to).slice(0, ruleLimits.folder)) });
  });

  /** Who of a rule's forwards must agree first, and who has to be asked; or what is wrong with them. */
  const checkForwards = async (
    req: Request,
    rule: Rule,
  ): Promise<
    | { readonly waitsFor: readonly string[]; readonly asked: readonly string[] }
    | { readonly fault: Fault; readonly status: number }
  > => {
    const { address } = web.session(req).account;
    const { waitsFor, unfit } = await judgeTargets(web, address, rule);
    if (unfit !== undefined)
      return { fault: { field: 'forward', words: wordsOfUnfit(web, req, unfit) }, status: 422 };
    const asked = notAsked(web, address, waitsFor);
    if (asked.length > 0 && !isProven(web, req)) {
      // Who found an open session must not be able to have the mail sent elsewhere.
      const proof = await provePassword(web, req, oneValue(req.body?.['own-password']));
      if (proof.status !== 200)
        return { fault: { field: 'own-password', words: proof.words }, status: proof.status };
    }
    return { waitsFor, asked };
  };

  /** Writes a checked rule; gives words when it was refused. */
  const store = async (req: Request, id: string, rule: Rule): Promise<string | { readonly op: string }> => {
    const { t } = web.shell.localsOf(req);
    let undo: FilterUndo | undefined;
    try {
      await web.filters.change(web.session(req).account, (book) => {
        const found = book.rules.findIndex((one) => one.id === id);
        const at = found < 0 ? book.rules.length : found;
        if (found < 0 && book.rules.length >= ruleLimits.rules)
          throw new ScriptStoreError('count', t('rules.tooMany', { n: ruleLimits.rules }));
        undo = { kind: 'filter', id: rule.id, before: book.rules[found], at };
        return putRule(book, rule.id, rule, at);
      });
    } catch (error) {
      return wordsOfRefusal(error, t);
    }
    return { op: web.rememberUndo(req, t('settings.saved'), undo) };
  };

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const id = oneValue(req.body?.id);
    const form = readForm(req.body);
    const [button, row = ''] = (oneValue(req.body?.do) || 'save').split(':');
    if (button === 'add')
      return show(req, res, { id, form: addRow(form), focus: `value-${form.rows.length}` });
    if (button === 'remove') return show(req, res, { id, form: removeRow(form, Number(row)), focus: 'add' });
    const book = await bookOf(req, res);
    if (!book) return;
    const read = ruleOf(form, id === '' ? newId() : id, (await choicesOf(req)).form, t);
    if ('faults' in read) return show(req, res, { id, form, status: 422, faults: read.faults });
    if (button === 'try') {
      const { address } = web.session(req).account;
      if (trying.has(address))
        return show(req, res, { id, form, status: 429, faults: [{ field: '', words: t('admin.busy') }] });
      trying.add(address);
      try {
        return await show(req, res, { id, form, tried: await tryRule(web, req, read.rule) });
      } finally {
        trying.delete(address);
      }
    }
    const checked = await checkForwards(req, read.rule);
    if ('fault' in checked)
      return show(req, res, { id, form, status: checked.status, faults: [checked.fault] });
    const stored = await store(req, id, { ...read.rule, waitsFor: checked.waitsFor });
    if (typeof stored === 'string')
      return show(req, res, { id, form, status: 422, faults: [{ field: '', words: stored }] });
    const words = await askTargets(web, req, checked.asked);
    const before = book.rules.find((one) => one.id === id)?.actions.forwardTo ?? [];
    noteForwards(
      web,
      req,
      read.rule.actions.forwardTo.filter((target) => !before.includes(target)),
    );
    const op = words === undefined ? stored.op : web.rememberUndo(req, words, undefined);
    res.redirect(303, withField(filtersPage, 'u', op));
  });

  router.post(`${page}/apply`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const book = await bookOf(req, res);
    if (!book) return;
    const rule = book.rules.find(({ id }) => id === oneValue(req.body?.id));
    if (!rule) return web.fail(req, res, 404, 'rules.gone');
    const folder = oneValue(req.body?.folder).slice(0, 255);
    const known = await (await web.mailbox(req)).folders();
    if (!known.some(({ name }) => name === folder)) return web.fail(req, res, 422, 'rules.fault.folder');
    const name = nameOfRule(rule, await ruleWords(web, req));
    const job = await applyRule(
      web,
      req,
      rule,
      folder,
      t('rules.applying', { name: name.replace(/[\u2068\u2069]/g, '') }),
    );
    if (job === undefined) return web.fail(req, res, 429, 'job.tooMany');
    res.redirect(303, `/jobs/${job}`);
  });

  return router;
}

export const newId = (): string => randomBytes(6).toString('base64url');
