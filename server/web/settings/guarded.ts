// Changes that ask for the password or a code once more: behind the brake on guessing (security.md A4, A7), with what is
// refused as the fault of a form, in words. Wrong ones count as tries to sign in, by this session.
import type { Request } from 'express';
import { Busy, Refusal } from '../../../mta/accounts/administration.ts';
import { beginProof, noteProof, noteWrong } from '../shell/prove.ts';
import type { WebParts } from '../web.ts';
import type { WordKey } from '../words/words.ts';

/** What a refused form shows: for a field of it, or '' for the form as a whole. */
export interface Fault {
  readonly form: 'app' | 'off' | 'on' | 'passkey';
  readonly field: string;
  readonly words: string;
  readonly status: number;
}

/** The signed-in person as the administration knows people. */
export const actorOf = (web: WebParts, req: Request) =>
  ({ kind: 'account', address: web.session(req).account.address, ip: req.ip ?? '' }) as const;

const reasons: Readonly<Record<string, WordKey>> = {
  'password wrong': 'security.wrongPassword',
  'code wrong': 'security.wrongCode',
  'code later': 'security.laterCode',
  'code on': 'security.alreadyOn',
  'label empty': 'security.emptyLabel',
  'label limit': 'security.tooManyApps',
  'services none': 'security.noServices',
  'address forbidden': 'security.forbidden',
};

/**
 * Does something that asks for the password or a code, behind the brake on guessing; what is refused comes back as the
 * fault of a form.
 */
export async function attemptGuarded<T>(
  web: WebParts,
  req: Request,
  form: Fault['form'],
  work: () => Promise<T>,
): Promise<{ readonly done: T } | { readonly fault: Fault }> {
  const { t } = web.shell.localsOf(req);
  const attempt = beginProof(web, req);
  const secret = form === 'off' ? 'code' : 'password';
  if (attempt.wait > 0)
    return { fault: { form, field: secret, words: t('login.tooMany', { n: attempt.wait }), status: 429 } };
  try {
    const done = await work();
    attempt.succeeded();
    if (secret === 'password') noteProof(web, req);
    return { done };
  } catch (error) {
    // Only a wrong secret is a guess.
    const isGuess = error instanceof Refusal && error.field === secret;
    if (isGuess) {
      attempt.failed();
      noteWrong(web, req);
    } else attempt.abandoned();
    if (error instanceof Busy) return { fault: { form, field: '', words: t('login.busy'), status: 503 } };
    if (!(error instanceof Refusal)) throw error;
    const key = reasons[`${error.field} ${error.key}`];
    const field = error.field === 'address' ? '' : error.field;
    const words = key === undefined ? t('security.refused', { why: error.message }) : t(key);
    return { fault: { form, field, words, status: error.key === 'later' ? 429 : 422 } };
  }
}
