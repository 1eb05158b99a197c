// The delivery history on disk: log events become rows of STATE/history.sqlite. It is told from the log and is no truth
// of its own: a power cut may cost its last seconds, and deleting it costs the past, never a letter. Runs in a worker.
import Database from 'better-sqlite3';
import { type HistoryEvent, readableWords } from './lines.ts';
import type { RecipientState, Tally } from './types.ts';

const schema = `
create table if not exists messages (
  id integer primary key, msg text not null, qp text not null, at integer not null, bytes integer not null,
  sender text not null, ip text not null default '', user text not null default '', ended integer,
  bounce text not null default '');
create index if not exists messages_at on messages (at);
create index if not exists messages_qp on messages (qp, at);
create table if not exists recipients (
  message integer not null, recipient text not null, channel text not null,
  state text not null, attempts integer not null, at integer not null, words text not null,
  primary key (message, recipient, channel)) without rowid;
create table if not exists turned (
  id integer primary key, at integer not null, kind text not null, ip text not null, sender text not null,
  recipient text not null, words text not null);
create table if not exists tallies (hour integer not null, name text not null, count integer not null,
  primary key (hour, name)) without rowid;
`;

const hour = 3600_000;
/** Queue numbers come again; a number of the same letter under another name comes within this time. */
const renameWindow = 60_000;
/** A report is kept so far: an answer with hundreds of them must fit a call between roles. */
const longestWords = 500;
/** Refused and junked letters that are kept. */
const mostTurned = 20_000;
/** Rows that are removed in one go: pruning never holds up recording for long. */
const pruneRows = 5000;

/** An event and when it was observed, in milliseconds since 1970. */
export interface TimedEvent {
  readonly at: number;
  readonly event: HistoryEvent;
}

export function openDatabase(path: string): Database.Database {
  const database = new Database(path, { timeout: 5000 });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  // 16 MB between checkpoints: their flushes compete with those of the mail.
  database.pragma('wal_autocheckpoint = 4000');
  database.exec(schema);
  return database;
}

/** A letter in the queue. */
interface Open {
  readonly id: number;
  readonly qp: string;
  readonly sender: string;
  readonly bytes: number;
  /** Queue numbers it goes by: two for a moment when it leaves the journal. */
  readonly numbers: Set<string>;
}

/** Writes events, in the order in which they come. */
export class Recording {
  readonly #database: Database.Database;
  readonly #open = new Map<string, Open>();
  readonly #byQp = new Map<string, Open>();
  readonly #deliveries = new Map<
    number,
    { readonly id: number; readonly recipient: string; readonly channel: string }
  >();
  /** SMTP tells of a letter before or after qmail-send does. */
  readonly #origins = new Map<string, { readonly ip: string; readonly user: string; readonly at: number }>();
  readonly #counts = new Map<string, number>();
  readonly #statements;

  constructor(database: Database.Database) {
    this.#database = database;
    this.#statements = {
      message: database.prepare(
        'insert into messages (msg, qp, at, bytes, sender, ip, user) values (?, ?, ?, ?, ?, ?, ?)',
      ),
      rename: database.prepare('update messages set msg = ? where id = ?'),
      origin: database.prepare('update messages set ip = ?, user = ? where id = ?'),
      end: database.prepare('update messages set ended = ? where id = ?'),
      bounce: database.prepare('update messages set bounce = ? where id = ?'),
      start: database.prepare(
        `insert into recipients values (?, ?, ?, 'waiting', 1, ?, '') on conflict do update set
          state = 'waiting', attempts = attempts + 1, at = excluded.at`,
      ),
      report: database.prepare(
        'update recipients set state = ?, at = ?, words = ? where message = ? and recipient = ? and channel = ?',
      ),
      tally: database.prepare(
        'insert into tallies values (?, ?, ?) on conflict do update set count = count + excluded.count',
      ),
      turn: database.prepare(
        'insert into turned (at, kind, ip, sender, recipient, words) values (?, ?, ?, ?, ?, ?)',
      ),
      latest: database.prepare<[string, number], { id: number }>(
        "select id from messages where qp = ? and at > ? and ip = '' order by id desc limit 1",
      ),
      left: database.prepare<[], { id: number; msg: string; qp: string; sender: string; bytes: number }>(
        'select id, msg, qp, sender, bytes from messages where ended is null order by id',
      ),
    };
    // Letters that were in the queue when the program stopped are there again.
    for (const { msg, ...letter } of this.#statements.left.all())
      this.#hold({ ...letter, numbers: new Set([msg]) });
  }

  /** Writes a batch in one transaction. */
  write(events: readonly TimedEvent[]): void {
    this.#database.transaction(() => {
      for (const { at, event } of events) this.#write(at, event);
      for (const [key, count] of this.#counts) {
        const [from, name] = key.split(' ');
        this.#statements.tally.run(Number(from), name, count);
      }
    })();
    this.#counts.clear();
  }

  #write(at: number, event: HistoryEvent): void {
    switch (event.kind) {
      case 'info':
        return this.#begin(at, event);
      case 'start': {
        const open = this.#open.get(event.msg);
        if (!open) return;
        this.#deliveries.set(event.number, {
          id: open.id,
          recipient: event.recipient,
          channel: event.channel,
        });
        this.#statements.start.run(open.id, event.recipient, event.channel, at);
        return;
      }
      case 'report':
        return this.#report(at, event);
      case 'bounce': {
        const open = this.#open.get(event.msg);
        if (open) this.#statements.bounce.run(event.qp, open.id);
        return this.#count(at, 'bounced');
      }
      case 'end':
        return this.#end(at, event.msg);
      case 'exit':
        this.#deliveries.clear();
        return;
      case 'accepted':
        return this.#originate(at, event);
      case 'refused':
        this.#turn(at, event);
        return this.#count(at, 'refused');
      case 'junked':
        return this.#turn(at, event);
      case 'login':
        return this.#count(at, event.isGood ? 'loginsOk' : 'loginsFailed');
    }
  }

  #begin(at: number, event: Extract<HistoryEvent, { kind: 'info' }>): void {
    const { msg, qp, bytes, sender } = event;
    const known = this.#byQp.get(qp);
    // The same letter: taken up again by a start, or under its next number when it left the journal.
    if (known && known.sender === sender && known.bytes === bytes) {
      known.numbers.add(msg);
      this.#open.set(msg, known);
      this.#statements.rename.run(msg, known.id);
      return;
    }
    // One of an earlier letter whose end was not observed: it is over, for its number is given anew.
    if (known) for (const number of [...known.numbers]) this.#end(at, number);
    const { ip = '', user = '' } = this.#origins.get(qp) ?? {};
    this.#origins.delete(qp);
    const { lastInsertRowid } = this.#statements.message.run(msg, qp, at, bytes, sender, ip, user);
    this.#hold({ id: Number(lastInsertRowid), qp, sender, bytes, numbers: new Set([msg]) });
    this.#count(at, 'received');
  }

  #hold(open: Open): void {
    for (const number of open.numbers) this.#open.set(number, open);
    this.#byQp.set(open.qp, open);
  }

  #report(at: number, { number, fate, words }: Extract<HistoryEvent, { kind: 'report' }>): void {
    const delivery = this.#deliveries.get(number);
    this.#deliveries.delete(number);
    const state: RecipientState =
      fate === 'success' ? 'delivered' : fate === 'deferral' ? 'deferred' : 'failed';
    if (state !== 'failed') this.#count(at, state);
    if (!delivery) return;
    const { id, recipient, channel } = delivery;
    this.#statements.report.run(
      state,
      at,
      readableWords(words).slice(0, longestWords),
      id,
      recipient,
      channel,
    );
  }

  #end(at: number, msg: string): void {
    const open = this.#open.get(msg);
    if (!open) return;
    this.#open.delete(msg);
    open.numbers.delete(msg);
    if (open.numbers.size > 0) return;
    this.#statements.end.run(at, open.id);
    if (this.#byQp.get(open.qp) === open) this.#byQp.delete(open.qp);
  }

  #originate(at: number, { qp, ip, user }: Extract<HistoryEvent, { kind: 'accepted' }>): void {
    const open = this.#byQp.get(qp);
    // A quick delivery is over before the client was told.
    const id = open?.id ?? this.#statements.latest.get(qp, at - renameWindow)?.id;
    if (id !== undefined) {
      this.#statements.origin.run(ip, user, id);
      return;
    }
    this.#origins.set(qp, { ip, user, at });
    for (const [old, origin] of this.#origins) {
      if (at - origin.at < renameWindow && this.#origins.size < 10_000) break;
      this.#origins.delete(old);
    }
  }

  #turn(at: number, event: Extract<HistoryEvent, { kind: 'refused' | 'junked' }>): void {
    const { kind, ip, sender, recipient, words } = event;
    const fields = [ip, sender, recipient, words].map((text) => text.slice(0, longestWords));
    this.#statements.turn.run(at, kind, ...fields);
  }

  #count(at: number, name: Tally): void {
    const key = `${Math.floor(at / hour) * hour} ${name}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Forgets letters that came before `until`. True: there is more of it. */
  prune(until: number): boolean {
    return this.#database.transaction(() => {
      const old = `select id from messages where at < ? order by at limit ${pruneRows}`;
      this.#database.prepare(`delete from recipients where message in (${old})`).run(until);
      const removed = this.#database.prepare(`delete from messages where id in (${old})`).run(until).changes;
      this.#database.prepare('delete from tallies where hour < ?').run(until);
      // These come at the will of strangers: the last ones are enough.
      this.#database
        .prepare('delete from turned where at < ? or id <= (select max(id) from turned) - ?')
        .run(until, mostTurned);
      return removed === pruneRows;
    })();
  }
}
