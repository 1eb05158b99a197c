// The index of one account: a SQLite file in the state directory with its tables, counters and full-text index.
// It is a cache: another schema version or a damaged file is set aside and built anew from the Maildir, so nothing
// here is ever worth keeping against a doubt. WAL, synchronous NORMAL (spec/dependencies.md 6). Counters per folder
// are kept by triggers, so no page counts rows. Runs in the index worker, where a synchronous database may block.
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Log, quoted } from '../../mta/log.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { holdsFileName } from './file-names.ts';
import { schemaSteps, schemaVersion, wholeSchema } from './schema-tables.ts';
import { unpack } from './search-store.ts';

/** A value that a statement takes. */
export type Bindable = string | number | bigint | Buffer | null;

/** The database of one account, with its statements prepared once. */
export interface IndexDatabase {
  all<Row>(sql: string, ...values: readonly Bindable[]): Row[];
  get<Row>(sql: string, ...values: readonly Bindable[]): Row | undefined;
  /** Rows as arrays: for thousands of them. */
  rows(sql: string, ...values: readonly Bindable[]): (string | number | null)[][];
  /** First column only. */
  pluck<Value>(sql: string, ...values: readonly Bindable[]): Value[];
  run(sql: string, ...values: readonly Bindable[]): { changes: number; lastInsertRowid: number | bigint };
  /** Runs `work` in one transaction. */
  transaction<Result>(work: () => Result): Result;
  /** Runs `work`, which only reads, on one state of the database. */
  reading<Result>(work: () => Result): Result;
  /** Sets when `in_time()` in a query starts to answer 0 (performance.now() milliseconds). */
  setDeadline(at: number): void;
  /** True when `in_time()` said 0 since the deadline was set. */
  ranOutOfTime(): boolean;
  /** Changes with every commit, of this process or another: what was read under another version may be old. */
  version(): string;
  /** Much is about to be written (true), or was (false): more memory for pages, or as much as usual. */
  widen(isWide: boolean): void;
  close(): void;
}

/** Is this the error of a file that is no sound database? */
export const isDamage = (error: unknown): boolean => {
  const code = errorCode(error);
  return (
    code.startsWith('SQLITE_CORRUPT') ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_IOERR_SHORT_READ' ||
    code === 'SQLITE_FORMAT'
  );
};

/** Opens the index, or makes it. A damaged file or one of another version is set aside first, with a log line. */
export async function openIndex(state: string, fileName: string, log: Log): Promise<IndexDatabase> {
  const directory = join(state, 'index');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, fileName);
  const found = await lstat(path).catch(() => undefined);
  if (found && !found.isFile()) await setAside(path, 'not a regular file', log);
  // SQLite gives -wal and -shm the mode of the database: mail text is nobody else's to read (security.md F3). Only made
  // here: closing a descriptor of one that is there would drop the locks that this process has on it.
  if (!found?.isFile()) await (await open(path, 'a', 0o600)).close();
  try {
    return connect(path);
  } catch (error) {
    if (!isDamage(error) && !(error instanceof OtherVersion)) throw error;
    await setAside(path, error instanceof Error ? error.message : String(error), log);
    await (await open(path, 'a', 0o600)).close();
    return connect(path);
  }
}

/** Moves a broken index out of the way (one is kept, for a look) so that the next opening builds it anew. */
export async function setAside(path: string, reason: string, log: Log): Promise<void> {
  log(`mailbox: index ${quoted(path)} set aside and rebuilt: ${quoted(reason)}`);
  await rm(`${path}-wal`, { force: true });
  await rm(`${path}-shm`, { force: true });
  await rm(`${path}.damaged`, { force: true, recursive: true });
  await rename(path, `${path}.damaged`);
}

class OtherVersion extends Error {}

/** Memory that an open index keeps pages in, KiB; and while a big folder is taken in, whose indexes do not fit there. */
const usualCache = 4000;
const wideCache = 16_000;

function connect(path: string): IndexDatabase {
  const db = new Database(path, { timeout: 5000 });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.pragma(`cache_size = -${usualCache}`);
    // Pages that many transactions write are brought home once: a folder of 100,000 is taken in at half the cost.
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('temp_store = MEMORY');
    let version = db.pragma('user_version', { simple: true }) as number;
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
    if (tables === 0) {
      db.transaction(() => {
        db.exec(wholeSchema);
        db.pragma(`user_version = ${schemaVersion}`);
      }).immediate();
    } else {
      for (let step = schemaSteps.get(version); step !== undefined; step = schemaSteps.get(version)) {
        const sql = step;
        const from = version;
        db.transaction(() => {
          // Another process may have done it meanwhile.
          if (db.pragma('user_version', { simple: true }) !== from) return;
          takeStep(db, sql, from);
          db.pragma(`user_version = ${from + 1}`);
        }).immediate();
        version = from + 1;
      }
    }
    if (tables !== 0 && version !== schemaVersion) {
      throw new OtherVersion(`made by schema version ${String(version)}, this is ${schemaVersion}`);
    }
  } catch (error) {
    db.close();
    throw error;
  }
  return wrap(db);
}

/** @throws OtherVersion for tables that are not those of their version */
function takeStep(db: Database.Database, sql: string, from: number): void {
  try {
    db.exec(sql);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_ERROR') throw error;
    throw new OtherVersion(`not as schema version ${from} is: ${(error as Error).message}`);
  }
}

type Statement = Database.Statement<Bindable[]>;

function wrap(db: Database.Database): IndexDatabase {
  const statements = new Map<string, Statement>();
  let deadline = 0;
  let late = false;
  let writes = 0;
  db.function('in_time', { deterministic: false }, () => {
    if (!late && performance.now() > deadline) late = true;
    return late ? 0 : 1;
  });
  db.function('file_named', { deterministic: true }, (texts: unknown, needle: unknown) =>
    Buffer.isBuffer(texts) && holdsFileName(unpack(texts), String(needle)) ? 1 : 0,
  );
  // How a statement gives its rows is set once.
  const prepare = (sql: string, form: 'objects' | 'arrays' | 'first' = 'objects'): Statement => {
    const key = `${form} ${sql}`;
    let statement = statements.get(key);
    if (!statement) {
      // Queries of searches differ without end; the map must not grow with them.
      if (statements.size >= 300) statements.clear();
      statement = db.prepare<Bindable[]>(sql);
      if (form === 'arrays') statement.raw(true);
      if (form === 'first') statement.pluck(true);
      statements.set(key, statement);
    }
    return statement;
  };
  return {
    all: <Row>(sql: string, ...values: readonly Bindable[]) => prepare(sql).all(...values) as Row[],
    get: <Row>(sql: string, ...values: readonly Bindable[]) => prepare(sql).get(...values) as Row | undefined,
    rows: (sql, ...values) => prepare(sql, 'arrays').all(...values) as (string | number | null)[][],
    pluck: <Value>(sql: string, ...values: readonly Bindable[]) =>
      prepare(sql, 'first').all(...values) as Value[],
    run: (sql, ...values) => {
      writes += 1;
      return prepare(sql).run(...values);
    },
    transaction: (work) => db.transaction(work).immediate(),
    reading: (work) => db.transaction(work).deferred(),
    setDeadline: (at) => {
      deadline = at;
      late = false;
    },
    ranOutOfTime: () => late,
    version: () => `${db.pragma('data_version', { simple: true })}.${writes}`,
    widen: (isWide) => {
      db.pragma(`cache_size = -${isWide ? wideCache : usualCache}`);
    },
    close: () => db.close(),
  };
}
