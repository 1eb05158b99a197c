// Sign-in sessions (security.md W1): the browser holds 256 random bits and a signature over them, the database their
// SHA-256, who, and when; nothing of what is being looked at. Without "Keep me signed in" a session ends after
// 8 hours without a request or 12 hours in all; with it after 30 days without a request (control/webidle, webstay). Who
// holds something open for a session is told when it ends.
import { createHash, randomBytes } from 'node:crypto';
import { equalSecrets, sign } from '../shell/tickets.ts';
import type { StateDatabase } from './database.ts';

const hour = 3600_000;
/** In milliseconds. */
export interface SessionLimits {
  /** Without a request. */
  readonly idle: number;
  /** In all, however busy. */
  readonly absolute: number;
  /** Without a request, of one that was to stay. */
  readonly stay: number;
}

/** @param idle, stay seconds, as the settings webidle and webstay say them */
export function sessionLimits(idle = 28_800, stay = 2_592_000): SessionLimits {
  return { idle: idle * 1000, absolute: Math.max(12 * hour, idle * 1000), stay: stay * 1000 };
}

export interface SessionRecord {
  readonly hash: string;
  readonly address: string;
  readonly signedInAt: number;
  readonly lastSeen: number;
  readonly stay: boolean;
  /** What the browser called itself at sign-in, cut and cleaned, for the list of sessions. */
  readonly device: string;
}

export interface Sessions {
  /** Makes a session; gives the cookie value. */
  begin(address: string, stay: boolean, device: string): string;
  readonly limits: SessionLimits;
  /**
   * The living session of a cookie value; notes that it was seen (at most once a minute), unless a page asked by itself
   * and nobody did anything (`isByItself`): else a page left open would stay signed in for ever.
   */
  find(cookie: string, isByItself?: boolean): (SessionRecord & { readonly refreshed: boolean }) | undefined;
  /** Does the session of this hash still live? Notes nothing. */
  isLiving(hash: string): boolean;
  /** Is called after any session was ended by somebody, not by time. */
  whenEnded(hear: (address: string) => void): void;
  end(cookie: string): void;
  /** Ends the account's session of this hash; false when it has none of it. */
  endOne(address: string, hash: string): boolean;
  /** Ends all sessions of an account, but for the one with hash `except`. Gives their number. */
  endAll(address: string, except?: string): number;
  /** Says that sessions of an account may have ended, whose rows go by themselves. */
  forget(address: string): void;
  /** The account's living sessions, latest first. */
  list(address: string): readonly SessionRecord[];
  /** Forgets those that are over. */
  prune(): void;
}

interface Row {
  hash: string;
  address: string;
  signed_in: number;
  last_seen: number;
  stay: number;
  device: string;
}

/** Is a session over? Pure; times in milliseconds. */
export function isOver(
  session: { stay: boolean; signedInAt: number; lastSeen: number },
  now: number,
  limits: SessionLimits,
): boolean {
  if (session.stay) return now - session.lastSeen > limits.stay;
  return now - session.lastSeen > limits.idle || now - session.signedInAt > limits.absolute;
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url');
const recordOf = (row: Row): SessionRecord => ({
  hash: row.hash,
  address: row.address,
  signedInAt: row.signed_in,
  lastSeen: row.last_seen,
  stay: row.stay === 1,
  device: row.device,
});

/** Sessions kept in the state database, cookies signed with the site's key. */
export function openSessions(
  database: StateDatabase,
  key: Buffer,
  now: () => number,
  limits: SessionLimits = sessionLimits(),
): Sessions {
  const hearers: ((address: string) => void)[] = [];
  const tellEnded = (address: string): void => {
    for (const hear of hearers) hear(address);
  };
  const insert = database.prepare('insert into web_sessions values (?, ?, ?, ?, ?, ?)');
  const select = database.prepare<[string], Row>('select * from web_sessions where hash = ?');
  const touch = database.prepare('update web_sessions set last_seen = ? where hash = ?');
  const remove = database.prepare('delete from web_sessions where hash = ?');
  const removeAll = database.prepare('delete from web_sessions where address = ? and hash <> ?');
  const removeOne = database.prepare('delete from web_sessions where address = ? and hash = ?');
  const selectAll = database.prepare<[string], Row>(
    'select * from web_sessions where address = ? order by last_seen desc',
  );
  const removeOld = database.prepare(
    'delete from web_sessions where (stay = 1 and last_seen < ?) or (stay = 0 and (last_seen < ? or signed_in < ?))',
  );

  // A value that we did not sign never reaches the database: a planted id is not adopted (W1).
  const idOf = (cookie: string): string | undefined => {
    const [id = '', mac = '', more] = cookie.split('.');
    return more === undefined && id.length === 43 && equalSecrets(mac, sign(key, 'session', id))
      ? id
      : undefined;
  };

  return {
    limits,
    begin(address, stay, device) {
      const id = randomBytes(32).toString('base64url');
      insert.run(hashOf(id), address, now(), now(), stay ? 1 : 0, device);
      return `${id}.${sign(key, 'session', id)}`;
    },
    find(cookie, isByItself = false) {
      const id = idOf(cookie);
      const row = id === undefined ? undefined : select.get(hashOf(id));
      if (!row) return undefined;
      const record = recordOf(row);
      const at = now();
      if (isOver(record, at, limits)) {
        remove.run(record.hash);
        return undefined;
      }
      const refreshed = !isByItself && at - record.lastSeen > 60_000;
      if (refreshed) touch.run(at, record.hash);
      return { ...record, refreshed };
    },
    isLiving(hash) {
      const row = select.get(hash);
      return row !== undefined && !isOver(recordOf(row), now(), limits);
    },
    whenEnded(hear) {
      hearers.push(hear);
    },
    end(cookie) {
      const id = idOf(cookie);
      const row = id === undefined ? undefined : select.get(hashOf(id));
      if (!row) return;
      remove.run(row.hash);
      tellEnded(row.address);
    },
    endOne(address, hash) {
      const isEnded = removeOne.run(address, hash).changes === 1;
      if (isEnded) tellEnded(address);
      return isEnded;
    },
    forget: tellEnded,
    endAll(address, except = '') {
      const { changes } = removeAll.run(address, except);
      if (changes > 0) tellEnded(address);
      return changes;
    },
    list: (address) =>
      selectAll
        .all(address)
        .map(recordOf)
        .filter((record) => !isOver(record, now(), limits)),
    prune() {
      const at = now();
      removeOld.run(at - limits.stay, at - limits.idle, at - limits.absolute);
    },
  };
}
