// Passkeys of accounts (WebAuthn Level 2): public keys with what people call them, when they were made and last used. In
// the state database. A passkey belongs to one home directory of an account: an account that was removed and made again
// under the same name has none of the old ones.
import { identifyDirectory } from '../../../mta/accounts/removal-notes.ts';
import type { Account } from '../../../mta/accounts/types.ts';
import type { StateDatabase } from './database.ts';

export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  /** name@real-domain */
  readonly address: string;
  /** Which home of the account it was made for. */
  readonly home: string;
  /** The host name it is good for (RP ID). */
  readonly host: string;
  /** COSE key. */
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: readonly string[];
  /** As the person calls it; foreign text. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly usedAt: number | undefined;
}

export interface Passkeys {
  /** False: there are too many, or the credential is there already. */
  add(passkey: Omit<Passkey, 'usedAt'>): boolean;
  find(id: string): Passkey | undefined;
  /** Those of an account's present home, oldest first. */
  list(address: string, home: string): readonly Passkey[];
  /** Is there any for this host? */
  isUsed(host: string): boolean;
  noteUse(id: string, counter: number): void;
  /** Gives what it was called; undefined: it is not this account's. */
  remove(address: string, id: string): string | undefined;
}

export const mostPasskeys = 20;

/** Tells one home directory from another of the same name. */
export const homeOf = ({ maildir }: Pick<Account, 'maildir'>): Promise<string> => identifyDirectory(maildir);

interface Row {
  id: string;
  address: string;
  home: string;
  host: string;
  public_key: Buffer;
  counter: number;
  transports: string;
  name: string;
  made_at: number;
  used_at: number | null;
}

const passkeyOf = (row: Row): Passkey => ({
  id: row.id,
  address: row.address,
  home: row.home,
  host: row.host,
  publicKey: row.public_key,
  counter: row.counter,
  transports: JSON.parse(row.transports),
  name: row.name,
  madeAt: row.made_at,
  usedAt: row.used_at ?? undefined,
});

/** @param now milliseconds since 1970 */
export function openPasskeys(database: StateDatabase, now: () => number): Passkeys {
  database.exec(
    `create table if not exists web_passkeys (id text primary key, address text not null, home text not null,
       host text not null, public_key blob not null, counter integer not null, transports text not null,
       name text not null, made_at integer not null, used_at integer) without rowid;
     create index if not exists web_passkeys_address on web_passkeys (address);`,
  );
  const insert = database.prepare(
    'insert or ignore into web_passkeys values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)',
  );
  const select = database.prepare<[string], Row>('select * from web_passkeys where id = ?');
  const selectAll = database.prepare<[string], Row>(
    'select * from web_passkeys where address = ? order by made_at, id',
  );
  const removeOld = database.prepare('delete from web_passkeys where address = ? and home <> ?');
  const selectAny = database.prepare('select 1 from web_passkeys where host = ? limit 1');
  const use = database.prepare('update web_passkeys set counter = ?, used_at = ? where id = ?');
  const remove = database.prepare('delete from web_passkeys where id = ? and address = ?');
  return {
    add: database.transaction((key: Omit<Passkey, 'usedAt'>) => {
      removeOld.run(key.address, key.home);
      if (selectAll.all(key.address).length >= mostPasskeys) return false;
      const { id, address, home, host, publicKey, counter, transports, name, madeAt } = key;
      const values = [id, address, home, host, publicKey, counter, JSON.stringify(transports), name, madeAt];
      return insert.run(...values).changes === 1;
    }),
    find(id) {
      const row = select.get(id);
      return row && passkeyOf(row);
    },
    list: (address, home) =>
      selectAll
        .all(address)
        .filter((row) => row.home === home)
        .map(passkeyOf),
    isUsed: (host) => selectAny.get(host) !== undefined,
    noteUse: (id, counter) => void use.run(counter, now(), id),
    remove(address, id) {
      const row = select.get(id);
      return row && remove.run(id, address).changes === 1 ? row.name : undefined;
    },
  };
}
