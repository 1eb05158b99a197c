// What puts many messages back, beside the operation that remembers it (operations.ts): a short list stands in the
// operation itself, a long one in parts here, so that a page that shows the toast never reads a hundred thousand lines.
// Gone a day after, with the operation.
import { randomBytes } from 'node:crypto';
import type { StateDatabase } from './database.ts';
import { undoLifetime } from './operations.ts';

/** Up to this many entries stand in the operation. */
const mostInline = 200;
/** Entries of one part. */
const partSize = 100;

/** A list, or where it is. */
export type UndoRef<Entry> = readonly Entry[] | { readonly list: string; readonly count: number };

/** Takes entries as they come. */
export interface UndoCollector<Entry> {
  add(entries: readonly Entry[]): void;
  /** What has come so far; nothing may be added then. */
  end(): UndoRef<Entry>;
}

export interface UndoLists {
  collect<Entry>(): UndoCollector<Entry>;
  /** The entries in the order they came, some at a time. */
  parts<Entry>(ref: UndoRef<Entry>): Iterable<readonly Entry[]>;
  prune(): void;
}

export const countOf = (ref: UndoRef<unknown>): number => ('list' in ref ? ref.count : ref.length);

export function openUndoLists(database: StateDatabase, now: () => number): UndoLists {
  database.exec(
    `create table if not exists web_undo_lists (
       list text not null, part integer not null, at integer not null, entries text not null,
       primary key (list, part)) without rowid`,
  );
  const insert = database.prepare('insert into web_undo_lists values (?, ?, ?, ?)');
  const select = database
    .prepare<[string, number], string>('select entries from web_undo_lists where list = ? and part = ?')
    .pluck();
  const remove = database.prepare('delete from web_undo_lists where at <= ?');

  return {
    collect<Entry>(): UndoCollector<Entry> {
      const list = randomBytes(9).toString('base64url');
      let waiting: Entry[] = [];
      let count = 0;
      let part = 0;
      const write = (entries: readonly Entry[]): void => {
        insert.run(list, part, now(), JSON.stringify(entries));
        part += 1;
      };
      return {
        add(entries) {
          for (const entry of entries) waiting.push(entry);
          count += entries.length;
          for (; waiting.length >= partSize; waiting = waiting.slice(partSize))
            write(waiting.slice(0, partSize));
        },
        end() {
          if (part === 0 && count <= mostInline) return waiting;
          if (waiting.length > 0) write(waiting);
          return { list, count };
        },
      };
    },
    *parts<Entry>(ref: UndoRef<Entry>) {
      if (!('list' in ref)) {
        yield ref;
        return;
      }
      for (let part = 0; ; part++) {
        const entries = select.get(ref.list, part);
        if (entries === undefined) return;
        yield JSON.parse(entries) as Entry[];
      }
    },
    prune() {
      // Jobs write their list before the operation begins its day.
      remove.run(now() - undoLifetime - 3600_000);
    },
  };
}
