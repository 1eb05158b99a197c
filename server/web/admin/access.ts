// Who comes into the admin pages (security.md W1, W2, W7, A8). From outside control/adminclients there are none. Nobody goes to the sign-in page, whatever the address; a
// plain user gets the page of an address that does not exist; an administrator gives the password once an hour. A form
// that is posted after that hour is not lost: the page that asks for the password carries its fields and sends them on.
//   GET, POST /admin/confirm   the password; `next` is where to go then
//   POST      /admin/leave     ends the hour now

import { type Request, type RequestHandler, type Response, Router } from 'express';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { makeClientMatcher } from '../../../mta/control/network.ts';
import { quoted } from '../../../mta/log.ts';
import { readGuarded, setGuarded } from '../shell/cookies.ts';
import { carryFields, formOf } from '../shell/form.ts';
import { isMultipart } from '../shell/multipart.ts';
import { checkPath, oneValue } from '../shell/paths.ts';
import { provePassword } from '../shell/prove.ts';
import type { WebParts } from '../web.ts';
import type { Admin, Grant } from './types.ts';

const passwordField = 'admin-password';

export interface Access {
  readonly router: Router;
  grant(req: Request): Grant;
  system(req: Request): Grant;
}

export function createAccess(web: WebParts, administration: Admin['administration']): Access {
  const grants = new WeakMap<Request, Grant>();

  const grant = (req: Request): Grant => {
    const found = grants.get(req);
    if (!found) throw new Error('an admin page asked who it is without the guard before it');
    return found;
  };
  const sessionHash = (req: Request): string => web.guards.recordOf(req)?.hash ?? '';

  /** Shows the question. A form's fields go along; files cannot, so such a form starts anew. */
  const ask = (req: Request, res: Response, status: number, words: string): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const entering = req.path === '/confirm' || req.method === 'GET' || req.method === 'HEAD';
    const carried = entering ? [] : carryFields(req.body, ['csrf', passwordField]);
    return web.render(req, res, {
      view: 'admin/confirm',
      title: t('admin.confirmTitle'),
      status,
      bare: true,
      pageClass: 'page-login',
      model: {
        action: entering ? '/admin/confirm' : checkPath(req.originalUrl, '/admin'),
        next: entering ? checkPath(oneValue(req.query.next ?? req.body?.next), '/admin') : '',
        carried,
        keeps: !entering,
        form: formOf({}, words === '' ? [] : [{ field: passwordField, words }]),
        passwordField,
      },
    });
  };

  /** Checks the password of the form; answers itself when it is wrong. */
  const confirm = async (req: Request, res: Response): Promise<boolean> => {
    const { address } = grant(req);
    const proof = await provePassword(web, req, oneValue(req.body?.[passwordField]));
    if (proof.status !== 200) {
      web.log(`web: administration refused to ${address} from ${quoted(req.ip ?? '')}`);
      if (proof.retryAfter > 0) res.setHeader('Retry-After', proof.retryAfter);
      await ask(req, res, proof.status, proof.words);
      return false;
    }
    setGuarded(req, res, 'admin', web.adminSessions.begin(sessionHash(req)), undefined, 'Strict');
    web.log(`web: ${address} administers from ${quoted(req.ip ?? '')}`);
    return true;
  };

  const isWithin = web.adminClients === undefined ? () => true : makeClientMatcher(web.adminClients);
  // Before the session is asked for: from elsewhere these addresses are like any that does not exist.
  const isFromWithin: RequestHandler = (req, res, next) => {
    if (isWithin(req.ip ?? '')) return next();
    return web.fail(req, res, 404, 'error.notFound');
  };

  const findGrant: RequestHandler = async (req, res, next) => {
    const { address } = web.session(req).account;
    const actor = { kind: 'account', address, ip: req.ip ?? '' } as const;
    // Asked for at every request: a right that was taken away ends at once.
    const level = await administration.level(actor);
    if (level === undefined || level === 'user') return web.fail(req, res, 404, 'error.notFound');
    grants.set(req, { actor, address, level });
    next();
  };

  const askOnceAnHour: RequestHandler = async (req, res, next) => {
    if (web.adminSessions.isOpen(readGuarded(req, 'admin'), sessionHash(req))) return next();
    if (req.path === '/confirm' || req.path === '/leave') return next();
    if (req.method === 'POST' && !isMultipart(req)) {
      if (req.body?.[passwordField] === undefined) return ask(req, res, 401, '');
      if (await confirm(req, res)) next();
      return;
    }
    const here = checkPath(req.originalUrl, '/admin');
    res.redirect(
      303,
      here === '/admin' ? '/admin/confirm' : `/admin/confirm?next=${encodeURIComponent(here)}`,
    );
  };

  const router = Router();
  router.use('/admin', isFromWithin, web.signedIn, findGrant, web.sameOrigin, askOnceAnHour);
  router.get('/admin/confirm', (req, res) => ask(req, res, 200, ''));
  router.post('/admin/confirm', async (req, res) => {
    if (await confirm(req, res)) web.goBack(res, oneValue(req.body?.next), '/admin');
  });
  router.post('/admin/leave', (req, res) => {
    web.adminSessions.end(sessionHash(req));
    setGuarded(req, res, 'admin', '', 0, 'Strict');
    res.redirect(303, '/f/INBOX');
  });

  return {
    router,
    grant,
    system(req) {
      const found = grant(req);
      if (found.level !== 'system') throw new NoSuchObject('for system administrators');
      return found;
    },
  };
}
