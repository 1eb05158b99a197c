// What a person answered to what mail asked: that a mailing was left, that an invitation was accepted. A message shows it
// from then on, on all devices. Kept in the state database for two years, at most some thousands an account.
import { createHash } from 'node:crypto';
import type { StateDatabase } from './database.ts';

const lifetime = 2 * 366 * 24 * 3600_000;
const mostOfAccount = 5_000;

export interface GivenAnswer {
  readonly answer: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Answers {
  /** `about` names what was asked: any length, compared whole. */
  give(address: string, about: string, answer: string): void;
  find(address: string, about: string): GivenAnswer | undefined;
  prune(): void;
}

export function openAnswers(database: StateDatabase, now: () => number): Answers {
  database.exec(
    `create table if not exists web_answers (address text not null, about text not null, answer text not null,
       at integer not null, primary key (address, about)) without rowid;
     create index if not exists web_answers_at on web_answers (address, at);`,
  );
  const insert = database.prepare('insert or replace into web_answers values (?, ?, ?, ?)');
  const select = database.prepare<[string, string], GivenAnswer>(
    'select answer, at from web_answers where address = ? and about = ?',
  );
  const removeOld = database.prepare('delete from web_answers where at <= ?');
  const removeMost = database.prepare(
    `delete from web_answers where address = ? and about in
       (select about from web_answers where address = ? order by at desc limit -1 offset ${mostOfAccount})`,
  );
  const keyOf = (about: string): string => createHash('sha256').update(about).digest('base64url');
  return {
    give(address, about, answer) {
      insert.run(address, keyOf(about), answer, now());
      removeMost.run(address, address);
    },
    find: (address, about) => select.get(address, keyOf(about)),
    prune: () => void removeOld.run(now() - lifetime),
  };
}
