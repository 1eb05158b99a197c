// TLS reports that others sent about our domains, in STATE/dmarc.sqlite beside those about DMARC, for the page of a domain. A
// report comes once however often it is sent. Bounded: half a year, and so many rows that the oldest go.
import type { Database } from 'better-sqlite3';
import type { ReceivedTlsReport, TlsFailureType } from './read-tls-report.ts';

const keptSeconds = 180 * 86_400;
const mostRows = 200_000;

const schema = `
create table if not exists tls_received (
  id integer primary key, domain text not null, organization text not null, report text not null, last integer not null,
  successes integer not null, failed integer not null, unique (domain, organization, report));
create index if not exists tls_received_last on tls_received (last);
create table if not exists tls_failures (
  received integer not null, type text not null, host text not null, count integer not null);
create index if not exists tls_failures_received on tls_failures (received);
`;

export interface TlsReportSums {
  /** Those with the most sessions first. */
  readonly failures: readonly {
    readonly type: TlsFailureType;
    readonly host: string;
    readonly sessions: number;
    /** Who met it: how many organisations, and one of them. */
    readonly reporters: number;
    readonly reporter: string;
    /** Seconds since 1970. */
    readonly last: number;
  }[];
  readonly reporters: readonly {
    readonly organization: string;
    readonly successes: number;
    readonly failed: number;
    readonly last: number;
  }[];
}

export interface ReceivedTlsReports {
  /** False: it was there already. */
  store(report: ReceivedTlsReport, seconds: number): boolean;
  /** What was said of a domain since then (seconds since 1970). */
  read(domain: string, since: number): TlsReportSums;
}

/** @throws the database's error */
export function openReceivedTlsReports(database: Database): ReceivedTlsReports {
  database.exec(schema);
  const statements = {
    report: database.prepare('insert or ignore into tls_received values (null, ?, ?, ?, ?, ?, ?)'),
    failure: database.prepare('insert into tls_failures values (?, ?, ?, ?)'),
    count: database.prepare<[], { count: number }>(
      'select (select count(*) from tls_failures) + (select count(*) from tls_received) as count',
    ),
    old: database.prepare<[number], { id: number }>('select id from tls_received where last < ?'),
    oldest: database.prepare<[], { id: number }>('select id from tls_received order by last limit 200'),
    forgetFailures: database.prepare('delete from tls_failures where received = ?'),
    forget: database.prepare('delete from tls_received where id = ?'),
    failures: database.prepare<[string, number], TlsReportSums['failures'][number]>(
      `select type, host, sum(sessions) as sessions, count(*) as reporters, min(organization) as reporter,
         max(last) as last
       from (select f.type as type, f.host as host, r.organization as organization, sum(f.count) as sessions,
           max(r.last) as last
         from tls_received r join tls_failures f on f.received = r.id where r.domain = ? and r.last >= ?
         group by f.type, f.host, r.organization)
       group by type, host order by sum(sessions) desc, type, host limit 100`,
    ),
    reporters: database.prepare<[string, number], TlsReportSums['reporters'][number]>(
      `select organization, sum(successes) as successes, sum(failed) as failed, max(last) as last
       from tls_received where domain = ? and last >= ? group by organization
       order by sum(failed) desc, sum(successes) desc, organization limit 50`,
    ),
  };
  const forget = (ids: readonly { readonly id: number }[]): void => {
    for (const { id } of ids) {
      statements.forgetFailures.run(id);
      statements.forget.run(id);
    }
  };
  const storeOne = database.transaction((report: ReceivedTlsReport, seconds: number): boolean => {
    const { domain, organization, id, end, successes, failed, failures } = report;
    const { changes, lastInsertRowid } = statements.report.run(
      domain,
      organization,
      id,
      end,
      successes,
      failed,
    );
    if (changes === 0) return false;
    for (const { type, host, count } of failures) statements.failure.run(lastInsertRowid, type, host, count);
    forget(statements.old.all(seconds - keptSeconds));
    if (statements.count.get()!.count > mostRows) forget(statements.oldest.all());
    return true;
  });
  return {
    store: (report, seconds) => storeOne.immediate(report, seconds),
    read: (domain, since) => ({
      failures: statements.failures.all(domain, since),
      reporters: statements.reporters.all(domain, since),
    }),
  };
}
