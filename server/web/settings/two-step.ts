// Setting up the second step of signing in, and turning it off.
//   GET  /settings/security/two-step       the square and the key for the app; nothing is stored by looking
//   POST /settings/security/two-step       setup, password, code; the answer shows the recovery codes once
//   POST /settings/security/two-step/off   code, own-password unless it was given within ten minutes
// Until the app has shown that it knows the key, the key is only in the page, in a ticket that is good for this account for
// a quarter of an hour.
import { type Request, type Response, Router } from 'express';
import { makeSecret } from '../../../mta/accounts/second-factor.ts';
import { otpauthAddress, toBase32 } from '../../../mta/accounts/totp.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { actorOf, attemptGuarded, type Fault } from './guarded.ts';
import { proveOrAsk } from './prove-again.ts';
import { drawQrCode } from './qr-code.ts';

const setupSeconds = 15 * 60;
const path = '/settings/security/two-step';

/** The settings page that this is a part of. */
interface Around {
  show(req: Request, res: Response, fault?: Fault): Promise<void>;
  done(req: Request, res: Response, words: string): void;
}

export function twoStepRoutes(web: WebParts, around: Around): Router {
  const router = Router();
  const { administration } = web;

  /** The secret of a ticket of this account, base64url. */
  const secretOf = (req: Request): string | undefined => {
    const text = web.readTicket('two-step', oneValue(req.body?.setup)) ?? '';
    const [secret = '', address] = text.split(' ');
    return address === web.session(req).account.address ? secret : undefined;
  };

  const showSetup = async (
    req: Request,
    res: Response,
    status: number,
    secret: Buffer,
    fault?: { readonly field: string; readonly words: string },
  ): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    const link = otpauthAddress(secret, address, web.me);
    await web.render(req, res, {
      view: 'settings/two-step',
      title: t('security.setUpTitle'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        link,
        square: drawQrCode(link),
        key: (toBase32(secret).match(/.{1,4}/g) ?? []).join(' '),
        setup: web.signTicket('two-step', `${secret.toString('base64url')} ${address}`, setupSeconds),
        faultOf: (field: string) => (fault?.field === field ? fault.words : ''),
      },
    });
  };

  router.get(path, web.signedIn, async (req, res) => {
    const actor = actorOf(web, req);
    const { secondFactor } = await administration.security(actor, actor.address);
    if (secondFactor) return res.redirect(303, '/settings/security');
    await showSetup(req, res, 200, makeSecret());
  });

  router.post(path, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const secret = secretOf(req);
    if (secret === undefined)
      return showSetup(req, res, 422, makeSecret(), { field: '', words: t('security.stale') });
    const actor = actorOf(web, req);
    const wanted = {
      secret,
      password: oneValue(req.body?.password).slice(0, 1000),
      code: oneValue(req.body?.code).slice(0, 100).trim(),
    };
    const turned = await attemptGuarded(web, req, 'on', () =>
      administration.turnOnSecondFactor(actor, actor.address, wanted),
    );
    if ('fault' in turned)
      return showSetup(req, res, turned.fault.status, Buffer.from(secret, 'base64url'), turned.fault);
    // Whoever came in with the password alone is out (W1).
    web.sessions.endAll(actor.address, web.guards.recordOf(req)?.hash);
    web.security.note(req, actor.address, 'twoStepOn');
    web.log(`web: ${actor.address} turned the second step on`);
    await web.render(req, res, {
      view: 'settings/recovery-codes',
      title: t('security.codesTitle'),
      pageClass: 'page-narrow page-settings',
      model: { codes: turned.done },
    });
  });

  router.post(`${path}/off`, web.signedIn, web.sameOrigin, async (req, res) => {
    if (!(await proveOrAsk(web, req, res, `${path}/off`))) return;
    const actor = actorOf(web, req);
    const code = oneValue(req.body?.code).slice(0, 100).trim();
    const turned = await attemptGuarded(web, req, 'off', () =>
      administration.turnOffSecondFactor(actor, actor.address, code),
    );
    if ('fault' in turned) return around.show(req, res, turned.fault);
    web.remembered.forgetAll(actor.address);
    web.security.note(req, actor.address, 'twoStepOff');
    web.log(`web: ${actor.address} turned the second step off`);
    around.done(req, res, web.shell.localsOf(req).t('security.off'));
  });

  return router;
}
