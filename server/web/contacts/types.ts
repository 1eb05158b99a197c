// Contacts as the rooms of the webmail see them (webmail.md 1.10): cards, groups, the people one has written to, and the
// completion of what is typed into a recipient field. `web.contacts` is the one way to them. Everything belongs to one
// account and is asked for with its address; an id of somebody else's is an id that does not exist.
import type { Account } from '../../../mta/accounts/types.ts';
import type { Address } from '../../mailbox/types.ts';
import type { CardFields, CardLine } from '../../message/card-file.ts';

/** An address or number with the word that its owner gave it: 'home', 'work', ''. */
export type Labelled = CardLine;
/** What a card says, as files of cards do. */
export type Card = CardFields;

export interface Picture {
  /** image/png, image/jpeg, image/gif or image/webp, by its bytes. */
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Contact extends Card {
  readonly id: string;
  /** Milliseconds since 1970: changes with every save, so a form can tell whether it is the latest. */
  readonly changedAt: number;
  readonly hasPicture: boolean;
  /** Ids of the groups it is in. */
  readonly groups: readonly string[];
}

/** One line of the list. */
export interface ContactRow {
  readonly id: string;
  /** The name, else the first address, organisation or number: never empty. */
  readonly name: string;
  /** First address, '' when there is none. */
  readonly address: string;
  readonly organisation: string;
  readonly hasPicture: boolean;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

export interface ContactQuery {
  /** Starts of words of names, addresses, organisations and numbers; all of them must be there. */
  readonly search?: string | undefined;
  readonly group?: string | undefined;
  /** Keyset cursors, opaque; one that makes no sense is the first page. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface ContactPage {
  readonly rows: readonly ContactRow[];
  readonly total: number;
  readonly previous: string | undefined;
  readonly next: string | undefined;
}

/** Somebody who was written to and is no contact. */
export interface RecentPerson extends Address {
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

/** What a recipient field offers for what is typed. */
export type Completion =
  | {
      /** `recent`: written to before; `domain`: another account of the same domain. */
      readonly kind: 'recent' | 'contact' | 'domain';
      readonly name: string;
      readonly address: string;
    }
  | {
      readonly kind: 'group';
      readonly name: string;
      /** Members that have an address. */
      readonly members: readonly Address[];
    };

/** A contact goes in, or why not. */
export type Saved =
  | { readonly ok: true; readonly contact: Contact }
  /** `gone`: no such contact any more; `changed`: saved elsewhere since; `full`: `mostContacts` are there. */
  | { readonly ok: false; readonly reason: 'gone' | 'changed' | 'full' };

export interface Contacts {
  list(owner: string, query: ContactQuery): ContactPage;
  find(owner: string, id: string): Contact | undefined;
  /** The contact that has an address, the one saved first of several. */
  findByAddress(owner: string, address: string): ContactRow | undefined;
  pictureOf(owner: string, id: string): Picture | undefined;
  /** Adds a contact. Durable when it returns. */
  add(owner: string, card: Card, picture?: Picture): Saved;
  /**
   * Changes one. `seen`: its `changedAt` when the form was made; undefined: whatever it is now. `picture`: null takes it
   * away, undefined leaves it.
   */
  save(
    owner: string,
    id: string,
    card: Card,
    seen: number | undefined,
    picture?: Picture | null | undefined,
  ): Saved;
  /** Takes contacts away; `restore` brings them back for a day. Gives the ids that were there. */
  remove(owner: string, ids: readonly string[]): readonly string[];
  restore(owner: string, ids: readonly string[]): void;
  count(owner: string): number;
  /** Addresses of all contacts, in lower case. */
  addresses(owner: string, most: number): readonly string[];
  /** All contacts in the order of their names, for an export. */
  each(owner: string, group?: string): Iterable<Contact>;

  groups(owner: string): readonly Group[];
  /** Undefined: the name is taken, or there are too many. */
  addGroup(owner: string, name: string): Group | undefined;
  renameGroup(owner: string, id: string, name: string): boolean;
  /** Gives what `restoreGroup` needs. */
  removeGroup(owner: string, id: string): RemovedGroup | undefined;
  restoreGroup(owner: string, removed: RemovedGroup): void;
  /** Says in which groups a contact is. */
  setGroups(owner: string, id: string, groups: readonly string[]): void;
  /** Members of a group that have an address, by its name whatever the case; undefined: no such group. */
  groupMembers(owner: string, name: string): readonly Address[] | undefined;

  /**
   * Letters were sent to these people (K2). `learns`: false remembers only those who are contacts already. One's own
   * address is left out.
   */
  collect(owner: string, people: readonly Address[], learns: boolean): void;
  /** Who was written to and is no contact, most often and latest first. */
  recent(owner: string, limit: number): readonly RecentPerson[];
  /** Was somebody written to? */
  wroteTo(owner: string, address: string): boolean;
  /** Gives what `remember` needs to take it back. */
  forget(owner: string, addresses: readonly string[]): readonly RememberedUse[];
  remember(owner: string, uses: readonly RememberedUse[]): void;

  /**
   * What fits to the words typed: people written to, then contacts and groups, then accounts of the same domain. Case and
   * accents do not matter; each word is the start of a word of name or address. Nothing typed: the people written to most.
   */
  complete(
    account: Pick<Account, 'address' | 'domain'>,
    typed: string,
    limit: number,
  ): Promise<readonly Completion[]>;
  /** Forgets for good what was taken away a day ago. */
  prune(): void;
}

export interface RemovedGroup {
  readonly id: string;
  readonly name: string;
  readonly members: readonly string[];
}

export interface RememberedUse {
  readonly address: string;
  readonly name: string;
  readonly score: number;
  readonly count: number;
  readonly lastAt: number;
}

export const mostContacts = 10_000;
export const mostGroups = 200;
/** People who are remembered because they were written to (K2). */
export const mostRecent = 2_000;
