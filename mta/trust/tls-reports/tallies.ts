// What TLS reports will say (RFC 8460 4.3): sessions counted by what they have in common, a day and a mail domain at a time, in
// a SQLite file. Bounded: sessions beyond are counted without their hosts, and days that are over for a week are forgotten.
import type { Database } from 'better-sqlite3';
import type { TlsFailure } from '../../remote/tls-demand.ts';
import type { PolicyFacts, TlsSession } from './results.ts';

/** Seconds. */
export const daySeconds = 86_400;
const keptDays = 7;
/** Rows of a domain in a day; domains in a day. */
const mostRows = 300;
const mostDomains = 20_000;
/** Lines of a policy; characters of a line. */
const mostStrings = 30;
const mostText = 300;
/** Tries to send a report, and seconds between them. */
const mostTries = 6;
const retrySeconds = 3600;

/** What the sessions of a row have in common. */
export interface TlsRow {
  readonly policy: PolicyFacts;
  readonly host: string;
  readonly ip: string;
  readonly failure: TlsFailure | undefined;
}

/** A report that is to be sent. */
export interface DueTlsReport {
  /** Days since 1970, UTC. */
  readonly day: number;
  readonly domain: string;
  readonly tries: number;
}

export interface TlsTallies {
  /** Counts sessions. */
  count(sessions: readonly TlsSession[]): void;
  /** A report of a day before this one that may be sent by now (`mayGo`). */
  due(today: number, seconds: number, mayGo: (domain: string) => boolean): DueTlsReport | undefined;
  rows(report: Pick<DueTlsReport, 'day' | 'domain'>): readonly (TlsRow & { readonly count: number })[];
  /** It is done, one way or the other. */
  finish(report: Pick<DueTlsReport, 'day' | 'domain'>): void;
  /** Not now. False: it was the last try. */
  postpone(report: DueTlsReport, seconds: number): boolean;
  /** Forgets days that are over. */
  prune(today: number): void;
}

const schema = `
create table if not exists tls_days (
  day integer not null, domain text not null, rows integer not null, tries integer not null default 0,
  next integer not null default 0, primary key (day, domain)) without rowid;
create table if not exists tls_counts (
  day integer not null, domain text not null, what text not null, count integer not null,
  primary key (day, domain, what)) without rowid;
`;

const short = (text: string): string => text.slice(0, mostText);

/** The row of a session, the same text for the same row. */
function rowKey({ policy, host, ip, failure }: TlsSession, isPlain: boolean): string {
  const strings = policy.strings.slice(0, mostStrings).map(short);
  const mxHosts = policy.mxHosts.slice(0, mostStrings).map(short);
  return JSON.stringify({
    policy: { type: policy.type, strings, mxHosts },
    host: isPlain ? '' : short(host),
    ip: isPlain ? '' : short(ip),
    failure,
  });
}

/** @throws the database's error */
export function openTlsTallies(database: Database): TlsTallies {
  database.exec(schema);
  const statements = {
    one: database.prepare<[number, string], { rows: number }>(
      'select rows from tls_days where day = ? and domain = ?',
    ),
    domains: database.prepare<[number], { count: number }>(
      'select count(*) as count from tls_days where day = ?',
    ),
    begin: database.prepare('insert into tls_days (day, domain, rows) values (?, ?, 0)'),
    more: database.prepare(
      'update tls_counts set count = count + 1 where day = ? and domain = ? and what = ?',
    ),
    row: database.prepare('insert into tls_counts values (?, ?, ?, 1)'),
    note: database.prepare('update tls_days set rows = rows + 1 where day = ? and domain = ?'),
    due: database.prepare<[number, number], DueTlsReport>(
      'select day, domain, tries from tls_days where day < ? and next <= ? order by day, domain',
    ),
    rows: database.prepare<[number, string], { what: string; count: number }>(
      'select what, count from tls_counts where day = ? and domain = ? order by count desc, what',
    ),
    postpone: database.prepare(
      'update tls_days set tries = tries + 1, next = ? where day = ? and domain = ?',
    ),
    forgetDay: database.prepare('delete from tls_days where day = ? and domain = ?'),
    forgetCounts: database.prepare('delete from tls_counts where day = ? and domain = ?'),
    oldDays: database.prepare('delete from tls_days where day < ?'),
    oldCounts: database.prepare('delete from tls_counts where day < ?'),
  };

  const countOne = (session: TlsSession): void => {
    const day = Math.floor(session.time / daySeconds);
    const domain = short(session.domain);
    let rows = statements.one.get(day, domain)?.rows;
    if (rows === undefined) {
      if ((statements.domains.get(day)?.count ?? 0) >= mostDomains) return;
      statements.begin.run(day, domain);
      rows = 0;
    }
    const key = rowKey(session, false);
    if (statements.more.run(day, domain, key).changes > 0) return;
    const kept = rows < mostRows ? key : rowKey(session, true);
    if (kept !== key && statements.more.run(day, domain, kept).changes > 0) return;
    // A domain that changes its policy with each session fills no more than twice the rows.
    if (rows >= mostRows * 2) return;
    statements.row.run(day, domain, kept);
    statements.note.run(day, domain);
  };
  const countAll = database.transaction((sessions: readonly TlsSession[]) => {
    for (const session of sessions) countOne(session);
  });

  return {
    count: (sessions) => countAll.immediate(sessions),
    due: (today, seconds, mayGo) =>
      // What a restart found late goes at once.
      statements.due.all(today, seconds).find(({ day, domain }) => day < today - 1 || mayGo(domain)),
    rows: ({ day, domain }) =>
      statements.rows.all(day, domain).map(({ what, count }) => ({ ...(JSON.parse(what) as TlsRow), count })),
    finish({ day, domain }) {
      statements.forgetDay.run(day, domain);
      statements.forgetCounts.run(day, domain);
    },
    postpone(report, seconds) {
      if (report.tries + 1 >= mostTries) return false;
      statements.postpone.run(seconds + retrySeconds * 2 ** report.tries, report.day, report.domain);
      return true;
    },
    prune(today) {
      statements.oldCounts.run(today - keptDays);
      statements.oldDays.run(today - keptDays);
    },
  };
}
