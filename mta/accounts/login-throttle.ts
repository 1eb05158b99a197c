// Brakes on password guessing (security.md A4), for all doors together, kept in STATE/facteur.sqlite so that a restart
// forgets nothing. A network is an IPv4 address or an IPv6 /64. Wrong tries count: of one network 10 a minute and 50 a
// day; of one account 20 an hour from networks and browsers that never signed in to it. From the sixth wrong try in a
// minute on the answer comes later and later. The owner, who signed in before, is never locked out by strangers.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Database as StateDatabase } from 'better-sqlite3';
import { type LoginFailures, openLoginFailures } from './login-failures.ts';
import { openStateFile } from './state-file.ts';
import type { LoginService } from './types.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const mostTries = 100_000;
/** Old tries are removed once in so many new ones. */
const PRUNE_TRIES = 1000;

/** One limit: `most` tries within `window` milliseconds. */
export interface Limit {
  readonly key: string;
  readonly window: number;
  readonly most: number;
}

/** What is known of a try. */
export interface Judged {
  /** > 0: refused unseen; seconds until the next try may pass. */
  readonly wait: number;
  /** Milliseconds to hold the answer of a wrong one back. */
  readonly delay: number;
  /** The password was right. */
  succeeded(): void;
  /** Nobody could tell whether it was: the try does not count. */
  abandoned(): void;
  /** It was wrong. Needed where the try was not counted before. */
  failed(): void;
}

export interface LoginThrottle {
  /** Counts a try before its password is looked at, so that many at once cannot slip through. */
  begin(attempt: Attempt): Judged;
  /**
   * Takes a failed try down for administrators.
   * @param account the account's own address; '' where nobody has the name that was given
   */
  noteFailure(account: string, address: string, door: LoginService): void;
  /** Whose tries failed, and from where. */
  readonly failures: LoginFailures;
  /** Does a network, or an account for strangers, have to wait now? */
  isHeld(what: 'network' | 'account', name: string): boolean;
  prune(): void;
}

/** One try to sign in. */
export interface Attempt {
  /** The account as written, lower case, completed with the default domain; it need not exist. */
  readonly account: string;
  /** The client's IP address. */
  readonly address: string;
  /** The signed id of a browser that signed in to this account before, if it showed one. */
  readonly device?: string | undefined;
  /**
   * A network that signed in to the account before is counted only when it is wrong: behind one address thirty mail
   * programs may sign in in the same second.
   */
  readonly trustsKnown?: boolean | undefined;
  /** The address is that of many users: wrong tries from it are counted by account alone. */
  readonly isShared?: boolean | undefined;
}

/** Too many wrong tries: this one was not looked at. */
export class LoginThrottled extends Error {
  override name = 'LoginThrottled';
  /** Seconds until the next try may pass. */
  readonly wait: number;

  constructor(wait: number) {
    super('too many wrong passwords; try again later');
    this.wait = wait;
  }
}

const schema = `
create table if not exists login_tries (id integer primary key, key text not null, at integer not null);
create index if not exists login_tries_key on login_tries (key, at);
create table if not exists login_known (
  account text not null, network text not null, at integer not null, primary key (account, network)) without rowid;
`;

/** The network a client guesses from: the IPv4 address, the /64 of an IPv6 address. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  const bare = address.split('%', 1)[0]!;
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.toLowerCase().split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined
      ? front
      : [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const networkLimits = (network: string): readonly Limit[] => [
  { key: `n:${network}`, window: minute, most: 10 },
  { key: `n:${network}`, window: day, most: 50 },
];

/** The second one: what comes in bursts at the turn of each hour is no more than 20 an hour either. */
const accountLimits = (account: string): readonly Limit[] => [
  { key: `a:${account}`, window: hour, most: 20 },
  { key: `a:${account}`, window: 10 * hour, most: 199 },
];

/** The limits that a try must pass. A known device or network answers for itself alone. */
export function limitsOf(attempt: Attempt, isKnownNetwork: boolean): readonly Limit[] {
  if (attempt.device !== undefined)
    return [
      { key: `d:${attempt.device}`, window: minute, most: 10 },
      { key: `d:${attempt.device}`, window: day, most: 100 },
    ];
  const network = networkOf(attempt.address);
  if (attempt.isShared === true) return [{ key: `s:${network} ${attempt.account}`, window: hour, most: 20 }];
  return isKnownNetwork
    ? networkLimits(network)
    : [...networkLimits(network), ...accountLimits(attempt.account)];
}

/** How long the answer to the nth wrong try of a minute is held back: five are free, then 0.2 s more each. */
export function delayOf(triesBefore: number): number {
  return triesBefore < 5 ? 0 : Math.min(1000, (triesBefore - 4) * 200);
}

/**
 * The throttle over the state database. Account names are stored hashed.
 * @param now milliseconds since 1970
 */
export function openThrottle(database: StateDatabase, now: () => number): LoginThrottle {
  database.exec(schema);
  const insert = database.prepare('insert into login_tries (key, at) values (?, ?)');
  const remove = database.prepare('delete from login_tries where id = ?');
  const count = database.prepare<[string, number], { n: number }>(
    'select count(*) as n from login_tries where key = ? and at > ?',
  );
  // The try that must grow old before another one passes: the most-th from the end.
  const blocking = database.prepare<[string, number, number], { at: number }>(
    'select at from login_tries where key = ? and at > ? order by at desc limit 1 offset ?',
  );
  const know = database.prepare('insert or replace into login_known values (?, ?, ?)');
  const isKnown = database.prepare('select 1 from login_known where account = ? and network = ?');
  const removeOld = database.prepare('delete from login_tries where at <= ?');
  const removeExcess = database.prepare(
    'delete from login_tries where id <= (select max(id) from login_tries) - ?',
  );
  const removeUnknown = database.prepare('delete from login_known where at <= ?');

  const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

  const nothing = (): void => undefined;

  const begin = (given: Attempt): Judged => {
    const attempt = { ...given, account: hashed(given.account) };
    const network = networkOf(attempt.address);
    const isKnownNetwork = isKnown.get(attempt.account, network) !== undefined;
    const limits = limitsOf(attempt, isKnownNetwork);
    const at = now();
    let wait = 0;
    for (const limit of limits) {
      const blocker = blocking.get(limit.key, at - limit.window, limit.most - 1);
      if (blocker) wait = Math.max(wait, Math.ceil((blocker.at + limit.window - at) / 1000), 1);
    }
    if (wait > 0) return { wait, delay: 0, succeeded: nothing, abandoned: nothing, failed: nothing };
    const before = count.get(limits[0]!.key, at - minute)?.n ?? 0;
    const enter = (): (number | bigint)[] =>
      [...new Set(limits.map((limit) => limit.key))].map((key) => insert.run(key, at).lastInsertRowid);
    const isCounted = !(isKnownNetwork && given.trustsKnown === true);
    const ids = isCounted ? enter() : [];
    const forget = (): void => {
      for (const id of ids) remove.run(id);
    };
    return {
      wait: 0,
      delay: delayOf(before),
      succeeded: database.transaction(() => {
        forget();
        know.run(attempt.account, network, now());
      }).immediate,
      abandoned: database.transaction(forget).immediate,
      failed: isCounted ? nothing : database.transaction(() => void enter()).immediate,
    };
  };
  const failures = openLoginFailures(database, now);
  const isOver = ({ key, window, most }: Limit): boolean => (count.get(key, now() - window)?.n ?? 0) >= most;
  // Immediate: one that reads first and writes then would fail beside the program of another door (SQLITE_BUSY_SNAPSHOT),
  // whatever the time it may wait.
  return {
    begin: database.transaction(begin).immediate,
    noteFailure: (account, address, door) => failures.note({ account, network: networkOf(address), door }),
    failures,
    isHeld: (what, name) =>
      (what === 'network' ? networkLimits(name) : accountLimits(hashed(name))).some(isOver),
    prune() {
      removeOld.run(now() - day);
      removeExcess.run(mostTries);
      removeUnknown.run(now() - 90 * day);
      failures.prune();
    },
  };
}

/**
 * The throttle of a site's state directory, for roles and programs that hold no state of their own. Undefined: there is
 * no such directory, or this process may not write there. What root makes belongs to the directory's owner.
 */
export function openLoginThrottle(
  state: string,
  now: () => number = Date.now,
): Promise<(LoginThrottle & { close(): void }) | undefined> {
  return openStateFile(state, (database) => {
    const throttle = openThrottle(database, now);
    throttle.prune();
    let tries = 0;
    return {
      ...throttle,
      begin: (attempt) => {
        tries += 1;
        if (tries % PRUNE_TRIES === 0) throttle.prune();
        return throttle.begin(attempt);
      },
    };
  });
}
