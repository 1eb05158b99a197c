// What the state database has of an account, and how it forgets it: every table with rows of accounts is named here, with
// the column that says whose they are (test/integration/gone-accounts.test.ts holds the list against the database). Rows go in
// small steps, and when `forget` has ended they are gone for good, also after a power cut.
import { createHash } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Statement } from 'better-sqlite3';
import { durably, makeContactTables } from '../contacts/tables.ts';
import type { StateDatabase } from './database.ts';

/** Tables whose rows name their account, by the column that does. Each has an index that begins with it. */
export const owned: Readonly<Record<string, string>> = {
  login_failures: 'account',
  web_absences: 'address',
  web_answers: 'address',
  web_choices: 'address',
  web_contact_addresses: 'owner',
  web_contact_groups: 'owner',
  web_contact_uses: 'owner',
  web_contacts: 'owner',
  web_due: 'address',
  web_forward_targets: 'address',
  web_forwards: 'address',
  web_gone: 'address',
  web_identities: 'account',
  web_labels: 'address',
  web_operations: 'address',
  web_outbox_fates: 'address',
  web_passkeys: 'address',
  web_remembered: 'address',
  web_security_log: 'address',
  web_senders: 'account',
  web_sent: 'address',
  web_sessions: 'address',
  web_snoozed: 'address',
  web_templates: 'account',
};

/** Tables whose rows are an account's by something else; before those above, which they ask. `?` is the address. */
export const ownedOtherwise: Readonly<Record<string, string>> = {
  login_known: 'account = hashed(?)',
  web_admin_sessions: 'session in (select hash from web_sessions where address = ?)',
  web_proofs: 'session in (select hash from web_sessions where address = ?)',
};

/** Tables that need nothing of their own, and why. */
export const ownedByRows: Readonly<Record<string, string>> = {
  login_tries: 'keys are hashes, kept for ten hours at most',
  sending_alarms: 'who reached a limit of the last two days, domains too',
  sending_counts: 'numbers of the last day, domains too',
  web_contact_members: 'go with their contact',
  web_contact_pictures: 'go with their contact',
  web_undo_lists: 'found through an operation only, gone a day later',
};

export interface Forgetting {
  /** The next address, in the order of bytes, that any table names; undefined: there is none behind this one. */
  nextAddress(after: string): string | undefined;
  /** Removes all rows of an address. */
  forget(address: string): Promise<void>;
}

/** Contacts with all that hangs on them are removed so many at a time. */
const atOnce = 200;

export function openForgetting(database: StateDatabase): Forgetting {
  makeContactTables(database);
  // As login-throttle.ts has them.
  database.function('hashed', { deterministic: true }, (text) =>
    createHash('sha256').update(String(text)).digest('base64url').slice(0, 22),
  );
  const selectTables = database
    .prepare<[], string>("select name from sqlite_master where type = 'table'")
    .pluck();
  /** Other roles make theirs when they need them. */
  const present = (): ReadonlySet<string> => new Set(selectTables.all());
  const removeContacts = database.prepare(
    `delete from web_contacts where key in (select key from web_contacts where owner = ? limit ${atOnce})`,
  );
  const selects = new Map<string, Statement<[string], string>>();
  const selectNext = (table: string, column: string): Statement<[string], string> => {
    const words = `select ${column} from ${table} where ${column} > ? order by ${column} limit 1`;
    const known = selects.get(table) ?? database.prepare<[string], string>(words).pluck();
    selects.set(table, known);
    return known;
  };

  return {
    nextAddress(after) {
      let next: string | undefined;
      const tables = present();
      for (const [table, column] of Object.entries(owned)) {
        const found = tables.has(table) ? selectNext(table, column).get(after) : undefined;
        if (found !== undefined && (next === undefined || found < next)) next = found;
      }
      return next;
    },
    async forget(address) {
      while (removeContacts.run(address).changes === atOnce) await breathe();
      const tables = present();
      const conditions = [
        ...Object.entries(ownedOtherwise),
        ...Object.entries(owned).map(([table, column]) => [table, `${column} = ?`] as const),
      ].filter(([table]) => tables.has(table));
      durably(
        database,
        database.transaction(() => {
          for (const [table, condition] of conditions)
            database.prepare(`delete from ${table} where ${condition}`).run(address);
        }).immediate,
      );
    },
  };
}
