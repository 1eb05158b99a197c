// One domain: its counts, problems and alias domains, and its end.
//   GET       /admin/d/DOMAIN                       overview
//   POST      /admin/d/DOMAIN/disabled              `to` 1 puts the domain off, 0 takes it back (system administrators)
//   POST      /admin/d/DOMAIN/alias-domains         adds one (system administrators)
//   POST      /admin/d/DOMAIN/alias-domains/remove  removes one (system administrators)
//   GET, POST /admin/d/DOMAIN/remove                removes the domain, when its name is typed (system administrators)
import { type Request, type Response, Router } from 'express';
import { keptDomain } from '../../../mta/formats/idn.ts';
import { cleanLine } from '../shell/foreign.ts';
import { type Fault, formOf, readValues, type Values } from '../shell/form.ts';
import { oneValue } from '../shell/paths.ts';
import { faultsOf } from '../shell/refused.ts';
import { describeCatchAll } from './catch-all.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

export function domainRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  const show = async (
    req: Request,
    res: Response,
    status: number,
    values: Values,
    faults: readonly Fault[],
  ) => {
    const { actor } = admin.grant(req);
    const { t, formats } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    const ofLimit = (count: number, limit: number): string =>
      limit < 0 ? formats.number(count) : t('admin.ofLimit', { count, limit });
    const { counts, limits } = domain;
    await admin.show(req, res, {
      view: 'admin/domain',
      title: domain.name,
      section: 'domain',
      domain: domain.name,
      status,
      model: {
        details: domain,
        base: domainPath(domain.name),
        cards: [
          {
            label: t('admin.accounts'),
            value: ofLimit(counts.accounts, limits.maxAccounts),
            href: domainPath(domain.name, '/accounts'),
            hint: '',
          },
          {
            label: t('admin.aliasesAlone'),
            value: formats.number(counts.aliases),
            href: domainPath(domain.name, '/aliases'),
            hint: '',
          },
          {
            label: t('admin.robots'),
            value: ofLimit(counts.robots, limits.maxRobots),
            href: domainPath(domain.name, '/aliases'),
            hint: '',
          },
        ],
        catchAllWords: describeCatchAll(domain.catchAll, domain.name, t),
        problems: domain.problems.map(({ where, words }) => ({
          where: cleanLine(where),
          words: cleanLine(words),
        })),
        form: formOf(values, faults),
      },
    });
  };

  router.get('/admin/d/:domain', (req, res) => show(req, res, 200, {}, []));

  router.post('/admin/d/:domain/disabled', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain);
    const isDisabled = oneValue(req.body?.to) === '1';
    try {
      await administration.setDomainDisabled(actor, domain, isDisabled);
    } catch (error) {
      return show(req, res, 422, {}, faultsOf(error, [], t));
    }
    admin.done(
      req,
      res,
      domainPath(domain),
      t(isDisabled ? 'admin.domainDisabled' : 'admin.domainEnabled', { domain }),
    );
  });

  router.post('/admin/d/:domain/alias-domains', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain);
    const values = readValues(req.body, ['alias'], 255);
    const alias = keptDomain(values.alias.trim().toLowerCase());
    try {
      await administration.addAliasDomain(actor, domain, alias);
    } catch (error) {
      const faults = faultsOf(error, ['alias', 'domain'], t);
      return show(
        req,
        res,
        422,
        values,
        faults.map(({ words }) => ({ field: 'alias', words })),
      );
    }
    admin.done(req, res, domainPath(domain), t('admin.aliasDomainAdded', { alias }));
  });

  router.post('/admin/d/:domain/alias-domains/remove', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const domain = oneValue(req.params.domain);
    const alias = oneValue(req.body?.alias);
    await administration.removeAliasDomain(actor, domain, alias);
    admin.done(req, res, domainPath(domain), t('admin.aliasDomainRemoved', { alias }));
  });

  const showRemove = async (
    req: Request,
    res: Response,
    status: number,
    typed: string,
    faults: readonly Fault[],
  ) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const domain = await administration.domain(actor, oneValue(req.params.domain));
    await admin.show(req, res, {
      view: 'admin/domain-remove',
      title: t('admin.removeDomain'),
      section: 'domain',
      domain: domain.name,
      status,
      model: { details: domain, base: domainPath(domain.name), form: formOf({ confirm: typed }, faults) },
    });
  };

  router.get('/admin/d/:domain/remove', (req, res) => showRemove(req, res, 200, '', []));

  router.post('/admin/d/:domain/remove', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const { name } = await administration.domain(actor, oneValue(req.params.domain));
    const typed = oneValue(req.body?.confirm).slice(0, 255);
    if (keptDomain(typed.trim().toLowerCase()) !== name)
      return showRemove(req, res, 422, typed, [
        { field: 'confirm', words: t('admin.typeTheName', { domain: name }) },
      ]);
    try {
      await administration.removeDomain(actor, name);
    } catch (error) {
      return showRemove(req, res, 422, typed, faultsOf(error, ['confirm'], t));
    }
    admin.done(req, res, '/admin/domains', t('admin.domainRemoved', { domain: name }));
  });

  return router;
}
