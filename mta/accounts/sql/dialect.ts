// What the SQL store needs of a database: sessions, and the few words in which MySQL and PostgreSQL differ. mysql.ts and
// pgsql.ts fill it, each with its driver, which is loaded when the first pool is opened and not before. Values always
// travel as parameters (`?` in the text); names of tables and columns come from us or from layout.ts's strict rule.
import type { ServerAddress } from './server-file.ts';

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly rows: readonly Row[];
  /** How many rows the statement changed or, in MySQL, found to be so already. */
  readonly changed: number;
}

/** One connection. */
export interface Session {
  /** `?` stands for each value in turn. Statements hold no literal question mark. */
  query(sql: string, values?: readonly Value[]): Promise<Answer>;
}

export interface PooledSession extends Session {
  /** Back into the pool; a broken one is closed. */
  release(isBroken: boolean): void;
}

export interface Pool {
  acquire(): Promise<PooledSession>;
  close(): Promise<void>;
}

/** What an error of a driver means to us. */
export type Fault =
  /** The server did not answer, or is going away. */
  | 'lost'
  | 'missing table'
  | 'missing column'
  | 'table exists'
  | 'duplicate'
  /** Two transactions in each other's way: it may be tried again. */
  | 'conflict'
  /** A value that the column cannot hold. */
  | 'unfit'
  | 'other';

/** Column types of vpopmail's tables. */
export type ColumnType = 'int' | 'bigint' | 'small' | 'text' | 'id' | `varchar(${number})`;

export interface Dialect {
  readonly kind: 'mysql' | 'pgsql';
  /** Longest name of a table, in bytes. */
  readonly longestName: number;
  openPool(address: ServerAddress): Promise<Pool>;
  faultOf(error: unknown): Fault;
  /** A name of a table or column. */
  quote(name: string): string;
  /** A text column or `?`, so that it sorts and compares by bytes. */
  bytes(expression: string): string;
  /** A claim with one `?`, a LIKE pattern escaped with `!`, that holds whatever the case. */
  contains(column: string): string;
  /** A claim with one `?`, a regular expression that the column does not fit. */
  unlike(column: string): string;
  /** INSERT that leaves a row with the same key alone. */
  insertMissing(table: string, columns: readonly string[]): string;
  /** INSERT that changes the row with the same key. */
  insertOrChange(table: string, columns: readonly string[], keys: readonly string[]): string;
  type(type: ColumnType): string;
  /** Gives `name`, `type`, `width`, `engine` of each column of a table (one `?`). */
  readonly catalog: string;
  /** Order of rows as they came in, for a table without a number of its own. */
  readonly arrival: string;
}

export const places = (columns: readonly unknown[]): string => columns.map(() => '?').join(', ');
