// What happened to the security of an account in the last 90 days (webmail.md X5): sign-ins and failures with their address,
// what opened or closed a way in. Bounded: guesses from one place within an hour are one line with a number, an account
// has so many lines, and of accounts that do not exist nothing is kept. In the state database.
import type { StateDatabase } from './database.ts';

export const securityKinds = [
  'signin',
  'newDevice',
  'failed',
  'failedCode',
  'password',
  'forward',
  'filter',
  'app',
  'appRemoved',
  'twoStepOn',
  'twoStepOff',
  'passkey',
  'passkeyRemoved',
  'sessionsEnded',
] as const;
export type SecurityKind = (typeof securityKinds)[number];

export interface SecurityLine {
  readonly kind: SecurityKind;
  /** Milliseconds since 1970, of the last one. */
  readonly at: number;
  /** How many of them there were. */
  readonly times: number;
  /** Network address, '' when it is not known. */
  readonly ip: string;
  /** User-Agent as it was sent, cut. */
  readonly device: string;
  /** What it was about: an address mail goes to, the name of an app password. Foreign text. */
  readonly about: string;
}

export interface SecurityLog {
  add(address: string, line: Pick<SecurityLine, 'kind' | 'ip' | 'device' | 'about'>): void;
  /** The last ones, newest first. */
  list(address: string): readonly SecurityLine[];
  /** Has a sign-in of this account been seen before? */
  hasSignedIn(address: string): boolean;
  prune(): void;
}

export const keptFor = 90 * 86_400_000;
const mostLines = 500;
const hour = 3600_000;

export function openSecurityLog(database: StateDatabase, now: () => number): SecurityLog {
  database.exec(
    `create table if not exists web_security_log (id integer primary key, address text not null, kind text not null,
       at integer not null, times integer not null, ip text not null, device text not null, about text not null);
     create index if not exists web_security_log_address on web_security_log (address, id);
     create index if not exists web_security_log_at on web_security_log (at);`,
  );
  const insert = database.prepare(
    'insert into web_security_log (address, kind, at, times, ip, device, about) values (?, ?, ?, 1, ?, ?, ?)',
  );
  const again = database.prepare(
    `update web_security_log set at = ?, times = times + 1 where id = (select max(id) from web_security_log
       where address = ? and kind = ? and ip = ? and at > ?)`,
  );
  const trim = database.prepare(
    `delete from web_security_log where address = ? and id <= coalesce((select id from web_security_log
       where address = ? order by id desc limit 1 offset ?), 0)`,
  );
  const select = database.prepare<[string, number], SecurityLine>(
    `select kind, at, times, ip, device, about from web_security_log where address = ? and at > ?
       order by at desc, id desc`,
  );
  const signedIn = database.prepare(
    "select 1 from web_security_log where address = ? and kind in ('signin', 'newDevice') limit 1",
  );
  const removeOld = database.prepare('delete from web_security_log where at <= ?');
  return {
    add: database.transaction(
      (address: string, { kind, ip, device, about }: Parameters<SecurityLog['add']>[1]) => {
        const isGuess = kind === 'failed' || kind === 'failedCode';
        if (isGuess && again.run(now(), address, kind, ip, now() - hour).changes > 0) return;
        insert.run(address, kind, now(), ip, device.slice(0, 200), about.slice(0, 1000));
        trim.run(address, address, mostLines);
      },
    ),
    list: (address) => select.all(address, now() - keptFor),
    hasSignedIn: (address) => signedIn.get(address) !== undefined,
    prune: () => void removeOld.run(now() - keptFor),
  };
}
