// What DMARC reports will say of others' mail: the results of judged letters, counted by what they have in common, a day and
// a policy domain at a time (RFC 9990 3.1, RFC 7489 7.2), in STATE/dmarc.sqlite. Several processes may count and send. It is
// bounded: letters beyond are counted without their details, and days that are over for a week are forgotten.
import type { Database } from 'better-sqlite3';
import { type DayTallies, type DueDay, daySeconds, openDayCounts } from '../report-tallies.ts';
import type { DmarcPolicy, PublishedPolicy, SenderResults } from '../sender-results.ts';

/** Rows of one domain in a day, and of all domains in a day; domains in a day. */
const mostRows = 5000;
const mostRowsOfAll = 200_000;
const mostDomains = 20_000;
/** Signatures of a row; characters of a name. */
const mostSignatures = 10;
const mostName = 255;
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

/** A report that is to be sent; its domain is where the policy was found. */
export interface DueReport extends DueDay {
  /** As seen last. */
  readonly published: PublishedPolicy;
  /** Letters of which no row tells. */
  readonly left: number;
}

export interface ReportTallies extends DayTallies<SenderResults, ReportRow, DueReport> {
  /** Takes a report of a day before this one that may be sent by now (`mayGo`); nobody else gets it for a while. */
  take(today: number, seconds: number, mayGo: (domain: string) => boolean): DueReport | undefined;
}

const schema = `
create table if not exists dmarc_days (
  day integer not null, domain text not null, policy text not null, letters integer not null, rows integer not null,
  left_out integer not null, state text not null default 'open', tries integer not null default 0,
  next integer not null default 0, primary key (day, domain)) without rowid;
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
  const counts = openDayCounts<ReportRow>(database, 'dmarc');
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
    finish: database.prepare("update dmarc_days set state = 'done' where day = ? and domain = ?"),
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
    const isKnown = counts.more(day, domain, key);
    const isNew = !isKnown && rows < mostRows && sum.rows < mostRowsOfAll;
    if (isNew) {
      counts.begin(day, domain, key);
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
    rows: counts.rows,
    finish({ day, domain }) {
      statements.finish.run(day, domain);
      counts.forget({ day, domain });
    },
    postpone: counts.postpone,
    prune: counts.prune,
  };
}
