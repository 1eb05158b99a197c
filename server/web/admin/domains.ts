// All domains, and a new one.
//   GET       /admin/domains       `q` searches, `after` and `before` page
//   GET, POST /admin/domains/add   name and the postmaster's password (system administrators)
import { type Request, type Response, Router } from 'express';
import { asciiDomain } from '../../../mta/formats/idn.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { faultsOf } from '../shell/refused.ts';
import { makePassword } from './generated.ts';
import { pageLinks, readListQuery } from './pages.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

const fields = ['domain', 'password'] as const;

export function domainsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/domains', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t, formats } = admin.shell.localsOf(req);
    const query = readListQuery(req.query);
    const page = await administration.domains(actor, query);
    await admin.show(req, res, {
      view: 'admin/domains',
      title: t('admin.domains'),
      section: 'domains',
      model: {
        search: query.search,
        total: page.total,
        links: pageLinks('/admin/domains', query.search, page, ({ name }) => name),
        rows: page.items.map(({ name, aliasDomains, accounts, isDisabled }) => ({
          name,
          href: domainPath(name),
          accountsHref: domainPath(name, '/accounts'),
          accounts: formats.number(accounts),
          aliasDomains,
          isDisabled,
        })),
      },
    });
  });

  const showForm = (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[],
  ) => {
    const { t } = admin.shell.localsOf(req);
    return admin.show(req, res, {
      view: 'admin/domain-add',
      title: t('admin.addDomain'),
      section: 'domains',
      status,
      model: { form: formOf(values, faults) },
    });
  };

  router.get('/admin/domains/add', (req, res) => {
    admin.system(req);
    return showForm(req, res, 200, {}, []);
  });

  router.post('/admin/domains/add', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const values = readValues(req.body, fields, 1024);
    if (req.body?.generate !== undefined)
      return showForm(req, res, 200, { ...values, password: makePassword(), generated: '1' }, []);
    const typed = values.domain.trim().toLowerCase();
    const name = asciiDomain(typed) ?? typed;
    try {
      await administration.addDomain(actor, name, values.password);
    } catch (error) {
      return showForm(req, res, 422, values, faultsOf(error, fields, t));
    }
    admin.done(req, res, domainPath(name), t('admin.domainAdded', { domain: name }));
  });

  return router;
}
