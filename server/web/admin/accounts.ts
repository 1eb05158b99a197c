// The accounts of a domain, and a new one.
//   GET       /admin/d/DOMAIN/accounts      `q` searches names and comments, `after` and `before` page
//   GET, POST /admin/d/DOMAIN/new-account   `generate` fills in a password that the server makes
import { type Request, type Response, Router } from 'express';
import { parseQuota } from '../../../mta/maildir/quota.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { allValues, oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import { flagForm } from './flag-form.ts';
import { allFlags, readFlags, visibleFlags } from './flags.ts';
import { makePassword } from './generated.ts';
import { pageLinks, readListQuery } from './pages.ts';
import { accountPath, domainPath, localPartOf } from './paths.ts';
import { fullness, mailSize, quotaUnits, quotaValues, readQuota } from './quota-field.ts';
import type { Admin } from './types.ts';

const fields = ['name', 'password', 'gecos', 'quota', 'quotaUnit', 'quotaMessages'] as const;

export function accountsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/d/:domain/accounts', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain).toLowerCase();
    const query = readListQuery(req.query);
    const page = await administration.accounts(actor, domain, query);
    const path = domainPath(domain, '/accounts');
    await admin.show(req, res, {
      view: 'admin/accounts',
      title: t('admin.accountsOf', { domain }),
      section: 'accounts',
      domain,
      model: {
        base: domainPath(domain),
        search: query.search,
        total: page.total,
        links: pageLinks(path, query.search, page, ({ name }) => name),
        rows: page.items.map((account) => {
          const { bytes, count } = parseQuota(account.quota);
          const used = account.usage;
          return {
            name: account.name,
            href: accountPath(account.address),
            gecos: cleanLine(account.gecos, 100),
            full: fullness(account.quota, used),
            used: used ? mailSize(used.bytes, formats) : '',
            quota: [
              bytes > 0 ? mailSize(bytes, formats) : '',
              count > 0 ? t('admin.messages', { n: count }) : '',
            ]
              .filter((part) => part !== '')
              .join(', '),
            login: account.lastLogin ? formats.short(account.lastLogin.at * 1000, now) : '',
            loginFull: account.lastLogin
              ? `${formats.full(account.lastLogin.at * 1000)}, ${cleanLine(account.lastLogin.ip, 45)}`
              : '',
            loginIso: account.lastLogin ? formats.iso(account.lastLogin.at * 1000) : '',
            tags: [
              ...(account.isCatchAll ? [t('admin.catchAll')] : []),
              ...allFlags.filter(({ bit }) => (account.flags & bit) !== 0).map(({ tag }) => t(tag)),
            ],
          };
        }),
      },
    });
  });

  const showForm = async (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[],
  ) => {
    const { actor, level } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    await admin.show(req, res, {
      view: 'admin/account-add',
      title: t('admin.addAccount'),
      section: 'accounts',
      domain: domain.name,
      status,
      model: {
        base: domainPath(domain.name),
        quotaUnits,
        flagGroups: flagForm(level, 0, 0, t),
        form: formOf(
          status === 200 && Object.keys(values).length === 0
            ? { ...quotaValues(domain.limits.defaultQuota > 0 ? `${domain.limits.defaultQuota}S` : '') }
            : values,
          faults,
        ),
      },
    });
  };

  router.get('/admin/d/:domain/new-account', (req, res) => showForm(req, res, 200, {}, []));

  router.post('/admin/d/:domain/new-account', async (req, res) => {
    const { actor, level } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain, limits } = await administration.domain(actor, oneValue(req.params.domain));
    const values = { ...readValues(req.body, fields, 1024), flag: allValues(req.body?.flag) };
    if (req.body?.generate !== undefined)
      return showForm(req, res, 200, { ...values, password: makePassword(), generated: '1' }, []);
    const shown = { ...values, generated: oneValue(req.body?.generated) };
    const name = localPartOf(values.name, domain);
    const { quota, faults } = readQuota(values, t);
    if (faults.length > 0 || name === '')
      return showForm(req, res, 422, shown, [
        ...(name === '' ? [{ field: 'name', words: t('admin.nameMissing') }] : []),
        ...faults,
      ]);
    const asDefault = quotaValues(limits.defaultQuota > 0 ? `${limits.defaultQuota}S` : '');
    const isDefault =
      values.quota.trim() === asDefault.quota &&
      values.quotaUnit === asDefault.quotaUnit &&
      values.quotaMessages.trim() === '';
    const address = `${name}@${domain}`;
    try {
      await administration.addAccount(actor, {
        address,
        password: values.password,
        gecos: values.gecos.trim(),
        // The default is the domain's to apply: it holds a number of messages too.
        quota: isDefault ? undefined : quota,
        flags: readFlags(
          values.flag.filter((flag) => visibleFlags(level).some((field) => field.name === flag)),
          0,
          level,
        ),
      });
    } catch (error) {
      const found = faultsOf(error, ['address', ...fields], t);
      return showForm(
        req,
        res,
        422,
        shown,
        found.map(({ field, words }) => ({ field: field === 'address' ? 'name' : field, words })),
      );
    }
    admin.done(req, res, accountPath(address), t('admin.accountAdded', { address }));
  });

  return router;
}
