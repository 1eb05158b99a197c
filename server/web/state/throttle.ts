// Brakes on password guessing (webmail.md L2, security.md A4), kept in the state database so that a restart forgets
// nothing. A network is an IPv4 address or an IPv6 /64. Wrong tries count: of one network 10 a minute and 50 a day;
// of one account 20 an hour from networks and browsers that never signed in to it. From the sixth wrong try in a
// minute on the answer comes later and later. The owner, who signed in before, is never locked out by strangers.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { StateDatabase } from './database.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const mostTries = 100_000;

/** One limit: `most` tries within `window` milliseconds. */
export interface Limit {
  readonly key: string;
  readonly window: number;
  readonly most: number;
}

export interface Throttle {
  /**
   * Counts a try before its password is looked at (so that many at once cannot slip through). `wait` > 0: refused,
   * seconds until the next try may pass. Else `delay` milliseconds to hold the answer of a wrong one back, and what to
   * call when the password was right.
   */
  begin(attempt: Attempt): { readonly wait: number; readonly delay: number; readonly succeeded: () => void };
  prune(): void;
}

/** One try to sign in. */
export interface Attempt {
  /** The account as written, lower case, completed with the default domain; it need not exist. */
  readonly account: string;
  /** The client's IP address. */
  readonly address: string;
  /** The signed id of a browser that signed in to this account before, if it showed one. */
  readonly device: string | undefined;
}

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

/** The limits that a try must pass. A known device or network answers for itself alone. */
export function limitsOf(attempt: Attempt, isKnownNetwork: boolean): readonly Limit[] {
  if (attempt.device !== undefined)
    return [
      { key: `d:${attempt.device}`, window: minute, most: 10 },
      { key: `d:${attempt.device}`, window: day, most: 100 },
    ];
  const network = networkOf(attempt.address);
  const limits: Limit[] = [
    { key: `n:${network}`, window: minute, most: 10 },
    { key: `n:${network}`, window: day, most: 50 },
  ];
  if (!isKnownNetwork) limits.push({ key: `a:${attempt.account}`, window: hour, most: 20 });
  return limits;
}

/** How long the answer to the nth wrong try of a minute is held back: five are free, then 0.2 s more each. */
export function delayOf(triesBefore: number): number {
  return triesBefore < 5 ? 0 : Math.min(1000, (triesBefore - 4) * 200);
}

/** The throttle over the state database. Account names are stored hashed. */
export function openThrottle(database: StateDatabase, now: () => number): Throttle {
  const insert = database.prepare('insert into web_tries (key, at) values (?, ?)');
  const remove = database.prepare('delete from web_tries where id = ?');
  const count = database.prepare<[string, number], { n: number }>(
    'select count(*) as n from web_tries where key = ? and at > ?',
  );
  // The try that must grow old before another one passes: the most-th from the end.
  const blocking = database.prepare<[string, number, number], { at: number }>(
    'select at from web_tries where key = ? and at > ? order by at desc limit 1 offset ?',
  );
  const know = database.prepare('insert or replace into web_known values (?, ?, ?)');
  const isKnown = database.prepare('select 1 from web_known where account = ? and network = ?');
  const removeOld = database.prepare('delete from web_tries where at <= ?');
  const removeExcess = database.prepare(
    'delete from web_tries where id <= (select max(id) from web_tries) - ?',
  );
  const removeUnknown = database.prepare('delete from web_known where at <= ?');

  const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

  const begin = (given: Attempt): ReturnType<Throttle['begin']> => {
    const attempt = { ...given, account: hashed(given.account) };
    const network = networkOf(attempt.address);
    const limits = limitsOf(attempt, isKnown.get(attempt.account, network) !== undefined);
    const at = now();
    let wait = 0;
    for (const limit of limits) {
      const blocker = blocking.get(limit.key, at - limit.window, limit.most - 1);
      if (blocker) wait = Math.max(wait, Math.ceil((blocker.at + limit.window - at) / 1000), 1);
    }
    if (wait > 0) return { wait, delay: 0, succeeded: () => undefined };
    const before = count.get(limits[0]!.key, at - minute)?.n ?? 0;
    const ids = [...new Set(limits.map((limit) => limit.key))].map(
      (key) => insert.run(key, at).lastInsertRowid,
    );
    return {
      wait: 0,
      delay: delayOf(before),
      succeeded: database.transaction(() => {
        for (const id of ids) remove.run(id);
        know.run(attempt.account, network, now());
      }),
    };
  };
  return {
    begin: database.transaction(begin),
    prune() {
      removeOld.run(now() - day);
      removeExcess.run(mostTries);
      removeUnknown.run(now() - 90 * day);
    },
  };
}
