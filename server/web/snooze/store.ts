// Which letters sleep, where they came from and when they come back (webmail.md M18); and for those that came back, that
// they did, until they are opened. The letters themselves lie in the folder Snoozed, where every mail program sees them:
// a line here without its letter there means that somebody moved it, and is dropped when its time comes.
import type { StateDatabase } from '../state/database.ts';
import { createFew } from '../state/few.ts';

/** Maildir++ name of the folder; pages show its translated name. */
export const snoozedFolder = 'Snoozed';

export interface Snoozed {
  readonly id: string;
  /** The folder it comes back to. */
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Snoozes {
  put(address: string, letters: readonly Snoozed[]): void;
  find(address: string, id: string): Snoozed | undefined;
  /** Those whose time has come, soonest first. */
  due(address: string, now: number): readonly Snoozed[];
  remove(address: string, ids: readonly string[]): void;
  /** Notes that it came back. */
  wake(address: string, id: string, now: number): void;
  /** It was opened: the mark of its coming back goes. */
  opened(address: string, id: string): void;
  /** For a page of rows: when they come back, and `at` 0 for those that did. */
  marks(address: string, ids: readonly string[]): ReadonlyMap<string, number>;
  prune(): void;
}

/** How long a letter that nobody opens is marked as come back, milliseconds. */
const markedFor = 60 * 24 * 3600_000;

export function openSnoozes(database: StateDatabase, now: () => number): Snoozes {
  database.exec(
    `create table if not exists web_snoozed (
       address text not null, id text not null, origin text not null, at integer not null, woken integer,
       primary key (address, id)) without rowid`,
  );
  const insert = database.prepare('insert or replace into web_snoozed values (?, ?, ?, ?, null)');
  const select = database.prepare<[string, string], Snoozed>(
    'select id, origin, at from web_snoozed where address = ? and id = ? and woken is null',
  );
  const selectDue = database.prepare<[string, number], Snoozed>(
    'select id, origin, at from web_snoozed where address = ? and at <= ? and woken is null order by at, id',
  );
  const selectMarks = database.prepare<[string, string], { id: string; at: number; woken: number | null }>(
    'select id, at, woken from web_snoozed where address = ? and id in (select value from json_each(?))',
  );
  const remove = database.prepare('delete from web_snoozed where address = ? and id = ?');
  const wake = database.prepare('update web_snoozed set woken = ? where address = ? and id = ?');
  const forget = database.prepare(
    'delete from web_snoozed where address = ? and id = ? and woken is not null',
  );
  const removeOld = database.prepare('delete from web_snoozed where woken <= ?');
  const { hasSome, gets } = createFew(database, 'web_snoozed');
  return {
    put: database.transaction((address: string, letters: readonly Snoozed[]) => {
      gets(address);
      for (const { id, origin, at } of letters) insert.run(address, id, origin, Math.round(at));
    }),
    find: (address, id) => select.get(address, id),
    due: (address, until) => selectDue.all(address, until),
    remove: database.transaction((address: string, ids: readonly string[]) => {
      for (const id of ids) remove.run(address, id);
    }),
    wake(address, id, at) {
      wake.run(at, address, id);
    },
    opened(address, id) {
      if (hasSome(address)) forget.run(address, id);
    },
    marks(address, ids) {
      if (!hasSome(address)) return new Map();
      const rows = selectMarks.all(address, JSON.stringify(ids));
      return new Map(rows.map(({ id, at, woken }) => [id, woken === null ? at : 0]));
    },
    prune() {
      removeOld.run(now() - markedFor);
    },
  };
}
