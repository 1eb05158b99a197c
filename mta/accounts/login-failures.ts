// Sign-ins that failed, for administrators: one row for an account, a network and a door, with how often and when. Beside
// the brake (login-throttle.ts) in STATE/facteur.sqlite. Bounded: a row is forgotten 30 days after its last failure, and
// of more than 10,000 the oldest go. A name that nobody has is not kept (security.md L2: it may be a mistyped password).
import type { Database as StateDatabase } from 'better-sqlite3';
import type { LoginService } from './types.ts';

const keptFor = 30 * 86_400_000;
const mostRows = 10_000;

export interface LoginFailure {
  /** The account's own address; '' when there is none of that name. */
  readonly account: string;
  /** As the brake counts: an IPv4 address, an IPv6 /64. */
  readonly network: string;
  readonly door: LoginService;
}

/** What is known of one network, or of one account. */
export interface FailureSum {
  /** The network or the account. */
  readonly name: string;
  readonly times: number;
  /** Those of them that named nobody. */
  readonly unknown: number;
  /** How many accounts, or networks, they were about. */
  readonly others: number;
  /** Doors, with commas. */
  readonly doors: string;
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
}

export interface FailureQuery {
  readonly by: 'network' | 'account';
  /** Only of accounts of this domain; undefined: all. */
  readonly domain?: string | undefined;
  /** Part of a network or an account; '' for all. */
  readonly search: string;
  readonly limit: number;
}

export interface LoginFailures {
  note(failure: LoginFailure): void;
  /** The latest first. */
  list(query: FailureQuery): readonly FailureSum[];
  prune(): void;
}

const listOf = (name: 'network' | 'account', other: 'network' | 'account'): string =>
  `select ${name} as name, sum(times) as times, sum(case account when '' then times else 0 end) as unknown,
     count(distinct nullif(${other}, '')) as others, group_concat(distinct door) as doors, min(first) as first,
     max(last) as last
   from login_failures where last > @since and ${name} <> ''
     and (@domain = '' or substr(account, instr(account, '@') + 1) = @domain)
     and (@search = '' or instr(network, @search) > 0 or instr(account, @search) > 0)
   group by ${name} order by max(last) desc, ${name} limit @limit`;

/** @param now milliseconds since 1970 */
export function openLoginFailures(database: StateDatabase, now: () => number): LoginFailures {
  database.exec(
    `create table if not exists login_failures (account text not null, network text not null, door text not null,
       times integer not null, first integer not null, last integer not null,
       primary key (account, network, door)) without rowid;
     create index if not exists login_failures_last on login_failures (last);`,
  );
  const insert = database.prepare(
    `insert into login_failures values (?, ?, ?, 1, ?, ?)
       on conflict do update set times = times + 1, last = excluded.last`,
  );
  const lists = {
    network: database.prepare<[object], FailureSum>(listOf('network', 'account')),
    account: database.prepare<[object], FailureSum>(listOf('account', 'network')),
  };
  const removeOld = database.prepare('delete from login_failures where last <= ?');
  const removeExcess = database.prepare(
    `delete from login_failures where last < coalesce((select last from login_failures
       order by last desc limit 1 offset ?), 0)`,
  );
  return {
    note({ account, network, door }) {
      insert.run(account.slice(0, 320), network.slice(0, 64), door, now(), now());
    },
    list({ by, domain = '', search, limit }) {
      return lists[by].all({ since: now() - keptFor, domain, search: search.toLowerCase(), limit });
    },
    prune() {
      removeOld.run(now() - keptFor);
      removeExcess.run(mostRows - 1);
    },
  };
}
