// The Sieve scripts themselves (webmail.md R4), for those who write them: raw, with what is wrong at its line. A script that
// is not ours is never rewritten by anything but this form.
//   GET  /settings/filters/scripts          all of them
//   GET  /settings/filters/script           name, '' for a new one
//   POST /settings/filters/script           name, was (its name until now), version, text
//   POST /settings/filters/script/use       name; '' for none
//   POST /settings/filters/script/remove    name
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { readRules } from '../../../mta/sieve/rules/script.ts';
import {
  activateScript,
  examineScript,
  listScripts,
  readScript,
  removeScript,
  renameScript,
  ScriptStoreError,
  writeScript,
} from '../../../mta/sieve/store.ts';
import { type ScriptFault, SIEVE_SCRIPT_BYTES } from '../../../mta/sieve/types.ts';
import { cleanLine, isolate } from '../shell/foreign.ts';
import { type Fault, formOf, type Values } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { isProven, provePassword } from '../shell/prove.ts';
import type { WebParts } from '../web.ts';
import type { Translate } from '../words/words.ts';
import { filtersPage, wordsOfRefusal } from './changes.ts';

const listPage = `${filtersPage}/scripts`;
const page = `${filtersPage}/script`;
const shownFaults = 50;

/** Tells whether a script is the one that the form was made of. */
const versionOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** May a script send mail somewhere? Said of too many rather than of too few. */
const sendsOn = (text: string): boolean => /redirect|notify/i.test(text);

const wordsOfFault = ({ line, message }: ScriptFault, t: Translate): string =>
  t('rules.scriptFault', { line, words: isolate(cleanLine(message, 300)) });

export function scriptRoutes(web: WebParts): Router {
  const router = Router();

  web.undoWith('filter-script', async (req, payload) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const { name, text } = payload as { readonly name: string; readonly text: string };
    try {
      await web.filters.inTurn(account, async () => {
        const scripts = await listScripts(account);
        if (scripts.some((one) => one.name === name))
          throw new ScriptStoreError('exists', `There is a script ${name}.`);
        await writeScript(account, name, text, { most: await web.filters.mostScripts(), check: undefined });
      });
    } catch (error) {
      throw new Error(wordsOfRefusal(error, t), { cause: error });
    }
  });
  web.undoWith('filter-active', async (req, payload) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const { active } = payload as { readonly active?: string };
    try {
      await web.filters.inTurn(account, () => activateScript(account, active));
    } catch (error) {
      throw new Error(wordsOfRefusal(error, t), { cause: error });
    }
  });

  /** Takes down, and tells the owner, that a script that sends mail on was saved or runs. */
  const noteSending = (req: Request, text: string): void => {
    const { address } = web.session(req).account;
    if (sendsOn(text)) web.security.note(req, address, 'filter', address);
  };

  /** Does the work in turn and goes on; or says why not. */
  const attempt = async (
    req: Request,
    res: Response,
    work: () => Promise<{ readonly words: string; readonly undo?: unknown }>,
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    try {
      const { words, undo } = await web.filters.inTurn(account, work);
      res.redirect(303, withField(listPage, 'u', web.rememberUndo(req, words, undo)));
    } catch (error) {
      if (error instanceof ScriptStoreError && error.kind === 'missing')
        return web.fail(req, res, 404, 'rules.scriptGone');
      if (error instanceof ScriptStoreError && error.kind === 'active')
        return web.fail(req, res, 422, 'rules.scriptIsActive');
      await web.fail(req, res, 422, wordsOfRefusal(error, t));
    }
  };

  router.get(listPage, web.signedIn, async (req, res) => {
    const { t, formats, now } = web.shell.localsOf(req);
    const scripts = await listScripts(web.session(req).account);
    await web.render(req, res, {
      view: 'filters/scripts',
      title: t('rules.scripts'),
      pageClass: 'page-narrow page-settings page-filters',
      model: {
        scripts: scripts.map(({ name, size, changedAt, isActive }) => ({
          name,
          shown: cleanLine(name),
          size: formats.size(size),
          changed: formats.short(changedAt, now),
          iso: formats.iso(changedAt),
          isActive,
          href: withField(page, 'name', name),
        })),
        hasActive: scripts.some(({ isActive }) => isActive),
      },
    });
  });

  interface Shown {
    readonly was: string;
    readonly values: Values;
    readonly status?: number;
    readonly faults?: readonly Fault[];
    readonly scriptFaults?: readonly ScriptFault[];
  }
  /** What of a stored script is wrong, or doubtful. */
  const judge = async (text: string, name: string, t: Translate) => {
    const { script, faults } = await web.filters.check(text, name);
    return {
      canRun: script !== undefined,
      lines: faults.slice(0, shownFaults).map((fault) => wordsOfFault(fault, t)),
    };
  };

  const show = async (req: Request, res: Response, shown: Shown): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const { was, values, status = 200, faults = [], scriptFaults = [] } = shown;
    const text = String(values.text ?? '');
    const scripts = await listScripts(web.session(req).account);
    await web.render(req, res, {
      view: 'filters/script',
      title: was === '' ? t('rules.scriptNew') : cleanLine(was),
      status,
      pageClass: 'page-narrow page-settings page-filters',
      model: {
        was,
        shown: cleanLine(was),
        isActive: scripts.some(({ name, isActive }) => name === was && isActive),
        isOurs: readRules(text) !== undefined,
        // What was typed and refused has its faults in the form.
        judgement: status === 200 && was !== '' ? await judge(text, was, t) : undefined,
        form: formOf(values, [
          ...faults,
          ...scriptFaults
            .slice(0, shownFaults)
            .map((fault) => ({ field: 'text', words: wordsOfFault(fault, t) })),
        ]),
        asksPassword: faults.some(({ field }) => field === 'own-password'),
        longest: SIEVE_SCRIPT_BYTES,
      },
    });
  };

  router.get(page, web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const name = oneValue(req.query.name);
    if (name === '') return show(req, res, { was: '', values: { name: '', text: '', version: '' } });
    try {
      const text = await readScript(web.session(req).account, name);
      await show(req, res, { was: name, values: { name, text, version: versionOf(text) } });
    } catch (error) {
      if (error instanceof ScriptStoreError && (error.kind === 'missing' || error.kind === 'name'))
        return web.fail(req, res, 404, 'rules.scriptGone');
      await web.fail(req, res, 422, wordsOfRefusal(error, t));
    }
  });

  router.post(page, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const [was = '', name = '', version = ''] = [req.body?.was, req.body?.name, req.body?.version].map(
      oneValue,
    );
    const text = oneValue(req.body?.text).replaceAll('\r\n', '\n');
    const values = { name: name.trim(), text, version };
    const refuse = (status: number, field: string, words: string, scriptFaults?: readonly ScriptFault[]) =>
      show(req, res, {
        was,
        values,
        status,
        faults: words === '' ? [] : [{ field, words }],
        ...(scriptFaults ? { scriptFaults } : {}),
      });
    // Who found an open session must not be able to have the mail sent elsewhere.
    if (sendsOn(text) && !isProven(web, req)) {
      const proof = await provePassword(web, req, oneValue(req.body?.['own-password']));
      if (proof.status !== 200) return refuse(proof.status, 'own-password', proof.words);
    }
    let doubts: readonly ScriptFault[] = [];
    try {
      const words = await web.filters.inTurn(account, async () => {
        const scripts = await listScripts(account);
        const isKnown = scripts.some((one) => one.name === was);
        if (values.name !== was && scripts.some((one) => one.name === values.name))
          throw new ScriptStoreError('exists', values.name);
        const before = was !== '' && isKnown ? await readScript(account, was) : '';
        if (before !== '' && versionOf(before) !== version) return { changed: versionOf(before) };
        const limits = { most: await web.filters.mostScripts(), check: web.filters.check };
        doubts = await writeScript(account, isKnown ? was : values.name, text, limits);
        if (isKnown && was !== values.name) await renameScript(account, was, values.name);
        return undefined;
      });
      if (words)
        return show(req, res, {
          was,
          values: { ...values, version: words.changed },
          status: 409,
          faults: [{ field: '', words: t('rules.scriptChanged') }],
        });
    } catch (error) {
      if (!(error instanceof ScriptStoreError)) throw error;
      if (error.kind === 'faults') return refuse(422, 'text', '', error.faults);
      if (error.kind === 'exists') return refuse(422, 'name', t('rules.scriptExists'));
      const field = error.kind === 'name' ? 'name' : error.kind === 'size' ? 'text' : '';
      return refuse(422, field, t('rules.refused', { why: cleanLine(error.message, 300) }));
    }
    noteSending(req, text);
    // Its own page says what is doubtful in it.
    const next = doubts.length === 0 ? listPage : withField(page, 'name', values.name);
    res.redirect(303, withField(next, 'u', web.rememberUndo(req, t('settings.saved'), undefined)));
  });

  router.post(`${page}/use`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const name = oneValue(req.body?.name);
    await attempt(req, res, async () => {
      const active = (await listScripts(account)).find(({ isActive }) => isActive)?.name;
      if (name !== '') {
        const text = await readScript(account, name);
        await examineScript(name, text, { check: web.filters.check });
        noteSending(req, text);
      }
      await activateScript(account, name === '' ? undefined : name);
      return {
        words: name === '' ? t('rules.scriptStopped') : t('rules.scriptUsed', { name: cleanLine(name) }),
        undo: { kind: 'filter-active', active },
      };
    });
  });

  router.post(`${page}/remove`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const name = oneValue(req.body?.name);
    await attempt(req, res, async () => {
      const text = await readScript(account, name);
      await removeScript(account, name);
      return {
        words: t('rules.scriptRemoved', { name: cleanLine(name) }),
        undo: { kind: 'filter-script', name, text },
      };
    });
  });

  return router;
}
