// What other hosts report about mail in the name of a domain (DMARC aggregate reports): letters a day, who sent them and
// whether they were proven to be the domain's, in words.
//   GET  /admin/d/DOMAIN/reports
//   POST /admin/d/DOMAIN/reports   makes the address that reports go to
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { Router } from 'express';
import { reportsName } from '../../../mta/accounts/administration/report-alias.ts';
import { findHostName } from '../../../mta/dns/host-name.ts';
import { createDnsLookup } from '../../../mta/dns/lookup.ts';
import { openReportDatabase } from '../../../mta/trust/dmarc-reports/database.ts';
import { openReceivedReports, type ReceivedReports, type SourceSum } from '../../reports/received.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { drawBars } from './chart.ts';
import { domainPath } from './paths.ts';
import { findReportsAddress } from './reports-address.ts';
import type { Admin } from './types.ts';

const days = 30;
const dayMs = 86_400_000;
/** Addresses whose names are asked for, and milliseconds for all of them. */
const mostNames = 40;
const namesPatience = 2000;

/** Which words a source gets, and how good they are. */
export function judgeSource({
  letters,
  signed,
  unproven,
}: SourceSum): readonly [
  words: 'signed' | 'spfOnly' | 'mixed' | 'unproven',
  mark: 'right' | 'unknown' | 'differs',
] {
  if (unproven >= letters) return ['unproven', 'differs'];
  if (unproven > 0) return ['mixed', 'unknown'];
  return signed >= letters ? ['signed', 'right'] : ['spfOnly', 'unknown'];
}

export function reportsRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;
  let opened: { readonly database: Database; readonly reports: ReceivedReports } | undefined;
  const reports = (): ReceivedReports => {
    if (opened === undefined) {
      const database = openReportDatabase(join(admin.home.state, 'dmarc.sqlite'));
      opened = { database, reports: openReceivedReports(database) };
    }
    return opened.reports;
  };
  admin.beforeClose(() => opened?.database.close());

  /** Names of addresses that the DNS tells in time. */
  const namesOf = async (ips: readonly string[]): Promise<ReadonlyMap<string, string>> => {
    const { dnsservers } = await admin.settings.read(['dnsservers']);
    const lookup = createDnsLookup(dnsservers, namesPatience / 1000);
    const timer = setTimeout(() => lookup.close(), namesPatience);
    const names = new Map<string, string>();
    await Promise.all(
      ips.slice(0, mostNames).map(async (ip) => {
        const name = await findHostName(lookup, ip);
        if (name !== undefined) names.set(ip, name);
      }),
    );
    clearTimeout(timer);
    lookup.close();
    return names;
  };

  router.get('/admin/d/:domain/reports', async (req, res) => {
    const grant = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const { name: domain } = await administration.domain(grant.actor, oneValue(req.params.domain));
    const first = Math.floor(now / dayMs) - days + 1;
    const sums = reports().read(domain, first, days);
    const [names, address] = await Promise.all([
      namesOf(sums.sources.map(({ ip }) => ip).filter((ip) => ip !== '')),
      findReportsAddress(administration, grant.actor, domain),
    ]);
    // Noon UTC: the same day in most of the world.
    const dayNames = sums.believed.map((_, at) => formats.day((first + at) * dayMs + dayMs / 2));
    await admin.show(req, res, {
      view: 'admin/reports',
      title: t('reports.title'),
      section: 'reports',
      domain,
      model: {
        base: domainPath(domain),
        address: `${reportsName}@${domain}`,
        postmaster: `postmaster@${domain}`,
        isReceiving: address !== undefined,
        chart: drawBars({
          id: 'chart-reports',
          title: t('reports.chart'),
          names: dayNames,
          ticks: dayNames.map((name, at) => ((days - 1 - at) % 7 === 0 ? name : '')),
          series: [
            { label: t('reports.believed'), values: sums.believed },
            { label: t('reports.unbelieved'), values: sums.unproven },
          ],
          format: formats.number,
        }),
        sources: sums.sources.map((source) => {
          const [words, mark] = judgeSource(source);
          return {
            ip: source.ip,
            name: names.get(source.ip) ?? '',
            letters: formats.number(source.letters),
            signed: formats.number(source.signed),
            spf: formats.number(source.spf),
            mark,
            label: t(`reports.mark.${words}`),
            words: t(`reports.${words}`),
          };
        }),
        reporters: sums.reporters.map(({ organization, letters, last }) => ({
          organization: cleanLine(organization, 100),
          letters: formats.number(letters),
          last: formats.day(last * 1000),
        })),
      },
    });
  });

  router.post('/admin/d/:domain/reports', admin.sameOrigin, async (req, res) => {
    const { t } = admin.shell.localsOf(req);
    const { actor } = admin.grant(req);
    // Whose domain it is not gets no line in the audit log either.
    const { name: domain } = await administration.domain(actor, oneValue(req.params.domain));
    await administration.receiveReports(actor, domain);
    admin.done(req, res, domainPath(domain, '/reports'), t('reports.made'));
  });

  return router;
}
