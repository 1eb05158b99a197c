// The certificate of the doors (control/servercert.pem), for administrators of the system: whom it is for, who says so,
// until when, and what is wrong with it. The administration reads the file and gives a report without the key.
//   GET /admin/certificates
import { Router } from 'express';
import {
  type CertificateReport,
  daysLeft,
  fitsHost,
  urgentProblems,
} from '../../../mta/certificates/report.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Translate } from '../words/words.ts';
import type { Admin } from './types.ts';

/** Domains whose names are held against the certificate. */
const mostDomains = 200;

/** What the first page must tell, in words; none when all is well or there is no certificate at all. */
export function certificateWarnings(report: CertificateReport, now: number, t: Translate): readonly string[] {
  if (report.state === 'unreadable') return [t('certificate.unreadable', { why: report.words })];
  const [own] = report.chain;
  const n = own === undefined ? 0 : Math.max(0, daysLeft(own, now));
  return urgentProblems(report).map((problem) =>
    t(`certificate.problem.${problem}`, { n, host: report.host }),
  );
}

export function certificatesRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/certificates', async (req, res) => {
    const { actor } = admin.system(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const [report, domains] = await Promise.all([
      administration.certificate(actor),
      administration.domains(actor, { limit: mostDomains }),
    ]);
    const names = report.chain[0]?.names ?? [];
    const n = report.chain[0] === undefined ? 0 : Math.max(0, daysLeft(report.chain[0], now));
    await admin.show(req, res, {
      view: 'admin/certificates',
      title: t('certificate.title'),
      section: 'certificates',
      model: {
        state: report.state,
        why: cleanLine(report.words, 200),
        host: report.host,
        problems: report.problems.map((problem) =>
          t(`certificate.problem.${problem}`, { n, host: report.host }),
        ),
        domains: domains.items
          .map(({ name }) => name)
          .filter((name) => fitsHost(names, name) || fitsHost(names, `mail.${name}`)),
        chain: report.chain.map((each) => ({
          subject: cleanLine(each.subject, 200),
          issuer: cleanLine(each.issuer, 200),
          names: each.names.slice(0, 100).map((name) => cleanLine(name, 255)),
          moreNames: Math.max(0, each.names.length - 100),
          from: formats.full(each.from),
          to: formats.full(each.to),
          left: daysLeft(each, now),
          key: [each.keyType.toUpperCase(), each.keySize].filter(Boolean).join(' '),
          isSelfSigned: each.isSelfSigned,
          fingerprint: each.fingerprint,
        })),
      },
    });
  });

  return router;
}
