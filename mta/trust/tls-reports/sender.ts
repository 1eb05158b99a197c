// Sends TLS reports (RFC 8460 5): once a day to each mail domain that asks for them (control/tlsreports), by a letter through
// the queue and by HTTPS, spread over the first hours of the new day. A report that cannot go now is tried again; one that
// nobody takes is let go, and a line of the log says why.
import { createHash } from 'node:crypto';
import type { Settings } from '../../control/settings.ts';
import type { DnsLookup } from '../../dns/lookup.ts';
import type { Injector } from '../../inject/types.ts';
import { type Log, quoted } from '../../log.ts';
import {
  findAddress,
  type GuardOptions,
  judgeUrl,
  requestOnce,
  withinLimit,
} from '../../net/guarded-request.ts';
import { type DueDay, daySeconds } from '../report-tallies.ts';
import {
  packTlsReport,
  readTlsReportRecord,
  type TlsReportFacts,
  type TlsReportPlaces,
  writeTlsReportLetter,
} from './report.ts';
import type { TlsTallies } from './tallies.ts';

export interface TlsReportSenderOptions {
  readonly tallies: TlsTallies;
  readonly settings: () => Pick<Settings, 'me' | 'tlsreports' | 'tlsreportfrom'>;
  readonly dns: () => DnsLookup;
  readonly injector: Pick<Injector, 'inject'>;
  readonly log: Log;
  /** For tests, whose servers are not public. */
  readonly guard?: Omit<GuardOptions, 'resolve'> | undefined;
  /** Milliseconds since 1970; tests move it. */
  readonly now?: (() => number) | undefined;
}

export interface TlsReportSender {
  /** Sends what is due. Resolves when nothing is. */
  run(): Promise<void>;
  close(): Promise<void>;
}

/** Seconds after midnight over which the reports of a day are spread (RFC 8460 4.1). */
const spreadSeconds = 4 * 3600;
/** Reports of one look. */
const mostOfLook = 200;
/** Milliseconds for one HTTPS request. */
const postMs = 30_000;

/** Seconds after midnight at which the report of a domain goes: always the same, and others' at other times. */
const momentOf = (domain: string): number =>
  600 + (createHash('sha256').update(domain).digest().readUInt32BE(0) % spreadSeconds);

export function createTlsReportSender(options: TlsReportSenderOptions): TlsReportSender {
  const { tallies, injector, log, now = Date.now } = options;
  let running: Promise<void> | undefined;
  let isClosed = false;

  const post = (place: string, packed: Buffer): Promise<boolean> =>
    withinLimit(postMs, false, async (signal) => {
      const dns = options.dns();
      const guard: GuardOptions = {
        ...options.guard,
        resolve: async (host) => {
          const answers = await Promise.all([dns.addresses(host, 4), dns.addresses(host, 6)]);
          return answers.flatMap((answer) => (answer.kind === 'found' ? answer.values : []));
        },
      };
      const url = judgeUrl(place, guard.allowPorts);
      if (url?.protocol !== 'https:') return false;
      const address = await findAddress(url.hostname, guard);
      if (!/[.:]/.test(address)) return false;
      const headers = { 'content-type': 'application/tlsrpt+gzip' };
      return requestOnce(url, address, { method: 'POST', headers, body: packed }, guard, signal, {
        fail: () => false,
        // RFC 8460 5.4: 2xx is taken.
        read: ({ statusCode = 0 }, finish) => finish(statusCode >= 200 && statusCode < 300),
      });
    });

  /** By letter, and to each URL: one of them is enough. */
  const deliver = async (facts: TlsReportFacts, { addresses, urls }: TlsReportPlaces): Promise<boolean> => {
    const packed = await packTlsReport(facts);
    const taken: string[] = [];
    if (addresses.length > 0) {
      const letter = writeTlsReportLetter(facts, packed, addresses, new Date(now()));
      const origin = `uid ${process.geteuid?.() ?? 0}` as const;
      const { code, text } = await injector.inject(origin, letter, facts.email, addresses);
      if (code === 'K') taken.push(`${addresses.join(' ')}: ${text}`);
    }
    for (const url of urls) if (await post(url, packed)) taken.push(url);
    for (const place of taken) log(`tls report: ${quoted(facts.domain)} to ${quoted(place)}`);
    return taken.length > 0;
  };

  const send = async (report: DueDay): Promise<'sent' | 'later' | 'nobody'> => {
    const { me, tlsreportfrom } = options.settings();
    const { domain, day } = report;
    const record = await options.dns().texts(`_smtp._tls.${domain}`);
    if (record.kind === 'soft') return 'later';
    const places = record.kind === 'found' ? readTlsReportRecord(record.values) : undefined;
    const rows = tallies.rows(report);
    if (places === undefined || rows.length === 0) return 'nobody';
    const submitter = me.toLowerCase();
    const id = createHash('sha256').update(`${submitter} ${domain} ${day} tls`).digest('hex').slice(0, 32);
    const facts: TlsReportFacts = {
      submitter,
      email: tlsreportfrom,
      id: `${id}@${submitter}`,
      domain,
      begin: day * daySeconds,
      end: (day + 1) * daySeconds - 1,
      rows,
    };
    return (await deliver(facts, places)) ? 'sent' : 'later';
  };

  const sendAll = async (): Promise<void> => {
    for (let n = 0; n < mostOfLook && !isClosed; n++) {
      const seconds = Math.floor(now() / 1000);
      const today = Math.floor(seconds / daySeconds);
      if (n === 0) tallies.prune(today);
      if (options.settings().tlsreports === 0) return;
      const report = tallies.due(today, seconds, (domain) => seconds % daySeconds >= momentOf(domain));
      if (report === undefined) return;
      const outcome = await send(report);
      if (outcome === 'later') {
        if (tallies.postpone(report, seconds)) continue;
        log(`tls report: ${quoted(report.domain)}: nobody takes it`);
      }
      tallies.finish(report);
    }
  };
  const run = (): Promise<void> => {
    running ??= sendAll()
      .catch((error: unknown) =>
        log(`warning: TLS reports: ${quoted(error instanceof Error ? error.message : String(error))}`),
      )
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  return {
    run,
    async close() {
      isClosed = true;
      await running;
    },
  };
}
