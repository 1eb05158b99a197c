// MySQL and MariaDB, through mysql2. Every statement is one that the server has prepared, so a value is never a part of
// a statement's text and it does not matter what NO_BACKSLASH_ESCAPES says of quoting. Sessions are strict whatever the
// site's sql_mode: a value that a column cannot hold is an error, never cut.
import { stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2';
import type { ColumnType, Dialect, Fault, Pool, PooledSession } from './dialect.ts';
import { places } from './dialect.ts';
import { CONNECT_MS, CONNECTIONS } from './pool-limits.ts';
import type { ServerAddress } from './server-file.ts';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const quoteAll = (names: readonly string[]): string => names.map(quote).join(', ');

/** Where MySQL's own client library finds the server of this machine: Debian, Red Hat, the source. */
const SOCKETS = ['/run/mysqld/mysqld.sock', '/var/lib/mysql/mysql.sock', '/tmp/mysql.sock'];

const STRICT = "SET SESSION sql_mode = CONCAT_WS(',', @@SESSION.sql_mode, 'STRICT_ALL_TABLES')";

const FAULTS: Readonly<Record<number, Fault>> = {
  1050: 'table exists',
  1053: 'lost', // ER_SERVER_SHUTDOWN
  1054: 'missing column',
  1062: 'duplicate',
  1146: 'missing table',
  1020: 'conflict', // ER_CHECKREAD: another changed the row since it was read
  1205: 'conflict', // ER_LOCK_WAIT_TIMEOUT
  1213: 'conflict', // ER_LOCK_DEADLOCK
  1264: 'unfit', // out of range
  1290: 'other', // read only
  1366: 'unfit', // a character that the column's charset lacks
  1406: 'unfit', // too long
  1412: 'conflict', // ER_TABLE_DEF_CHANGED, whose text asks for another try
  1615: 'conflict', // ER_NEED_REPREPARE
  1927: 'lost', // ER_CONNECTION_KILLED
};

export const mysql: Dialect = {
  kind: 'mysql',
  longestName: 64,
  openPool,
  faultOf(error) {
    const { errno, sqlState } = error as { errno?: number; sqlState?: string };
    if (error instanceof TypeError) return 'other';
    // What is no answer of the server is the loss of it.
    if (sqlState === undefined || errno === undefined) return 'lost';
    return FAULTS[errno] ?? 'other';
  },
  quote,
  bytes: (expression) => `CAST(${expression} AS BINARY)`,
  contains: (column) =>
    `LOWER(CONVERT(${column} USING utf8mb4)) COLLATE utf8mb4_bin LIKE LOWER(?) ESCAPE '!'`,
  unlike: (column) => `CAST(${column} AS BINARY) NOT REGEXP ?`,
  insertMissing: (table, columns) =>
    `INSERT IGNORE INTO ${quote(table)} (${quoteAll(columns)}) VALUES (${places(columns)})`,
  insertOrChange: (table, columns, keys) => {
    const changes = columns
      .filter((column) => !keys.includes(column))
      .map((column) => `${quote(column)} = VALUES(${quote(column)})`);
    return `INSERT INTO ${quote(table)} (${quoteAll(columns)}) VALUES (${places(columns)}) ON DUPLICATE KEY UPDATE ${changes.join(', ')}`;
  },
  type: (type: ColumnType) =>
    ({ id: 'int PRIMARY KEY AUTO_INCREMENT', small: 'smallint' })[type as string] ?? type,
  catalog: `SELECT c.COLUMN_NAME AS name, c.DATA_TYPE AS type, c.CHARACTER_MAXIMUM_LENGTH AS width, t.ENGINE AS engine
    FROM information_schema.COLUMNS c
    JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
    WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = ?`,
  arrival: quote('valias_line'),
};

/** The client library takes `localhost` for the machine's socket; so do we, where no port is asked for. */
async function findSocket({ socket, host, port }: ServerAddress): Promise<string | undefined> {
  if (socket !== undefined || host !== 'localhost' || port !== 0) return socket;
  for (const path of SOCKETS) if (await isThere(path)) return path;
  return undefined;
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function openPool(address: ServerAddress): Promise<Pool> {
  const { createPool } = await import('mysql2');
  const socketPath = await findSocket(address);
  const { host, port, user, password, database } = address;
  const pool = createPool({
    ...(socketPath === undefined ? { host, port: port || 3306 } : { socketPath }),
    user,
    password,
    database,
    charset: 'utf8mb4',
    connectionLimit: CONNECTIONS,
    connectTimeout: CONNECT_MS,
    // Closing idle connections takes a timer that keeps a program from ending; the server closes them in its time.
    maxIdle: CONNECTIONS,
    // Tables of domains make statements of domains.
    maxPreparedStatements: 200,
    supportBigNumbers: true,
  });
  pool.on('connection', (connection) => {
    // Whoever uses the connection hears of its loss as well; an idle one is nobody's.
    connection.on('error', () => undefined);
    // A failure here is the failure of the statement that follows.
    connection.query(STRICT, () => undefined);
  });
  return {
    acquire: () =>
      new Promise((resolve, reject) => {
        pool.getConnection((error, connection) => {
          if (error) reject(error);
          else resolve(sessionOf(connection));
        });
      }),
    close: () => new Promise((resolve) => pool.end(() => resolve())),
  };
}

function sessionOf(connection: PoolConnection): PooledSession {
  // An idle connection keeps no program from ending.
  const { stream } = connection as unknown as { readonly stream: Socket };
  stream.ref();
  return {
    query: (sql, values = []) =>
      new Promise((resolve, reject) => {
        connection.execute(sql, [...values], (error, result) => {
          if (error) reject(error);
          else if (Array.isArray(result)) resolve({ rows: result as RowDataPacket[], changed: 0 });
          else resolve({ rows: [], changed: (result as ResultSetHeader).affectedRows });
        });
      }),
    release(isBroken) {
      stream.unref();
      if (isBroken) connection.destroy();
      else connection.release();
    },
  };
}
