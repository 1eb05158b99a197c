// One account: everything that can be changed about it in one form, and its end.
//   GET, POST /admin/d/DOMAIN/accounts/NAME          `generate` fills in a password that the server makes
//   GET, POST /admin/d/DOMAIN/accounts/NAME/remove   with "forward its mail to"
import { type Request, type Response, Router } from 'express';
import { type AccountChange, type AccountDetails, Conflict } from '../../../mta/accounts/administration.ts';
import { noteDelivery } from '../settings/delivery.ts';
import {
  deliveryFields,
  deliveryValues,
  isSameDelivery,
  readDelivery,
  readDeliveryValues,
  withUsual,
} from '../settings/delivery-form.ts';
import { cleanLine } from '../shell/foreign.ts';
import {
  type ConflictRow,
  conflictOf,
  type Fault,
  formOf,
  readValues,
  type Shown,
  type Values,
} from '../shell/form.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { flagForm } from './flag-form.ts';
import { flagNames, readFlags, visibleFlags } from './flags.ts';
import { makePassword } from './generated.ts';
import { accountPath, aliasPath, domainPath } from './paths.ts';
import { fullness, mailSize, quotaUnits, quotaValues, readQuota } from './quota-field.ts';
import type { Admin } from './types.ts';

const fields = [
  'version',
  'gecos',
  'password',
  'oldPassword',
  'quota',
  'quotaUnit',
  'quotaMessages',
] as const;

/** The form of what is stored. */
const storedValues = (account: AccountDetails): Record<string, string | readonly string[]> => ({
  version: account.version,
  gecos: account.gecos,
  password: '',
  oldPassword: '',
  ...quotaValues(account.quota),
  flag: flagNames(account.flags),
  ...deliveryValues(account.delivery),
});

/** What is stored now beside what was typed. */
function bothVersions(stored: Values, typed: Values, t: Translate): readonly ConflictRow[] {
  const text = (value: string | readonly string[] | undefined): string =>
    typeof value === 'string'
      ? value
      : (value ?? []).map((name) => t(`admin.tag.${name}` as WordKey)).join(', ');
  const labels: readonly (readonly [string, WordKey])[] = [
    ['gecos', 'admin.comment'],
    ['quota', 'admin.quota'],
    ['quotaUnit', 'admin.quotaUnit'],
    ['quotaMessages', 'admin.quotaMessages'],
    ['flag', 'admin.flags'],
    ['delivery', 'incoming.title'],
    ['forwards', 'incoming.forwards'],
    ['keep', 'incoming.keep'],
    ['vacation', 'incoming.vacation'],
    ['vacation-subject', 'incoming.subject'],
    ['vacation-message', 'incoming.message'],
  ];
  return labels.map(([field, label]) => ({
    label: t(label),
    theirs: text(stored[field]),
    yours: text(typed[field]),
  }));
}

export function accountRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  const addressOf = (req: Request): string =>
    `${oneValue(req.params.name)}@${oneValue(req.params.domain)}`.toLowerCase();

  const show = async (req: Request, res: Response, status: number, given: Shown): Promise<void> => {
    const { actor, level, address: self } = admin.grant(req);
    const { t, formats } = admin.shell.localsOf(req);
    const account = await administration.account(actor, addressOf(req));
    const stored = withUsual(storedValues(account), t);
    const values = given.values ?? stored;
    const login = account.lastLogin;
    await admin.show(req, res, {
      view: 'admin/account',
      title: account.address,
      section: 'accounts',
      domain: account.address.slice(account.address.lastIndexOf('@') + 1),
      status,
      model: {
        account,
        isSelf: account.address === self,
        base: accountPath(account.address),
        used: account.usage ? mailSize(account.usage.bytes, formats) : '',
        messages: account.usage?.messages,
        full: fullness(account.quota, account.usage),
        login: login ? { full: formats.full(login.at * 1000), ip: cleanLine(login.ip, 45) } : undefined,
        quotaUnits,
        flagGroups: flagForm(level, account.flags, account.effectiveFlags, t),
        otherLines: account.delivery.otherLines,
        form: formOf(given.isConflict ? { ...values, version: account.version } : values, given.faults),
        conflict: conflictOf(given.isConflict, bothVersions(stored, withUsual(values, t), t)),
      },
    });
  };

  router.get('/admin/d/:domain/accounts/:name', (req, res) => show(req, res, 200, {}));

  router.post('/admin/d/:domain/accounts/:name', async (req, res) => {
    const { actor, level, address: self } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const account = await administration.account(actor, addressOf(req));
    const typed = readValues(req.body, fields, 1024);
    const delivery = readDeliveryValues(req.body);
    const ticked = allValues(req.body?.flag);
    const hidden = flagNames(account.flags).filter(
      (name) => !visibleFlags(level).some((field) => field.name === name),
    );
    const values: Values = {
      ...typed,
      ...delivery,
      flag: [...ticked, ...hidden],
      generated: oneValue(req.body?.generated),
    };
    if (req.body?.generate !== undefined)
      return show(req, res, 200, { values: { ...values, password: makePassword(), generated: '1' } });
    const quotaTyped = readQuota(typed, t);
    const stored = quotaValues(account.quota);
    const sameQuota =
      stored.quota === typed.quota.trim() &&
      stored.quotaUnit === typed.quotaUnit &&
      stored.quotaMessages === typed.quotaMessages.trim();
    if (!sameQuota && quotaTyped.faults.length > 0)
      return show(req, res, 422, { values, faults: quotaTyped.faults });
    const domain = account.address.slice(account.address.lastIndexOf('@') + 1);
    const choice = readDelivery(delivery, domain);
    const flags = readFlags(ticked, account.flags, level);
    const change: AccountChange = {
      version: typed.version,
      password: typed.password === '' ? undefined : typed.password,
      oldPassword: typed.oldPassword === '' ? undefined : typed.oldPassword,
      gecos: typed.gecos.trim() === account.gecos ? undefined : typed.gecos.trim(),
      quota: sameQuota ? undefined : quotaTyped.quota,
      flags: flags === account.flags ? undefined : flags,
      delivery: isSameDelivery(account.delivery, choice) ? undefined : choice,
    };
    try {
      await administration.changeAccount(actor, account.address, change);
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true });
      return show(req, res, 422, { values, faults: faultsOf(error, [...fields, ...deliveryFields], t) });
    }
    noteDelivery(admin, req, account, choice, self);
    if (change.password !== undefined) admin.security.note(req, account.address, 'password');
    // security.md W1: a new password ends every session but the one that set it.
    if (change.password !== undefined) {
      admin.sessions.endAll(account.address, admin.guards.recordOf(req)?.hash);
      admin.remembered.forgetAll(account.address);
    }
    admin.done(req, res, accountPath(account.address), t('admin.saved'));
  });

  const showRemove = async (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[],
  ) => {
    const { actor } = admin.grant(req);
    const { t, formats } = admin.shell.localsOf(req);
    const account = await administration.account(actor, addressOf(req));
    await admin.show(req, res, {
      view: 'admin/account-remove',
      title: t('admin.removeAccount'),
      section: 'accounts',
      domain: account.address.slice(account.address.lastIndexOf('@') + 1),
      status,
      model: {
        account,
        base: accountPath(account.address),
        used: account.usage ? mailSize(account.usage.bytes, formats) : '',
        form: formOf(values, faults),
      },
    });
  };

  router.get('/admin/d/:domain/accounts/:name/remove', (req, res) => showRemove(req, res, 200, {}, []));

  router.post('/admin/d/:domain/accounts/:name/remove', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { address, name } = await administration.account(actor, addressOf(req));
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const values = readValues(req.body, ['forwardTo'], 1000);
    const written = values.forwardTo.trim();
    const forwardTo = written === '' || written.includes('@') ? written : `${written}@${domain}`;
    try {
      await administration.removeAccount(actor, address, forwardTo === '' ? undefined : forwardTo);
    } catch (error) {
      return showRemove(req, res, 422, values, faultsOf(error, ['forwardTo'], t));
    }
    admin.sessions.endAll(address);
    admin.done(
      req,
      res,
      forwardTo === '' ? domainPath(domain, '/accounts') : aliasPath(domain, name),
      t('admin.accountRemoved', { address }),
    );
  });

  return router;
}
