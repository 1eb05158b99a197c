// What happened to the security of the own account (webmail.md X5):
//   GET /settings/security/log   the last 90 days, newest first
import { Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import type { WebParts } from '../web.ts';
import { describeDevice } from './session-rows.ts';

export function securityLogRoutes(web: WebParts): Router {
  const router = Router();
  router.get('/settings/security/log', web.signedIn, async (req, res) => {
    const { t, formats } = web.shell.localsOf(req);
    const lines = web.securityLog.list(web.session(req).account.address);
    await web.render(req, res, {
      view: 'settings/security-log',
      title: t('security.logTitle'),
      pageClass: 'page-narrow page-settings',
      model: {
        lines: lines.map(({ kind, at, times, ip, device, about }) => ({
          words: t(`security.log.${kind}`, { n: times, about: cleanLine(about, 200) }),
          isWarning: kind === 'failed' || kind === 'failedCode',
          time: formats.full(at),
          iso: formats.iso(at),
          ip: cleanLine(ip, 60),
          device: describeDevice(device) || cleanLine(device, 40),
        })),
      },
    });
  });
  return router;
}
