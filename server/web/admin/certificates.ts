// The certificates of the doors, the site's own and those of single names, for administrators of the system: whom each is
// for, who says so, until when, and what is wrong with it. The administration reads the files and gives reports without keys.
//   GET  /admin/certificates
//   POST /admin/certificates/renew   `name` is fetched anew, where the site fetches its certificates (RFC 8555)
import { Router } from 'express';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { siteFile } from '../../../mta/certificates/files.ts';
import {
  type CertificateProblem,
  type CertificateReport,
  daysLeft,
  fitsHost,
  isUrgent,
  urgentProblems,
} from '../../../mta/certificates/report.ts';
import type { WantedRenewal } from '../../certificates/renewals.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { Translate } from '../words/words.ts';
import { problemWords } from './certificate-setup.ts';
import type { Admin } from './types.ts';

/** Domains whose names are held against the certificate. */
const mostDomains = 200;
/** Certificates on the page. */
const mostReports = 100;

const numbersOf = (report: CertificateReport, now: number) => {
  const [own] = report.chain;
  const n = own === undefined ? 0 : Math.max(0, daysLeft(own, now));
  return { n, host: report.host, file: report.file };
};

/** Does it keep others out now? */
const isSevere = (problem: CertificateProblem): boolean => problem !== 'ends-soon' && isUrgent(problem);

/** What the first page must tell, in words; none when all is well or there is no certificate at all. */
export function certificateWarnings(report: CertificateReport, now: number, t: Translate): readonly string[] {
  const { file, host } = report;
  const words =
    report.state === 'unreadable'
      ? [t('certificate.unreadable', { why: report.words, file })]
      : urgentProblems(report).map((problem) => t(`certificate.problem.${problem}`, numbersOf(report, now)));
  // The site's own needs no name.
  return file === siteFile ? words : words.map((each) => `${host}: ${each}`);
}

/** Seconds after which a page that shows an order under way is asked for again. */
const lookAgain = 3;

/** What is done about a certificate now; '' for nothing. One that has not been tried yet is next. */
function progressWords({ underWay, file, problem, nextAt }: WantedRenewal, t: Translate): string {
  if (underWay) return t(`acme.step.${underWay.step}`, { name: cleanLine(underWay.name, 255) });
  return file === undefined && problem === undefined && nextAt === undefined ? t('acme.step.soon') : '';
}

export function certificatesRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin/certificates', async (req, res) => {
    const { actor } = admin.system(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const [reports, domains, fetched] = await Promise.all([
      administration.certificates(actor),
      administration.domains(actor, { limit: mostDomains }),
      // Settings that cannot be read are told on their own page.
      admin.renewals?.list().catch(() => []),
    ]);
    const describe = (report: CertificateReport) => {
      const names = report.chain[0]?.names ?? [];
      const isSites = report.file === siteFile;
      return {
        file: report.file,
        state: report.state,
        why: cleanLine(report.words, 200),
        host: report.host,
        isSites,
        problems: report.problems.map((problem) => ({
          words: t(`certificate.problem.${problem}`, numbersOf(report, now)),
          isSevere: isSevere(problem),
        })),
        domains: domains.items
          .map(({ name }) => name)
          .filter((name) => isSites && (fitsHost(names, name) || fitsHost(names, `mail.${name}`))),
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
      };
    };
    const progress = fetched?.map((one) => progressWords(one, t)) ?? [];
    if (progress.some((words) => words !== '')) res.setHeader('Refresh', String(lookAgain));
    await admin.show(req, res, {
      view: 'admin/certificates',
      title: t('certificate.title'),
      section: 'certificates',
      model: {
        reports: reports.slice(0, mostReports).map(describe),
        fetched: fetched?.slice(0, mostReports).map(({ names, renewAt, nextAt, problem, isForPage }, at) => ({
          name: names[0] ?? '',
          names,
          isForPage,
          progress: progress[at],
          meaning: problem === undefined ? '' : problemWords(problem.kind, t),
          renewAt: renewAt === undefined ? '' : formats.full(renewAt),
          nextAt: nextAt === undefined ? '' : formats.full(nextAt),
          fault: problem === undefined ? '' : cleanLine(problem.words, 500),
        })),
      },
    });
  });

  router.post('/admin/certificates/renew', async (req, res) => {
    const { actor } = admin.system(req);
    const { t } = admin.shell.localsOf(req);
    const name = oneValue(req.body?.name).slice(0, 255);
    if (!(await admin.renewals?.list())?.some(({ names }) => names[0] === name))
      throw new NoSuchObject('no such certificate');
    const isBegun = await admin.renewals?.renewNow(name);
    if (isBegun) await administration.note(actor, 'certificate.renew', name, '');
    admin.done(req, res, '/admin/certificates', t(isBegun ? 'certificate.renewing' : 'certificate.notNow'));
  });

  return router;
}
