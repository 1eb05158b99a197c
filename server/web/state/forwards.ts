// Forwards that wait until the other address agrees, and those of the last seven days, of which a bar tells on every page
// (webmail.md R6). What mail really does is in the account's .qmail; this is only who asked and who agreed. In the state
// database; rows go after seven days, and an account asks ten times a day at most. That an address agreed is kept for good:
// forwards, and filters that send mail on, ask it once.
import { randomBytes } from 'node:crypto';
import { lowerAscii } from '../../../mta/formats/address.ts';
import type { StateDatabase } from './database.ts';
import { createFew } from './few.ts';

const day = 86_400_000;
/** How long a link is good, and how long the bar stands; milliseconds. */
export const forwardLifetime = 7 * day;
const mostAsked = 10;

const uses = ['all', 'all and keep', 'some'] as const;
export type ForwardUse = (typeof uses)[number];

export interface ForwardAsk {
  readonly id: string;
  /** Whose mail it is. */
  readonly address: string;
  /** Where it is to go. */
  readonly target: string;
  /** What the address is asked for: all mail, with or without a copy that stays; or what a filter chooses. */
  readonly use: ForwardUse;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly agreedAt: number | undefined;
}

export interface Forwards {
  /** Takes down that an address is asked; gives the id, undefined when the account asked too often. */
  ask(address: string, target: string, use: ForwardUse): string | undefined;
  /** Those that wait, oldest first; each target once. */
  waiting(address: string): readonly ForwardAsk[];
  /** One that waits. */
  find(id: string): ForwardAsk | undefined;
  /** The other address agreed: this time, and for whatever mail comes. */
  agree(id: string): void;
  /** Did this address agree to get mail of the account? Case of letters aside. */
  hasAgreed(address: string, target: string): boolean;
  /** All that did, by name. */
  agreed(address: string): readonly string[];
  /** Nobody waits for it any more. False: it did not wait. */
  end(address: string, id: string): boolean;
  /** A forward that was set without asking, by an administrator. */
  noteSet(address: string, target: string): void;
  /** Forgets those that were agreed and are not there any more. */
  keepOnly(address: string, targets: readonly string[]): void;
  /** Those of the last seven days that are in force. */
  recent(address: string): readonly ForwardAsk[];
  prune(): void;
}

interface Row {
  id: string;
  address: string;
  target: string;
  /** Place in `uses`. */
  keeps: number;
  asked: number;
  agreed: number | null;
}

const askOf = ({ id, address, target, keeps, asked, agreed }: Row): ForwardAsk => ({
  id,
  address,
  target,
  use: uses[keeps] ?? 'all',
  askedAt: asked,
  agreedAt: agreed ?? undefined,
});

export function openForwards(database: StateDatabase, now: () => number): Forwards {
  database.exec(
    `create table if not exists web_forwards (id text primary key, address text not null, target text not null,
       keeps integer not null, asked integer not null, agreed integer, ended integer not null) without rowid;
     create index if not exists web_forwards_address on web_forwards (address, asked);
     create table if not exists web_forward_targets (address text not null, target text not null,
       agreed integer not null, primary key (address, target)) without rowid;`,
  );
  const insert = database.prepare('insert into web_forwards values (?, ?, ?, ?, ?, ?, 0)');
  const count = database.prepare<[string, number], { n: number }>(
    'select count(*) as n from web_forwards where address = ? and asked > ?',
  );
  const supersede = database.prepare(
    'update web_forwards set ended = 1 where address = ? and target = ? and agreed is null',
  );
  const columns = 'id, address, target, keeps, asked, agreed';
  const isWaiting = 'agreed is null and ended = 0 and asked > ?';
  const selectWaiting = database.prepare<[string, number], Row>(
    `select ${columns} from web_forwards where address = ? and ${isWaiting} order by asked, target`,
  );
  const selectOne = database.prepare<[string, number], Row>(
    `select ${columns} from web_forwards where id = ? and ${isWaiting}`,
  );
  const agree = database.prepare('update web_forwards set agreed = ? where id = ?');
  const keepTarget = database.prepare(
    'insert or ignore into web_forward_targets select address, lower(target), ? from web_forwards where id = ?',
  );
  const selectTarget = database.prepare<[string, string], unknown>(
    'select 1 from web_forward_targets where address = ? and target = ?',
  );
  const selectTargets = database
    .prepare<[string], string>('select target from web_forward_targets where address = ? order by target')
    .pluck();
  const end = database.prepare(
    'update web_forwards set ended = 1 where address = ? and id = ? and agreed is null and ended = 0',
  );
  const endAgreed = database.prepare('update web_forwards set ended = 1 where id = ?');
  const selectRecent = database.prepare<[string, number], Row>(
    `select ${columns} from web_forwards where address = ? and ended = 0 and keeps < 2 and agreed > ?
     order by agreed, target`,
  );
  const removeOld = database.prepare(
    'delete from web_forwards where asked <= ? and (agreed is null or agreed <= ?)',
  );
  const newId = (): string => randomBytes(12).toString('base64url');
  const { hasSome, gets } = createFew(database, 'web_forwards');
  const recent = (address: string) =>
    hasSome(address) ? selectRecent.all(address, now() - forwardLifetime).map(askOf) : [];
  return {
    ask: database.transaction((address: string, target: string, use: ForwardUse) => {
      gets(address);
      if ((count.get(address, now() - day)?.n ?? 0) >= mostAsked) return undefined;
      supersede.run(address, target);
      const id = newId();
      insert.run(id, address, target, uses.indexOf(use), now(), null);
      return id;
    }),
    waiting: (address) => selectWaiting.all(address, now() - forwardLifetime).map(askOf),
    find(id) {
      const row = selectOne.get(id, now() - forwardLifetime);
      return row && askOf(row);
    },
    agree: database.transaction((id: string) => {
      agree.run(now(), id);
      keepTarget.run(now(), id);
    }),
    hasAgreed: (address, target) => selectTarget.get(address, lowerAscii(target)) !== undefined,
    agreed: (address) => selectTargets.all(address),
    end: (address, id) => end.run(address, id).changes === 1,
    noteSet(address, target) {
      gets(address);
      insert.run(newId(), address, target, 1, now(), now());
    },
    keepOnly: database.transaction((address: string, targets: readonly string[]) => {
      for (const { id, target } of recent(address)) if (!targets.includes(target)) endAgreed.run(id);
    }),
    recent,
    prune: () => void removeOld.run(now() - forwardLifetime, now() - forwardLifetime),
  };
}
