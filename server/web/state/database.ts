// The web role's short-lived truth in STATE/facteur.sqlite: sessions, operations that can be undone.
// Other rooms of the program may keep tables of their own in the same file (login_*: mta/accounts/login-throttle.ts);
// these are web_*. The file uses a write-ahead log and small transactions, so it survives kill -9; a power cut may cost
// the last second of it.
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';

export type StateDatabase = Database.Database;

const schema = `
create table if not exists web_sessions (
  hash text primary key, address text not null, signed_in integer not null, last_seen integer not null,
  stay integer not null, device text not null) without rowid;
create index if not exists web_sessions_address on web_sessions (address);
create table if not exists web_operations (
  id text primary key, address text not null, at integer not null, words text not null, payload text not null,
  undone integer) without rowid;
create index if not exists web_operations_address on web_operations (address, at);
create table if not exists web_sent (
  address text not null, message_id text not null, qp text not null, at integer not null,
  primary key (address, message_id)) without rowid;
create table if not exists web_remembered (
  hash text not null, address text not null, since integer not null, at integer not null,
  primary key (hash, address)) without rowid;
create index if not exists web_remembered_address on web_remembered (address);
create table if not exists web_admin_sessions (
  hash text primary key, session text not null, until integer not null) without rowid;
`;

/** Opens the file, makes what is missing, mode 600. */
export async function openStateDatabase(state: string): Promise<StateDatabase> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  const path = join(state, 'facteur.sqlite');
  const database = new Database(path, { timeout: 2000 });
  await chmod(path, 0o600);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec(schema);
  return database;
}
