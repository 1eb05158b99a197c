// What other hosts report about TLS on their way to a domain (RFC 8460): what failed, at which mail host and how often, in
// words, and who reported how many sessions. The address that they come to is that of the DMARC reports.
//   GET  /admin/d/DOMAIN/tls-reports
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { Router } from 'express';
import { openReportDatabase } from '../../../mta/trust/dmarc-reports/database.ts';
import { openReceivedTlsReports, type ReceivedTlsReports } from '../../reports/received-tls.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { domainPath } from './paths.ts';
import { findReportsAddress } from './reports-address.ts';
import type { Admin } from './types.ts';

const days = 30;
const dayMs = 86_400_000;

export function tlsReportsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  let opened: { readonly database: Database; readonly reports: ReceivedTlsReports } | undefined;
  const reports = (): ReceivedTlsReports => {
    if (opened === undefined) {
      const database = openReportDatabase(join(admin.home.state, 'dmarc.sqlite'));
      opened = { database, reports: openReceivedTlsReports(database) };
    }
    return opened.reports;
  };
  admin.beforeClose(() => opened?.database.close());

  router.get('/admin/d/:domain/tls-reports', async (req, res) => {
    const { actor } = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    const address = await findReportsAddress(administration, actor, domain);
    const { failures, reporters } = reports().read(domain, Math.floor((now - days * dayMs) / 1000));
    await admin.show(req, res, {
      view: 'admin/tls-reports',
      title: t('tlsrpt.title'),
      section: 'tls-reports',
      domain,
      model: {
        base: domainPath(domain),
        isReceiving: address !== undefined,
        failures: failures.map(({ type, host, sessions, reporters: many, reporter, last }) => ({
          words: t(`tlsrpt.why.${type}`),
          host,
          sessions: formats.number(sessions),
          reporter: cleanLine(reporter, 100),
          others: many > 1 ? t('tlsrpt.others', { n: many - 1 }) : '',
          last: formats.day(last * 1000),
        })),
        reporters: reporters.map(({ organization, successes, failed, last }) => ({
          organization: cleanLine(organization, 100),
          good: formats.number(successes),
          failed: formats.number(failed),
          last: formats.day(last * 1000),
        })),
      },
    });
  });

  return router;
}
