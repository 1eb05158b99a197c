// The second step of signing in, for accounts that turned it on (security.md A5): a code of the authenticator app, or a
// recovery code, after the right password.
//   GET, POST /login/code   the form; `code`, `remember`
//   POST /login/code/passkey/options, /login/code/passkey   a passkey in place of the code (X2)
// Between the steps the browser holds a signed cookie for ten minutes; the session begins after the code. Who knows the
// password alone has five wrong codes in a quarter of an hour, counted with the account's files, and the brake of A4.
import { setTimeout as wait } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { Busy, NoSuchObject } from '../../../mta/accounts/administration.ts';
import type { Judged } from '../../../mta/accounts/login-throttle.ts';
import { quoted } from '../../../mta/log.ts';
import { readGuarded, setGuarded } from '../shell/cookies.ts';
import { oneValue } from '../shell/paths.ts';
import { rememberedFor } from '../state/remembered.ts';
import type { WebParts } from '../web.ts';
import type { Entering, Entry } from './entry.ts';

const pendingSeconds = 600;

/** Who has shown the password. `since`: which second factor is asked for. */
interface Pending extends Entering {
  readonly since: number;
}

export interface SecondStep {
  readonly router: Router;
  /** Is a code needed after the password? Then the browser is on its way to the form. @throws Busy */
  ask(req: Request, res: Response, who: Entering): Promise<boolean>;
}

export function createSecondStep(web: WebParts, entry: Entry): SecondStep {
  const { administration } = web;
  const router = Router();

  const actorOf = (req: Request, address: string) =>
    ({ kind: 'account', address, ip: req.ip ?? '' }) as const;

  /** When the account's second factor was turned on; undefined: it has none, or is no more. */
  const factorOf = async (req: Request, address: string): Promise<number | undefined> => {
    try {
      return (await administration.security(actorOf(req, address), address)).secondFactor?.since;
    } catch (error) {
      if (error instanceof NoSuchObject) return undefined;
      throw error;
    }
  };

  const readPending = async (req: Request): Promise<Pending | undefined> => {
    const text = web.readTicket('second-step', readGuarded(req, 'second'));
    const pending = text === undefined ? undefined : (JSON.parse(text) as Pending);
    // One that was turned off or on anew meanwhile: the password is asked again.
    return pending && (await factorOf(req, pending.address)) === pending.since ? pending : undefined;
  };

  const passkeysOf = async (pending: Pending) => {
    const account = await web.accounts.findAccount(pending.address);
    const passkeys = account ? await web.passkeyCheck.ofAccount(account) : [];
    return { account, passkeys };
  };

  const showForm = async (req: Request, res: Response, pending: Pending, status: number, error: string) =>
    web.render(req, res, {
      view: 'login/code',
      title: web.shell.localsOf(req).t('login.codeTitle'),
      status,
      bare: true,
      pageClass: 'page-login',
      model: {
        account: pending.address,
        hasPasskeys: (await passkeysOf(pending)).passkeys.some(({ host }) => host === req.hostname),
        error,
        remember: oneValue(req.body?.remember) !== '',
        formCsrf: entry.formToken(req, res),
      },
    });

  router.get('/login/code', async (req, res) => {
    const pending = await readPending(req);
    if (!pending) return res.redirect(303, '/login');
    await showForm(req, res, pending, 200, '');
  });

  /** Looks at a code; undefined when it is right, else the answer's status and words. */
  const judge = async (
    req: Request,
    { address }: Pending,
    attempt: Judged,
  ): Promise<{ readonly status: number; readonly words: string } | undefined> => {
    const { t } = web.shell.localsOf(req);
    const code = oneValue(req.body?.code).slice(0, 100).trim();
    try {
      const answer = await administration.checkSecondFactor(actorOf(req, address), code);
      if (answer === 'right') return undefined;
      web.log(`web: second step refused for ${address} from ${quoted(req.ip ?? '')}`);
      attempt.failed();
      web.security.note(req, address, 'failedCode');
      web.throttle.noteFailure(address, req.ip ?? '', 'web');
      if (answer === 'later') return { status: 429, words: t('login.codeLater') };
      if (attempt.delay > 0) await wait(attempt.delay);
      return { status: 422, words: t('login.codeWrong') };
    } catch (error) {
      attempt.abandoned();
      if (!(error instanceof Busy)) throw error;
      return { status: 503, words: t('login.busy') };
    }
  };

  router.post('/login/code', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    const pending = await readPending(req);
    if (!pending) return res.redirect(303, '/login');
    if (!entry.hasFormToken(req)) return showForm(req, res, pending, 422, t('login.stale'));
    const attempt = web.throttle.begin({
      account: pending.written,
      address: req.ip ?? '',
      device: entry.deviceOf(req, pending.written),
    });
    if (attempt.wait > 0) {
      res.setHeader('Retry-After', attempt.wait);
      return showForm(req, res, pending, 429, t('login.tooMany', { n: attempt.wait }));
    }
    const refused = await judge(req, pending, attempt);
    if (refused) {
      if (refused.status !== 422) res.setHeader('Retry-After', refused.status === 429 ? 900 : 5);
      return showForm(req, res, pending, refused.status, refused.words);
    }
    attempt.succeeded();
    setGuarded(req, res, 'second', '', 0);
    if (oneValue(req.body?.remember) !== '') {
      const value = web.remembered.remember(readGuarded(req, 'known'), pending.address, pending.since);
      setGuarded(req, res, 'known', value, rememberedFor / 1000);
    }
    entry.enter(req, res, pending);
  });

  router.post('/login/code/passkey/options', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const pending = await readPending(req);
    const account = pending && (await passkeysOf(pending)).account;
    if (!account || !web.guards.isSameOrigin(req) || !entry.hasFormToken(req))
      return void res.status(403).json({ words: t('login.stale') });
    res.json(await web.passkeyCheck.askToShow(req, account));
  });

  router.post('/login/code/passkey', async (req, res) => {
    const { t } = web.shell.localsOf(req);
    if (!web.guards.isSameOrigin(req)) return web.fail(req, res, 403, 'error.forbidden');
    const pending = await readPending(req);
    if (!pending) return res.redirect(303, '/login');
    if (!entry.hasFormToken(req)) return showForm(req, res, pending, 422, t('login.stale'));
    const { account } = await passkeysOf(pending);
    if (!account || !(await web.passkeyCheck.show(req, account))) {
      web.security.note(req, pending.address, 'failedCode');
      web.throttle.noteFailure(pending.address, req.ip ?? '', 'web');
      return showForm(req, res, pending, 422, t('passkey.unknown'));
    }
    setGuarded(req, res, 'second', '', 0);
    entry.enter(req, res, pending);
  });

  return {
    router,
    async ask(req, res, who) {
      const since = await factorOf(req, who.address);
      if (since === undefined || web.remembered.isRemembered(readGuarded(req, 'known'), who.address, since))
        return false;
      const next = who.next.length > 1000 ? '' : who.next;
      const pending: Pending = { ...who, next, since };
      const ticket = web.signTicket('second-step', JSON.stringify(pending), pendingSeconds);
      setGuarded(req, res, 'second', ticket, pendingSeconds);
      res.redirect(303, '/login/code');
      return true;
    },
  };
}
