// The first page: what there is, what needs a look, what was done last, and how mail flows.
//   GET /admin                    `span=month` for 30 days instead of 24 hours
//   GET /admin/go?domain=NAME     the switcher: the domain's page, or the domains that the text finds
import { Router } from 'express';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { oneValue } from '../shell/paths.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { auditRows } from './audit.ts';
import { certificateWarnings } from './certificates.ts';
import { type Chart, drawBars } from './chart.ts';
import { domainPath, withQuery } from './paths.ts';
import type { Admin, Counted, Span, Statistics } from './types.ts';

const charts: readonly {
  readonly id: string;
  readonly title: WordKey;
  readonly series: readonly Counted[];
}[] = [
  { id: 'mail', title: 'admin.chartMail', series: ['delivered', 'deferred', 'bounced'] },
  { id: 'incoming', title: 'admin.chartIncoming', series: ['received', 'refused'] },
  { id: 'logins', title: 'admin.chartLogins', series: ['loginsOk', 'loginsFailed'] },
];

/** The charts of what was counted. */
export function chartsOf(
  statistics: Statistics,
  span: Span,
  t: Translate,
  formats: Formats,
): readonly Chart[] {
  const { starts, counts } = statistics;
  const every = span === 'day' ? 6 : 7;
  return charts.map(({ id, title, series }) =>
    drawBars({
      id: `chart-${id}`,
      title: t(title),
      names: starts.map((at) => (span === 'day' ? formats.clock(at) : formats.day(at))),
      ticks: starts.map((at, index) =>
        (starts.length - 1 - index) % every !== 0 ? '' : span === 'day' ? formats.clock(at) : formats.day(at),
      ),
      series: series.map((name) => ({ label: t(`admin.count.${name}`), values: counts[name] })),
      format: formats.number,
    }),
  );
}

export function dashboardRoom(admin: Admin): Router {
  const router = Router();
  const { administration } = admin;

  router.get('/admin', async (req, res) => {
    const { actor, level, address } = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const span: Span = oneValue(req.query.span) === 'month' ? 'month' : 'day';
    const own = level === 'domain' ? address.slice(address.lastIndexOf('@') + 1) : undefined;
    const [domains, audit, statistics, queue, certificate] = await Promise.all([
      administration.domains(actor, { limit: 500 }),
      administration.audit(actor, { limit: 8 }),
      admin.statistics?.read(span, own),
      level === 'system' ? admin.statistics?.queue() : undefined,
      level === 'system' ? administration.certificate(actor) : undefined,
    ]);
    // Each domain's details cost a look into its files: the first ones are enough for a page that says "and more".
    const looked = await Promise.all(
      domains.items.slice(0, 20).map(({ name }) => administration.domain(actor, name)),
    );
    await admin.show(req, res, {
      view: 'admin/dashboard',
      title: t('admin.dashboard'),
      section: 'dashboard',
      model: {
        cards: [
          ...(level === 'system'
            ? [
                {
                  label: t('admin.domains'),
                  value: formats.number(domains.total),
                  href: '/admin/domains',
                  hint: '',
                },
              ]
            : []),
          {
            label: t('admin.accounts'),
            value:
              formats.number(domains.items.reduce((sum, { accounts }) => sum + accounts, 0)) +
              (domains.hasAfter ? '+' : ''),
            href: own === undefined ? '/admin/domains' : domainPath(own, '/accounts'),
            hint: '',
          },
          ...(queue
            ? [
                {
                  label: t('admin.waiting'),
                  value: formats.number(queue.waiting),
                  href: '',
                  hint:
                    queue.oldest === undefined
                      ? ''
                      : t('admin.oldest', { time: formats.short(queue.oldest, now) }),
                },
              ]
            : []),
        ],
        span,
        charts: statistics ? chartsOf(statistics, span, t, formats) : [],
        warnings: certificate ? certificateWarnings(certificate, now, t) : [],
        problems: looked.flatMap(({ name, problems }) =>
          problems.slice(0, 10).map(({ where, words }) => ({
            domain: name,
            href: domainPath(name),
            where: cleanLine(where),
            words: cleanLine(words),
          })),
        ),
        domains: looked.map(({ name, counts }) => ({ name, href: domainPath(name), counts })),
        moreDomains: domains.total - looked.length,
        audit: auditRows(audit, formats, now),
      },
    });
  });

  router.get('/admin/go', async (req, res) => {
    const wanted = oneValue(req.query.domain).trim().toLowerCase().slice(0, 255);
    try {
      const { name } = await administration.domain(admin.grant(req).actor, wanted);
      res.redirect(303, domainPath(name));
    } catch (error) {
      if (!(error instanceof NoSuchObject)) throw error;
      res.redirect(303, withQuery('/admin/domains', { q: wanted }));
    }
  });

  return router;
}
