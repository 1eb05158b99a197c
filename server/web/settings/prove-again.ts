// What takes a way of signing in away, or opens one, asks once more who is there (webmail.md X6): password or passkey, on
// a page that carries the form on; whoever gave it within ten minutes is not asked.
//   POST /settings/security/prove/options   what the browser is asked for a passkey, as JSON
import { type Request, type Response, Router } from 'express';
import { carryFields, formOf } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { isProven, type Proof, provePasskey, provePassword } from '../shell/prove.ts';
import type { WebParts } from '../web.ts';

const optionsPath = '/settings/security/prove/options';
const passwordField = 'own-password';
const ownFields = ['csrf', passwordField, 'ticket', 'credential'];

/** The proof that came with a form; undefined: none. */
async function readProof(web: WebParts, req: Request): Promise<Proof | undefined> {
  if (oneValue(req.body?.credential) !== '') return provePasskey(web, req);
  const password = req.body?.[passwordField];
  return password === undefined ? undefined : provePassword(web, req, oneValue(password).slice(0, 1025));
}

/**
 * May this POST go on? False: it was answered with the question, which posts the same form to `action` again.
 * @param action path of the route
 */
export async function proveOrAsk(
  web: WebParts,
  req: Request,
  res: Response,
  action: string,
): Promise<boolean> {
  if (isProven(web, req)) return true;
  const proof = await readProof(web, req);
  if (proof?.status === 200) return true;
  if (proof && proof.retryAfter > 0) res.setHeader('Retry-After', proof.retryAfter);
  const { t } = web.shell.localsOf(req);
  const { account } = web.session(req);
  const here = (await web.passkeyCheck.ofAccount(account)).filter(({ host }) => host === req.hostname);
  await web.render(req, res, {
    view: 'settings/prove',
    title: t('act.confirmTitle'),
    // It was not refused: nothing was given yet.
    status: proof?.status ?? 401,
    pageClass: 'page-narrow page-settings',
    model: {
      action,
      optionsPath: here.length > 0 ? optionsPath : '',
      carried: carryFields(req.body, ownFields),
      passwordField,
      form: formOf({}, proof ? [{ field: passwordField, words: proof.words }] : []),
    },
  });
  return false;
}

export function proveRoutes(web: WebParts): Router {
  const router = Router();
  router.post(optionsPath, web.signedIn, web.sameOrigin, async (req, res) => {
    res.json(await web.passkeyCheck.askToShow(req, web.session(req).account, true));
  });
  return router;
}
