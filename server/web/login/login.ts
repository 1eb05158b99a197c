// Signing in and out (webmail.md L1 to L5; security.md W1, A3, A4).
//   GET  /            the Inbox, or the sign-in page
//   GET  /login       the form; `next` is where to go after
//   POST /login       address, password, stay, next
//   POST /language    lang, return: the language of this device (L7)
//   GET, POST /login/code   the second step (second-step.ts)
//   passkey.ts: signing in by a passkey alone
//   POST /logout      ends the session on the server
// Unknown account, wrong password and switched-off webmail answer with the same words after the same work.
import { setTimeout as wait } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { Busy } from '../../../mta/accounts/administration.ts';
import { PasswordQueueError } from '../../../mta/accounts/password.ts';
import type { Account } from '../../../mta/accounts/types.ts';
import { asciiAddress } from '../../../mta/formats/idn.ts';
import { quoted } from '../../../mta/log.ts';
import { readCookies, readGuarded, setGuarded, setTaste } from '../shell/cookies.ts';
import { findFolder, folderPath } from '../shell/frame.ts';
import { checkPath, oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { findLanguage, languages } from '../words/languages.ts';
import { createEntry, inbox } from './entry.ts';
import { passkeyLogin } from './passkey.ts';
import { createSecondStep } from './second-step.ts';

/** The account that was meant: lower case, a bare name completed with the default domain. */
export function completeAddress(written: string, defaultDomain: string): string {
  const typed = written.trim().toLowerCase();
  const address = asciiAddress(typed) ?? typed;
  return address === '' || address.includes('@') || defaultDomain === ''
    ? address
    : `${address}@${defaultDomain}`;
}

export function loginRoutes(web: WebParts): Router {
  const router = Router();
  const entry = createEntry(web);
  const secondStep = createSecondStep(web, entry);
  router.use(secondStep.router);

  const showForm = (
    req: Request,
    res: Response,
    status: number,
    shown: { address?: string; next: string; error?: string; note?: string; stay?: boolean },
  ): Promise<void> =>
    web.render(req, res, {
      view: 'login/login',
      title: web.shell.localsOf(req).t('login.title'),
      status,
      bare: true,
      pageClass: 'page-login',
      model: {
        hasPasskeys: web.passkeys.isUsed(req.hostname),
        address: '',
        error: '',
        note: '',
        stay: false,
        ...shown,
        formCsrf: entry.formToken(req, res),
        languages: languages.map(({ tag, name, direction }) => ({ tag, name, direction })),
      },
    });

  router.use(passkeyLogin(web, entry, showForm));

  router.get('/', async (req, res) => {
    if (!web.sessionOf(req)) return res.redirect(302, '/login');
    const { startFolder } = web.choices(req);
    // The folder that was chosen may be gone.
    const isThere = startFolder !== 'INBOX' && (await findFolder(await web.mailbox(req), startFolder));
    res.redirect(302, isThere ? folderPath(startFolder) : inbox);
  });

  router.get('/login', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const next = checkPath(oneValue(req.query.next), '');
    if (web.sessionOf(req)) return res.redirect(303, checkPath(next, inbox));
    const again = req.query.out === '1' ? t('login.out') : next !== '' ? t('login.again') : '';
    const note = web.guards.isShutOut(req) ? t('login.shut') : again;
    await showForm(req, res, 200, { next, note });
  });

  router.post('/login', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const written = oneValue(req.body?.address).slice(0, 320);
    const password = oneValue(req.body?.password);
    const next = checkPath(oneValue(req.body?.next), '');
    const stay = oneValue(req.body?.stay) !== '';
    const form = { address: written, next, stay };
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    if (!entry.hasFormToken(req)) {
      const blocked = readCookies(req.headers.cookie).size === 0;
      return showForm(req, res, 422, { ...form, error: t(blocked ? 'login.cookies' : 'login.stale') });
    }
    const address = completeAddress(written, web.defaultDomain);
    const attempt = web.throttle.begin({
      account: address,
      address: req.ip ?? '',
      device: entry.deviceOf(req, address),
    });
    if (attempt.wait > 0) {
      web.log(`web: sign in throttled from ${quoted(req.ip ?? '')}`);
      res.setHeader('Retry-After', attempt.wait);
      return showForm(req, res, 429, { ...form, error: t('login.tooMany', { n: attempt.wait }) });
    }
    let account: Account | undefined;
    try {
      // A password longer than any that can be set is wrong without the work of hashing it (A7).
      if (Buffer.byteLength(password) <= 1024)
        account = await web.accounts.authenticate(address, password, 'web', req.ip);
    } catch (error) {
      if (!(error instanceof PasswordQueueError)) throw error;
      res.setHeader('Retry-After', 5);
      return showForm(req, res, 503, { ...form, error: t('login.busy') });
    }
    if (!account) {
      web.log(`web: sign in refused from ${quoted(req.ip ?? '')}`);
      if (attempt.delay > 0) await wait(attempt.delay);
      await showForm(req, res, 422, { ...form, error: t('login.wrong') });
      // After the answer: whether there is such an account takes no time of it.
      const meant = await web.accounts.findAccount(address);
      web.throttle.noteFailure(meant?.address ?? '', req.ip ?? '', 'web');
      if (meant) web.security.note(req, meant.address, 'failed');
      return;
    }
    const who = { address: account.address, written: address, stay, next };
    try {
      if (await secondStep.ask(req, res, who)) return attempt.abandoned();
    } catch (error) {
      attempt.abandoned();
      if (!(error instanceof Busy)) throw error;
      res.setHeader('Retry-After', 5);
      return showForm(req, res, 503, { ...form, error: t('login.busy') });
    }
    attempt.succeeded();
    entry.enter(req, res, who);
  });

  router.post('/language', (req, res) => {
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    const language = findLanguage(oneValue(req.body?.lang));
    if (language) setTaste(req, res, 'lang', language.tag);
    web.goBack(res, req.body?.return, '/login');
  });

  router.post('/logout', web.signedIn, web.sameOrigin, (req, res) => {
    web.sessions.end(readGuarded(req, 'sid'));
    setGuarded(req, res, 'sid', '', 0);
    res.setHeader('Clear-Site-Data', '"cache", "storage"');
    res.redirect(303, '/login?out=1');
  });

  return router;
}
