// Real database servers for tests: MariaDB and PostgreSQL of the machine, started in a private directory on a Unix socket
// without a network, and stopped with the test file. As root they run as nobody, since both refuse root.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Dialect, Pool, Value } from '../../mta/accounts/sql/dialect.ts';
import { mysql } from '../../mta/accounts/sql/mysql.ts';
import { pgsql } from '../../mta/accounts/sql/pgsql.ts';
import type { ServerAddress } from '../../mta/accounts/sql/server-file.ts';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
const asOwner = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

export type DatabaseKind = 'mysql' | 'pgsql';

export interface DatabaseServer {
  readonly kind: DatabaseKind;
  readonly dialect: Dialect;
  /** A new empty database of that name. */
  createDatabase(name: string, options?: string): Promise<ServerAddress>;
  /** The line of vpopmail's file for a database. */
  line(database: string): string;
  /** Runs a statement in a database. */
  query(database: string, sql: string, values?: readonly Value[]): Promise<Answer>;
  /** Takes the server away, as a restart of its machine would; `start` brings it back. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The program, or undefined: this machine lacks it. */
async function findProgram(name: string): Promise<string | undefined> {
  const own = await readdir('/usr/lib/postgresql').catch(() => []);
  const places = [...own.map((version) => `/usr/lib/postgresql/${version}/bin`), '/usr/sbin', '/usr/bin'];
  for (const place of places) {
    const path = join(place, name);
    if (await stat(path).catch(() => undefined)) return path;
  }
  return undefined;
}

/** Why these servers cannot be had; undefined: they can. CI must have them. */
export async function lackOfDatabases(kinds: readonly DatabaseKind[]): Promise<string | undefined> {
  const programs = kinds.map((kind) => (kind === 'mysql' ? 'mariadbd' : 'postgres'));
  for (const program of programs) {
    if ((await findProgram(program)) !== undefined) continue;
    if (process.env.CI) throw new Error(`${program} is missing; .ci/run installs it`);
    return `${program} is not installed on this machine`;
  }
  return undefined;
}

interface Program {
  readonly make: (directory: string) => readonly string[];
  /** What the maker reads. */
  readonly input?: () => Promise<string>;
  readonly serve: (directory: string) => readonly string[];
  /** Ends the server at once, as clients see it, with nothing lost. */
  readonly stopSignal: NodeJS.Signals;
}

const programs: Readonly<Record<DatabaseKind, Program>> = {
  mysql: {
    // What mariadb-install-db does, without its help texts and without the client's package, which it needs.
    make: (directory) => ['mariadbd', '--no-defaults', `--datadir=${directory}/data`, '--bootstrap'],
    input: async () => {
      const share = '/usr/share/mysql';
      // `mysql_` up to MariaDB 10, `mariadb_` since; the tables sort before their contents.
      const wanted = /^(?:mysql|mariadb)_system_tables(?:_data)?\.sql$/;
      const files = (await readdir(share))
        .filter((name) => wanted.test(name))
        .sort((a, b) => a.length - b.length);
      const texts = await Promise.all(files.map((file) => readFile(join(share, file), 'utf8')));
      return `create database mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n${texts.join('\n')}`;
    },
    serve: (directory) => [
      'mariadbd',
      '--no-defaults',
      `--datadir=${directory}/data`,
      `--socket=${directory}/sql.sock`,
      `--pid-file=${directory}/pid`,
      '--skip-networking',
      '--innodb-buffer-pool-size=16M',
      '--innodb-flush-log-at-trx-commit=0',
      // Nothing here outlives the test: a disk that is busy with others is not waited for.
      '--innodb-flush-method=nosync',
      '--debug-no-sync',
      '--performance-schema=off',
      '--max-connections=200',
    ],
    stopSignal: 'SIGTERM',
  },
  pgsql: {
    make: (directory) => [
      'initdb',
      `--pgdata=${directory}/data`,
      '--auth=trust',
      '--username=vpopmail',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
    ],
    serve: (directory) => [
      'postgres',
      '-D',
      `${directory}/data`,
      '-k',
      directory,
      ...['listen_addresses=', 'fsync=off', 'shared_buffers=16MB', 'max_connections=200'].flatMap((one) => [
        '-c',
        one,
      ]),
    ],
    stopSignal: 'SIGINT',
  },
};

/** Starts a server; `close` stops it and removes its directory. */
export async function startDatabase(kind: DatabaseKind): Promise<DatabaseServer> {
  const program = programs[kind];
  const dialect = kind === 'mysql' ? mysql : pgsql;
  const directory = await mkdtemp(join(tmpdir(), 'facteur-sql-'));
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'data'), { mode: 0o700 });
  if (isRoot) for (const path of [directory, join(directory, 'data')]) await chown(path, NOBODY, NOBODY);
  const run = async (
    [name = '', ...args]: readonly string[],
    input = '',
  ): Promise<{
    readonly child: ChildProcess;
    readonly ended: Promise<number | null>;
    readonly said: () => string;
  }> => {
    const child = spawn((await findProgram(name))!, args, {
      ...asOwner,
      cwd: directory,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: directory },
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said = (said + String(chunk)).slice(-4000);
      });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { child, ended, said: () => said };
  };
  const pools = new Map<string, Promise<Pool>>();
  const addressOf = (database: string): ServerAddress => ({
    from: 'test',
    host: 'localhost',
    port: kind === 'mysql' ? 0 : 5432,
    socket: kind === 'mysql' ? join(directory, 'sql.sock') : directory,
    user: kind === 'mysql' ? 'root' : 'vpopmail',
    password: '',
    database,
  });
  const query = async (database: string, sql: string, values?: readonly Value[]): Promise<Answer> => {
    const pool = pools.get(database) ?? dialect.openPool(addressOf(database));
    pools.set(database, pool);
    const session = await (await pool).acquire();
    let isBroken = true;
    try {
      const answer = await session.query(sql, values);
      isBroken = false;
      return answer;
    } finally {
      session.release(isBroken);
    }
  };
  const closePools = async (): Promise<void> => {
    const open = [...pools.values()];
    pools.clear();
    for (const pool of open) await (await pool).close();
  };
  const main = kind === 'mysql' ? 'mysql' : 'postgres';
  let server: Awaited<ReturnType<typeof run>> | undefined;

  const start = async (): Promise<void> => {
    const started = await run(program.serve(directory));
    server = started;
    const over = started.ended.then(() => {
      throw new Error(`${kind} ended: ${started.said()}`);
    });
    over.catch(() => undefined);
    // Ready is when it answers.
    for (;;) {
      const answer = query(main, 'SELECT 1 AS one').then(
        () => true,
        () => false,
      );
      if (await Promise.race([answer, over])) return;
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 30))]);
    }
  };
  const stop = async (): Promise<void> => {
    await closePools();
    server?.child.kill(program.stopSignal);
    await server?.ended;
    server = undefined;
  };
  const close = async (): Promise<void> => {
    await stop();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const made = await run(program.make(directory), await program.input?.());
    if ((await made.ended) !== 0) throw new Error(`${kind} cannot be made: ${made.said()}`);
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    kind,
    dialect,
    query,
    async createDatabase(name, options = '') {
      await query(main, `CREATE DATABASE ${dialect.quote(name)} ${options}`);
      return addressOf(name);
    },
    line: (database) => {
      const { socket, user } = addressOf(database);
      return `${socket}|0|${user}||${database}\n`;
    },
    start,
    stop,
    close,
  };
}
