// Where the user's own mail goes: mailbox, forward with or without a copy, and an automatic answer while away
// (spec/qmailadmin.md 2.3; webmail.md R5, R6, X6).
//   GET, POST /settings/delivery   a new address to forward to wants the password
import { type Request, type Response, Router } from 'express';
import { type AccountChange, type AccountDetails, Conflict } from '../../../mta/accounts/administration.ts';
import { conflictOf, formOf, type Shown, type Values } from '../shell/form.ts';
import { oneValue, withField } from '../shell/paths.ts';
import { isProven, provePassword } from '../shell/prove.ts';
import { faultsOf } from '../shell/refused.ts';
import type { WebParts } from '../web.ts';
import {
  deliveryFields,
  deliveryValues,
  isSameDelivery,
  readDelivery,
  readDeliveryValues,
} from './delivery-form.ts';
import { actorOf } from './guarded.ts';

/**
 * Takes down, and tells the owner, that mail of an account is treated otherwise than before.
 * @param by who changed it
 */
export function noteDelivery(
  web: Pick<WebParts, 'security'>,
  req: Request,
  account: AccountDetails,
  choice: NonNullable<AccountChange['delivery']>,
  by: string,
): void {
  if (isSameDelivery(account.delivery, choice)) return;
  const added = choice.forwards.filter((address) => !account.delivery.forwards.includes(address));
  if (added.length > 0) web.security.note(req, account.address, 'forward', added.join(', '));
  else web.security.note(req, account.address, 'filter', by);
}

export function deliverySettings(web: WebParts): Router {
  const router = Router();
  const { administration } = web;

  const show = async (req: Request, res: Response, status: number, given: Shown): Promise<void> => {
    const { t } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const account = await administration.account(actor, actor.address);
    const stored: Values = { ...deliveryValues(account.delivery), version: account.version };
    const values = given.values ?? stored;
    await web.render(req, res, {
      view: 'settings/delivery',
      title: t('incoming.title'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        isProven: isProven(web, req),
        otherLines: account.delivery.otherLines,
        form: formOf(given.isConflict ? { ...values, version: account.version } : values, given.faults),
        conflict: conflictOf(
          given.isConflict,
          deliveryFields.map((field) => ({
            label: t(`incoming.field.${field}`),
            theirs: String(stored[field]),
            yours: String(values[field] ?? ''),
          })),
        ),
      },
    });
  };

  router.get('/settings/delivery', web.signedIn, (req, res) => show(req, res, 200, {}));

  router.post('/settings/delivery', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const account = await administration.account(actor, actor.address);
    const typed = readDeliveryValues(req.body);
    const values: Values = { ...typed, version: oneValue(req.body?.version) };
    const choice = readDelivery(typed, actor.address.slice(actor.address.lastIndexOf('@') + 1));
    const isNew = choice.forwards.some((address) => !account.delivery.forwards.includes(address));
    if (isNew && !isProven(web, req)) {
      // Who found an open session must not be able to have the mail sent elsewhere.
      const proof = await provePassword(web, req, oneValue(req.body?.['own-password']));
      if (proof.status !== 200) {
        if (proof.retryAfter > 0) res.setHeader('Retry-After', proof.retryAfter);
        return show(req, res, proof.status, {
          values,
          faults: [{ field: 'own-password', words: proof.words }],
        });
      }
    }
    try {
      if (!isSameDelivery(account.delivery, choice))
        await administration.changeAccount(actor, actor.address, {
          version: String(values.version),
          delivery: choice,
        });
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true });
      return show(req, res, 422, { values, faults: faultsOf(error, deliveryFields, t) });
    }
    noteDelivery(web, req, account, choice, actor.address);
    const op = web.rememberUndo(req, t('settings.saved'), undefined);
    res.redirect(303, withField('/settings/delivery', 'u', op));
  });

  return router;
}
