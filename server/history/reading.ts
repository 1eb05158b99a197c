// Questions to the delivery history (STATE/history.sqlite). Runs in the worker that writes it.
import type Database from 'better-sqlite3';
import {
  type HistoryQuery,
  type MessageHistory,
  type RecipientHistory,
  type RecipientState,
  type TallyRow,
  type TurnedLetter,
  tallies,
} from './types.ts';

const hour = 3600_000;
const mostMessages = 50;
/** How far a message's time may lie from the one asked for: queue numbers come again. */
const queuedWindow = hour;
/** A message with more recipients shows these, alone and in a list: an answer must fit a call between roles (256 KiB). */
const mostRecipients = { alone: 300, listed: 5 } as const;

interface MessageRow {
  readonly id: number;
  readonly msg: string;
  readonly qp: string;
  readonly at: number;
  readonly bytes: number;
  readonly sender: string;
  readonly ip: string;
  readonly user: string;
  readonly ended: number | null;
  readonly bounce: string;
}

interface RecipientRow {
  readonly recipient: string;
  readonly channel: string;
  readonly state: string;
  readonly attempts: number;
  readonly at: number;
  readonly words: string;
}

/** A text for LIKE that means itself. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

const isOf = (address: string, domains: readonly string[]): boolean =>
  domains.some((domain) => address.toLowerCase().endsWith(`@${domain.toLowerCase()}`));

/** Is the address in a column of a domain? Bound to it: `namesOf` its names; there may be hundreds. */
const isOfNames = (column: string): string =>
  `exists (select 1 from json_each(?) n where ${column} like '%@' || n.value escape '\\')`;
const namesOf = (domains: readonly string[]): string => JSON.stringify(domains.map(literal));

export class Reading {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  messages(query: HistoryQuery): MessageHistory[] {
    const { search = '', state, domains, before } = query;
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    const add = (condition: string, ...bound: readonly (string | number)[]): void => {
      conditions.push(condition);
      values.push(...bound);
    };
    const like = "like ? escape '\\'";
    const names = domains && namesOf(domains);
    // What is not shown is not found either: of a letter from elsewhere, a domain's own recipients are all there is.
    const isShown =
      names === undefined ? '' : `and (${isOfNames('m.sender')} or ${isOfNames('r.recipient')})`;
    const shownFor = names === undefined ? [] : [names, names];
    const hasRecipient = (condition: string): string =>
      `exists (select 1 from recipients r where r.message = m.id and ${condition} ${isShown})`;
    if (before !== undefined) add('m.id < ?', before);
    if (search !== '') {
      const part = `%${literal(search)}%`;
      add(
        `(m.sender ${like} or m.msg = ? or m.qp = ? or ${hasRecipient(`r.recipient ${like}`)})`,
        ...[part, search, search, part, ...shownFor],
      );
    }
    if (names !== undefined) add(`(${isOfNames('m.sender')} or ${hasRecipient('true')})`, names, ...shownFor);
    if (state !== undefined) add(hasRecipient('r.state = ?'), state, ...shownFor);
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    const limit = Math.max(1, Math.min(mostMessages, query.limit));
    const rows = this.#database
      .prepare<(string | number)[], MessageRow>(
        `select m.* from messages m ${where} order by m.id desc limit ?`,
      )
      .all(...values, limit);
    return rows.map((row) => this.#whole(row, domains, mostRecipients.listed));
  }

  message(id: number, domains?: readonly string[] | undefined): MessageHistory | undefined {
    const row = this.#database.prepare<[number], MessageRow>('select * from messages where id = ?').get(id);
    if (row === undefined) return undefined;
    const message = this.#whole(row, domains);
    const isTheirs = domains === undefined || isOf(row.sender, domains) || message.recipients.length > 0;
    return isTheirs ? message : undefined;
  }

  findQueued(qp: string, at: number): MessageHistory | undefined {
    const row = this.#database
      .prepare<[string, number, number, number], MessageRow>(
        'select * from messages where qp = ? and at between ? and ? order by abs(at - ?) limit 1',
      )
      .get(qp, at - queuedWindow, at + queuedWindow, at);
    return row && this.#whole(row, undefined);
  }

  /** The last letters that were refused at the door or marked as junk, latest first. */
  turned(limit: number): TurnedLetter[] {
    return this.#database
      .prepare<[number], TurnedLetter>(
        'select at, kind, ip, sender, recipient, words from turned order by id desc limit ?',
      )
      .all(Math.max(1, Math.min(mostMessages, limit)));
  }

  statistics(from: number, step: 'hour' | 'day', now: number): TallyRow[] {
    const rows = this.#database
      .prepare<[number], { hour: number; name: string; count: number }>(
        'select * from tallies where hour >= ?',
      )
      .all(from - (from % hour));
    const starts = stepStarts(from, step, now);
    const counts = starts.map(() => new Map<string, number>());
    for (const row of rows) {
      const at = starts.findLastIndex((start) => start <= row.hour);
      const step = counts[at];
      step?.set(row.name, (step.get(row.name) ?? 0) + row.count);
    }
    return starts.map((start, at) => ({
      from: start,
      ...(Object.fromEntries(tallies.map((name) => [name, counts[at]?.get(name) ?? 0])) as Omit<
        TallyRow,
        'from'
      >),
    }));
  }

  /** `domains`: whose eyes see it, by the names of their domain; undefined: all of it. */
  #whole(
    row: MessageRow,
    domains: readonly string[] | undefined,
    most: number = mostRecipients.alone,
  ): MessageHistory {
    const only = domains === undefined || isOf(row.sender, domains) ? undefined : namesOf(domains);
    const recipients = this.#database
      .prepare<(number | string)[], RecipientRow>(
        `select * from recipients r where message = ? ${only === undefined ? '' : `and ${isOfNames('r.recipient')}`}
          order by recipient limit ?`,
      )
      .all(row.id, ...(only === undefined ? [] : [only]), most);
    return {
      id: row.id,
      msg: row.msg,
      qp: row.qp,
      receivedAt: row.at,
      bytes: row.bytes,
      sender: row.sender,
      ip: row.ip,
      user: row.user,
      endedAt: row.ended ?? undefined,
      bounceQp: row.bounce,
      recipients: recipients.map(
        ({ recipient, channel, state, attempts, at, words }): RecipientHistory => ({
          recipient,
          channel: channel === 'local' ? 'local' : 'remote',
          state: state as RecipientState,
          attempts,
          at,
          words,
        }),
      ),
    };
  }
}

/** Starts of the hours, or of the days by this machine's clock, from `from` to `now`. */
function stepStarts(from: number, step: 'hour' | 'day', now: number): number[] {
  const starts: number[] = [];
  const start = new Date(from);
  if (step === 'hour') start.setTime(from - (from % hour));
  else start.setHours(0, 0, 0, 0);
  while (start.getTime() <= now) {
    starts.push(start.getTime());
    // A day is not always 24 hours long.
    if (step === 'hour') start.setTime(start.getTime() + hour);
    else start.setDate(start.getDate() + 1);
  }
  return starts;
}
