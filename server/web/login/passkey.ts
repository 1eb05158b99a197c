// Signing in by a passkey alone (webmail.md X2): it is two factors in one, the key and its PIN or finger.
//   POST /login/passkey/options   what the browser is asked, as JSON
//   POST /login/passkey           ticket, credential, stay, next
import { type Request, type Response, Router } from 'express';
import { quoted } from '../../../mta/log.ts';
import { checkPath, oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import type { Entry } from './entry.ts';

/** Shows the sign-in form with words. */
type ShowForm = (
  req: Request,
  res: Response,
  status: number,
  shown: { readonly next: string; readonly error: string; readonly stay: boolean },
) => Promise<void>;

export function passkeyLogin(web: WebParts, entry: Entry, showForm: ShowForm): Router {
  const router = Router();

  router.post('/login/passkey/options', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (!web.guards.isSameOrigin(req) || !entry.hasFormToken(req))
      return void res.status(403).json({ words: t('login.stale') });
    res.json(await web.passkeyCheck.askToShow(req, undefined));
  });

  router.post('/login/passkey', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const next = checkPath(oneValue(req.body?.next), '');
    const stay = oneValue(req.body?.stay) !== '';
    const again = (status: number, error: string): Promise<void> =>
      showForm(req, res, status, { next, stay, error });
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    if (!entry.hasFormToken(req)) return again(422, t('login.stale'));
    const attempt = web.throttle.begin({ account: 'passkey', address: req.ip ?? '', device: undefined });
    if (attempt.wait > 0) {
      res.setHeader('Retry-After', attempt.wait);
      return again(429, t('login.tooMany', { n: attempt.wait }));
    }
    const account = await web.passkeyCheck.show(req, undefined);
    if (!account) {
      attempt.failed();
      web.throttle.noteFailure('', req.ip ?? '', 'web');
      web.log(`web: passkey refused from ${quoted(req.ip ?? '')}`);
      return again(422, t('passkey.unknown'));
    }
    attempt.succeeded();
    entry.enter(req, res, { address: account.address, written: account.address, stay, next });
  });

  return router;
}
