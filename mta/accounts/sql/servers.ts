// The servers of one site: line 1 of vpopmail's file is read from, line 2 takes the updates (spec/vpopmail.md 6.3).
// A look-up is one statement on any connection, asked again on a new one when the old was lost; a read server that is
// away is replaced by the update server for a while. A change is one transaction on the update server, made again when
// it met another. Whatever cannot be done now is a StoreUnavailable with words for the log, never with the password.
import type { Answer, Dialect, Fault, Pool, PooledSession, Session, Value } from './dialect.ts';
import { ANSWER_MS, CONNECTIONS } from './pool-limits.ts';
import type { ServerAddress, ServerAddresses } from './server-file.ts';

/** The database cannot answer now. Whoever asked says "try again". */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

export interface Servers {
  readonly dialect: Dialect;
  /** One statement. `fresh`: by the update server, which knows what was just changed. */
  read(sql: string, values?: readonly Value[], fresh?: boolean): Promise<Answer>;
  /** One transaction on the update server; what `act` did besides must be taken back by itself when it throws. */
  change<T>(act: (session: Session) => Promise<T>): Promise<T>;
  /** One statement on the update server, outside of a transaction. */
  update(sql: string, values?: readonly Value[]): Promise<Answer>;
  /** Are reads answered by another server than changes? */
  readonly isSplit: boolean;
  close(): Promise<void>;
}

/** Milliseconds for which a read server that was away is not asked: finding that out may take CONNECT_MS. */
const AWAY_MS = 60_000;
/** How often a transaction is made again that met another. */
const MOST_TRIES = 8;

interface Server {
  readonly address: ServerAddress;
  pool(): Promise<Pool>;
  close(): Promise<void>;
}

export function openServers(dialect: Dialect, { read, update }: ServerAddresses): Servers {
  const updates = makeServer(dialect, update);
  const reads = read === update ? updates : makeServer(dialect, read);
  let awayUntil = Number.NEGATIVE_INFINITY;

  /** A session on a server, with the errors of both in our words. */
  async function withSession<T>(server: Server, act: (session: PooledSession) => Promise<T>): Promise<T> {
    const session = await acquire(server);
    let isBroken = true;
    try {
      const result = await act(session);
      isBroken = false;
      return result;
    } catch (error) {
      isBroken = error instanceof StoreUnavailable;
      throw error;
    } finally {
      session.release(isBroken);
    }
  }

  async function acquire(server: Server): Promise<PooledSession> {
    const { address } = server;
    const unavailable = (error: unknown): StoreUnavailable =>
      new StoreUnavailable(`${nameOf(dialect, address)}: cannot connect: ${wordsOf(error, address)}`);
    let inner: PooledSession;
    try {
      const acquiring = (await server.pool()).acquire();
      inner = await withDeadline(acquiring, () => void acquiring.then((late) => late.release(false), noop));
    } catch (error) {
      throw unavailable(error);
    }
    return {
      async query(sql, values) {
        try {
          return await withDeadline(inner.query(sql, values), noop);
        } catch (error) {
          if (faultOf(error) !== 'lost') throw error;
          throw new StoreUnavailable(
            `${nameOf(dialect, address)}: the connection was lost: ${wordsOf(error, address)}`,
          );
        }
      },
      release: (isBroken) => inner.release(isBroken),
    };
  }

  const faultOf = (error: unknown): Fault =>
    error instanceof TooLate ? 'lost' : error instanceof StoreUnavailable ? 'lost' : dialect.faultOf(error);

  /** The first statement of something new: a connection that died while it was idle is not the server's word. */
  async function withLiving<T>(server: Server, first: string, values: readonly Value[], rest: Rest<T>) {
    for (let left = CONNECTIONS; ; left--) {
      const session = await acquire(server);
      let isBroken = true;
      let isBegun = false;
      try {
        const answer = await session.query(first, values);
        isBegun = true;
        const result = await rest(answer, session);
        isBroken = false;
        return result;
      } catch (error) {
        isBroken = error instanceof StoreUnavailable;
        const isWorthAnother = isBroken || faultOf(error) === 'conflict';
        if (!isWorthAnother || isBegun || left === 0) throw error;
      } finally {
        session.release(isBroken);
      }
    }
  }

  async function read1(server: Server, sql: string, values: readonly Value[]): Promise<Answer> {
    return withLiving(server, sql, values, async (answer) => answer);
  }

  return {
    dialect,
    isSplit: reads !== updates,
    async read(sql, values = [], fresh = false) {
      if (fresh || reads === updates || performance.now() < awayUntil) return read1(updates, sql, values);
      try {
        return await read1(reads, sql, values);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        // vpopmail: a failed read connection falls back to the update server.
        awayUntil = performance.now() + AWAY_MS;
        return read1(updates, sql, values);
      }
    },
    update: (sql, values = []) => withSession(updates, (session) => session.query(sql, values)),
    async change(act) {
      for (let tries = 1; ; tries++) {
        try {
          return await withLiving(updates, 'BEGIN', [], (_begun, session) => transact(session, act));
        } catch (error) {
          if (error instanceof StoreUnavailable || faultOf(error) !== 'conflict') throw error;
          if (tries === MOST_TRIES)
            throw new StoreUnavailable(
              `${nameOf(dialect, update)}: others change the same: ${wordsOf(error, update)}`,
            );
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * tries));
        }
      }
    },
    async close() {
      await Promise.all([reads.close(), ...(reads === updates ? [] : [updates.close()])]);
    },
  };
}

type Rest<T> = (answer: Answer, session: PooledSession) => Promise<T>;

async function transact<T>(session: Session, act: (session: Session) => Promise<T>): Promise<T> {
  try {
    const result = await act(session);
    await session.query('COMMIT');
    return result;
  } catch (error) {
    // What is lost is rolled back by the server.
    if (!(error instanceof StoreUnavailable)) await session.query('ROLLBACK').catch(noop);
    throw error;
  }
}

function makeServer(dialect: Dialect, address: ServerAddress): Server {
  let opening: Promise<Pool> | undefined;
  return {
    address,
    pool() {
      opening ??= dialect.openPool(address);
      return opening;
    },
    async close() {
      const pool = await opening?.catch(noop);
      opening = undefined;
      await pool?.close();
    },
  };
}

class TooLate extends Error {}

/** What takes longer is as good as lost; `late` cleans up when it comes after all. */
async function withDeadline<T>(work: Promise<T>, late: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      late();
      reject(new TooLate(`no answer within ${ANSWER_MS / 1000} seconds`));
    }, ANSWER_MS);
  });
  work.catch(noop);
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

const noop = (): undefined => undefined;

/** A server for people: what it is, where, and which line says so. */
function nameOf({ kind }: Dialect, { host, port, socket, database, from }: ServerAddress): string {
  const where = socket ?? (port === 0 ? host : `${host}:${port}`);
  return `${kind === 'mysql' ? 'MySQL' : 'PostgreSQL'} at ${where}, database ${database} (${from})`;
}

/** The words of a driver; whatever it says, the password is not among them. */
function wordsOf(error: unknown, { password }: ServerAddress): string {
  const { message, code, errors } = error as { message?: string; code?: string; errors?: unknown[] };
  // Several addresses of one host: what was wrong with the first.
  const words = message || (errors?.[0] as Error | undefined)?.message || code || String(error);
  return password === '' ? words : words.replaceAll(password, '***');
}
