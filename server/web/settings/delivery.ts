// Where the user's own mail goes: mailbox, forward with or without a copy, and an automatic answer while away
// (spec/qmailadmin.md 2.3; webmail.md R5, R6, X6).
//   GET, POST /settings/delivery   a new address to forward to wants the password, and is asked itself (forwards.ts)
//   POST /settings/delivery/off    the automatic answer ends; the button of the bar (`return`)
import { type Request, type Response, Router } from 'express';
import { MOST_FORWARDS } from '../../../mta/accounts/administration/delivery-files.ts';
import { readDestinations } from '../../../mta/accounts/administration/destinations.ts';
import {
  type AccountChange,
  type AccountDetails,
  Busy,
  Conflict,
  Refusal,
  type VacationTimes,
} from '../../../mta/accounts/administration.ts';
import { phaseOf } from '../../../mta/reply/vacation-rules.ts';
import { cleanLine } from '../shell/foreign.ts';
import { conflictOf, formOf, type Shown, type Values } from '../shell/form.ts';
import type { Formats } from '../shell/formats.ts';
import { checkPath, oneValue, withField } from '../shell/paths.ts';
import { isProven, provePassword } from '../shell/prove.ts';
import { faultsOf } from '../shell/refused.ts';
import { forwardLifetime } from '../state/forwards.ts';
import type { WebParts } from '../web.ts';
import {
  awayFields,
  awayValues,
  isSameDelivery,
  readAwayValues,
  readDelivery,
  readTimes,
  withUsual,
} from './delivery-form.ts';
import { askForward, forwardRoutes, standingOf } from './forwards.ts';
import { actorOf } from './guarded.ts';

/**
 * Takes down, and tells the owner, that mail of an account is treated otherwise than before.
 * @param by who changed it
 */
export function noteDelivery(
  web: Pick<WebParts, 'security' | 'forwards' | 'absence'>,
  req: Request,
  account: AccountDetails,
  choice: NonNullable<AccountChange['delivery']>,
  by: string,
): void {
  if (isSameDelivery(account.delivery, choice)) return;
  const { vacation } = choice;
  web.absence.note(
    account.address,
    vacation && { ...vacation, times: vacation.times ?? account.delivery.vacation?.times },
  );
  const added = choice.forwards.filter((address) => !account.delivery.forwards.includes(address));
  web.forwards.keepOnly(account.address, choice.forwards);
  for (const address of added) web.forwards.noteSet(account.address, address);
  if (added.length > 0) web.security.note(req, account.address, 'forward', added.join(', '));
  else web.security.note(req, account.address, 'filter', by);
}

/** The last day of an answer that is over; '' while it is not. */
function endOf(times: VacationTimes | undefined, now: number, formats: Formats): string {
  const { from, until, zone = 'UTC' } = times ?? {};
  return until !== undefined && phaseOf({ from, until, zone }, now) === 'over'
    ? formats.namedDay(until, now)
    : '';
}

/**
 * What can be stored at once, and the addresses that are asked before mail goes there. What cannot be a forward at all
 * stays in the choice: the account store says why.
 */
async function splitChoice(
  web: WebParts,
  { address: own, delivery }: AccountDetails,
  typed: NonNullable<AccountChange['delivery']>,
): Promise<{
  readonly choice: NonNullable<AccountChange['delivery']>;
  readonly asked: readonly string[];
  readonly keepsCopy: boolean;
}> {
  const { keepsCopy } = typed;
  if (typed.kind !== 'forward') return { choice: typed, asked: [], keepsCopy };
  const domain = own.slice(own.lastIndexOf('@') + 1);
  let targets: readonly string[];
  try {
    targets = readDestinations(typed.forwards, domain, 'forwards', MOST_FORWARDS);
  } catch (error) {
    if (error instanceof Refusal) return { choice: typed, asked: [], keepsCopy };
    throw error;
  }
  const asked: string[] = [];
  for (const target of targets) {
    if (delivery.forwards.includes(target)) continue;
    if ((await standingOf(web, own, target)) === 'ask') asked.push(target);
  }
  if (asked.length === 0) return { choice: { ...typed, forwards: targets }, asked, keepsCopy };
  const forwards = targets.filter((target) => !asked.includes(target));
  // Until they agree, nothing is lost: with no other forward the mailbox gets the mail.
  const kind = forwards.length > 0 ? 'forward' : 'mailbox';
  return {
    choice: { ...typed, kind, forwards, keepsCopy: kind === 'forward' && keepsCopy },
    asked,
    keepsCopy,
  };
}

export function deliverySettings(web: WebParts): Router {
  const router = Router();
  const { administration } = web;

  const show = async (req: Request, res: Response, status: number, given: Shown): Promise<void> => {
    const { t, formats, now } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const account = await administration.account(actor, actor.address);
    // Somebody may have changed it by other means than these pages.
    web.forwards.keepOnly(account.address, account.delivery.forwards);
    const { vacation } = account.delivery;
    web.absence.note(account.address, vacation);
    const kept = web.absence.find(account.address)?.vacation;
    const stored: Values = withUsual({ ...awayValues(account.delivery, kept), version: account.version }, t);
    const values = given.values ?? stored;
    const typed = withUsual(values, t);
    await web.render(req, res, {
      view: 'settings/delivery',
      title: t('incoming.title'),
      status,
      pageClass: 'page-narrow page-settings',
      model: {
        isProven: isProven(web, req),
        waiting: web.forwards.waiting(account.address).map(({ id, target, askedAt }) => ({
          id,
          target: cleanLine(target, 320),
          until: formats.full(askedAt + forwardLifetime),
        })),
        otherLines: account.delivery.otherLines,
        away: { ended: endOf(vacation?.times, now, formats) },
        form: formOf(given.isConflict ? { ...values, version: account.version } : values, given.faults),
        conflict: conflictOf(
          given.isConflict,
          awayFields
            .filter((field) => field !== 'vacation-times')
            .map((field) => ({
              label: t(`incoming.field.${field}`),
              theirs: String(stored[field]),
              yours: String(typed[field] ?? ''),
            })),
        ),
      },
    });
  };

  router.get('/settings/delivery', web.signedIn, (req, res) => show(req, res, 200, {}));

  router.post('/settings/delivery', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t, formats, now } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const account = await administration.account(actor, actor.address);
    const typed = readAwayValues(req.body);
    const values: Values = { ...typed, version: oneValue(req.body?.version) };
    const stored = account.delivery.vacation?.times;
    const { times, faults } = readTimes(typed, stored, formats.zone, now, t);
    if (faults.length > 0) return show(req, res, 422, { values, faults });
    const { choice, asked, keepsCopy } = await splitChoice(
      web,
      account,
      readDelivery(typed, actor.address.slice(actor.address.lastIndexOf('@') + 1), times),
    );
    const isNew = asked.length > 0 || choice.forwards.some((one) => !account.delivery.forwards.includes(one));
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
      return show(req, res, 422, { values, faults: faultsOf(error, awayFields, t) });
    }
    if (asked.length > 0 && isSameDelivery(account.delivery, choice))
      web.security.note(req, actor.address, 'filter', actor.address);
    noteDelivery(web, req, account, choice, actor.address);
    const refused: string[] = [];
    for (const target of asked) {
      const words = await askForward(web, req, target, keepsCopy ? 'all and keep' : 'all');
      if (words !== undefined) refused.push(words);
    }
    const words = refused[0] ?? t(asked.length > 0 ? 'forwards.asked' : 'settings.saved');
    const op = web.rememberUndo(req, words, undefined);
    res.redirect(303, withField('/settings/delivery', 'u', op));
  });

  router.post('/settings/delivery/off', web.signedIn, web.sameOrigin, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const actor = actorOf(web, req);
    const account = await administration.account(actor, actor.address);
    const { otherLines: _stay, vacation, ...choice } = account.delivery;
    if (vacation !== undefined) {
      try {
        const { version } = account;
        await administration.changeAccount(actor, actor.address, { version, delivery: choice });
      } catch (error) {
        if (!(error instanceof Busy || error instanceof Conflict)) throw error;
        res.setHeader('Retry-After', 5);
        return web.fail(req, res, 503, 'admin.busy');
      }
      noteDelivery(web, req, account, choice, actor.address);
    } else web.absence.note(actor.address, undefined);
    const op = web.rememberUndo(req, t('absence.isOff'), undefined);
    const back = checkPath(oneValue(req.body?.return), '/settings/delivery');
    res.redirect(303, withField(back, 'u', op));
  });

  router.use(forwardRoutes(web));
  return router;
}
