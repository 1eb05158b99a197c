// How one account is signed in to, for who administers it: sessions, app passwords, the second step. Administrators take
// away; what opens a way in is its owner's alone (server/web/settings/security.ts).
//   GET  /admin/d/DOMAIN/accounts/NAME/security
//   POST /admin/d/DOMAIN/accounts/NAME/security/end      `session`: one of them, all without it
//   POST /admin/d/DOMAIN/accounts/NAME/security/app      `id`: takes the app password back
//   POST /admin/d/DOMAIN/accounts/NAME/security/reset    turns the second step off
import { type Request, Router } from 'express';
import { Refusal } from '../../../mta/accounts/administration.ts';
import { endSessionOfRow, sessionRows } from '../settings/session-rows.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { accountPath } from './paths.ts';
import type { Admin } from './types.ts';

export function accountSecurityRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  /** The account that a path names, as its administrator sees it. */
  const find = async (req: Request) => {
    const { actor, address: self } = admin.grant(req);
    const written = `${oneValue(req.params.name)}@${oneValue(req.params.domain)}`.toLowerCase();
    const { address } = await administration.account(actor, written);
    const security = await administration.security(actor, address);
    return { actor, address, security, isSelf: address === self, base: accountPath(address, '/security') };
  };

  router.get('/admin/d/:domain/accounts/:name/security', async (req, res) => {
    const { t, formats } = admin.shell.localsOf(req);
    const { address, security, isSelf, base } = await find(req);
    const { appPasswords, secondFactor, mayChange } = security;
    await admin.show(req, res, {
      view: 'admin/account-security',
      title: t('guard.title'),
      section: 'accounts',
      domain: address.slice(address.lastIndexOf('@') + 1),
      model: {
        account: address,
        accountHref: accountPath(address),
        base,
        isSelf,
        mayChange,
        sessions: sessionRows(admin, req, address),
        twoStep: secondFactor && {
          since: formats.full(secondFactor.since * 1000),
          recoveryCodes: secondFactor.recoveryCodes,
        },
        apps: appPasswords.map((app) => ({
          id: app.id,
          label: cleanLine(app.label, 100),
          services: app.services.map((name) => t(`security.service.${name}`)).join(', '),
          made: formats.full(app.createdAt * 1000),
          used: app.usedAt === undefined ? '' : formats.full(app.usedAt * 1000),
        })),
      },
    });
  });

  router.post('/admin/d/:domain/accounts/:name/security/end', async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const { actor, address, security, base } = await find(req);
    if (!security.mayChange) throw new Refusal('address', 'forbidden', t('guard.forbidden'));
    const one = oneValue(req.body?.session);
    if (one !== '') {
      if (endSessionOfRow(admin, req, address, one))
        await administration.note(actor, 'session.end', address, 'one');
      return admin.done(req, res, base, t('guard.ended'));
    }
    admin.security.note(req, address, 'sessionsEnded');
    const ended = admin.sessions.endAll(address, admin.guards.recordOf(req)?.hash);
    admin.remembered.forgetAll(address);
    await administration.note(actor, 'session.end', address, `all, ${ended}`);
    admin.done(req, res, base, t('guard.endedAll', { n: ended }));
  });

  router.post('/admin/d/:domain/accounts/:name/security/app', async (req, res) => {
    const { actor, address, base } = await find(req);
    await administration.removeAppPassword(actor, address, oneValue(req.body?.id).slice(0, 100));
    admin.security.note(req, address, 'appRemoved');
    admin.done(req, res, base, admin.shell.localsOf(req).t('security.appRemoved'));
  });

  router.post('/admin/d/:domain/accounts/:name/security/reset', async (req, res) => {
    const { actor, address, isSelf, base } = await find(req);
    // The own one asks for a code, on the page of its owner.
    if (isSelf) return res.redirect(303, '/settings/security');
    await administration.turnOffSecondFactor(actor, address, '');
    admin.remembered.forgetAll(address);
    admin.security.note(req, address, 'twoStepOff');
    admin.done(req, res, base, admin.shell.localsOf(req).t('guard.reset'));
  });

  return router;
}
