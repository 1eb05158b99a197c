// Who did what to what: the audit log, latest first (security.md A8).
//   GET /admin/audit    `q` searches, `before` is the id that the page begins below
import { Router } from 'express';
import type { AuditEntry } from '../../../mta/accounts/administration.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { oneValue } from '../shell/paths.ts';
import { withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const pageSize = 100;

/** Entries as rows of a table. */
export function auditRows(entries: readonly AuditEntry[], formats: Formats, now: number) {
  return entries.map((entry) => ({
    time: formats.short(entry.at, now),
    fullTime: formats.full(entry.at),
    iso: formats.iso(entry.at),
    actor: cleanLine(entry.actor),
    ip: cleanLine(entry.ip),
    action: cleanLine(entry.action),
    object: cleanLine(entry.object),
    details: cleanLine(entry.details, 300),
  }));
}

export function auditRoom(admin: Admin): Router {
  const router = Router();
  router.get('/admin/audit', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const search = oneValue(req.query.q).trim().slice(0, 200);
    const before = Number(oneValue(req.query.before));
    const entries = await admin.administration.audit(actor, {
      search: search === '' ? undefined : search,
      before: Number.isSafeInteger(before) && before > 0 ? before : undefined,
      limit: pageSize + 1,
    });
    const shown = entries.slice(0, pageSize);
    await admin.show(req, res, {
      view: 'admin/audit',
      title: t('admin.audit'),
      section: 'audit',
      model: {
        search,
        rows: auditRows(shown, formats, now),
        latest: before > 0 ? withQuery('/admin/audit', { q: search }) : '',
        older:
          entries.length > pageSize
            ? withQuery('/admin/audit', { q: search, before: String(shown.at(-1)?.id ?? '') })
            : '',
      },
    });
  });
  return router;
}
