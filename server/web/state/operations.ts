// Operations that can be undone (webmail.md 2.4): who did what when, the words of the toast, and what puts it back.
// Kept for 24 hours; an operation belongs to one account and is undone at most once.
import { randomBytes } from 'node:crypto';
import type { StateDatabase } from './database.ts';

/** How long an operation can be undone, milliseconds. */
export const undoLifetime = 24 * 3600_000;

export interface Operation {
  readonly id: string;
  readonly at: number;
  readonly words: string;
  /** Undefined: only words, nothing to undo, or (`until` in it, milliseconds since 1970) not any more. */
  readonly payload: unknown;
  readonly undone: boolean;
  /** A page that shows what came of it; '' when there is none. */
  readonly href: string;
}

export interface Operations {
  /** `payload`: what undoes it; or a path of ours that shows what came of it, and then there is nothing to undo. */
  remember(address: string, words: string, payload: unknown): string;
  find(address: string, id: string): Operation | undefined;
  /** Claims an operation for undoing: true for exactly one caller. */
  claim(address: string, id: string): boolean;
  /** It has come to its end: from now on these words, and nothing to undo. */
  settle(address: string, id: string, words: string, href: string): void;
  /** Gives a claim back when undoing failed. */
  release(address: string, id: string): void;
  /** The account's operations, latest first. */
  list(address: string): readonly Operation[];
  prune(): void;
}

interface Row {
  id: string;
  at: number;
  words: string;
  payload: string;
  undone: number | null;
}

const operationOf = (row: Row, now: number): Operation => ({
  id: row.id,
  at: row.at,
  words: row.words,
  payload: payloadOf(row.payload, now),
  undone: row.undone !== null,
  href: isSettled(row.payload) ? row.payload : '',
});
/** In the place of a payload, which is JSON of an object or a list: the path that a settled operation leads to. */
const isSettled = (payload: string): boolean => payload.startsWith('/');

function payloadOf(text: string, now: number): unknown {
  if (text === '' || isSettled(text)) return undefined;
  const payload: unknown = JSON.parse(text);
  const { until } = payload as { readonly until?: unknown };
  return typeof until === 'number' && until <= now ? undefined : payload;
}

/** Operations kept in the state database. */
export function openOperations(database: StateDatabase, now: () => number): Operations {
  const insert = database.prepare('insert into web_operations values (?, ?, ?, ?, ?, null)');
  const select = database.prepare<[string, string, number], Row>(
    'select id, at, words, payload, undone from web_operations where id = ? and address = ? and at > ?',
  );
  const mark = database.prepare(
    "update web_operations set undone = ? where id = ? and address = ? and at > ? and undone is null and payload <> ? and payload not like '/%'",
  );
  const unmark = database.prepare('update web_operations set undone = null where id = ? and address = ?');
  const settle = database.prepare(
    'update web_operations set words = ?, payload = ? where id = ? and address = ? and undone is null',
  );
  const selectAll = database.prepare<[string, number], Row>(
    'select id, at, words, payload, undone from web_operations where address = ? and at > ? order by at desc limit 100',
  );
  const removeOld = database.prepare('delete from web_operations where at <= ?');
  const oldest = (): number => now() - undoLifetime;
  return {
    remember(address, words, payload) {
      const id = randomBytes(12).toString('base64url');
      const kept =
        payload === undefined || payload === null
          ? ''
          : typeof payload === 'string' && isSettled(payload)
            ? payload
            : JSON.stringify(payload);
      insert.run(id, address, now(), words, kept);
      return id;
    },
    find(address, id) {
      const row = select.get(id, address, oldest());
      return row && operationOf(row, now());
    },
    claim: (address, id) => mark.run(now(), id, address, oldest(), '').changes === 1,
    settle(address, id, words, href) {
      settle.run(words, href, id, address);
    },
    release(address, id) {
      unmark.run(id, address);
    },
    list: (address) => selectAll.all(address, oldest()).map((row) => operationOf(row, now())),
    prune() {
      removeOld.run(oldest());
    },
  };
}
