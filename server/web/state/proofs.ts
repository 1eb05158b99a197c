// Who has given the password, or shown a passkey, a moment ago (webmail.md X6): each sign-in session for itself, for ten
// minutes. Signing in is no such proof. In the state database; it ends with the session, whose hash is its name.
import type { StateDatabase } from './database.ts';

/** How long a proof is good, milliseconds. */
export const proofLifetime = 600_000;

export interface Proofs {
  /** Takes down that the person of this session, by its hash, has proven who they are. */
  note(session: string): void;
  isFresh(session: string): boolean;
  prune(): void;
}

export function openProofs(database: StateDatabase, now: () => number): Proofs {
  database.exec(
    'create table if not exists web_proofs (session text primary key, at integer not null) without rowid',
  );
  const insert = database.prepare('insert or replace into web_proofs values (?, ?)');
  const select = database.prepare('select 1 from web_proofs where session = ? and at > ? and at <= ?');
  const removeOld = database.prepare('delete from web_proofs where at <= ?');
  return {
    note: (session) => void insert.run(session, now()),
    // A clock that was set back makes no proof last longer.
    isFresh: (session) => select.get(session, now() - proofLifetime, now()) !== undefined,
    prune: () => void removeOld.run(now() - proofLifetime),
  };
}
