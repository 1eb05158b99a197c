// The DNS records of a domain: what should be published, what is, and what to do about the difference
// (spec/qmailadmin.md 7.1). Looking asks the site's resolver, all questions at once, and changes nothing.
//   GET /admin/d/DOMAIN/dns
import { Router } from 'express';
import { ControlError } from '../../../mta/control/settings.ts';
import { createRecordLookup } from '../../../mta/dns/record-lookup.ts';
import { checkRecords } from '../../../mta/dns/records/check.ts';
import type { RecordRow } from '../../../mta/dns/records/types.ts';
import { writeZone } from '../../../mta/dns/records/zone.ts';
import { quoted } from '../../../mta/log.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { Translate } from '../words/words.ts';
import { readSiteFacts } from './dns-facts.ts';
import { domainPath } from './paths.ts';
import type { Admin } from './types.ts';

/** Milliseconds that a look may take. */
const patience = 8000;
/** Looks at the same time, for all who administer. */
const mostLooks = 4;
/** Values of a row that are shown. */
const mostValues = 10;

function rowModel(row: RecordRow, host: string, t: Translate): Readonly<Record<string, unknown>> {
  const isOff = row.verdict === 'missing' && row.isOptional;
  return {
    name: row.name,
    type: row.type,
    verdict: row.verdict,
    label: t(isOff ? 'dns.optional' : `dns.verdict.${row.verdict}`),
    // Nothing stands beside a row whose value is not known here.
    words:
      row.why === 'absent' && row.wanted.length === 0
        ? ''
        : t(`dns.why.${row.why}`, { value: cleanLine(row.value ?? '', 300), host }),
    wanted: row.wanted,
    published: row.published.slice(0, mostValues).map((each) => cleanLine(each, 500)),
    more: Math.max(0, row.published.length - mostValues),
  };
}

export function dnsRoom(admin: Admin): Router {
  const router = Router();
  let looks = 0;

  router.get('/admin/d/:domain/dns', async (req, res) => {
    const grant = admin.grant(req);
    const { t } = admin.shell.localsOf(req);
    const { name: domain } = await admin.administration.domain(grant.actor, oneValue(req.params.domain));
    if (looks >= mostLooks) {
      res.setHeader('Retry-After', 10);
      return admin.fail(req, res, 503, 'dns.busy');
    }
    looks += 1;
    try {
      const { facts, servers } = await readSiteFacts(admin, grant, domain);
      const lookup = createRecordLookup(servers);
      const rows = await checkRecords(facts, lookup, patience).finally(() => lookup.close());
      const wrong = rows.filter(({ verdict, isOptional }) => verdict !== 'right' && !isOptional);
      await admin.show(req, res, {
        view: 'admin/dns',
        title: t('dns.title'),
        section: 'dns',
        domain,
        model: {
          host: facts.host,
          knowsAddresses: facts.addresses.length > 0,
          isRight: wrong.length === 0,
          again: domainPath(domain, '/dns'),
          kinds: [...new Set(rows.map(({ kind }) => kind))].map((kind) => ({
            title: t(`dns.kind.${kind}`),
            about: t(`dns.about.${kind}`),
            rows: rows.filter((row) => row.kind === kind).map((row) => rowModel(row, facts.host, t)),
          })),
          zone: writeZone(rows),
          lines: rows.reduce((sum, { wanted }) => sum + wanted.length, 1),
        },
      });
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      admin.log(`web: DNS records of ${quoted(domain)}: ${quoted(error.message)}`);
      await admin.fail(req, res, 503, 'dns.settings');
    } finally {
      looks -= 1;
    }
  });

  return router;
}
