// DMARC reports of this site: counts what the SMTP door found out about letters, and sends the reports
// (mta/trust/dmarc-reports). Letters gather for a second and are written together; mail never waits, and a database that
// cannot be written costs reports, not letters.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSettings } from '../../mta/control/settings.ts';
import type { Home } from '../../mta/home.ts';
import type { Injector } from '../../mta/inject/types.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { openReportDatabase } from '../../mta/trust/dmarc-reports/database.ts';
import { createReportSender } from '../../mta/trust/dmarc-reports/sender.ts';
import { openReportTallies } from '../../mta/trust/dmarc-reports/tallies.ts';
import type { RecordSenderResults, SenderResults } from '../../mta/trust/sender-results.ts';
import { gather } from './gathering.ts';

export interface SiteReports {
  readonly record: RecordSenderResults;
  /** Sends what is due now, not in some minutes. */
  send(): Promise<void>;
  close(): Promise<void>;
}

export interface SiteReportsOptions {
  readonly home: Home;
  readonly injector: Pick<Injector, 'inject'>;
  readonly log: Log;
  /** Milliseconds since 1970; tests move it. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds in which letters gather, and how many may. */
const gatherMs = 1000;
const mostGathered = 2000;
/** Letters that are written in one go: some milliseconds of the event loop. */
const mostAtOnce = 100;

/** Opens the site's reports. Never rejects: without a database nothing is counted, and a line says why. */
export async function openSiteReports(options: SiteReportsOptions): Promise<SiteReports> {
  const { home, injector, log, now } = options;
  const settings = openSettings(home.qmail);
  const tell = (what: string, error: unknown): void =>
    log(`warning: DMARC reports: ${what}: ${quoted(error instanceof Error ? error.message : String(error))}`);
  const opened = await mkdir(home.state, { recursive: true, mode: 0o700 })
    .then(() => {
      const database = openReportDatabase(join(home.state, 'dmarc.sqlite'));
      return { database, tallies: openReportTallies(database) };
    })
    .catch((error: unknown) => tell('nothing is counted', error));
  if (!opened) return { record: () => undefined, send: async () => undefined, close: async () => undefined };
  const { database, tallies } = opened;

  const sender = createReportSender({
    tallies,
    settings: () => settings.read(['me', 'dmarcreports', 'dmarcreportfrom', 'dnsservers']),
    injector,
    log,
    now,
  });
  const gathering = gather<SenderResults>(mostGathered, gatherMs, async (letters, left) => {
    if (left > 0) tell(`${left} letters are not counted`, 'too many at once');
    try {
      const { dmarcreports } = await settings.read(['dmarcreports']);
      if (dmarcreports === 0) return;
      for (let at = 0; at < letters.length; at += mostAtOnce) {
        tallies.count(letters.slice(at, at + mostAtOnce));
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      tell(`${letters.length} letters are not counted`, error);
    }
  });

  return {
    record: gathering.record,
    async send() {
      await gathering.flush();
      await sender.run();
    },
    async close() {
      await gathering.flush();
      await sender.close();
      database.close();
    },
  };
}
