// The user's own name and password (spec/qmailadmin.md 2.3, 2.5; webmail.md T6).
//   GET  /settings/account    both forms
//   POST /settings/name       the name that stands beside the address (gecos)
//   POST /settings/password   oldPassword, password, again
// The old password is always asked; a new one ends every session of the account, and this one gets a new id (W1).
import { type Request, type Response, Router } from 'express';
import { Refusal } from '../../../mta/accounts/administration.ts';
import { readPasswordPolicy } from '../../../mta/accounts/password-policy.ts';
import { quoted } from '../../../mta/log.ts';
import { setGuarded } from '../shell/cookies.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { withField } from '../shell/paths.ts';
import { beginProof, noteWrong } from '../shell/prove.ts';
import { faultsOf } from '../shell/refused.ts';
import type { WebParts } from '../web.ts';
import { actorOf } from './guarded.ts';

const passwordFields = ['oldPassword', 'password', 'again'] as const;

export function accountSettings(web: WebParts): Router {
  const router = Router();
  const { administration } = web;
  const done = (req: Request, res: Response, words: string): void =>
    res.redirect(303, withField('/settings/account', 'u', web.rememberUndo(req, words, undefined)));

  /** The site's rule for passwords in its own words. The rule itself is asked when one is set. */
  const policyWords = async (): Promise<string> => {
    try {
      return (await readPasswordPolicy(web.home))?.text ?? '';
    } catch (error) {
      web.log(`web: password policy: ${quoted(String(error))}`);
      return '';
    }
  };

  const show = async (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[],
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const account = await administration.account(actorOf(web, req), web.session(req).account.address);
    const policy = await policyWords();
    await web.render(req, res, {
      view: 'settings/account',
      title: t('settings.account'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        account,
        policy: policy === '' ? t('settings.passwordRule') : policy,
        form: formOf({ gecos: account.gecos, version: account.version, ...values }, faults),
      },
    });
  };

  router.get('/settings/account', web.signedIn, (req, res) => show(req, res, 200, {}, []));

  router.post('/settings/name', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const values = readValues(req.body, ['gecos'], 1000);
    const actor = actorOf(web, req);
    try {
      await administration.changeAccount(actor, actor.address, { gecos: values.gecos.trim() });
    } catch (error) {
      return show(req, res, 422, values, faultsOf(error, ['gecos'], t));
    }
    done(req, res, t('settings.saved'));
  });

  router.post('/settings/password', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { oldPassword, password, again } = readValues(req.body, passwordFields, 1025);
    const refuse = (faults: readonly Fault[], status = 422): Promise<void> =>
      show(req, res, status, {}, faults);
    if (password !== again) return refuse([{ field: 'again', words: t('settings.passwordsDiffer') }]);
    const actor = actorOf(web, req);
    const attempt = beginProof(web, req);
    if (attempt.wait > 0) {
      res.setHeader('Retry-After', attempt.wait);
      return refuse([{ field: 'oldPassword', words: t('login.tooMany', { n: attempt.wait }) }], 429);
    }
    try {
      await administration.changeAccount(actor, actor.address, { oldPassword, password });
    } catch (error) {
      // Only a wrong old password is a guess.
      if (error instanceof Refusal && error.field === 'oldPassword') {
        attempt.failed();
        noteWrong(web, req);
      } else attempt.abandoned();
      return refuse(faultsOf(error, passwordFields, t));
    }
    attempt.succeeded();
    web.security.note(req, actor.address, 'password');
    const record = web.guards.recordOf(req);
    web.sessions.endAll(actor.address);
    web.remembered.forgetAll(actor.address);
    const stay = record?.stay ?? false;
    const cookie = web.sessions.begin(actor.address, stay, record?.device ?? '');
    setGuarded(req, res, 'sid', cookie, stay ? web.sessions.limits.stay / 1000 : undefined);
    done(req, res, t('settings.passwordChanged'));
  });

  return router;
}
