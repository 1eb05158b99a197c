// The password once more, asked of somebody who is signed in: before administering, before mail is sent elsewhere
// (security.md A4, A7, A8; webmail.md X6). Wrong ones count like tries to sign in, by this session, so that strangers
// cannot lock its owner out.
import { setTimeout as wait } from 'node:timers/promises';
import type { Request } from 'express';
import { PasswordQueueError } from '../../../mta/accounts/password.ts';
import type { WebParts } from '../web.ts';

export interface Proof {
  /** 200, or the status of the answer: 422 wrong, 429 too many tries, 503 busy. */
  readonly status: 200 | 422 | 429 | 503;
  /** '' when it is right. */
  readonly words: string;
  /** Seconds for Retry-After; 0 for none. */
  readonly retryAfter: number;
}

/** Counts a try of this session; `wait` > 0: not now. */
export const beginProof = (web: WebParts, req: Request) =>
  web.throttle.begin({
    account: web.session(req).account.address,
    address: req.ip ?? '',
    device: web.guards.recordOf(req)?.hash.slice(0, 22),
  });

export async function provePassword(web: WebParts, req: Request, password: string): Promise<Proof> {
  const { t } = web.shell.localsOf(req);
  const attempt = beginProof(web, req);
  if (attempt.wait > 0)
    return { status: 429, words: t('login.tooMany', { n: attempt.wait }), retryAfter: attempt.wait };
  try {
    const { address } = web.session(req).account;
    // A longer one than can be set is wrong without the work of hashing it (A7).
    const isRight =
      Buffer.byteLength(password) <= 1024 &&
      (await web.accounts.authenticate(address, password, 'web', req.ip)) !== undefined;
    if (isRight) {
      attempt.succeeded();
      return { status: 200, words: '', retryAfter: 0 };
    }
  } catch (error) {
    attempt.abandoned();
    if (!(error instanceof PasswordQueueError)) throw error;
    return { status: 503, words: t('login.busy'), retryAfter: 5 };
  }
  attempt.failed();
  if (attempt.delay > 0) await wait(attempt.delay);
  return { status: 422, words: t('settings.passwordWrong'), retryAfter: 0 };
}
