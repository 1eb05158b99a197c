// What a person's automatic answer says, and whether it is on, as the web knows it: for the bar on every page, and so that
// the words are there again for the next absence. What mail really does is in the account's .qmail; absence.ts keeps the two
// alike. In the state database, a row an account.
import type { VacationChoice } from '../../../mta/accounts/administration.ts';
import type { StateDatabase } from './database.ts';
import { createFew } from './few.ts';

export interface KeptAbsence {
  /** As it is, or as it was when it was last on. */
  readonly vacation: VacationChoice;
  readonly isOn: boolean;
}

export interface Absences {
  find(address: string): KeptAbsence | undefined;
  /** Takes down what holds now; undefined: it is off, and its words stay here. */
  keep(address: string, vacation: VacationChoice | undefined): void;
}

interface Row {
  readonly vacation: string;
  readonly is_on: number;
}

export function openAbsences(database: StateDatabase): Absences {
  database.exec(
    `create table if not exists web_absences (address text primary key, vacation text not null,
       is_on integer not null) without rowid`,
  );
  const select = database.prepare<[string], Row>(
    'select vacation, is_on from web_absences where address = ?',
  );
  const insert = database.prepare('insert or replace into web_absences values (?, ?, 1)');
  const end = database.prepare('update web_absences set is_on = 0 where address = ?');
  const { hasSome, gets } = createFew(database, 'web_absences');
  return {
    find(address) {
      const row = hasSome(address) ? select.get(address) : undefined;
      const vacation = row && readVacation(row.vacation);
      return vacation && { vacation, isOn: row?.is_on === 1 };
    },
    keep(address, vacation) {
      const row = select.get(address);
      if (vacation === undefined) {
        if (row?.is_on === 1) end.run(address);
        return;
      }
      const text = JSON.stringify(vacation);
      if (row?.is_on === 1 && row.vacation === text) return;
      gets(address);
      insert.run(address, text);
    },
  };
}

/** Undefined: not what was written; the next look at the account writes it anew. */
function readVacation(text: string): VacationChoice | undefined {
  try {
    const found = JSON.parse(text) as Partial<VacationChoice> | null;
    return typeof found?.subject === 'string' && typeof found.message === 'string'
      ? { ...found, subject: found.subject, message: found.message }
      : undefined;
  } catch {
    return undefined;
  }
}
