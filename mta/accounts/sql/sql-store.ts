// Accounts in vpopmail's tables: the back end of every vpopmail that was built with MySQL or PostgreSQL
// (spec/vpopmail.md 6). The same answers as cdb-store.ts gives of files. Only records are in the database; homes,
// Maildirs, .qmail files and qmail's control files stay on disk. A database that cannot answer is an exception
// (StoreUnavailable), and nobody is told that an account is not there.

import { TrustedAnswers } from '../../control/trusted-answers.ts';
import { VpopmailError } from '../errors.ts';
import { findPlace, leavePlace } from '../free-places.ts';
import { openLimitsFiles } from '../limits-file.ts';
import type { AccountRecord, AccountStore, HomeMaker } from '../store.ts';
import type { Domain } from '../types.ts';
import type { AccountTable } from './account-table.ts';
import { accountTableName, openAccountTable } from './account-table.ts';
import type { Dialect, Session } from './dialect.ts';
import { DirControlTable } from './dir-control-table.ts';
import { openDomainTables } from './domain-tables.ts';
import { openLastauthTable } from './lastauth-table.ts';
import type { Layout, SharedTable } from './layout.ts';
import { Catalog } from './layout.ts';
import { openLimitsTable } from './limits-table.ts';
import type { ServerAddresses } from './server-file.ts';
import { openServers } from './servers.ts';
import { openValiasTable } from './valias-table.ts';

/** How this site's vpopmail was built (spec/vpopmail.md 0). */
export interface SqlBuild {
  /** One table for all domains, or one for each. */
  readonly layout: Layout;
  /** Are there aliases in the table valias? */
  readonly hasValias: boolean;
  /** Where limits are. */
  readonly limits: 'file' | 'table';
}

/** vpopmail's pw_uid of accounts in SQL. */
const SQL_USER = 0;
/** Rows of one look at a whole domain. */
const BATCH = 500;
/** Milliseconds for which a domain that was changed here is read where it was changed: replicas are late. */
const REPLICA_LAG_MS = 30_000;

export function openSqlStore(dialect: Dialect, addresses: ServerAddresses, build: SqlBuild): AccountStore {
  const { layout } = build;
  const servers = openServers(dialect, addresses);
  const catalog = new Catalog(servers);
  const controls = new DirControlTable(servers, catalog);
  const known = new TrustedAnswers<AccountRecord | undefined>();
  const changedAt = new Map<string, number>();

  const changed = (domain: string): void => {
    if (!servers.isSplit) return;
    changedAt.delete(domain);
    changedAt.set(domain, performance.now());
    if (changedAt.size > 1000) changedAt.delete(changedAt.keys().next().value!);
  };
  const isFresh = (domain: string): boolean =>
    performance.now() - (changedAt.get(domain) ?? Number.NEGATIVE_INFINITY) < REPLICA_LAG_MS;

  /** Runs what may meet tables that are not as they were: then the catalog is read again, once. */
  async function retry<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const fault = dialect.faultOf(error);
      if (fault !== 'missing table' && fault !== 'missing column') throw error;
      catalog.forget();
      return act();
    }
  }

  const tableOf = (domain: Domain, fresh = isFresh(domain.realName)): Promise<AccountTable> =>
    openAccountTable(domain, layout, servers, catalog, fresh);
  const read = <T>(domain: Domain, ask: (table: AccountTable, fresh: boolean) => Promise<T>): Promise<T> =>
    retry(async () => ask(await tableOf(domain), isFresh(domain.realName)));

  /** A change of a domain's accounts. What a column cannot hold is told as vpopmail's -20. */
  async function change<T>(domain: Domain, act: (table: AccountTable) => Promise<T>): Promise<T> {
    return tellUnfit(domain, () => retry(async () => act(await tableOf(domain, true))));
  }

  async function tellUnfit<T>(domain: Domain, act: () => Promise<T>): Promise<T> {
    changed(domain.realName);
    try {
      return await act();
    } catch (error) {
      if (dialect.faultOf(error) === 'unfit' && !(error instanceof VpopmailError))
        throw new VpopmailError(-20, (error as Error).message);
      throw error;
    }
  }

  const parts = { servers, catalog, retry, isFresh, changed };
  const lastauth = openLastauthTable(parts);
  const domainTables = openDomainTables(parts, layout);
  const limits = build.limits === 'table' ? openLimitsTable(parts) : openLimitsFiles();
  const aliases = build.hasValias ? openValiasTable(parts) : undefined;
  const keyOf = (domain: Domain, name: string): string => `${domain.realName} ${name}`;

  /** Makes a home in the next free place under the domain's lock; `store` puts it into the account's record. */
  async function settle(
    domain: Domain,
    name: string,
    makeHome: HomeMaker,
    check: (session: Session) => Promise<AccountRecord | undefined>,
    store: (session: Session, directory: string) => Promise<AccountRecord>,
  ): Promise<AccountRecord> {
    const { realName } = domain;
    let undo: (() => Promise<void>) | undefined;
    const record = await controls
      .change(realName, async (session, locked) => {
        const settled = await check(session);
        if (settled !== undefined) return settled;
        const place = await findPlace(domain, name, locked.control);
        undo = await makeHome(place.directory);
        try {
          const stored = await store(session, place.directory);
          await locked.store(place.control);
          await place.take();
          return stored;
        } catch (error) {
          // Before the transaction is tried again: it makes the home anew.
          await undo();
          undo = undefined;
          throw error;
        }
      })
      .catch(async (error: unknown) => {
        await undo?.();
        throw error;
      });
    known.forget(keyOf(domain, name));
    return record;
  }

  return {
    kind: async () => dialect.kind,
    find: (domain, name, trustMs = 0) =>
      known.get(keyOf(domain, name), trustMs, () =>
        read(domain, (table, fresh) => table.find(servers, name, fresh)),
      ),
    list: (domain, query) => read(domain, (table, fresh) => table.list(servers, query, fresh)),
    count: (domain) => read(domain, (table, fresh) => table.count(servers, fresh)),
    async *each(domain) {
      for (let after: string | undefined; ; ) {
        const query = { after, limit: BATCH };
        const { records } = await read(domain, (table, fresh) => table.list(servers, query, fresh));
        yield* records;
        if (records.length < BATCH) return;
        after = records.at(-1)?.name;
      }
    },
    problems: (domain) =>
      read(domain, async (table) => {
        const odd = await table.odd(servers);
        return odd.map(({ name, directory }) => ({
          where: `table ${table.table.name}, ${JSON.stringify(name)}`,
          words:
            directory === '' || directory.startsWith('/')
              ? 'no name of an account: it is never found'
              : `pw_dir is no absolute path: ${JSON.stringify(directory.slice(0, 64))}`,
        }));
      }),

    add: (domain, wanted, makeHome) =>
      change(domain, async (table) => {
        const taken = (error: unknown): never => {
          throw dialect.faultOf(error) === 'duplicate' ? new VpopmailError(-2) : error;
        };
        const record = await settle(
          domain,
          wanted.name,
          makeHome,
          async (session) => {
            if ((await table.lock(session, wanted.name)) !== undefined) throw new VpopmailError(-2);
            return undefined;
          },
          async (session, directory) => {
            const stored = { ...wanted, password: await wanted.password, uid: SQL_USER, directory };
            await table.insert(session, stored).catch(taken);
            return stored;
          },
        );
        // vpopmail vadduser: no login yet, at the account's own time.
        await lastauth.store(domain, record.name, { at: Math.floor(Date.now() / 1000), ip: '0.0.0.0' });
        return record;
      }),
    giveHome: (domain, name, makeHome) =>
      change(domain, (table) => {
        let found: AccountRecord | undefined;
        return settle(
          domain,
          name,
          makeHome,
          async (session) => {
            found = await table.lock(session, name);
            if (found === undefined) throw new VpopmailError(-10);
            // Somebody else was quicker.
            return found.directory === '' ? undefined : found;
          },
          async (session, directory) => {
            const record = { ...(found as AccountRecord), directory };
            await table.update(session, found as AccountRecord, record);
            return record;
          },
        );
      }),
    change: (domain, name, edit) =>
      change(domain, async (table) => {
        const stored = await servers.change(async (session) => {
          const old = await table.lock(session, name);
          if (old === undefined) throw new VpopmailError(-10);
          const record = edit(old) ?? old;
          if (record.name !== name) throw new Error(`a change of ${name} cannot rename it`);
          await table.update(session, old, record);
          return record;
        });
        known.forget(keyOf(domain, name));
        return stored;
      }),
    changeAll: (domain, edit) =>
      change(domain, async (table) => {
        const count = await servers.change(async (session) => {
          let edited = 0;
          for (let after = ''; ; ) {
            const records = await table.lockNext(session, after, BATCH);
            for (const old of records) {
              const record = edit(old);
              if (record === undefined) continue;
              await table.update(session, old, record);
              edited++;
            }
            if (records.length < BATCH) return edited;
            after = records.at(-1)!.name;
          }
        });
        known.forget();
        return count;
      }),
    remove: (domain, name) =>
      change(domain, async (table) => {
        const removed = await controls.change(domain.realName, async (session, { control, store }) => {
          const record = await table.lock(session, name);
          if (record === undefined) throw new VpopmailError(-10);
          await table.remove(session, name);
          await store({ ...control, users: Math.max(0, control.users - 1) });
          await leavePlace(domain, record.directory);
          return record;
        });
        known.forget(keyOf(domain, name));
        await lastauth.remove(domain, name);
        return removed;
      }),

    directoryControl: ({ realName }) => retry(() => controls.read(realName)),
    // The records come once: nothing is made again here.
    storeAll: (domain, records, control) =>
      tellUnfit(domain, async () => {
        const table = await retry(() => tableOf(domain, true));
        let [added, changedCount] = [0, 0];
        const storeBatch = async (batch: readonly AccountRecord[]): Promise<void> => {
          const had = await servers.change(async (session) => {
            let there = 0;
            for (const record of batch) {
              const old = await table.lock(session, record.name);
              if (old !== undefined) there++;
              await (old === undefined ? table.insert(session, record) : table.update(session, old, record));
            }
            return there;
          });
          changedCount += had;
          added += batch.length - had;
        };
        let batch: AccountRecord[] = [];
        for await (const record of records) {
          // A POP user is 1 in files.
          batch.push({ ...record, uid: record.uid === 1 ? SQL_USER : record.uid });
          if (batch.length < BATCH) continue;
          await storeBatch(batch);
          batch = [];
        }
        await storeBatch(batch);
        await controls.change(domain.realName, (_session, { store }) => store(control));
        known.forget();
        return { added, changed: changedCount };
      }),
    async addDomain({ realName }) {
      changed(realName);
      await retry(() => domainTables.add(realName, accountTableName(realName, layout, dialect)));
    },
    async removeDomain({ realName }) {
      changed(realName);
      const shared: SharedTable[] = ['lastauth', 'dir_control', 'aliasdomains'];
      if (aliases !== undefined) shared.push('valias');
      if (build.limits === 'table') shared.push('limits');
      await retry(() => domainTables.remove(realName, accountTableName(realName, layout, dialect), shared));
      known.forget();
    },
    lastLogin: (domain, record) => lastauth.find(domain, record.name),
    recordLogin: (domain, record, login) => lastauth.store(domain, record.name, login),
    limits: limits.limits,
    setLimits: limits.setLimits,
    aliasTable: async () => aliases,
    addAliasDomain: ({ realName }, alias) => domainTables.addAlias(realName, alias),
    removeAliasDomain: (alias) => domainTables.removeAlias(alias),
    close: () => servers.close(),
  };
}
