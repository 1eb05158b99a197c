// What DMARC reports will say of others' mail: the results of judged letters, counted by what they have in common, a day and
// a policy domain at a time (RFC 9990 3.1, RFC 7489 7.2), in STATE/dmarc.sqlite. Several processes may count and send. It is
// bounded: letters beyond are counted without their details, and days that are over for a week are forgotten.
import type { Database } from 'better-sqlite3';
import type { DmarcPolicy, PublishedPolicy, SenderResults } from '../sender-results.ts';

/** Seconds. */
export const daySeconds = 86_400;
/** Days that are kept after their reports could have been sent. */
const keptDays = 7;
/** Rows of one domain in a day, and of all domains in a day; domains in a day. */
const mostRows = 5000;
const mostRowsOfAll = 200_000;
const mostDomains = 20_000;
/** Signatures of a row; characters of a name. */
const mostSignatures = 10;
const mostName = 255;
/** Tries to send a report, and seconds between them. */
const mostTries = 6;
const retrySeconds = 3600;
/** A sender that took a report and was killed has lost it after so many seconds. */
const claimSeconds = 900;

/** What the letters of a row have in common. */
export interface ReportRow {
  readonly ip: string;
  readonly disposition: DmarcPolicy;
  readonly reasons: SenderResults['reasons'];
  readonly dkimAligned: boolean;
  readonly spfAligned: boolean;
  readonly headerFrom: string;
  readonly envelopeFrom: string;
  readonly dkim: SenderResults['dkim'];
  readonly spf: SenderResults['spf'];
}

/** A report that is to be sent. */
export interface DueReport {
  /** Days since 1970, UTC. */
  readonly day: number;
  /** Where the policy was found. */
  readonly domain: string;
  /** As seen last. */
  readonly published: PublishedPolicy;
  /** Letters of which no row tells. */
  readonly left: number;
  readonly tries: number;
}

export interface ReportTallies {
  /** Counts letters. */
  count(letters: readonly SenderResults[]): void;
  /** Takes a report of a day before this one that may be sent by now (`mayGo`); nobody else gets it for a while. */
  take(today: number, seconds: number, mayGo: (domain: string) => boolean): DueReport | undefined;
  rows(report: Pick<DueReport, 'day' | 'domain'>): readonly (ReportRow & { readonly count: number })[];
  /** It is done, one way or the other. */
  finish(report: Pick<DueReport, 'day' | 'domain'>): void;
  /** Not now. False: it was the last try. */
  postpone(report: DueReport, seconds: number): boolean;
  /** Forgets days that are over. */
  prune(today: number): void;
}

const schema = `
create table if not exists dmarc_days (
  day integer not null, domain text not null, policy text not null, letters integer not null, rows integer not null,
  left_out integer not null, state text not null default 'open', tries integer not null default 0,
  next integer not null default 0, primary key (day, domain)) without rowid;
create table if not exists dmarc_counts (
  day integer not null, domain text not null, what text not null, count integer not null,
  primary key (day, domain, what)) without rowid;
`;

const short = (text: string): string => text.slice(0, mostName);

/** The row of a letter, the same text for the same row. */
function rowKey(results: SenderResults): string {
  const { ip, disposition, dkimAligned, spfAligned, headerFrom, envelopeFrom, spf } = results;
  const row: ReportRow = {
    ip: short(ip),
    disposition,
    reasons: results.reasons.slice(0, 5).map(({ type, comment }) => ({ type, comment: short(comment) })),
    dkimAligned,
    spfAligned,
    headerFrom: short(headerFrom),
    envelopeFrom: short(envelopeFrom),
    // Those that pass first (RFC 9990 3.1.3).
    dkim: results.dkim
      .toSorted((a, b) => Number(b.result === 'pass') - Number(a.result === 'pass'))
      .slice(0, mostSignatures)
      .map(({ domain, selector, result }) => ({ domain: short(domain), selector: short(selector), result })),
    spf: { domain: short(spf.domain), scope: spf.scope, result: spf.result },
  };
  return JSON.stringify(row);
}

interface DayRow {
  readonly day: number;
  readonly domain: string;
  readonly policy: string;
  readonly left_out: number;
  readonly tries: number;
}

/** @throws the database's error */
export function openReportTallies(database: Database): ReportTallies {
  database.exec(schema);
  const statements = {
    domain: database.prepare<[number, string], { rows: number }>(
      'select rows from dmarc_days where day = ? and domain = ?',
    ),
    sums: database.prepare<[number], { domains: number; rows: number | null }>(
      'select count(*) as domains, sum(rows) as rows from dmarc_days where day = ?',
    ),
    begin: database.prepare(
      'insert into dmarc_days (day, domain, policy, letters, rows, left_out) values (?, ?, ?, 0, 0, 0)',
    ),
    more: database.prepare(
      'update dmarc_counts set count = count + 1 where day = ? and domain = ? and what = ?',
    ),
    row: database.prepare('insert into dmarc_counts values (?, ?, ?, 1)'),
    note: database.prepare(
      'update dmarc_days set policy = ?, letters = letters + ?, rows = rows + ?, left_out = left_out + ? where day = ? and domain = ?',
    ),
    one: database.prepare<[number, string], Omit<DayRow, 'day' | 'domain'>>(
      'select policy, left_out, tries from dmarc_days where day = ? and domain = ?',
    ),
    due: database.prepare<[number, number], Pick<DayRow, 'day' | 'domain'>>(
      "select day, domain from dmarc_days where day < ? and state = 'open' and next <= ? and letters > 0 order by day, domain",
    ),
    claim: database.prepare(
      "update dmarc_days set next = ? where day = ? and domain = ? and state = 'open' and next <= ?",
    ),
    rows: database.prepare<[number, string], { what: string; count: number }>(
      'select what, count from dmarc_counts where day = ? and domain = ? order by count desc, what',
    ),
    finish: database.prepare("update dmarc_days set state = 'done' where day = ? and domain = ?"),
    postpone: database.prepare(
      'update dmarc_days set tries = tries + 1, next = ? where day = ? and domain = ?',
    ),
    forgetCounts: database.prepare('delete from dmarc_counts where day = ? and domain = ?'),
    oldDays: database.prepare('delete from dmarc_days where day < ?'),
    oldCounts: database.prepare('delete from dmarc_counts where day < ?'),
  };

  /** What a day holds already, read once for some letters. */
  type Sums = Map<number, { domains: number; rows: number }>;
  const sumsOf = (sums: Sums, day: number): { domains: number; rows: number } => {
    const known = sums.get(day);
    if (known) return known;
    const { domains = 0, rows = 0 } = statements.sums.get(day) ?? {};
    const read = { domains, rows: rows ?? 0 };
    sums.set(day, read);
    return read;
  };
  const countOne = (letter: SenderResults, sums: Sums): void => {
    const day = Math.floor(letter.time / daySeconds);
    const domain = short(letter.published.domain);
    if (letter.published.rua.length === 0) return;
    const sum = sumsOf(sums, day);
    let rows = statements.domain.get(day, domain)?.rows;
    if (rows === undefined) {
      if (sum.domains >= mostDomains) return;
      statements.begin.run(day, domain, '');
      sum.domains += 1;
      rows = 0;
    }
    const key = rowKey(letter);
    const isKnown = statements.more.run(day, domain, key).changes > 0;
    const isNew = !isKnown && rows < mostRows && sum.rows < mostRowsOfAll;
    if (isNew) {
      statements.row.run(day, domain, key);
      sum.rows += 1;
    }
    // A report about nothing but reports would be answered by one about it, for ever.
    const letters = letter.isReport === true ? 0 : 1;
    const policy = JSON.stringify(letter.published);
    statements.note.run(policy, letters, isNew ? 1 : 0, isKnown || isNew ? 0 : 1, day, domain);
  };
  const countAll = database.transaction((letters: readonly SenderResults[]) => {
    const sums: Sums = new Map();
    for (const letter of letters) countOne(letter, sums);
  });

  return {
    count: (letters) => countAll.immediate(letters),
    take(today, seconds, mayGo) {
      for (const { day, domain } of statements.due.all(today, seconds)) {
        // What a restart found late goes at once.
        if (day === today - 1 && !mayGo(domain)) continue;
        if (statements.claim.run(seconds + claimSeconds, day, domain, seconds).changes === 0) continue;
        const { policy, left_out, tries } = statements.one.get(day, domain)!;
        return { day, domain, published: JSON.parse(policy) as PublishedPolicy, left: left_out, tries };
      }
      return undefined;
    },
    rows: ({ day, domain }) =>
      statements.rows
        .all(day, domain)
        .map(({ what, count }) => ({ ...(JSON.parse(what) as ReportRow), count })),
    finish({ day, domain }) {
      statements.finish.run(day, domain);
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
