// Things that are to happen at a time (webmail.md M18, 4.9, O4): a letter leaves, a snoozed message comes back. Kept in
// the state database, so they happen after a restart too, late rather than never. What happens is a room's, by kind; work
// that throws is tried again, later each time. One thing is done by one worker at a time; a crash within may repeat it,
// so the work must bear being done twice.
import { randomBytes } from 'node:crypto';
import { type Log, quoted } from '../../../mta/log.ts';
import type { StateDatabase } from './database.ts';

export interface DueItem {
  readonly id: string;
  readonly address: string;
  readonly kind: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly payload: unknown;
  /** How often it was tried in vain. */
  readonly tries: number;
}

export interface DueItems {
  /** Puts something on the list; durable as the state database is. @returns its id */
  add(address: string, kind: string, at: number, payload: unknown): string;
  /** Takes it off before it happens. False: it is not there any more, or happens right now. */
  cancel(address: string, id: string): boolean;
  /** Gives it another time or payload; false as for `cancel`. */
  change(address: string, id: string, changes: { readonly at?: number; readonly payload?: unknown }): boolean;
  find(address: string, id: string): DueItem | undefined;
  /** What an account has waiting of one kind, soonest first. */
  list(address: string, kind: string): readonly DueItem[];
  /** Says what happens to items of a kind; once a kind, before `start`. */
  whenDue(kind: string, work: (item: DueItem) => Promise<void>): void;
  start(): void;
  /** Waits for the work that runs. */
  close(): Promise<void>;
}

interface Row {
  id: string;
  address: string;
  kind: string;
  at: number;
  payload: string;
  tries: number;
}

const itemOf = ({ payload, ...row }: Row): DueItem => ({ ...row, payload: JSON.parse(payload) });
/** Longest sleep: the clock may be set meanwhile. */
const longestSleep = 60_000;
const atOnce = 8;

/** `before`: done before each work, which waits while it rejects; who is gone by then has no items any more. */
export function openDueItems(
  database: StateDatabase,
  log: Log,
  now: () => number,
  before: (address: string) => Promise<void> = async () => undefined,
): DueItems {
  database.exec(
    `create table if not exists web_due (id text primary key, address text not null, kind text not null,
       at integer not null, payload text not null, tries integer not null) without rowid;
     create index if not exists web_due_at on web_due (at);
     create index if not exists web_due_address on web_due (address, kind, at);`,
  );
  const columns = 'id, address, kind, at, payload, tries';
  const insert = database.prepare('insert into web_due values (?, ?, ?, ?, ?, 0)');
  const remove = database.prepare('delete from web_due where id = ? and address = ?');
  const update = database.prepare('update web_due set at = ?, payload = ?, tries = ? where id = ?');
  const select = database.prepare<[string, string], Row>(
    `select ${columns} from web_due where id = ? and address = ?`,
  );
  const selectAll = database.prepare<[string, string], Row>(
    `select ${columns} from web_due where address = ? and kind = ? order by at, id`,
  );
  const selectDue = database.prepare<[number], Row>(
    `select ${columns} from web_due where at <= ? order by at limit 100`,
  );
  const selectNext = database.prepare<[number], { at: number }>(
    'select at from web_due where at > ? order by at limit 1',
  );

  const works = new Map<string, (item: DueItem) => Promise<void>>();
  const running = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let isOpen = false;

  const happen = async (row: Row, work: (item: DueItem) => Promise<void>): Promise<void> => {
    try {
      await before(row.address);
      if (!select.get(row.id, row.address)) return;
      await work(itemOf(row));
      remove.run(row.id, row.address);
    } catch (error) {
      const wait = Math.min(3600_000, 5000 * 2 ** Math.min(row.tries, 12));
      log(`web: ${row.kind} of ${quoted(row.address)} is tried again later: ${quoted(String(error))}`);
      update.run(now() + wait, row.payload, row.tries + 1, row.id);
    } finally {
      running.delete(row.id);
    }
  };
  const look = (): void => {
    if (!isOpen) return;
    clearTimeout(timer);
    for (const row of selectDue.all(now())) {
      if (running.size >= atOnce) break;
      const work = works.get(row.kind);
      if (work && !running.has(row.id)) running.set(row.id, happen(row, work).then(look));
    }
    const next = selectNext.get(now())?.at;
    const wait = next === undefined ? longestSleep : Math.min(longestSleep, next - now());
    timer = setTimeout(look, Math.max(1, wait));
    timer.unref();
  };
  const isFree = (id: string): boolean => !running.has(id);

  return {
    add(address, kind, at, payload) {
      const id = randomBytes(9).toString('base64url');
      insert.run(id, address, kind, Math.round(at), JSON.stringify(payload ?? null));
      look();
      return id;
    },
    cancel: (address, id) => isFree(id) && remove.run(id, address).changes > 0,
    change(address, id, changes) {
      const row = isFree(id) ? select.get(id, address) : undefined;
      if (!row) return false;
      const payload = changes.payload === undefined ? row.payload : JSON.stringify(changes.payload);
      update.run(Math.round(changes.at ?? row.at), payload, 0, id);
      look();
      return true;
    },
    find(address, id) {
      const row = select.get(id, address);
      return row && itemOf(row);
    },
    list: (address, kind) => selectAll.all(address, kind).map(itemOf),
    whenDue(kind, work) {
      works.set(kind, work);
    },
    start() {
      isOpen = true;
      look();
    },
    async close() {
      isOpen = false;
      clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}
