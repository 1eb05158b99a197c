// Where the accounts of vpopmail's domains are kept: the one interface that a back end fills (vpopmail's auth modules).
// cdb-store.ts keeps them in vpasswd files, the SQL stores in vpopmail's tables; control/vpopmailauth says which.
// A back end keeps records: accounts, last logins, limits, the counters of hashed directories, and alias lines where it
// has a table for them. Homes, Maildirs, .qmail files and qmail's control files are on disk whatever keeps the records.
// Each change is whole or not at all, also between several processes. When a back end cannot tell now (no connection,
// a file that cannot be read) it throws, and the asker answers "try again": never "there is no such account".
import type { DirectoryControl } from './directories.ts';
import type { DomainLimits } from './limits.ts';
import type { Domain } from './types.ts';

/** One account as it is stored: vpopmail's struct vqpasswd (spec/vpopmail.md 2.1). */
export interface AccountRecord {
  /** pw_name: local part, lower case. */
  readonly name: string;
  /** pw_passwd: crypt string; may be empty or unusable. */
  readonly password: string;
  /** pw_uid, vpopmail's own number: 1 for a POP user, 2 for APOP, 0 in SQL. Not a Unix id. */
  readonly uid: number;
  /** pw_gid: sum of AccountFlag bits, unknown bits kept. Not a Unix id. */
  readonly flags: number;
  readonly gecos: string;
  /** pw_dir: absolute home; '' where other software made the record and left it to vpopmail to choose. */
  readonly directory: string;
  /** pw_shell: stored quota string, '' or 'NOQUOTA' for none. */
  readonly quota: string;
  /** pw_clear_passwd: only present in sites that keep clear-text passwords; never used for login by us. */
  readonly clear?: string | undefined;
}

/** What is known of an account before its home is chosen; its hash may still be in the making. */
export type NewRecord = Omit<AccountRecord, 'directory' | 'uid' | 'password'> & {
  readonly password: string | Promise<string>;
};

/** Which accounts of a domain, in byte order of their names. */
export interface RecordQuery {
  /** Only names after this one. */
  readonly after?: string | undefined;
  /** Only names before this one, the nearest `limit` of them (in ascending order): the page before. */
  readonly before?: string | undefined;
  /** Only accounts whose name or gecos holds this text, whatever the case. */
  readonly search?: string | undefined;
  readonly limit: number;
}

export interface RecordPage {
  readonly records: readonly AccountRecord[];
  /** How many accounts of the domain fit the search in all. */
  readonly total: number;
  /** Some that fit come before these; after these. */
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

/** A login as vpopmail's lastauth knows it. */
export interface LastLogin {
  /** Seconds since 1970. */
  readonly at: number;
  /** '0.0.0.0' or '' after creation: never logged in. */
  readonly ip: string;
}

/** Something in a store that is no account: a torn line of vpasswd. */
export interface StoreProblem {
  /** File and line, or table and key. */
  readonly where: string;
  readonly words: string;
}

/** Makes a home at a path, durably, and gives what takes it back. */
export type HomeMaker = (directory: string) => Promise<() => Promise<void>>;

export type StoreKind = 'cdb' | 'mysql' | 'pgsql';

/** Lines of aliases in a table (vpopmail's valias), for back ends that have one. */
export interface AliasTable {
  /** The lines of one alias in their order; none: there is no such alias. */
  find(domain: Domain, alias: string, trustMs?: number | undefined): Promise<readonly string[]>;
  /** The first of these aliases that there is, with its lines: all are looked up in one question. */
  findFirst(
    domain: Domain,
    aliases: readonly string[],
    trustMs?: number | undefined,
  ): Promise<{ readonly alias: string; readonly lines: readonly string[] } | undefined>;
  /** All aliases of the domain by name, with their lines. */
  list(domain: Domain): Promise<ReadonlyMap<string, readonly string[]>>;
  insert(domain: Domain, alias: string, line: string): Promise<void>;
  /** Removes one line, exactly this one; without `line` the whole alias. Gives how many lines went. */
  remove(domain: Domain, alias: string, line?: string | undefined): Promise<number>;
}

export interface AccountStore {
  /** Which back end the site has. Throws for a setting that is wrong. */
  kind(): Promise<StoreKind>;
  /** `trustMs`: what was looked up no longer ago than so many milliseconds is good enough. */
  find(domain: Domain, name: string, trustMs?: number | undefined): Promise<AccountRecord | undefined>;
  list(domain: Domain, query: RecordQuery): Promise<RecordPage>;
  /** The exact number of accounts. */
  count(domain: Domain): Promise<number>;
  /** All accounts in byte order of their names, without holding them all. */
  each(domain: Domain): AsyncIterable<AccountRecord>;
  problems(domain: Domain): Promise<readonly StoreProblem[]>;

  /**
   * Adds an account in the next free place of the domain's hashed directories. `makeHome` makes the home there, durably,
   * before the record names it, and gives what takes it back if the record cannot be stored. Throws VpopmailError -2
   * when the name is taken, -30 when the directory's name is too long.
   */
  add(domain: Domain, record: NewRecord, makeHome: HomeMaker): Promise<AccountRecord>;
  /**
   * Gives a home to an account whose record names none (other software made it), in the next free place; one that has a
   * home by now keeps it. Throws VpopmailError -10, -30 and what makeHome throws.
   */
  giveHome(domain: Domain, name: string, makeHome: HomeMaker): Promise<AccountRecord>;
  /**
   * Changes one account: `edit` gets the record as it is now (under the lock) and gives the new one, undefined for no
   * change; a changed name is a bug. Throws VpopmailError -10 when there is no such account. Gives what is stored.
   */
  change(
    domain: Domain,
    name: string,
    edit: (record: AccountRecord) => AccountRecord | undefined,
  ): Promise<AccountRecord>;
  /** The same for every account of the domain, in one step where the back end can. Gives how many changed. */
  changeAll(domain: Domain, edit: (record: AccountRecord) => AccountRecord | undefined): Promise<number>;
  /** Removes the record, counts it out of the hashed directories and frees its place. Throws VpopmailError -10. */
  remove(domain: Domain, name: string): Promise<AccountRecord>;

  /** The state of the domain's hashed directories. */
  directoryControl(domain: Domain): Promise<DirectoryControl>;
  /**
   * Stores records of another back end as they are, and the state of the hashed directories: homes are there, and
   * nothing is counted. A record of a name that is there is replaced. pw_uid becomes this back end's own. Throws
   * VpopmailError for a record that cannot be kept here.
   */
  storeAll(
    domain: Domain,
    records: AsyncIterable<AccountRecord>,
    control: DirectoryControl,
  ): Promise<{ readonly added: number; readonly changed: number }>;

  /**
   * Makes what a new domain needs (an empty vpasswd, a table). Its directory is there. Throws VpopmailError -13 when the
   * back end has accounts of such a domain already, and leaves them.
   */
  addDomain(domain: Domain): Promise<void>;
  /** Forgets everything about a domain. Its directory may be gone already. */
  removeDomain(domain: Domain): Promise<void>;

  lastLogin(domain: Domain, record: AccountRecord): Promise<LastLogin | undefined>;
  recordLogin(domain: Domain, record: AccountRecord, login: LastLogin): Promise<void>;

  /** The domain's own limits; undefined when it has none and those for all domains hold. */
  limits(domain: Domain): Promise<DomainLimits | undefined>;
  /** Stores the domain's limits, keeping what it holds and we do not know; undefined removes them. */
  setLimits(domain: Domain, limits: DomainLimits | undefined): Promise<void>;

  /** Undefined: this site keeps aliases in .qmail files only. */
  aliasTable(): Promise<AliasTable | undefined>;
  /** Notes a second name of a domain where other software looks for it (table aliasdomains); users/assign is the truth. */
  addAliasDomain(domain: Domain, alias: string): Promise<void>;
  removeAliasDomain(alias: string): Promise<void>;
  close(): Promise<void>;
}
