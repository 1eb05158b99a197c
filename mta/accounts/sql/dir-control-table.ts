// The table dir_control: vpopmail's hashed directories, a row a domain (spec/vpopmail.md 1.4). The row is locked from
// the reading of the place to the storing of the account, so that two processes, or two machines, never lose a count.
import type { DirectoryControl } from '../directories.ts';
import { freshControl, parseControl, stateOf } from '../directories.ts';
import { VpopmailError } from '../errors.ts';
import type { Dialect, Session, Value } from './dialect.ts';
import type { Catalog, Table } from './layout.ts';
import { levels } from './layout.ts';
import { numberOf, textOf } from './records.ts';
import type { Servers } from './servers.ts';

const COLUMNS: readonly string[] = [
  'cur_users',
  'level_cur',
  'level_max',
  ...['start', 'end', 'mod', 'index'].flatMap(levels),
  'the_dir',
];

function valuesOf(control: DirectoryControl): readonly Value[] {
  const { users, level, levels: most, start, end, modulus, index, path } = stateOf(control);
  return [users, level, most, ...start, ...end, ...modulus, ...index, path];
}

/** A domain's row, locked. */
export interface LockedControl {
  readonly control: DirectoryControl;
  store(control: DirectoryControl): Promise<void>;
}

export class DirControlTable {
  readonly #servers: Servers;
  readonly #catalog: Catalog;

  constructor(servers: Servers, catalog: Catalog) {
    this.#servers = servers;
    this.#catalog = catalog;
  }

  /** The domain's state; that of a domain without users when there is no row. */
  async read(domain: string): Promise<DirectoryControl> {
    const { quote } = this.#servers.dialect;
    const table = await this.#catalog.find('dir_control', true);
    if (table === undefined) return freshControl;
    const { rows } = await this.#servers.read(
      `SELECT cur_users, the_dir FROM dir_control WHERE ${quote('domain')} = ?`,
      [domain],
      true,
    );
    const row = rows[0];
    return row === undefined
      ? freshControl
      : parseRow(numberOf(row, 'cur_users'), textOf(row, 'the_dir', table), domain);
  }

  /** A transaction in which the domain's row is ours. Table and row are made when they are missing. */
  async change<T>(domain: string, act: (session: Session, locked: LockedControl) => Promise<T>): Promise<T> {
    const { dialect } = this.#servers;
    const table = await this.#catalog.make('dir_control');
    const select = `SELECT ${COLUMNS.map(dialect.quote).join(', ')} FROM ${dialect.quote('dir_control')} WHERE ${dialect.quote('domain')} = ? FOR UPDATE`;
    // The row is made outside of the transaction: two that make it at once would wait for each other.
    const insert = dialect.insertMissing('dir_control', ['domain', ...COLUMNS]);
    for (let isMade = false; ; isMade = true) {
      const result = await this.#servers.change(async (session) => {
        await holdDomain(session, dialect, table, domain);
        try {
          const { rows } = await session.query(select, [domain]);
          const row = rows[0];
          if (row === undefined) return undefined;
          const control = parseRow(numberOf(row, 'cur_users'), textOf(row, 'the_dir', table), domain);
          const store = (next: DirectoryControl): Promise<void> =>
            storeControl(session, dialect, domain, next);
          return { value: await act(session, { control, store }) };
        } finally {
          await letDomainGo(session, dialect, table, domain);
        }
      });
      if (result !== undefined) return result.value;
      if (isMade) throw new Error(`the row of ${domain} in the table dir_control does not stay`);
      await this.#servers.update(insert, [domain, ...valuesOf(freshControl)]);
    }
  }
}

function parseRow(users: number, path: string, domain: string): DirectoryControl {
  // The same check as of the file; a count that went below nothing is none.
  const control = parseControl(`${Math.max(0, users)}\n\n\n\n\n\n\n${path}\n`);
  if (control === undefined)
    throw new VpopmailError(
      -17,
      `table dir_control, ${domain}: ${JSON.stringify(path)} is no hashed directory`,
    );
  return control;
}

async function storeControl(
  session: Session,
  { quote }: Dialect,
  domain: string,
  control: DirectoryControl,
): Promise<void> {
  const changes = COLUMNS.map((column) => `${quote(column)} = ?`).join(', ');
  await session.query(`UPDATE ${quote('dir_control')} SET ${changes} WHERE ${quote('domain')} = ?`, [
    ...valuesOf(control),
    domain,
  ]);
}

// A table without transactions has no row locks: there the server's own named locks take their place.
const lockName = (domain: string): string => `facteur dir_control ${domain}`.slice(0, 64);

async function holdDomain(session: Session, dialect: Dialect, table: Table, domain: string): Promise<void> {
  if (dialect.kind !== 'mysql' || table.isTransactional) return;
  const { rows } = await session.query('SELECT GET_LOCK(?, 10) AS held', [lockName(domain)]);
  if (numberOf(rows[0] ?? {}, 'held') !== 1)
    throw new VpopmailError(-17, `table dir_control, ${domain}: others hold its lock`);
}

async function letDomainGo(session: Session, dialect: Dialect, table: Table, domain: string): Promise<void> {
  if (dialect.kind !== 'mysql' || table.isTransactional) return;
  // A lost connection has let go by itself.
  await session.query('SELECT RELEASE_LOCK(?)', [lockName(domain)]).catch(() => undefined);
}
