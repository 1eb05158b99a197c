// What reports about a day have in common, DMARC's and those about TLS (RFC 9990, RFC 8460): rows that are counted a day and a
// domain at a time in PREFIX_days and PREFIX_counts, a report that is sent once, tried again some times, and forgotten after a
// week. What a row is, and which days are due, is each kind's own.
import type { Database } from 'better-sqlite3';

/** Seconds. */
export const daySeconds = 86_400;
/** Days that are kept after their reports could have been sent. */
const keptDays = 7;
/** Tries to send a report, and seconds between the first two; then twice as long each time. */
const mostTries = 6;
const retrySeconds = 3600;

/** A report that is to be sent. */
export interface DueDay {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly domain: string;
  readonly tries: number;
}

export type ReportedDay = Pick<DueDay, 'day' | 'domain'>;

export interface DayTallies<Event, Row, Due extends DueDay> {
  /** Counts what happened. */
  count(events: readonly Event[]): void;
  rows(report: ReportedDay): readonly (Row & { readonly count: number })[];
  /** It is done, one way or the other. */
  finish(report: ReportedDay): void;
  /** Not now. False: it was the last try. */
  postpone(report: Due, seconds: number): boolean;
  /** Forgets days that are over. */
  prune(today: number): void;
}

/** The tables of counts. @throws the database's error */
export function openDayCounts<Row>(database: Database, prefix: 'dmarc' | 'tls') {
  database.exec(`create table if not exists ${prefix}_counts (
    day integer not null, domain text not null, what text not null, count integer not null,
    primary key (day, domain, what)) without rowid`);
  const more = database.prepare(
    `update ${prefix}_counts set count = count + 1 where day = ? and domain = ? and what = ?`,
  );
  const row = database.prepare(`insert into ${prefix}_counts values (?, ?, ?, 1)`);
  const rows = database.prepare<[number, string], { what: string; count: number }>(
    `select what, count from ${prefix}_counts where day = ? and domain = ? order by count desc, what`,
  );
  const postpone = database.prepare(
    `update ${prefix}_days set tries = tries + 1, next = ? where day = ? and domain = ?`,
  );
  const forget = database.prepare(`delete from ${prefix}_counts where day = ? and domain = ?`);
  const oldDays = database.prepare(`delete from ${prefix}_days where day < ?`);
  const oldCounts = database.prepare(`delete from ${prefix}_counts where day < ?`);
  return {
    /** Once more of a row that is there. False: it is not. */
    more: (day: number, domain: string, what: string): boolean => more.run(day, domain, what).changes > 0,
    begin: (day: number, domain: string, what: string): void => void row.run(day, domain, what),
    forget: ({ day, domain }: ReportedDay): void => void forget.run(day, domain),
    rows: ({ day, domain }: ReportedDay) =>
      rows.all(day, domain).map(({ what, count }) => ({ ...(JSON.parse(what) as Row), count })),
    postpone({ day, domain, tries }: DueDay, seconds: number): boolean {
      if (tries + 1 >= mostTries) return false;
      postpone.run(seconds + retrySeconds * 2 ** tries, day, domain);
      return true;
    },
    prune(today: number): void {
      oldCounts.run(today - keptDays);
      oldDays.run(today - keptDays);
    },
  };
}
