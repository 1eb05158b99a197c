// What becomes of letters after the queue took them (spec/webmail.md 4.10): each is looked up in the delivery history until
// the queue is done with it, soon at first and then less often, and its state kept for the marks in Sent and the Outbox.
// Pages are told when it changes. What the history does not know stays "waiting"; without a history nothing is followed.
import { type Log, quoted } from '../../../mta/log.ts';
import type { HistoryReader, MessageHistory } from '../../history/types.ts';
import type { StateDatabase } from '../state/database.ts';
import { createFew } from '../state/few.ts';
import type { Live } from '../state/live.ts';

export type FateState = 'waiting' | 'deferred' | 'delivered' | 'failed' | 'cancelled';

export interface Fate {
  readonly state: FateState;
  /** Recipients in each state, of those the queue has begun with. */
  readonly delivered: number;
  readonly failed: number;
}

export interface SentLetter {
  readonly messageId: string;
  readonly qp: string;
  /** When the queue took it, milliseconds since 1970. */
  readonly at: number;
  /** Its copy and the folder of that; undefined: there is none. */
  readonly copy?: { readonly folder: string; readonly id: string } | undefined;
}

export interface Fates {
  /** A letter has just gone to the queue. */
  follow(address: string, letter: SentLetter): void;
  /** Of letters by their Message-ID, those that are known. */
  find(address: string, messageIds: readonly string[]): ReadonlyMap<string, Fate>;
  /** Where the copy of a letter was put; undefined: not known. */
  copyOf(address: string, messageId: string): SentLetter['copy'];
  /** Letters that the queue could not deliver at once and still has, newest first. */
  deferred(address: string): readonly SentLetter[];
  countDeferred(address: string): number;
  /** The person took what was left of it out of the queue. */
  cancel(address: string, messageId: string): void;
  /** Looks at once at a letter. */
  look(address: string, messageId: string): Promise<void>;
  start(): void;
  prune(): void;
  close(): Promise<void>;
}

interface Row {
  address: string;
  message_id: string;
  qp: string;
  at: number;
  folder: string;
  copy: string;
  state: FateState;
  delivered: number;
  failed: number;
  look: number | null;
}

/** Longer than any queue keeps a letter: what is not known then will not be. */
const longestLife = 31 * 24 * 3600_000;
const keptFor = 366 * 24 * 3600_000;
const atOnce = 50;
const bare = (messageId: string): string => messageId.trim().replace(/^<|>$/g, '');

/** How a letter stands as a whole. Pure. */
export function fateOf({ recipients, endedAt }: MessageHistory): Fate {
  const count = (...states: readonly string[]) =>
    recipients.filter(({ state }) => states.includes(state)).length;
  const failed = count('failed');
  const delivered = count('delivered');
  const isOpen = endedAt === undefined;
  const state =
    failed > 0
      ? 'failed'
      : count('deferred') > 0
        ? isOpen
          ? 'deferred'
          : 'cancelled'
        : isOpen || delivered === 0
          ? 'waiting'
          : 'delivered';
  return { state, delivered, failed };
}

/** Milliseconds until the next look at a letter of this age. */
export const lookAgainAfter = (age: number): number => Math.min(600_000, Math.max(1500, age / 8));

export function openFates(
  database: StateDatabase,
  parts: {
    readonly history: HistoryReader | undefined;
    readonly live: Live;
    readonly log: Log;
    readonly now: () => number;
  },
): Fates {
  const { history, live, log, now } = parts;
  database.exec(
    `create table if not exists web_outbox_fates (address text not null, message_id text not null, qp text not null,
       at integer not null, folder text not null, copy text not null, state text not null, delivered integer not null,
       failed integer not null, look integer, primary key (address, message_id)) without rowid;
     create index if not exists web_outbox_fates_look on web_outbox_fates (look) where look is not null;
     create index if not exists web_outbox_fates_open on web_outbox_fates (address, at) where look is not null;`,
  );
  const insert = database.prepare(
    "insert or replace into web_outbox_fates values (?, ?, ?, ?, ?, ?, 'waiting', 0, 0, ?)",
  );
  const select = database.prepare<[string, string], Row>(
    'select * from web_outbox_fates where address = ? and message_id = ?',
  );
  const selectDue = database.prepare<[number], Row>(
    `select * from web_outbox_fates where look is not null and look <= ? order by look limit ${atOnce}`,
  );
  const selectNext = database.prepare<[], { look: number }>(
    'select look from web_outbox_fates where look is not null order by look limit 1',
  );
  const isDeferred = "address = ? and look is not null and state in ('deferred', 'failed')";
  const selectDeferred = database.prepare<[string], Row>(
    `select * from web_outbox_fates where ${isDeferred} order by at desc limit 50`,
  );
  const countOpen = database.prepare<[string], { n: number }>(
    `select count(*) as n from web_outbox_fates where ${isDeferred}`,
  );
  const update = database.prepare(
    'update web_outbox_fates set state = ?, delivered = ?, failed = ?, look = ? where address = ? and message_id = ?',
  );
  const removeOld = database.prepare('delete from web_outbox_fates where at < ?');
  const { hasSome, gets } = createFew(database, 'web_outbox_fates');
  let timer: NodeJS.Timeout | undefined;
  let isOpen = false;
  let running: Promise<void> | undefined;

  const letterOf = ({ message_id: messageId, qp, at, folder, copy }: Row): SentLetter => ({
    messageId,
    qp,
    at,
    copy: copy === '' ? undefined : { folder, id: copy },
  });
  const tell = (row: Row): void => {
    live.tell(row.address, { kind: 'outbox' });
    if (row.copy !== '') live.tell(row.address, { kind: 'change', folder: row.folder, ids: [row.copy] });
  };
  const lookAt = async (row: Row): Promise<void> => {
    const age = now() - row.at;
    const again = age > longestLife ? null : now() + lookAgainAfter(age);
    let found: MessageHistory | undefined;
    try {
      found = await history?.findQueued(row.qp, row.at);
    } catch (error) {
      log(`web: state of a letter of ${quoted(row.address)}: ${quoted(String(error))}`);
    }
    if (!isOpen || row.state === 'cancelled') return;
    // Numbers of the queue come again after a restart: another's letter is not this one.
    if (found === undefined || found.sender.toLowerCase() !== row.address.toLowerCase()) {
      update.run(row.state, row.delivered, row.failed, again, row.address, row.message_id);
      return;
    }
    const { state, delivered, failed } = fateOf(found);
    const isDone = found.endedAt !== undefined;
    const kept = select.get(row.address, row.message_id)?.state === 'cancelled' ? 'cancelled' : state;
    update.run(kept, delivered, failed, isDone ? null : again, row.address, row.message_id);
    const changed =
      kept !== row.state ||
      delivered !== row.delivered ||
      failed !== row.failed ||
      isDone !== (row.look === null);
    if (changed) tell(row);
  };
  const lookAround = async (): Promise<void> => {
    for (const row of selectDue.all(now())) if (isOpen) await lookAt(row);
  };
  const schedule = (): void => {
    if (!isOpen || history === undefined) return;
    clearTimeout(timer);
    const next = selectNext.get()?.look;
    const wait = next === undefined ? 60_000 : Math.min(60_000, Math.max(200, next - now()));
    timer = setTimeout(() => {
      running ??= lookAround().finally(() => {
        running = undefined;
        schedule();
      });
    }, wait);
    timer.unref();
  };

  return {
    follow(address, { messageId, qp, at, copy }) {
      const look = history === undefined ? null : now() + lookAgainAfter(0);
      gets(address);
      insert.run(address, bare(messageId), qp, at, copy?.folder ?? '', copy?.id ?? '', look);
      schedule();
    },
    find(address, messageIds) {
      const found = new Map<string, Fate>();
      for (const messageId of messageIds) {
        const row = select.get(address, bare(messageId));
        if (row) found.set(messageId, { state: row.state, delivered: row.delivered, failed: row.failed });
      }
      return found;
    },
    copyOf(address, messageId) {
      const row = select.get(address, bare(messageId));
      return row && letterOf(row).copy;
    },
    deferred: (address) => selectDeferred.all(address).map(letterOf),
    countDeferred: (address) => (hasSome(address) ? (countOpen.get(address)?.n ?? 0) : 0),
    cancel(address, messageId) {
      const row = select.get(address, bare(messageId));
      if (!row) return;
      update.run('cancelled', row.delivered, row.failed, null, address, row.message_id);
      tell(row);
    },
    async look(address, messageId) {
      const row = select.get(address, bare(messageId));
      if (row && history) await lookAt(row);
    },
    start() {
      isOpen = true;
      schedule();
    },
    prune() {
      removeOld.run(now() - keptFor);
    },
    async close() {
      isOpen = false;
      clearTimeout(timer);
      await running;
    },
  };
}
