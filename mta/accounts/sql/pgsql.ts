// PostgreSQL, through pg. Statements go out in the extended protocol, their values apart from the text and without a
// name, so that a pooler between us and the server does no harm.
import type { PoolClient } from 'pg';
import type { ColumnType, Dialect, Fault, Pool, PooledSession } from './dialect.ts';
import { places } from './dialect.ts';
import { CONNECT_MS, CONNECTIONS, IDLE_MS } from './pool-limits.ts';
import type { ServerAddress } from './server-file.ts';

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quoteAll = (names: readonly string[]): string => names.map(quote).join(', ');

/** SQLSTATE. */
const FAULTS: Readonly<Record<string, Fault>> = {
  '23505': 'duplicate',
  '40001': 'conflict',
  '40P01': 'conflict',
  '55P03': 'conflict',
  '22001': 'unfit', // too long
  '22003': 'unfit', // out of range
  '22021': 'unfit', // NUL
  '22P05': 'unfit', // a character that the database's encoding lacks
  '42703': 'missing column',
  '42P01': 'missing table',
  '42P07': 'table exists',
};

export const pgsql: Dialect = {
  kind: 'pgsql',
  longestName: 63,
  openPool,
  faultOf(error) {
    const { code, severity } = error as { code?: string; severity?: string };
    if (error instanceof TypeError) return 'other';
    // What is no answer of the server is the loss of it; 08: connection, 57P: shutting down or starting.
    if (severity === undefined || code === undefined || /^(?:08|57P)/.test(code)) return 'lost';
    return FAULTS[code] ?? 'other';
  },
  quote,
  bytes: (expression) => `${expression}::text COLLATE "C"`,
  contains: (column) => `${column}::text ILIKE ? ESCAPE '!'`,
  unlike: (column) => `${column}::text !~ ?`,
  insertMissing: (table, columns) =>
    `INSERT INTO ${quote(table)} (${quoteAll(columns)}) VALUES (${places(columns)}) ON CONFLICT DO NOTHING`,
  insertOrChange: (table, columns, keys) => {
    const changes = columns
      .filter((column) => !keys.includes(column))
      .map((column) => `${quote(column)} = EXCLUDED.${quote(column)}`);
    return `INSERT INTO ${quote(table)} (${quoteAll(columns)}) VALUES (${places(columns)}) ON CONFLICT (${quoteAll(keys)}) DO UPDATE SET ${changes.join(', ')}`;
  },
  type: (type: ColumnType) => ({ id: 'serial PRIMARY KEY', small: 'smallint' })[type as string] ?? type,
  catalog: `SELECT column_name AS name, data_type AS type, character_maximum_length AS width, 'transactional' AS engine
    FROM information_schema.columns WHERE table_schema = ANY (current_schemas(false)) AND table_name = ?`,
  arrival: 'ctid',
};

async function openPool({ socket, host, port, user, password, database }: ServerAddress): Promise<Pool> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    host: socket ?? host,
    port,
    user,
    // Without one, libpq's own ways hold: PGPASSWORD, .pgpass.
    ...(password === '' ? {} : { password }),
    database,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    // An idle connection keeps no program from ending.
    allowExitOnIdle: true,
    keepAlive: true,
  });
  // Whoever uses a connection hears of its loss as well; an idle one is nobody's.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    acquire: async () => sessionOf(await pool.connect()),
    close: () => pool.end(),
  };
}

function sessionOf(client: PoolClient): PooledSession {
  return {
    async query(sql, values = []) {
      let count = 0;
      const text = sql.replace(/\?/g, () => `$${++count}`);
      const { rows, rowCount } = await client.query(text, [...values]);
      return { rows, changed: rowCount ?? 0 };
    },
    release: (isBroken) => client.release(isBroken),
  };
}
