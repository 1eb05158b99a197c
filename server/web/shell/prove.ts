// The password once more, asked of somebody who is signed in: before administering, before mail is sent elsewhere
// (security.md A4, A7, A8; webmail.md X6). Wrong ones count like tries to sign in, by this session, so that strangers
// cannot lock its owner out. What was right is not asked again for ten minutes.
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

/** Takes a wrong password or code of this session down, for administrators. */
export const noteWrong = (web: WebParts, req: Request): void =>
  web.throttle.noteFailure(web.session(req).account.address, req.ip ?? '', 'web');

/** Counts a try of this session; `wait` > 0: not now. */
export const beginProof = (web: WebParts, req: Request) =>
  web.throttle.begin({
    account: web.session(req).account.address,
    address: req.ip ?? '',
    device: web.guards.recordOf(req)?.hash.slice(0, 22),
  });

/** Did the person of this session prove who they are within the last ten minutes? */
export const isProven = (web: WebParts, req: Request): boolean =>
  web.proofs.isFresh(web.guards.recordOf(req)?.hash ?? '');

/** Takes down that a form held the right password. */
export const noteProof = (web: WebParts, req: Request): void => {
  const record = web.guards.recordOf(req);
  if (record) web.proofs.note(record.hash);
};

const proven: Proof = { status: 200, words: '', retryAfter: 0 };

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
      noteProof(web, req);
      return proven;
    }
  } catch (error) {
    attempt.abandoned();
    if (!(error instanceof PasswordQueueError)) throw error;
    return { status: 503, words: t('login.busy'), retryAfter: 5 };
  }
  attempt.failed();
  noteWrong(web, req);
  if (attempt.delay > 0) await wait(attempt.delay);
  return { status: 422, words: t('settings.passwordWrong'), retryAfter: 0 };
}

/** The same by a passkey of the account, whose answer is in the form. */
export async function provePasskey(web: WebParts, req: Request): Promise<Proof> {
  const { t } = web.shell.localsOf(req);
  const attempt = beginProof(web, req);
  if (attempt.wait > 0)
    return { status: 429, words: t('login.tooMany', { n: attempt.wait }), retryAfter: attempt.wait };
  if (!(await web.passkeyCheck.show(req, web.session(req).account, true))) {
    attempt.failed();
    noteWrong(web, req);
    return { status: 422, words: t('passkey.failed'), retryAfter: 0 };
  }
  attempt.succeeded();
  noteProof(web, req);
  return proven;
}
