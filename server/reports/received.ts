// DMARC reports that others sent about our domains, in STATE/dmarc.sqlite, for the page of a domain. A report comes once
// however often it is sent. Bounded: half a year, and so many rows that the oldest go.
import type { Database } from 'better-sqlite3';
import type { ReceivedReport } from './read-report.ts';

const keptSeconds = 180 * 86_400;
const mostRows = 500_000;
const mostSources = 100;

const schema = `
create table if not exists dmarc_received (
  id integer primary key, domain text not null, organization text not null, report text not null,
  first integer not null, last integer not null, letters integer not null, unique (domain, organization, report));
create index if not exists dmarc_received_last on dmarc_received (last);
create table if not exists dmarc_sources (
  received integer not null, ip text not null, dkim integer not null, spf integer not null,
  disposition text not null, count integer not null);
create index if not exists dmarc_sources_received on dmarc_sources (received);
`;

/** What others said of one address. */
export interface SourceSum {
  /** '' for those without a name. */
  readonly ip: string;
  readonly letters: number;
  /** Those that were signed for the domain, those that SPF let in for it, and those with neither. */
  readonly signed: number;
  readonly spf: number;
  readonly unproven: number;
}

export interface ReportSums {
  /** One for each day of `days`: letters that were believed, and that were not. */
  readonly believed: readonly number[];
  readonly unproven: readonly number[];
  /** Those with the most letters first. */
  readonly sources: readonly SourceSum[];
  readonly reporters: readonly {
    readonly organization: string;
    readonly letters: number;
    /** Seconds since 1970. */
    readonly last: number;
  }[];
}

export interface ReceivedReports {
  /** False: it was there already. */
  store(report: ReceivedReport, seconds: number): boolean;
  /** What was said of a domain, and of those below it, in the days from `day` (since 1970) on. */
  read(domain: string, day: number, days: number): ReportSums;
}

/** A name of LIKE that means itself. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** @throws the database's error */
export function openReceivedReports(database: Database): ReceivedReports {
  database.exec(schema);
  const isOf = "(r.domain = @domain or r.domain like @below escape '\\') and r.last >= @from";
  const statements = {
    report: database.prepare('insert or ignore into dmarc_received values (null, ?, ?, ?, ?, ?, ?)'),
    source: database.prepare('insert into dmarc_sources values (?, ?, ?, ?, ?, ?)'),
    count: database.prepare<[], { count: number }>('select count(*) as count from dmarc_sources'),
    old: database.prepare<[number], { id: number }>('select id from dmarc_received where last < ?'),
    oldest: database.prepare<[], { id: number }>('select id from dmarc_received order by last limit 200'),
    forgetSources: database.prepare('delete from dmarc_sources where received = ?'),
    forget: database.prepare('delete from dmarc_received where id = ?'),
    days: database.prepare<[object], { day: number; believed: number; unproven: number }>(
      `select (r.first + r.last) / 2 / 86400 as day, sum(case when s.dkim or s.spf then s.count else 0 end) as believed,
         sum(case when s.dkim or s.spf then 0 else s.count end) as unproven
       from dmarc_received r join dmarc_sources s on s.received = r.id where ${isOf} group by day`,
    ),
    sources: database.prepare<[object], SourceSum>(
      `select s.ip as ip, sum(s.count) as letters, sum(case when s.dkim then s.count else 0 end) as signed,
         sum(case when s.spf then s.count else 0 end) as spf,
         sum(case when s.dkim or s.spf then 0 else s.count end) as unproven
       from dmarc_received r join dmarc_sources s on s.received = r.id where ${isOf}
       group by s.ip order by letters desc, s.ip limit ${mostSources}`,
    ),
    reporters: database.prepare<[object], ReportSums['reporters'][number]>(
      `select r.organization as organization, sum(r.letters) as letters, max(r.last) as last
       from dmarc_received r where ${isOf} group by r.organization order by letters desc, organization limit 50`,
    ),
  };

  const forget = (ids: readonly { readonly id: number }[]): void => {
    for (const { id } of ids) {
      statements.forgetSources.run(id);
      statements.forget.run(id);
    }
  };
  const storeOne = database.transaction((report: ReceivedReport, seconds: number): boolean => {
    const { domain, organization, id, begin, end, sources } = report;
    const letters = sources.reduce((sum, { count }) => sum + count, 0);
    const { changes, lastInsertRowid } = statements.report.run(domain, organization, id, begin, end, letters);
    if (changes === 0) return false;
    for (const { ip, dkim, spf, disposition, count } of sources)
      statements.source.run(lastInsertRowid, ip, dkim ? 1 : 0, spf ? 1 : 0, disposition, count);
    forget(statements.old.all(seconds - keptSeconds));
    if (statements.count.get()!.count > mostRows) forget(statements.oldest.all());
    return true;
  });

  return {
    store: (report, seconds) => storeOne.immediate(report, seconds),
    read(domain, day, days) {
      const asked = { domain, below: `%.${literal(domain)}`, from: day * 86_400 };
      const byDay = new Map(statements.days.all(asked).map((row) => [row.day, row]));
      const each = Array.from({ length: days }, (_, at) => byDay.get(day + at));
      return {
        believed: each.map((row) => row?.believed ?? 0),
        unproven: each.map((row) => row?.unproven ?? 0),
        sources: statements.sources.all(asked),
        reporters: statements.reporters.all(asked),
      };
    },
  };
}
