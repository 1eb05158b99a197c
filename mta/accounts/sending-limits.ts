// How much an account, and a domain, may send (security.md X7): recipients within an hour and within a day, counted for
// submission and the webmail together in STATE/facteur.sqlite. The rules are control/relaylimits, the file of the patched
// qmails (`who:DAY`), with an hour's number behind (`who:DAY:HOUR`). Who reaches a limit is told when to come again; the log
// and the first page of the administration name him once an hour.
import type { Database as StateDatabase } from 'better-sqlite3';
import { ControlError, type ControlFile, readLines } from '../control/reading.ts';
import { lowerAscii } from '../formats/address.ts';

/** Recipients; 0: as many as they like. */
export interface SendingLimit {
  readonly day: number;
  readonly hour: number;
}

/** By account, `@domain` for a domain as a whole, '' for every account, '@' for every domain. */
export type SendingLimits = ReadonlyMap<string, SendingLimit>;

const usualAccount: SendingLimit = { day: 1000, hour: 200 };
const unlimited: SendingLimit = { day: 0, hour: 0 };

/** control/relaylimits. Lines for addresses of machines are the old script's and count for nobody here. */
export function readSendingLimits(file: ControlFile): SendingLimits {
  const limits = new Map([
    ['', usualAccount],
    ['@', unlimited],
  ]);
  for (const line of readLines(file) ?? []) {
    const [, who = '', day, hour] = /^(.*?):(\d{1,9})(?::(\d{1,9}))?$/.exec(line) ?? [];
    if (day === undefined)
      throw new ControlError(
        file.path,
        line,
        'WHO:DAY or WHO:DAY:HOUR with numbers of recipients, 0 for no limit',
      );
    limits.set(lowerAscii(who.trim()), { day: Number(day), hour: Number(hour ?? 0) });
  }
  return limits;
}

/** Why somebody may not send now. */
export interface SendingRefusal {
  /** The account, or `@domain`. */
  readonly who: string;
  readonly span: 'hour' | 'day';
  readonly most: number;
  /** Seconds until some of it is free again. */
  readonly wait: number;
  /** The first within an hour: for the log. */
  readonly isNew: boolean;
}

/** Somebody who reached a limit. Times in milliseconds since 1970. */
export interface SendingAlarm {
  readonly who: string;
  readonly span: 'hour' | 'day';
  readonly most: number;
  readonly first: number;
  readonly last: number;
  readonly times: number;
}

export interface SendingCounter {
  /** Counts recipients, all or none. Undefined: they may be sent to. */
  spend(account: string, recipients: number, limits: SendingLimits): SendingRefusal | undefined;
  /** The letter was not sent after all. */
  giveBack(account: string, recipients: number): void;
  /** Who reached a limit within a day, the latest first. */
  alarms(): readonly SendingAlarm[];
}

const minute = 60_000;
const slot = 5 * minute;
const spans = { hour: 60 * minute, day: 1440 * minute } as const;
/** Old rows go once in so many letters. */
const pruneEvery = 500;
const mostAlarms = 100;

/** @param now milliseconds since 1970 */
export function openSendingCounter(database: StateDatabase, now: () => number): SendingCounter {
  database.exec(
    `create table if not exists sending_counts (who text not null, slot integer not null, recipients integer not null,
       primary key (who, slot)) without rowid;
     create index if not exists sending_counts_slot on sending_counts (slot);
     create table if not exists sending_alarms (who text not null, span text not null, most integer not null,
       first integer not null, last integer not null, times integer not null, primary key (who, span)) without rowid;`,
  );
  const add = database.prepare(
    `insert into sending_counts values (?, ?, ?) on conflict do update set recipients = max(0, recipients + excluded.recipients)`,
  );
  const takeAway = database.prepare(
    'update sending_counts set recipients = max(0, recipients - ?) where who = ? and slot = ?',
  );
  const listSince = database.prepare<[string, number], { slot: number; recipients: number }>(
    'select slot, recipients from sending_counts where who = ? and slot > ? order by slot',
  );
  const findAlarm = database.prepare<[string, string], { last: number }>(
    'select last from sending_alarms where who = ? and span = ?',
  );
  const note = database.prepare(
    `insert into sending_alarms values (@who, @span, @most, @now, @now, 1)
       on conflict do update set most = @most, last = @now, times = times + 1,
       first = case when last < @now - ${spans.day} then @now else first end`,
  );
  const listAlarms = database.prepare<[number, number], SendingAlarm>(
    'select * from sending_alarms where last > ? order by last desc limit ?',
  );
  const prune = [
    database.prepare('delete from sending_counts where slot <= ?'),
    database.prepare('delete from sending_alarms where last <= ?'),
  ] as const;
  let letters = 0;

  function judge(
    who: string,
    recipients: number,
    limit: SendingLimit,
  ): Omit<SendingRefusal, 'isNew'> | undefined {
    for (const span of ['hour', 'day'] as const) {
      const most = limit[span];
      if (most === 0) continue;
      const rows = listSince.all(who, now() - spans[span]);
      let over = rows.reduce((sum, row) => sum + row.recipients, 0) + recipients - most;
      if (over <= 0) continue;
      // When enough of what was sent is older than the span.
      const freeing = rows.find((row) => {
        over -= row.recipients;
        return over <= 0;
      });
      const free = freeing === undefined ? now() + spans[span] : freeing.slot + spans[span];
      return { who, span, most, wait: Math.max(60, Math.ceil((free - now()) / 1000)) };
    }
    return undefined;
  }

  const spend = database.transaction(
    (account: string, recipients: number, limits: SendingLimits): SendingRefusal | undefined => {
      const domain = account.slice(account.lastIndexOf('@'));
      const rules = [
        [account, limits.get(account) ?? limits.get('') ?? unlimited],
        [domain, limits.get(domain) ?? limits.get('@') ?? unlimited],
      ] as const;
      for (const [who, limit] of rules) {
        const refusal = judge(who, recipients, limit);
        if (refusal === undefined) continue;
        const { span, most } = refusal;
        const isNew = (findAlarm.get(who, span)?.last ?? 0) < now() - spans.hour;
        note.run({ who, span, most, now: now() });
        return { ...refusal, isNew };
      }
      const at = Math.floor(now() / slot) * slot + slot;
      for (const [who] of rules) add.run(who, at, recipients);
      return undefined;
    },
  );

  return {
    spend(account, recipients, limits) {
      letters += 1;
      if (letters % pruneEvery === 1) {
        prune[0].run(now() - spans.day);
        prune[1].run(now() - 2 * spans.day);
      }
      return spend.immediate(account, recipients, limits);
    },
    giveBack(account, recipients) {
      const at = Math.floor(now() / slot) * slot + slot;
      for (const who of [account, account.slice(account.lastIndexOf('@'))]) {
        // What was counted just before the five minutes were over lies in the slot before.
        const done = takeAway.run(recipients, who, at).changes;
        if (done === 0) takeAway.run(recipients, who, at - slot);
      }
    },
    alarms: () => listAlarms.all(now() - spans.day, mostAlarms),
  };
}

/** What the sender is told; one line. */
export function sendingRefusalWords({ who, span, most, wait }: SendingRefusal): string {
  const whose = who.startsWith('@') ? `everybody at ${who.slice(1)} together` : 'you';
  const minutes = Math.ceil(wait / 60);
  const later = minutes < 120 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
  return `sorry, ${whose} may send to ${most} recipients ${span === 'hour' ? 'an hour' : 'a day'}; try again in ${later} (#4.7.1)`;
}
