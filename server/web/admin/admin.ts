// The administration (Qmailadmin and vqadmin): /admin in the webmail's look. One room a file, each listing its routes at
// its top; this file puts the guard before them and the frame around them. What a room's question to `Administration`
// throws ends here when the room does not answer it itself: what is not there and what is not yours give the same page.
import { type ErrorRequestHandler, type Request, Router } from 'express';
import { Busy, Conflict, NoSuchObject, Refusal } from '../../../mta/accounts/administration.ts';
import { withField } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { createAccess } from './access.ts';
import { accountRoom } from './account.ts';
import { accountSecurityRoom } from './account-security.ts';
import { accountsRoom } from './accounts.ts';
import { aliasesRoom } from './aliases.ts';
import { auditRoom } from './audit.ts';
import { catchAllRoom } from './catch-all.ts';
import { certificateSetupRoom } from './certificate-setup.ts';
import { certificatesRoom } from './certificates.ts';
import { dashboardRoom } from './dashboard.ts';
import { deliveriesRoom } from './deliveries.ts';
import { dnsRoom } from './dns.ts';
import { domainRoom } from './domain.ts';
import { domainsRoom } from './domains.ts';
import { exportRoom } from './export.ts';
import { importRoom } from './import.ts';
import { junkRoom } from './junk.ts';
import { limitsRoom } from './limits.ts';
import { listMembersRoom } from './list-members.ts';
import { listsRoom } from './lists.ts';
import { lookRoom } from './look.ts';
import { domainPath } from './paths.ts';
import { queueRoom } from './queue.ts';
import { reportsRoom } from './reports.ts';
import { columnEntries, domainSections, siteSections } from './sections.ts';
import { securityRoom } from './security.ts';
import { settingsRoom } from './settings.ts';
import { signingRoom } from './signing.ts';
import { stsRoom } from './sts.ts';
import { tlsReportsRoom } from './tls-reports.ts';
import type { Admin } from './types.ts';

/** The rooms in the order in which their routes are looked at. */
const rooms: readonly ((admin: Admin) => Router)[] = [
  dashboardRoom,
  domainsRoom,
  domainRoom,
  catchAllRoom,
  limitsRoom,
  accountsRoom,
  accountRoom,
  accountSecurityRoom,
  aliasesRoom,
  listsRoom,
  listMembersRoom,
  importRoom,
  exportRoom,
  dnsRoom,
  reportsRoom,
  tlsReportsRoom,
  stsRoom,
  signingRoom,
  lookRoom,
  certificatesRoom,
  certificateSetupRoom,
  auditRoom,
  securityRoom,
  junkRoom,
  settingsRoom,
  queueRoom,
  deliveriesRoom,
];

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

export function adminRoutes(web: WebParts): Router {
  const router = Router();
  const { administration } = web;
  const access = createAccess(web, administration);

  const admin: Admin = {
    ...web,
    administration,
    grant: access.grant,
    system: access.system,
    async show(req, res, page) {
      const { t } = web.shell.localsOf(req);
      const { level, address } = access.grant(req);
      // Who administers one domain is always in it.
      const domain = page.domain ?? (level === 'domain' ? domainOf(address) : undefined);
      await web.render(req, res, {
        view: page.view,
        title: page.title,
        status: page.status,
        pageClass: 'page-admin',
        frame: {
          column: 'admin/column',
          name: t('admin.name'),
          home: '/admin',
          search:
            domain === undefined
              ? { action: '/admin/domains', label: t('admin.searchDomains') }
              : { action: domainPath(domain, '/accounts'), label: t('admin.searchAccounts', { domain }) },
          openColumn: t('admin.openColumn'),
        },
        model: {
          ...page.model,
          level,
          domain,
          siteEntries: columnEntries(siteSections, level, '', page.section, t),
          domainEntries:
            domain === undefined
              ? []
              : columnEntries(domainSections, level, domainPath(domain), page.section, t),
        },
      });
    },
    done(req, res, path, words) {
      res.redirect(303, withField(path, 'u', web.rememberUndo(req, words, undefined)));
    },
  };

  router.use(access.router);
  for (const room of rooms) router.use(room(admin));
  const onError: ErrorRequestHandler = (error, req: Request, res, next) => {
    if (error instanceof NoSuchObject) return web.fail(req, res, 404, 'error.notFound');
    if (error instanceof Refusal) return web.fail(req, res, 422, error.message);
    if (error instanceof Conflict) return web.fail(req, res, 409, 'admin.changedMeanwhile');
    if (error instanceof Busy) {
      res.setHeader('Retry-After', 5);
      return web.fail(req, res, 503, 'admin.busy');
    }
    next(error);
  };
  router.use(onError);
  return router;
}
