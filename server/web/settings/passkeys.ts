// Passkeys of the own account (webmail.md X2); they need the browser's script by their nature:
//   POST /settings/security/passkey/options   name, password: what the browser is asked, as JSON
//   POST /settings/security/passkey           name, ticket, credential: the browser's answer
//   POST /settings/security/passkey/remove    id; wants a proof of the last ten minutes
import { type Request, type Response, Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { provePassword } from '../shell/prove.ts';
import { mostPasskeys } from '../state/passkeys.ts';
import type { WebParts } from '../web.ts';
import type { Fault } from './guarded.ts';
import { proveOrAsk } from './prove-again.ts';

/** The settings page that this is a part of. */
interface Around {
  show(req: Request, res: Response, fault?: Fault): Promise<void>;
  done(req: Request, res: Response, words: string): void;
}

const path = '/settings/security/passkey';
const nameOf = (req: Request): string => cleanLine(oneValue(req.body?.name), 60);

export function passkeyRoutes(web: WebParts, around: Around): Router {
  const router = Router();

  router.post(`${path}/options`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const name = nameOf(req);
    const refuse = (status: number, words: string) => res.status(status).json({ words });
    if (name === '') return void refuse(422, t('passkey.emptyName'));
    if ((await web.passkeyCheck.ofAccount(account)).length >= mostPasskeys)
      return void refuse(422, t('passkey.tooMany', { n: mostPasskeys }));
    // Whatever opens a new way in asks for the password (X6).
    const proof = await provePassword(web, req, oneValue(req.body?.password).slice(0, 1025));
    if (proof.status !== 200) {
      if (proof.retryAfter > 0) res.setHeader('Retry-After', proof.retryAfter);
      return void refuse(proof.status, proof.words);
    }
    res.json(await web.passkeyCheck.askToMake(req, account, name));
  });

  router.post(path, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const made = await web.passkeyCheck.make(req, account, nameOf(req));
    if (!made)
      return around.show(req, res, {
        form: 'passkey',
        field: '',
        words: t(oneValue(req.body?.credential) === '' ? 'passkey.needsScript' : 'passkey.refused'),
        status: 422,
      });
    web.security.note(req, account.address, 'passkey', made.name);
    around.done(req, res, t('passkey.added'));
  });

  router.post(`${path}/remove`, web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    if (!(await proveOrAsk(web, req, res, `${path}/remove`))) return;
    const name = web.passkeys.remove(address, oneValue(req.body?.id).slice(0, 1400));
    if (name === undefined) return web.fail(req, res, 404, 'passkey.gone');
    web.security.note(req, address, 'passkeyRemoved', name);
    around.done(req, res, t('passkey.removed'));
  });

  return router;
}
