// Who a request is from, and whether it may change anything: sessions by cookie, then for POST the origin of the
// request and the token of the form (security.md W2). A request with neither Origin nor Sec-Fetch-Site is refused.

import type { Request, RequestHandler, Response } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import type { GoneAccounts } from '../state/gone-accounts.ts';
import type { SessionRecord, Sessions } from '../state/sessions.ts';
import type { Session, WebOptions } from '../types.ts';
import { readGuarded, setGuarded } from './cookies.ts';
import { isMultipart } from './multipart.ts';
import { checkPath, oneValue } from './paths.ts';
import { equalSecrets, maskSecret, sign, unmaskSecret } from './tickets.ts';

export interface Guards {
  /** Finds the session of every request; comes first. */
  readonly readSession: RequestHandler;
  readonly signedIn: RequestHandler;
  readonly sameOrigin: RequestHandler;
  sessionOf(req: Request): Session | undefined;
  recordOf(req: Request): SessionRecord | undefined;
  checkCsrf(req: Request, token: string | undefined): boolean;
  /** May this account use the webmail, as its flags and its domain are now, and is nobody else's left in it? */
  mayUseWebmail(account: Account): Promise<boolean>;
  /** Did this request come with a good session of an account that may not use the webmail any more? */
  isShutOut(req: Request): boolean;
  /** Is this request from a page of ours, by the browser's own word? */
  isSameOrigin(req: Request): boolean;
}

/** Did this request come from our own origin (or from the user's own hand, as a repeated POST does)? */
export function isSameOrigin(req: Request): boolean {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.headers.origin;
  if (origin === undefined || req.headers.host === undefined) return false;
  return origin.toLowerCase() === `${req.protocol}://${req.headers.host}`.toLowerCase();
}

/** What a page asks while nobody touches it. */
const asksByItself = (req: Request): boolean => /^\/(?:events(?:\/new)?|counts)$/.test(req.path);

export function createGuards(
  options: WebOptions,
  key: Buffer,
  sessions: Sessions,
  gone: Pick<GoneAccounts, 'isHaunted'>,
  fail: (req: Request, res: Response, status: number, words: string) => Promise<void>,
): Guards {
  const found = new WeakMap<Request, { session: Session; record: SessionRecord }>();

  const shutOut = new WeakSet<Request>();

  const isOff = async (account: Account): Promise<boolean> =>
    account.isDisabled === true || (await options.accounts.isShut(account, 'web'));
  const mayUseWebmail = async (account: Account): Promise<boolean> =>
    !gone.isHaunted(account.address) && !(await isOff(account));

  // The token of a session, whose making costs more than the look at the session.
  const tokens = new Map<string, string>();
  const tokenOf = (hash: string): string => {
    const known = tokens.get(hash) ?? sign(key, 'csrf', hash);
    if (tokens.size >= 2000) tokens.clear();
    tokens.set(hash, known);
    return known;
  };

  const readSession: RequestHandler = async (req, res, next) => {
    const cookie = readGuarded(req, 'sid');
    const record = cookie === '' ? undefined : sessions.find(cookie, asksByItself(req));
    if (record) {
      // Asked for at every request, so that a deleted account, a disabled domain or a taken right ends at once; the lookup is cached.
      const account = await options.accounts.findAccount(record.address);
      if (!account || gone.isHaunted(record.address)) return next();
      if (await isOff(account)) shutOut.add(req);
      else {
        const csrf = maskSecret(tokenOf(record.hash));
        found.set(req, { session: { account, csrf, signedInAt: record.signedInAt }, record });
        // Sliding: the cookie of "Keep me signed in" is given anew once a day of use at most, here once a minute.
        if (record.stay && record.refreshed) setGuarded(req, res, 'sid', cookie, sessions.limits.stay / 1000);
      }
    }
    next();
  };

  const sessionOf = (req: Request): Session | undefined => found.get(req)?.session;

  const checkCsrf = (req: Request, token: string | undefined): boolean => {
    const record = found.get(req)?.record;
    if (!record || token === undefined) return false;
    return equalSecrets(unmaskSecret(token), tokenOf(record.hash));
  };

  return {
    readSession,
    sessionOf,
    recordOf: (req) => found.get(req)?.record,
    checkCsrf,
    mayUseWebmail,
    isShutOut: (req) => shutOut.has(req),
    isSameOrigin,
    signedIn(req, res, next) {
      if (found.has(req)) return next();
      // A form's own way back is where the person was; a POST address itself shows nothing.
      const reading = req.method === 'GET' || req.method === 'HEAD';
      const here = reading ? req.originalUrl : checkPath(oneValue(req.body?.return), '/');
      const to = here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`;
      if (req.headers['x-fragment'] !== undefined) {
        // The page's script goes there itself: a sign-in form inside a list would be nonsense.
        res.setHeader('X-Location', to);
        res.status(401).type('text/plain').send('Signed out.\n');
        return;
      }
      res.redirect(303, to);
    },
    async sameOrigin(req, res, next) {
      if (req.method === 'GET' || req.method === 'HEAD') return next();
      const multipart = isMultipart(req);
      // A multipart form is read by its feature, which must call checkCsrf before it does anything.
      if (isSameOrigin(req) && (multipart || checkCsrf(req, oneValue(req.body?.csrf)))) return next();
      await fail(req, res, 403, 'error.forbidden');
    },
  };
}
