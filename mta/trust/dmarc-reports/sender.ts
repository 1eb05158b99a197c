// Sends DMARC aggregate reports: once a day for each policy domain that asks for them (control/dmarcreports), through the
// queue like all mail, spread over the first hours of the new day. A report that cannot go now is tried again; one that
// nobody takes is let go, and a line of the log says why. Several processes may run it: each report is taken by one.
import { createHash } from 'node:crypto';
import type { Settings } from '../../control/settings.ts';
import { createRecordLookup } from '../../dns/record-lookup.ts';
import type { Injector } from '../../inject/types.ts';
import { type Log, quoted } from '../../log.ts';
import { daySeconds } from '../report-tallies.ts';
import { findDestinations } from './destinations.ts';
import { writeReportLetter } from './report-letter.ts';
import type { DueReport, ReportTallies } from './tallies.ts';

export interface ReportSenderOptions {
  readonly tallies: ReportTallies;
  readonly settings: () => Promise<Pick<Settings, 'me' | 'dmarcreports' | 'dmarcreportfrom' | 'dnsservers'>>;
  readonly injector: Pick<Injector, 'inject'>;
  readonly log: Log;
  /** Milliseconds since 1970; tests move it. */
  readonly now?: (() => number) | undefined;
}

export interface ReportSender {
  /** Sends what is due. Resolves when nothing is. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds between looks. */
const lookEvery = 600_000;
/** Seconds after midnight over which the reports of a day are spread (RFC 9990 3.5.2: not all at once). */
const spreadSeconds = 4 * 3600;
/** Reports of one look. */
const mostOfLook = 200;

/** Seconds after midnight at which the report of a domain goes: always the same, and others' at other times. */
function momentOf(domain: string): number {
  return 600 + (createHash('sha256').update(domain).digest().readUInt32BE(0) % spreadSeconds);
}

/** The same for a report that is sent again (RFC 9990 3.5.1). */
const reportId = (me: string, { day, domain }: DueReport): string =>
  `${createHash('sha256').update(`${me} ${domain} ${day}`).digest('hex').slice(0, 32)}@${me}`;

export function createReportSender(options: ReportSenderOptions): ReportSender {
  const { tallies, injector, log, now = Date.now } = options;
  let running: Promise<void> | undefined;
  let isClosed = false;

  const send = async (
    report: DueReport,
    settings: Awaited<ReturnType<ReportSenderOptions['settings']>>,
  ): Promise<'sent' | 'later' | 'nobody'> => {
    const { published, day, left } = report;
    const me = settings.me.toLowerCase();
    const lookup = createRecordLookup(settings.dnsservers);
    const { destinations, isUnsure } = await findDestinations(report.domain, published.rua, lookup);
    lookup.close();
    if (destinations.length === 0) return isUnsure ? 'later' : 'nobody';
    const rows = tallies.rows(report);
    if (rows.length === 0) return 'nobody';
    const facts = {
      submitter: me,
      email: settings.dmarcreportfrom,
      id: reportId(me, report),
      begin: day * daySeconds,
      end: (day + 1) * daySeconds - 1,
      published,
      rows,
      left,
    };
    const date = new Date(now());
    const all = destinations.map(({ address }) => address);
    let letter = await writeReportLetter(facts, all, date);
    // RFC 9990 3.5: one whose limit is passed, all encoding included, must not be used.
    const { length } = letter;
    const to = destinations
      .filter(({ most }) => most === undefined || length <= most)
      .map(({ address }) => address);
    if (to.length === 0) return 'nobody';
    if (to.length < all.length) letter = await writeReportLetter(facts, to, date);
    const uid = process.geteuid?.() ?? 0;
    const { code, text } = await injector.inject(`uid ${uid}`, letter, settings.dmarcreportfrom, to);
    if (code === 'Z') return 'later';
    log(`dmarc report: ${quoted(report.domain)} to ${quoted(to.join(' '))}: ${quoted(text)}`);
    return 'sent';
  };

  const sendAll = async (): Promise<void> => {
    const settings = await options.settings();
    for (let n = 0; n < mostOfLook && !isClosed; n++) {
      const seconds = Math.floor(now() / 1000);
      const today = Math.floor(seconds / daySeconds);
      if (n === 0) tallies.prune(today);
      if (settings.dmarcreports === 0) return;
      const report = tallies.take(today, seconds, (domain) => seconds % daySeconds >= momentOf(domain));
      if (report === undefined) return;
      const outcome = await send(report, settings);
      if (outcome === 'later' && tallies.postpone(report, seconds)) continue;
      if (outcome !== 'sent') log(`dmarc report: ${quoted(report.domain)}: nobody takes it`);
      tallies.finish(report);
    }
  };
  const run = (): Promise<void> => {
    running ??= sendAll()
      .catch((error: unknown) =>
        log(`warning: DMARC reports: ${quoted(error instanceof Error ? error.message : String(error))}`),
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  const timer = setInterval(run, lookEvery).unref();
  return {
    run,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}
