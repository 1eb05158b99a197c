// The link of one-click unsubscribing (one-click.ts) as a person opens it:
//   GET /list/unsubscribe?list=…&member=…&token=…    who leaves what, and a button that POSTs to the same link
// Looking changes nothing: what follows links of itself must not unsubscribe anybody (RFC 8058 3.1). The POST comes back
// here with how it went in `outcome`.
import { Router } from 'express';
import { oneClickPath } from '../../../mta/lists/one-click.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { type LeaveOutcome, leavePath, readLeaving } from './one-click.ts';

export function leavePageRoutes(web: WebParts): Router {
  const router = Router();
  router.get(oneClickPath, async (req, res) => {
    const leaving = await readLeaving(web, req);
    const { t } = web.shell.localsOf(req);
    const outcome = oneValue(req.query.outcome) as LeaveOutcome | '';
    const fault = outcome === 'failed' ? t('publicList.failed') : '';
    await web.render(req, res, {
      view: 'lists/leave',
      title: leaving?.list ?? t('publicList.unsubscribe'),
      status: leaving === undefined ? 403 : 200,
      bare: true,
      pageClass: 'page-list-public',
      model: {
        leaving,
        action: leaving === undefined ? '' : leavePath(leaving, oneValue(req.query.token)),
        isDone: outcome === 'done',
        fault: leaving === undefined ? t('publicList.badLink') : fault,
      },
    });
  });
  return router;
}
