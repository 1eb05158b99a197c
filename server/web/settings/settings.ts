// Settings of this device and this account (webmail.md T1, N6, X4, 2.4):
//   choices.ts: what a person chose; security.ts: second step, app passwords, sessions
//   POST      /settings/sessions/end  sign out everywhere, or one session (`session`)
//   account.ts: name and password; delivery.ts: forwarding and automatic answers
//   GET       /settings/activity      the operations of the last day, each with Undo
import { Router } from 'express';
import { setGuarded } from '../shell/cookies.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { accountSettings } from './account.ts';
import { choiceSettings } from './choices.ts';
import { deliverySettings } from './delivery.ts';
import { securitySettings } from './security.ts';
import { endSessionOfRow } from './session-rows.ts';

export function settingsRoutes(web: WebParts): Router {
  const router = Router();
  router.use(accountSettings(web), choiceSettings(web), deliverySettings(web), securitySettings(web));

  router.get('/settings', web.signedIn, (_req, res) => res.redirect(302, '/settings/general'));

  router.post('/settings/sessions/end', web.signedIn, web.sameOrigin, (req, res) => {
    const { address } = web.session(req).account;
    const one = oneValue(req.body?.session);
    if (one !== '') {
      endSessionOfRow(web, req, address, one);
      res.redirect(303, '/settings/security?ended=1#sessions');
      return;
    }
    web.security.note(req, address, 'sessionsEnded');
    web.sessions.endAll(address);
    web.remembered.forgetAll(address);
    setGuarded(req, res, 'sid', '', 0);
    res.setHeader('Clear-Site-Data', '"cache", "storage"');
    res.redirect(303, '/login?out=1');
  });

  router.get('/settings/activity', web.signedIn, async (req, res) => {
    const { t, formats, now } = web.shell.localsOf(req);
    await web.render(req, res, {
      view: 'settings/activity',
      title: t('settings.activity'),
      pageClass: 'page-narrow page-settings',
      model: {
        operations: web.operations.list(web.session(req).account.address).map((operation) => ({
          id: operation.id,
          words: cleanLine(operation.words),
          time: formats.short(operation.at, now),
          iso: formats.iso(operation.at),
          fullTime: formats.full(operation.at),
          undone: operation.undone,
          canUndo: !operation.undone && operation.payload !== undefined,
        })),
      },
    });
  });

  return router;
}
