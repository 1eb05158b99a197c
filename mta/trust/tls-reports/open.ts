// TLS reports of this site: counts how the TLS of outgoing sessions went, and sends the reports. Sessions gather for some
// seconds and are written together; mail never waits, and a database that cannot be written costs reports, not letters.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { quoted } from '../../log.ts';
import { openReportDatabase } from '../dmarc-reports/database.ts';
import type { RecordTlsSession, TlsSession } from './results.ts';
import { createTlsReportSender, type TlsReportSenderOptions } from './sender.ts';
import { openTlsTallies } from './tallies.ts';

export interface TlsReports {
  readonly record: RecordTlsSession;
  /** Writes what was gathered, and sends what is due. */
  send(): Promise<void>;
  close(): Promise<void>;
}

export interface TlsReportsOptions extends Omit<TlsReportSenderOptions, 'tallies'> {
  /** The SQLite file; its directory is made when it is missing. */
  readonly path: string;
}

/** Milliseconds between looks for reports that are due. */
const lookEvery = 600_000;
const gatherMs = 5000;
const mostGathered = 5000;
/** Sessions that are written in one go: some milliseconds of the event loop. */
const mostAtOnce = 100;

/** The database is opened by the first session or look, so that a site without reports has none. */
export function openTlsReports(options: TlsReportsOptions): TlsReports {
  const { path, settings, log } = options;
  const tell = (error: unknown): void =>
    log(`warning: TLS reports: ${quoted(error instanceof Error ? error.message : String(error))}`);
  const open = async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const database = openReportDatabase(path);
    const tallies = openTlsTallies(database);
    return { database, tallies, sender: createTlsReportSender({ ...options, tallies }) };
  };
  let opened: ReturnType<typeof open> | undefined;
  const parts = (): ReturnType<typeof open> => {
    opened ??= open();
    return opened;
  };

  let gathered: TlsSession[] = [];
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    timer = undefined;
    const sessions = gathered;
    gathered = [];
    if (sessions.length === 0) return;
    try {
      const { tallies } = await parts();
      for (let at = 0; at < sessions.length; at += mostAtOnce) {
        tallies.count(sessions.slice(at, at + mostAtOnce));
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      opened = undefined;
      tell(error);
    }
  };
  const flushAll = (): Promise<void> => {
    clearTimeout(timer);
    flushing = flushing.then(flush);
    return flushing;
  };

  const send = async (): Promise<void> => {
    await flushAll();
    await (await parts()).sender.run();
  };
  const look = async (): Promise<void> => {
    if (settings().tlsreports !== 0) await send();
  };
  const looking = setInterval(() => void look().catch(tell), lookEvery).unref();

  return {
    record(session) {
      if (settings().tlsreports === 0 || gathered.length >= mostGathered) return;
      gathered.push(session);
      timer ??= setTimeout(() => void flushAll(), gatherMs).unref();
    },
    send,
    async close() {
      clearInterval(looking);
      await flushAll();
      const known = await opened?.catch(() => undefined);
      await known?.sender.close();
      known?.database.close();
    },
  };
}
