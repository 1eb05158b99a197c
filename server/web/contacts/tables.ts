// The tables of contacts in the state database: one file for all accounts, as sessions and choices are, since the web may
// run without the right to write into anybody's home. Each row belongs to an account (`owner`, its address).
// A contact that was taken away keeps its row for a day (`gone`), so that Undo brings back all of it.
import type { StateDatabase } from '../state/database.ts';

const schema = `
create table if not exists web_contacts (
  key integer primary key, owner text not null, id text not null, sort text not null, words text not null,
  card text not null, changed integer not null, gone integer, unique (owner, id));
create index if not exists web_contacts_order on web_contacts (owner, sort, id) where gone is null;
create index if not exists web_contacts_gone on web_contacts (gone) where gone is not null;
create table if not exists web_contact_addresses (
  contact integer not null references web_contacts on delete cascade, owner text not null, place integer not null,
  address text not null, folded text not null, words text not null, primary key (contact, place)) without rowid;
create index if not exists web_contact_addresses_folded on web_contact_addresses (owner, folded);
create table if not exists web_contact_pictures (
  contact integer primary key references web_contacts on delete cascade, type text not null, bytes blob not null);
create table if not exists web_contact_groups (
  key integer primary key, owner text not null, id text not null, name text not null, folded text not null,
  words text not null, unique (owner, id), unique (owner, folded));
create table if not exists web_contact_members (
  contact integer not null references web_contacts on delete cascade,
  part_of integer not null references web_contact_groups on delete cascade,
  primary key (contact, part_of)) without rowid;
create index if not exists web_contact_members_group on web_contact_members (part_of);
create table if not exists web_contact_uses (
  owner text not null, folded text not null, address text not null, name text not null, words text not null,
  score real not null, count integer not null, last integer not null, primary key (owner, folded)) without rowid;
create index if not exists web_contact_uses_score on web_contact_uses (owner, score);
`;

export function makeContactTables(database: StateDatabase): void {
  database.exec(schema);
}

/**
 * Runs work whose result is on disk when it returns, also after a power cut: sessions may lose their last second, what a
 * person wrote down may not.
 */
export function durably<Result>(database: StateDatabase, work: () => Result): Result {
  database.pragma('synchronous = FULL');
  try {
    return work();
  } finally {
    database.pragma('synchronous = NORMAL');
  }
}
