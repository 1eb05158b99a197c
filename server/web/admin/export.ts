// The accounts of a domain as a CSV file, streamed page by page; never a password or its hash.
//   GET, POST /admin/d/DOMAIN/export   `bom`: with the mark that spreadsheets want in front
import { once } from 'node:events';
import { Router } from 'express';
import { csvLine } from '../../message/csv-records.ts';
import { oneValue } from '../shell/paths.ts';
import { exportCells, exportHead } from './csv.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

const pageSize = 500;

export function exportRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/d/:domain/export', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name, accounts } = await administration.domain(actor, oneValue(req.params.domain));
    await admin.show(req, res, {
      view: 'admin/export',
      title: t('admin.export'),
      section: 'accounts',
      domain: name,
      model: { base: domainPath(name), accounts },
    });
  });

  router.post('/admin/d/:domain/export', async (req, res) => {
    const { actor } = admin.grant(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    let page = await administration.accounts(actor, domain, { limit: pageSize });
    await administration.note(actor, 'account.export', domain, `${page.total} accounts`);
    res.type('text/csv; charset=utf-8');
    res.attachment(`accounts-${domain}.csv`);
    res.write((oneValue(req.body?.bom) === '' ? '' : '\ufeff') + csvLine(exportHead));
    for (;;) {
      const text = page.items.map((account) => csvLine(exportCells(account))).join('');
      if (!res.write(text) && !res.destroyed) await Promise.race([once(res, 'drain'), once(res, 'close')]);
      const last = page.items.at(-1)?.name;
      if (!page.hasAfter || last === undefined || res.destroyed) break;
      page = await administration.accounts(actor, domain, { after: last, limit: pageSize });
    }
    res.end();
  });

  return router;
}
