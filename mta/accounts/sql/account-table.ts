// The tables of accounts: one for all domains with pw_domain, or one for each domain (vpopmail's many-domains, which is
// the first). Statements for either layout, with the columns that this site's table has.
import type { AccountRecord, RecordPage, RecordQuery } from '../store.ts';
import type { Domain } from '../types.ts';
import type { Dialect, Session, Value } from './dialect.ts';
import { places } from './dialect.ts';
import type { Catalog, Layout, Table } from './layout.ts';
import { domainTable } from './layout.ts';
import { accountColumns, numberOf, patternOf, recordOf, textOf, valuesOf } from './records.ts';
import type { Servers } from './servers.ts';

/** Names of accounts as vpopmail makes them; the rest is nobody's account. */
const NAME_PATTERN = "^[a-z0-9!#$&'*+.=?^_`{|}~-]+$";

/** How to ask the table of one domain. */
export interface AccountTable {
  readonly table: Table;
  find(servers: Servers, name: string, fresh: boolean): Promise<AccountRecord | undefined>;
  /** In a transaction, locked until its end. */
  lock(session: Session, name: string): Promise<AccountRecord | undefined>;
  /** The same for the next accounts after a name, in byte order. */
  lockNext(session: Session, after: string, limit: number): Promise<readonly AccountRecord[]>;
  list(servers: Servers, query: RecordQuery, fresh: boolean): Promise<RecordPage>;
  count(servers: Servers, fresh: boolean): Promise<number>;
  odd(servers: Servers): Promise<readonly { readonly name: string; readonly directory: string }[]>;
  insert(session: Session, record: AccountRecord): Promise<void>;
  update(session: Session, old: AccountRecord, record: AccountRecord): Promise<void>;
  remove(session: Session, name: string): Promise<void>;
}

/** The name of the table that holds a domain's accounts. */
export const accountTableName = (domain: string, layout: Layout, dialect: Dialect): string =>
  layout === 'one' ? 'vpopmail' : domainTable(domain, dialect);

/** The table of a domain. Throws when it is missing: that is no "no such account". */
export async function openAccountTable(
  { realName }: Domain,
  layout: Layout,
  { dialect }: Servers,
  catalog: Catalog,
  fresh: boolean,
): Promise<AccountTable> {
  const name = accountTableName(realName, layout, dialect);
  const table = await catalog.find(name, fresh);
  if (table === undefined) throw new Error(`the accounts of ${realName}: there is no table ${name}`);
  return describeAccountTable(table, layout === 'one' ? realName : undefined, dialect);
}

function describeAccountTable(table: Table, domain: string | undefined, dialect: Dialect): AccountTable {
  const { quote, bytes, contains, unlike } = dialect;
  const columns = accountColumns(table, domain !== undefined);
  const from = `FROM ${quote(table.name)}`;
  const select = `SELECT ${columns.map(quote).join(', ')} ${from}`;
  const name = quote('pw_name');
  const inDomain = domain === undefined ? [] : [`${quote('pw_domain')} = ?`];
  const domainValue: readonly Value[] = domain === undefined ? [] : [domain];
  const where = (...claims: readonly string[]): string =>
    claims.length + inDomain.length === 0 ? '' : ` WHERE ${[...claims, ...inDomain].join(' AND ')}`;
  const byName = `${where(`${name} = ?`)}`;

  /** The record of exactly that name: collations take more for the same. */
  const pick = (rows: readonly object[], wanted: string): AccountRecord | undefined =>
    rows.map((row) => recordOf(row as never, table)).find((record) => record.name === wanted);

  return {
    table,
    async find(servers, wanted, fresh) {
      const { rows } = await servers.read(`${select}${byName}`, [wanted, ...domainValue], fresh);
      return pick(rows, wanted);
    },
    async lock(session, wanted) {
      const { rows } = await session.query(`${select}${byName} FOR UPDATE`, [wanted, ...domainValue]);
      return pick(rows, wanted);
    },
    async lockNext(session, after, limit) {
      const { rows } = await session.query(
        `${select}${where(`${bytes(name)} > ${bytes('?')}`)} ORDER BY ${bytes(name)} LIMIT ${limit} FOR UPDATE`,
        [after, ...domainValue],
      );
      return rows.map((row) => recordOf(row, table));
    },
    async list(servers, { after, before, search, limit }, fresh) {
      const claims: string[] = [];
      const values: Value[] = [];
      if (search !== undefined && search !== '') {
        claims.push(`(${contains(name)} OR ${contains(quote('pw_gecos'))})`);
        values.push(patternOf(search), patternOf(search));
      }
      const wanted = Math.max(0, Math.trunc(limit));
      const backwards = before !== undefined;
      const edge = backwards ? before : after;
      const beyond = (isBelow: boolean, isEqual = ''): string =>
        `${bytes(name)} ${isBelow ? '<' : '>'}${isEqual} ${bytes('?')}`;
      const edgeValue = edge === undefined ? [] : [edge];
      const [page, all, other] = await Promise.all([
        servers.read(
          // One more says whether there is more that way.
          `${select}${where(...claims, ...edgeValue.map(() => beyond(backwards)))} ORDER BY ${bytes(name)} ${backwards ? 'DESC' : 'ASC'} LIMIT ${wanted + 1}`,
          [...values, ...edgeValue, ...domainValue],
          fresh,
        ),
        servers.read(
          `SELECT COUNT(*) AS total ${from}${where(...claims)}`,
          [...values, ...domainValue],
          fresh,
        ),
        edge === undefined
          ? undefined
          : servers.read(
              `SELECT ${name} ${from}${where(...claims, beyond(!backwards, '='))} LIMIT 1`,
              [...values, edge, ...domainValue],
              fresh,
            ),
      ]);
      const records = page.rows.slice(0, wanted).map((row) => recordOf(row, table));
      if (backwards) records.reverse();
      const hasMore = page.rows.length > wanted;
      const hasOther = (other?.rows.length ?? 0) > 0;
      return {
        records,
        total: numberOf(all.rows[0] ?? {}, 'total'),
        hasBefore: backwards ? hasMore : hasOther,
        hasAfter: backwards ? hasOther : hasMore,
      };
    },
    async count(servers, fresh) {
      const { rows } = await servers.read(`SELECT COUNT(*) AS total ${from}${where()}`, domainValue, fresh);
      return numberOf(rows[0] ?? {}, 'total');
    },
    async odd(servers) {
      const claim = `(${unlike(name)} OR ${bytes(quote('pw_dir'))} NOT LIKE '/%' AND ${quote('pw_dir')} <> '')`;
      const { rows } = await servers.read(
        `SELECT ${name}, ${quote('pw_dir')} ${from}${where(claim)} ORDER BY ${bytes(name)} LIMIT 100`,
        [NAME_PATTERN, ...domainValue],
      );
      return rows.map((row) => ({
        name: textOf(row, 'pw_name', table),
        directory: textOf(row, 'pw_dir', table),
      }));
    },
    async insert(session, record) {
      const values = new Map(valuesOf(record, table));
      if (domain !== undefined) values.set('pw_domain', domain);
      const names = [...values.keys()];
      await session.query(
        `INSERT INTO ${quote(table.name)} (${names.map(quote).join(', ')}) VALUES (${places(names)})`,
        [...values.values()],
      );
    },
    async update(session, old, record) {
      const values = valuesOf(record, table, old);
      if (values.size === 0) return;
      const changes = [...values.keys()].map((column) => `${quote(column)} = ?`);
      await session.query(`UPDATE ${quote(table.name)} SET ${changes.join(', ')}${byName}`, [
        ...values.values(),
        old.name,
        ...domainValue,
      ]);
    },
    async remove(session, wanted) {
      await session.query(`DELETE ${from}${byName}`, [wanted, ...domainValue]);
    },
  };
}
