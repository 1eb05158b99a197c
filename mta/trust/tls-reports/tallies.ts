// What TLS reports will say (RFC 8460 4.3): sessions counted by what they have in common, a day and a mail domain at a time, in
// a SQLite file. Bounded: sessions beyond are counted without their hosts, and days that are over for a week are forgotten.
import type { Database } from 'better-sqlite3';
import type { TlsFailure } from '../../remote/tls-demand.ts';
import { type DayTallies, type DueDay, daySeconds, openDayCounts } from '../report-tallies.ts';
import type { PolicyFacts, TlsSession } from './results.ts';

/** Rows of a domain in a day; domains in a day. */
const mostRows = 300;
const mostDomains = 20_000;
/** Lines of a policy; characters of a line. */
const mostStrings = 30;
const mostText = 300;

/** What the sessions of a row have in common. */
export interface TlsRow {
  readonly policy: PolicyFacts;
  readonly host: string;
  readonly ip: string;
  readonly failure: TlsFailure | undefined;
}

export interface TlsTallies extends DayTallies<TlsSession, TlsRow, DueDay> {
  /** A report of a day before this one that may be sent by now (`mayGo`). */
  due(today: number, seconds: number, mayGo: (domain: string) => boolean): DueDay | undefined;
}

const schema = `
create table if not exists tls_days (
  day integer not null, domain text not null, rows integer not null, tries integer not null default 0,
  next integer not null default 0, primary key (day, domain)) without rowid;
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
  const counts = openDayCounts<TlsRow>(database, 'tls');
  const statements = {
    one: database.prepare<[number, string], { rows: number }>(
      'select rows from tls_days where day = ? and domain = ?',
    ),
    domains: database.prepare<[number], { count: number }>(
      'select count(*) as count from tls_days where day = ?',
    ),
    begin: database.prepare('insert into tls_days (day, domain, rows) values (?, ?, 0)'),
    note: database.prepare('update tls_days set rows = rows + 1 where day = ? and domain = ?'),
    due: database.prepare<[number, number], DueDay>(
      'select day, domain, tries from tls_days where day < ? and next <= ? order by day, domain',
    ),
    forgetDay: database.prepare('delete from tls_days where day = ? and domain = ?'),
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
    if (counts.more(day, domain, key)) return;
    const kept = rows < mostRows ? key : rowKey(session, true);
    if (kept !== key && counts.more(day, domain, kept)) return;
    // A domain that changes its policy with each session fills no more than twice the rows.
    if (rows >= mostRows * 2) return;
    counts.begin(day, domain, kept);
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
    rows: counts.rows,
    finish({ day, domain }) {
      statements.forgetDay.run(day, domain);
      counts.forget({ day, domain });
    },
    postpone: counts.postpone,
    prune: counts.prune,
  };
}
