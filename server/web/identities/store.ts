// What a person keeps about each address they write under (spec/webmail.md T2, T3, T5): one row an account and address in
// the state database. Which addresses are theirs is not said here: own.ts asks for that each time, so a row of an address
// that was taken away lies still and comes back with it.
import type { StateDatabase } from '../state/database.ts';
import { createFew } from '../state/few.ts';

/** How one writes under an address. */
export interface IdentityRecord {
  /** Lower case. */
  readonly address: string;
  /** Display name of the From header. */
  readonly name: string;
  /** Recipients as typed and checked, '' for none. */
  readonly replyTo: string;
  readonly bcc: string;
  readonly organisation: string;
  readonly signature: string;
  /** Cleaned HTML; '': letters with formatting get the text. */
  readonly signatureHtml: string;
  /** Folder of the copies, '' for the usual one. */
  readonly sentFolder: string;
  readonly isDefault: boolean;
}

export interface IdentityStore {
  /** All rows of an account, by address. */
  list(account: string): readonly IdentityRecord[];
  /** Stores one; as the default, it takes that from the others. */
  save(account: string, record: IdentityRecord): void;
  /** What was kept about an address is forgotten. */
  remove(account: string, address: string): void;
}

/** Addresses that an account can keep something about. */
export const mostIdentities = 200;

interface Row {
  address: string;
  name: string;
  reply_to: string;
  bcc: string;
  organisation: string;
  signature: string;
  signature_html: string;
  sent_folder: string;
  is_default: number;
}

export function openIdentities(database: StateDatabase): IdentityStore {
  database.exec(`create table if not exists web_identities (account text not null, address text not null,
    name text not null, reply_to text not null, bcc text not null, organisation text not null, signature text not null,
    signature_html text not null, sent_folder text not null, is_default integer not null,
    primary key (account, address)) without rowid`);
  const select = database.prepare<[string], Row>(
    `select address, name, reply_to, bcc, organisation, signature, signature_html, sent_folder, is_default
     from web_identities where account = ? order by address`,
  );
  const insert = database.prepare(
    'insert or replace into web_identities values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const clearDefault = database.prepare('update web_identities set is_default = 0 where account = ?');
  const remove = database.prepare('delete from web_identities where account = ? and address = ?');
  const { hasSome, gets } = createFew(database, 'web_identities', 'account');
  const save = database.transaction((account: string, one: IdentityRecord) => {
    gets(account);
    if (one.isDefault) clearDefault.run(account);
    insert.run(
      account,
      one.address,
      one.name,
      one.replyTo,
      one.bcc,
      one.organisation,
      one.signature,
      one.signatureHtml,
      one.sentFolder,
      one.isDefault ? 1 : 0,
    );
  });
  return {
    list: (account) =>
      (hasSome(account) ? select.all(account) : []).map((row) => ({
        address: row.address,
        name: row.name,
        replyTo: row.reply_to,
        bcc: row.bcc,
        organisation: row.organisation,
        signature: row.signature,
        signatureHtml: row.signature_html,
        sentFolder: row.sent_folder,
        isDefault: row.is_default === 1,
      })),
    save,
    remove: (account, address) => void remove.run(account, address),
  };
}
