// What a domain may have and its accounts may do: .qmailadmin-limits (spec/vpopmail.md 2.8) as a form in plain words.
//   GET, POST /admin/d/DOMAIN/limits   `defaults`: back to the limits of all domains (system administrators)
import { type Request, type Response, Router } from 'express';
import { Conflict } from '../../../mta/accounts/administration.ts';
import { type Denials, Denied, type DomainLimits } from '../../../mta/accounts/limits.ts';
import { AccountFlag } from '../../../mta/accounts/types.ts';
import { conflictOf, type Fault, formOf } from '../shell/form.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

/** Numbers: an empty input is "as many as one likes" (-1) or "no limit" (0). Megabytes are of 1048576 bytes. */
const numbers = [
  { field: 'maxAccounts', none: -1, unit: 1 },
  { field: 'maxForwards', none: -1, unit: 1 },
  { field: 'maxAliases', none: -1, unit: 1 },
  { field: 'maxRobots', none: -1, unit: 1 },
  { field: 'maxLists', none: -1, unit: 1 },
  { field: 'quotaMegabytes', none: 0, unit: 1 },
  { field: 'maxMessages', none: 0, unit: 1 },
  { field: 'defaultQuota', none: 0, unit: 1_048_576 },
  { field: 'defaultMessages', none: 0, unit: 1 },
] as const;

const switches = [
  { name: 'noPop', words: 'admin.all.noPop' },
  { name: 'noImap', words: 'admin.all.noImap' },
  { name: 'noWebmail', words: 'admin.all.noWebmail' },
  { name: 'noSmtp', words: 'admin.all.noSmtp' },
  { name: 'noRelay', words: 'admin.all.noRelay' },
  { name: 'noDialup', words: 'admin.all.noDialup' },
  { name: 'noPasswordChange', words: 'admin.all.noPasswordChange' },
  { name: 'noSpamAssassin', words: 'admin.all.noSpamAssassin' },
  { name: 'deleteSpam', words: 'admin.all.deleteSpam' },
  { name: 'noMaildrop', words: 'admin.all.noMaildrop' },
] as const satisfies readonly { name: keyof typeof AccountFlag; words: WordKey }[];

const denials = [
  'account',
  'alias',
  'forward',
  'robot',
  'list',
  'listUsers',
  'listModerators',
  'quota',
  'defaultQuota',
] as const satisfies readonly (keyof Denials)[];
const acts = ['create', 'modify', 'remove'] as const;

type LimitValues = Readonly<Record<string, string | readonly string[]>>;

/** The form of stored limits. */
export function limitValues(limits: DomainLimits): LimitValues {
  return {
    ...Object.fromEntries(
      numbers.map(({ field, none, unit }) => {
        const value = limits[field];
        return [
          field,
          value === none || (none === -1 && value < 0) ? '' : String(Math.round((value / unit) * 100) / 100),
        ];
      }),
    ),
    switch: switches.filter(({ name }) => (limits.flags & AccountFlag[name]) !== 0).map(({ name }) => name),
    denied: denials.flatMap((what) =>
      acts.filter((act) => (limits.denied[what] & Denied[act]) !== 0).map((act) => `${what}:${act}`),
    ),
  };
}

/** The limits that were typed; what is no number is a fault of its field. */
export function readLimits(
  values: LimitValues,
  stored: DomainLimits,
  t: Translate,
): { readonly limits: DomainLimits; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const counts = Object.fromEntries(
    numbers.map(({ field, none, unit }) => {
      const text = String(values[field] ?? '').trim();
      if (text === '') return [field, none];
      // What stands there unchanged stays to the byte, also where it is no whole megabyte.
      if (text === limitValues(stored)[field]) return [field, stored[field]];
      const pattern = unit === 1 ? /^\d{1,12}$/ : /^\d{1,9}([.,]\d{1,2})?$/;
      if (!pattern.test(text)) {
        faults.push({ field, words: t(unit === 1 ? 'admin.wholeNumber' : 'admin.megabytes') });
        return [field, stored[field]];
      }
      return [field, Math.round(Number(text.replace(',', '.')) * unit)];
    }),
  );
  const ticked = (name: string, value: string): boolean => (values[name] ?? []).includes(value);
  const shown = switches.reduce((sum, { name }) => sum | AccountFlag[name], 0);
  const on = switches.reduce((sum, { name }) => sum | (ticked('switch', name) ? AccountFlag[name] : 0), 0);
  const denied = Object.fromEntries(
    denials.map((what) => [
      what,
      acts.reduce((sum, act) => sum | (ticked('denied', `${what}:${act}`) ? Denied[act] : 0), 0),
    ]),
  ) as unknown as Denials;
  return { limits: { ...stored, ...counts, flags: (stored.flags & ~shown) | on, denied }, faults };
}

export function limitsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  const names = numbers.map(({ field }) => field);

  const show = async (
    req: Request,
    res: Response,
    status: number,
    given: {
      readonly values?: LimitValues;
      readonly faults?: readonly Fault[];
      readonly isConflict?: boolean;
    },
  ): Promise<void> => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    const stored = limitValues(domain.limits);
    const values = given.values ?? { ...stored, version: domain.version };
    const text = (value: string | readonly string[] | undefined): string =>
      typeof value === 'string'
        ? value || t('admin.unlimited')
        : (value ?? []).join(', ') || t('admin.nothing');
    const label = (field: string): string =>
      field === 'switch'
        ? t('admin.switches')
        : field === 'denied'
          ? t('admin.denied')
          : t(`admin.limit.${field}` as WordKey);
    await admin.show(req, res, {
      view: 'admin/limits',
      title: t('admin.limits'),
      section: 'domain',
      domain: domain.name,
      status,
      model: {
        base: domainPath(domain.name),
        hasDefaultLimits: domain.hasDefaultLimits,
        numbers: numbers.map(({ field }) => ({ field, label: label(field) })),
        switches: switches.map(({ name, words }) => ({ name, words: t(words) })),
        denials: denials.map((what) => ({ what, label: t(`admin.deny.${what}`) })),
        acts: acts.map((act) => ({ act, label: t(`admin.act.${act}`) })),
        form: formOf(given.isConflict ? { ...values, version: domain.version } : values, given.faults),
        conflict: conflictOf(
          given.isConflict,
          [...names, 'switch', 'denied'].map((field) => ({
            label: label(field),
            theirs: text(stored[field]),
            yours: text(values[field]),
          })),
        ),
      },
    });
  };

  router.get('/admin/d/:domain/limits', (req, res) => show(req, res, 200, {}));

  router.post('/admin/d/:domain/limits', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    const values: LimitValues = {
      version: oneValue(req.body?.version),
      ...Object.fromEntries(names.map((field) => [field, oneValue(req.body?.[field]).slice(0, 40)])),
      switch: allValues(req.body?.switch),
      denied: allValues(req.body?.denied),
    };
    const { limits, faults } = readLimits(values, domain.limits, t);
    const defaults = req.body?.defaults !== undefined;
    if (faults.length > 0 && !defaults) return show(req, res, 422, { values, faults });
    try {
      await administration.setLimits(
        actor,
        domain.name,
        oneValue(req.body?.version),
        defaults ? undefined : limits,
      );
    } catch (error) {
      if (error instanceof Conflict) return show(req, res, 409, { values, isConflict: true });
      return show(req, res, 422, { values, faults: faultsOf(error, names, t) });
    }
    admin.done(req, res, domainPath(domain.name, '/limits'), t('admin.saved'));
  });

  return router;
}
