// The first page: what there is, what needs a look, what was done last, and how mail flows.
//   GET /admin                    `span=month` for 30 days instead of 24 hours
//   GET /admin/go?domain=NAME     the switcher: the domain's page, or the domains that the text finds
import { Router } from 'express';
import { NoSuchObject } from '../../../mta/accounts/administration.ts';
import { quoted } from '../../../mta/log.ts';
import { type HistoryReader, type Tally, tallies } from '../../history/types.ts';
import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { oneValue } from '../shell/paths.ts';
import type { Translate, WordKey } from '../words/words.ts';
import { auditRows } from './audit.ts';
import { certificateWarnings } from './certificates.ts';
import { type Chart, drawBars } from './chart.ts';
import { domainPath, withQuery } from './paths.ts';
import type { Admin, Span, Statistics } from './types.ts';

const charts: readonly {
  readonly id: string;
  readonly title: WordKey;
  readonly series: readonly Tally[];
}[] = [
  { id: 'mail', title: 'admin.chartMail', series: ['delivered', 'deferred', 'bounced'] },
  { id: 'incoming', title: 'admin.chartIncoming', series: ['received', 'refused'] },
  { id: 'logins', title: 'admin.chartLogins', series: ['loginsOk', 'loginsFailed'] },
];

const hour = 3600_000;

/** 24 hours by the hour, or 30 days by the day. */
async function readStatistics(history: HistoryReader, span: Span, now: number): Promise<Statistics> {
  const rows =
    span === 'day'
      ? (await history.statistics(now - 23 * hour, 'hour')).slice(-24)
      : (await history.statistics(now - 29 * 24 * hour, 'day')).slice(-30);
  return {
    starts: rows.map(({ from }) => from),
    counts: Object.fromEntries(
      tallies.map((name) => [name, rows.map((row) => row[name])]),
    ) as unknown as Statistics['counts'],
  };
}

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
  /** A part that cannot tell now is left out; the log says why. */
  const told = async <T>(answer: Promise<T>): Promise<T | undefined> => {
    try {
      return await answer;
    } catch (error) {
      admin.log(`web: dashboard: ${quoted(error instanceof Error ? error.message : String(error))}`);
      return undefined;
    }
  };

  router.get('/admin', async (req, res) => {
    const { actor, level, address } = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const span: Span = oneValue(req.query.span) === 'month' ? 'month' : 'day';
    const own = level === 'domain' ? address.slice(address.lastIndexOf('@') + 1) : undefined;
    const [domains, audit, statistics, queue, certificates] = await Promise.all([
      administration.domains(actor, { limit: 500 }),
      administration.audit(actor, { limit: 8 }),
      own === undefined && admin.history ? told(readStatistics(admin.history, span, now)) : undefined,
      level === 'system' && admin.queueDesk ? told(admin.queueDesk.status(actor)) : undefined,
      level === 'system' ? administration.certificates(actor) : undefined,
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
                  value: formats.number(queue.messages),
                  href: '/admin/queue',
                  hint: queue.isPaused ? t('queue.paused') : '',
                },
              ]
            : []),
        ],
        span,
        charts: statistics ? chartsOf(statistics, span, t, formats) : [],
        warnings: (certificates ?? []).flatMap((report) => certificateWarnings(report, now, t)),
        senders: admin.sending
          .alarms()
          .filter(({ who }) => own === undefined || who.endsWith(`@${own}`))
          .slice(0, 10)
          .map(({ who, span, most }) =>
            t(span === 'hour' ? 'guard.sendingHour' : 'guard.sendingDay', { who, n: most }),
          ),
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
