// vpopmail's tables: their names, their columns as a new one gets them, and what a table of this site really has
// (spec/vpopmail.md 6.2). Versions differ in widths, in CHAR and VARCHAR, in columns that were added, and other software
// adds its own: what is there is read from the database's catalog once, and again when a statement says it changed.
import { VpopmailError } from '../errors.ts';
import type { ColumnType, Dialect } from './dialect.ts';
import type { Servers } from './servers.ts';

export type Layout = 'one' | 'domain';

/** A table of every domain of the site. */
export type SharedTable = 'vpopmail' | 'lastauth' | 'dir_control' | 'valias' | 'aliasdomains' | 'limits';

export interface Column {
  /** Characters that fit; undefined: no limit. */
  readonly width: number | undefined;
  /** CHAR: what is shorter comes back with blanks. */
  readonly isPadded: boolean;
}

export interface Table {
  readonly name: string;
  readonly columns: ReadonlyMap<string, Column>;
  /** A table without transactions (MyISAM): row locks do nothing. */
  readonly isTransactional: boolean;
}

type Columns = readonly (readonly [name: string, type: ColumnType, rest?: string])[];

const count: readonly [ColumnType, string] = ['int', 'NOT NULL DEFAULT -1'];
const amount: readonly [ColumnType, string] = ['bigint', 'NOT NULL DEFAULT 0'];
const switched: readonly [ColumnType, string] = ['small', 'NOT NULL DEFAULT 0'];
const columns = (names: string, [type, rest]: readonly [ColumnType, string]): Columns =>
  names.split(' ').map((name) => [name, type, rest] as const);

const accountColumns: Columns = [
  ['pw_name', 'varchar(64)', 'NOT NULL'],
  ['pw_domain', 'varchar(96)', 'NOT NULL'],
  ['pw_passwd', 'varchar(128)'],
  ['pw_uid', 'int'],
  ['pw_gid', 'int'],
  ['pw_gecos', 'varchar(64)'],
  ['pw_dir', 'varchar(160)'],
  ['pw_shell', 'varchar(20)'],
];

/** Columns of dir_control for the three levels: `level_start0`, ... */
export const levels = (name: string): readonly string[] => [0, 1, 2].map((level) => `level_${name}${level}`);

interface Made {
  readonly columns: (dialect: Dialect) => Columns;
  readonly key: readonly string[];
  readonly index?: readonly string[] | undefined;
}

const NOT_NULL = 'NOT NULL';

const made: Readonly<Record<SharedTable, Made>> = {
  vpopmail: { columns: () => accountColumns, key: ['pw_name', 'pw_domain'], index: ['pw_domain'] },
  lastauth: {
    // vpopmail makes the name 32 wide and, in PostgreSQL, the address 18: too narrow for names and for IPv6.
    columns: ({ kind }) => [
      [kind === 'mysql' ? 'user' : 'userid', 'varchar(64)', NOT_NULL],
      ['domain', 'varchar(96)', NOT_NULL],
      ['remote_ip', 'varchar(39)', NOT_NULL],
      ['timestamp', 'bigint', 'NOT NULL DEFAULT 0'],
    ],
    key: ['user', 'domain'],
  },
  dir_control: {
    columns: () => [
      ['domain', 'varchar(96)', NOT_NULL],
      ...['cur_users', 'level_cur', 'level_max'].map((name) => [name, 'int'] as const),
      ...['start', 'end', 'mod', 'index'].flatMap(levels).map((name) => [name, 'int'] as const),
      ['the_dir', 'varchar(160)'],
    ],
    key: ['domain'],
  },
  valias: {
    // The number keeps the lines of an alias in their order; vpopmail's PostgreSQL table lacks it. 32 wide there too.
    columns: () => [
      ['id', 'id'],
      ['alias', 'varchar(64)', NOT_NULL],
      ['domain', 'varchar(96)', NOT_NULL],
      ['valias_line', 'text', NOT_NULL],
    ],
    key: [],
    index: ['alias', 'domain'],
  },
  aliasdomains: {
    columns: () => [
      ['alias', 'varchar(100)', NOT_NULL],
      ['domain', 'varchar(100)', NOT_NULL],
    ],
    key: ['alias'],
  },
  limits: {
    // vpopmail's perm_maillist is a TINYINT, which cannot hold the bits of moderators.
    columns: () => [
      ['domain', 'varchar(96)', NOT_NULL],
      ...columns('maxpopaccounts maxaliases maxforwards maxautoresponders maxmailinglists', count),
      ...columns('diskquota maxmsgcount defaultquota defaultmaxmsgcount', amount),
      ...columns(
        'disable_pop disable_imap disable_dialup disable_passwordchanging disable_webmail',
        switched,
      ),
      ...columns('disable_relay disable_smtp disable_spamassassin delete_spam disable_maildrop', switched),
      ...columns('perm_account perm_alias perm_forward perm_autoresponder perm_maillist', switched),
      ...columns('perm_quota perm_defaultquota', switched),
    ],
    key: ['domain'],
  },
};

/** Names that a domain's table cannot have. */
const TAKEN: ReadonlySet<string> = new Set([...Object.keys(made), 'users', 'relay', 'ip_alias_map', 'vlog']);

/**
 * vpopmail's name of the table of a domain: its dots and dashes become underscores. Throws VpopmailError -12 when no
 * table can have it.
 */
export function domainTable(domain: string, dialect: Dialect): string {
  const name = domain.replace(/[.-]/g, '_');
  if (!/^[a-z0-9_]+$/.test(name) || name.length > dialect.longestName)
    throw new VpopmailError(-12, `${JSON.stringify(domain)} cannot be the name of a table`);
  if (TAKEN.has(name)) throw new VpopmailError(-12, `the table ${name} is another's`);
  return name;
}

/** The statement that makes a table. */
export function createTable(dialect: Dialect, name: string, of: SharedTable, layout: Layout): string {
  const { quote } = dialect;
  const { key, index, columns: list } = made[of];
  const isOfDomain = of === 'vpopmail' && layout === 'domain';
  const parts = list(dialect)
    .filter(([column]) => !isOfDomain || column !== 'pw_domain')
    .map(([column, type, rest = '']) => `${quote(column)} ${dialect.type(type)} ${rest}`);
  const names = (some: readonly string[]): string =>
    some.map((column) => quote(column === 'user' && dialect.kind === 'pgsql' ? 'userid' : column)).join(', ');
  const keys = isOfDomain ? ['pw_name'] : key;
  if (keys.length > 0) parts.push(`PRIMARY KEY (${names(keys)})`);
  // PostgreSQL makes indexes by a statement of their own.
  if (index && !isOfDomain && dialect.kind === 'mysql') parts.push(`INDEX (${names(index)})`);
  return `CREATE TABLE ${quote(name)} (${parts.join(', ')})`;
}

/** The statement for a table's index, where createTable cannot say it. */
export function createIndex({ kind, quote }: Dialect, name: string, of: SharedTable): string | undefined {
  const { index } = made[of];
  if (kind === 'mysql' || index === undefined) return undefined;
  return `CREATE INDEX ON ${quote(name)} (${index.map(quote).join(', ')})`;
}

/** What the tables of a site have, as far as it was asked. */
export class Catalog {
  readonly #servers: Servers;
  readonly #known = new Map<string, Table>();

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /** Undefined: there is no such table. That is asked again each time. `fresh`: by the server that takes updates. */
  async find(name: string, fresh = false): Promise<Table | undefined> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const { rows } = await this.#servers.read(this.#servers.dialect.catalog, [name], fresh);
    if (rows.length === 0) return undefined;
    const columns = new Map<string, Column>();
    for (const { name: column, type, width } of rows) {
      const isPadded = type === 'character' || type === 'char';
      const limit = width === null || type === 'text' ? undefined : Number(width);
      columns.set(String(column).toLowerCase(), { width: limit, isPadded });
    }
    const isTransactional = /^(?:InnoDB|transactional|ndbcluster)$/i.test(String(rows[0]!.engine));
    const table = { name, columns, isTransactional };
    // A site may have a table for each of its domains.
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.set(name, table);
    return table;
  }

  /** The table, made when it is missing. */
  async make(of: SharedTable, name: string = of, layout: Layout = 'one'): Promise<Table> {
    const found = await this.find(name, true);
    if (found !== undefined) return found;
    await this.create(of, name, layout).catch((error: unknown) => {
      // Another process was quicker; PostgreSQL may say so of the table's entry in its own catalog.
      const fault = this.#servers.dialect.faultOf(error);
      if (fault !== 'table exists' && fault !== 'duplicate') throw error;
    });
    const table = await this.find(name, true);
    if (table === undefined) throw new Error(`the table ${name} was made and cannot be seen`);
    return table;
  }

  /** Makes a table that must not be there yet. */
  async create(of: SharedTable, name: string, layout: Layout): Promise<void> {
    const { dialect } = this.#servers;
    await this.#servers.update(createTable(dialect, name, of, layout));
    const index = createIndex(dialect, name, of);
    if (index !== undefined && layout === 'one') await this.#servers.update(index);
  }

  forget(): void {
    this.#known.clear();
  }
}
