// What the SMTP door remembers of strangers, in HOME/trust/junk.sqlite: letters that wait (greylist.ts), networks that came
// again, addresses that our people wrote to, and how letters of a network turned out (../reputation.ts). Addresses are kept
// as hashes. Bounded and pruned; several processes may share it, and a restart forgets nothing. A file that is broken is
// put aside and begun anew: nothing in it is worth a letter.
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Log } from '../../log.ts';
import { quoted } from '../../log.ts';

const schema = `
create table if not exists waiting (
  key blob primary key, first integer not null, last integer not null, passed integer not null) without rowid;
create index if not exists waiting_last on waiting (passed, last);
create table if not exists networks (network text primary key, passed integer not null, last integer not null) without rowid;
create index if not exists networks_last on networks (last);
create table if not exists correspondents (key blob primary key, last integer not null) without rowid;
create index if not exists correspondents_last on correspondents (last);
create table if not exists turnouts (
  network text not null, day integer not null, good integer not null, bad integer not null, unknown integer not null,
  primary key (network, day)) without rowid;
create index if not exists turnouts_day on turnouts (day);
`;

const day = 86_400;
/** Seconds after which a row is forgotten. */
const kept = { waiting: 2 * day, passed: 36 * day, networks: 36 * day, correspondents: 180 * day };
/** Days. */
export const turnoutDays = 7;
const mostRows = 200_000;
/** Rows removed in one step. */
const atOnce = 500;
/** Milliseconds to wait for another process: mail is not held up for this. */
const patience = 40;

export interface Waiting {
  readonly first: number;
  readonly last: number;
  /** 1: it came again in time. */
  readonly passed: number;
}

export interface Turnout {
  readonly good: number;
  readonly bad: number;
  readonly unknown: number;
}

/** Times are seconds since 1970. Every call may throw what SQLite throws. */
export interface JunkStore {
  findWaiting(key: Buffer): Waiting | undefined;
  putWaiting(key: Buffer, row: Waiting): void;
  /** How often letters of a network passed, and when the last one did. */
  findNetwork(network: string): { readonly passed: number; readonly last: number } | undefined;
  putNetwork(network: string, passed: number, last: number): void;
  isCorrespondent(key: Buffer): boolean;
  putCorrespondent(key: Buffer, now: number): void;
  addTurnout(network: string, what: keyof Turnout, now: number): void;
  /** Of the last days. */
  turnout(network: string, now: number): Turnout;
  /** One transaction. */
  atomically<T>(act: () => T): T;
  /** Forgets what is old or too much, in a small step. @returns whether there may be more */
  prune(now: number): boolean;
  close(): void;
}

/** Opens it, and makes what is missing. @throws system and SQLite errors */
export async function openJunkStore(directory: string, log: Log): Promise<JunkStore> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'junk.sqlite');
  try {
    return await open(path);
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (!/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) throw error;
    log(`warning: ${quoted(path)} is broken and begun anew: ${quoted(message)}`);
    for (const end of ['-wal', '-shm']) await rm(`${path}${end}`, { force: true });
    await rename(path, `${path}.broken`);
    return open(path);
  }
}

async function open(path: string): Promise<JunkStore> {
  const database = new Database(path, { timeout: patience });
  try {
    await chmod(path, 0o600);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.exec(schema);
    return storeOver(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function storeOver(database: Database.Database): JunkStore {
  const statements = {
    findWaiting: database.prepare<[Buffer], Waiting>('select first, last, passed from waiting where key = ?'),
    putWaiting: database.prepare('insert or replace into waiting values (?, ?, ?, ?)'),
    findNetwork: database.prepare<[string], { passed: number; last: number }>(
      'select passed, last from networks where network = ?',
    ),
    putNetwork: database.prepare('insert or replace into networks values (?, ?, ?)'),
    isCorrespondent: database.prepare('select 1 from correspondents where key = ?'),
    putCorrespondent: database.prepare('insert or replace into correspondents values (?, ?)'),
    addTurnout: database.prepare(
      `insert into turnouts values (?, ?, ?, ?, ?) on conflict do update
         set good = good + excluded.good, bad = bad + excluded.bad, unknown = unknown + excluded.unknown`,
    ),
    turnout: database.prepare<[string, number], Turnout>(
      `select coalesce(sum(good), 0) as good, coalesce(sum(bad), 0) as bad, coalesce(sum(unknown), 0) as unknown
         from turnouts where network = ? and day > ?`,
    ),
    prunings: [
      // The unpassed first: a flood of them costs nobody who has come again.
      ...['waiting', 'networks', 'correspondents'].map((table) => ({
        table,
        count: database.prepare<[], number>(`select count(*) from ${table}`).pluck(),
        excess: database.prepare(
          `delete from ${table} where rowkey in (select rowkey from ${table} order by ${table === 'waiting' ? 'passed, ' : ''}last limit ?)`.replaceAll(
            'rowkey',
            table === 'networks' ? 'network' : 'key',
          ),
        ),
      })),
    ],
    oldWaiting: database.prepare(
      `delete from waiting where key in (select key from waiting where passed = ? and last <= ? limit ${atOnce})`,
    ),
    oldNetworks: database.prepare(
      `delete from networks where network in (select network from networks where last <= ? limit ${atOnce})`,
    ),
    oldCorrespondents: database.prepare(
      `delete from correspondents where key in (select key from correspondents where last <= ? limit ${atOnce})`,
    ),
    oldTurnouts: database.prepare(
      `delete from turnouts where (network, day) in (select network, day from turnouts where day <= ? limit ${atOnce})`,
    ),
  };
  const prune = database.transaction((now: number): boolean => {
    const removed = [
      statements.oldWaiting.run(0, now - kept.waiting),
      statements.oldWaiting.run(1, now - kept.passed),
      statements.oldNetworks.run(now - kept.networks),
      statements.oldCorrespondents.run(now - kept.correspondents),
      statements.oldTurnouts.run(Math.floor(now / day) - turnoutDays),
      ...statements.prunings.flatMap(({ count, excess }) => {
        const more = (count.get() ?? 0) - mostRows;
        return more > 0 ? [excess.run(Math.min(more, atOnce))] : [];
      }),
    ];
    return removed.some(({ changes }) => changes === atOnce);
  });
  return {
    findWaiting: (key) => statements.findWaiting.get(key),
    putWaiting: (key, { first, last, passed }) => void statements.putWaiting.run(key, first, last, passed),
    findNetwork: (network) => statements.findNetwork.get(network),
    putNetwork: (network, passed, last) => void statements.putNetwork.run(network, passed, last),
    isCorrespondent: (key) => statements.isCorrespondent.get(key) !== undefined,
    putCorrespondent: (key, now) => void statements.putCorrespondent.run(key, now),
    addTurnout: (network, what, now) =>
      void statements.addTurnout.run(
        network,
        Math.floor(now / day),
        what === 'good' ? 1 : 0,
        what === 'bad' ? 1 : 0,
        what === 'unknown' ? 1 : 0,
      ),
    turnout: (network, now) => statements.turnout.get(network, Math.floor(now / day) - turnoutDays)!,
    // Immediate: one that reads first and writes then would fail beside another process, however long it may wait.
    atomically: (act) => database.transaction(act).immediate(),
    prune: (now) => prune.immediate(now),
    close: () => database.close(),
  };
}
