// What guards the own account besides its password (spec/webmail.md T6, security.md A5, A7):
//   GET  /settings/security                the second step, remembered browsers, app passwords, sessions
//   POST /settings/security/app            makes an app password: label, service, password; the answer shows it once
//   POST /settings/security/app/remove     id
//   POST /settings/security/forget         every browser is asked for a code again
//   passkeys.ts, security-log.ts
//   two-step.ts: setting the second step up and turning it off
//   prove-again.ts: the question before a way in is taken away
// Whatever opens a new way in asks for the password; wrong ones count as tries to sign in, by this session. Who may do what
// is decided by the administration.
import { type Request, type Response, Router } from 'express';
import { NoSuchObject, Refusal } from '../../../mta/accounts/administration.ts';
import { appServices } from '../../../mta/accounts/app-passwords.ts';
import { cleanLine } from '../shell/foreign.ts';
import { allValues, oneValue, withField } from '../shell/paths.ts';
import { isProven } from '../shell/prove.ts';
import type { WebParts } from '../web.ts';
import { actorOf, attemptGuarded, type Fault } from './guarded.ts';
import { passkeyRoutes } from './passkeys.ts';
import { proveOrAsk, proveRoutes } from './prove-again.ts';
import { securityLogRoutes } from './security-log.ts';
import { sessionRows } from './session-rows.ts';
import { twoStepRoutes } from './two-step.ts';

const path = '/settings/security';

export function securitySettings(web: WebParts): Router {
  const router = Router();
  const { administration } = web;

  const done = (req: Request, res: Response, words: string): void =>
    res.redirect(303, withField(path, 'u', web.rememberUndo(req, words, undefined)));

  /** The page; with a fault of one of its forms, and what was typed into it. */
  const show = async (req: Request, res: Response, fault?: Fault): Promise<void> => {
    const { t, formats } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const { appPasswords, secondFactor } = await administration.security(actor, actor.address);
    const chosen = allValues(req.body?.service);
    await web.render(req, res, {
      view: 'settings/security',
      title: t('security.title'),
      status: fault?.status ?? 200,
      pageClass: 'page-narrow page-settings',
      model: {
        faultOf: (form: Fault['form'], field: string) =>
          fault?.form === form && fault.field === field ? fault.words : '',
        label: oneValue(req.body?.label).slice(0, 100),
        services: appServices.map((name) => ({
          name,
          words: t(`security.service.${name}`),
          isChosen: fault?.form === 'app' ? chosen.includes(name) : name === 'smtp' || name === 'imap',
        })),
        twoStep: secondFactor && {
          since: formats.full(secondFactor.since * 1000),
          recoveryCodes: secondFactor.recoveryCodes,
          remembered: web.remembered.count(actor.address, secondFactor.since),
        },
        passkeys: (await web.passkeyCheck.ofAccount(web.session(req).account)).map((passkey) => ({
          id: passkey.id,
          name: cleanLine(passkey.name, 60),
          host: passkey.host === req.hostname ? '' : passkey.host,
          made: formats.full(passkey.madeAt),
          used: passkey.usedAt === undefined ? '' : formats.full(passkey.usedAt),
        })),
        isProven: isProven(web, req),
        ended: req.query.ended === '1',
        sessions: sessionRows(web, req, actor.address),
        apps: appPasswords.map((app) => ({
          id: app.id,
          label: cleanLine(app.label, 100),
          services: app.services.map((name) => t(`security.service.${name}`)).join(', '),
          made: formats.full(app.createdAt * 1000),
          used: app.usedAt === undefined ? '' : formats.full(app.usedAt * 1000),
        })),
      },
    });
  };

  router.get(path, web.signedIn, (req, res) => show(req, res));

  router.post(`${path}/app`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const wanted = {
      password: oneValue(req.body?.password).slice(0, 1000),
      label: oneValue(req.body?.label).slice(0, 100),
      services: appServices.filter((name) => allValues(req.body?.service).includes(name)),
    };
    const made = await attemptGuarded(web, req, 'app', () =>
      administration.addAppPassword(actor, actor.address, wanted),
    );
    if ('fault' in made) return show(req, res, made.fault);
    web.security.note(req, actor.address, 'app', wanted.label);
    await web.render(req, res, {
      view: 'settings/app-password',
      title: t('security.appPasswords'),
      pageClass: 'page-narrow page-settings',
      model: { label: cleanLine(wanted.label, 100), password: made.done.password },
    });
  });

  router.post(`${path}/app/remove`, web.signedIn, web.sameOrigin, async (req, res) => {
    if (!(await proveOrAsk(web, req, res, `${path}/app/remove`))) return;
    const actor = actorOf(web, req);
    try {
      await administration.removeAppPassword(actor, actor.address, oneValue(req.body?.id).slice(0, 100));
    } catch (error) {
      if (error instanceof NoSuchObject) return web.fail(req, res, 404, 'security.appGone');
      if (error instanceof Refusal) return web.fail(req, res, 422, 'security.forbidden');
      throw error;
    }
    web.security.note(req, actor.address, 'appRemoved');
    done(req, res, web.shell.localsOf(req).t('security.appRemoved'));
  });

  router.post(`${path}/forget`, web.signedIn, web.sameOrigin, (req, res) => {
    web.remembered.forgetAll(web.session(req).account.address);
    done(req, res, web.shell.localsOf(req).t('security.forgotten'));
  });

  router.use(
    twoStepRoutes(web, { show, done }),
    passkeyRoutes(web, { show, done }),
    proveRoutes(web),
    securityLogRoutes(web),
  );
  return router;
}
