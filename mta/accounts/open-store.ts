// Opens the back end that keeps a site's accounts: control/vpopmailauth says which (spec/vpopmail.md 0: how vpopmail was
// built). Nothing is read, no driver loaded and no connection made before the first question; what the settings said
// then holds until the program is started again.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../control/settings.ts';
import type { Home } from '../home.ts';
import { openCdbStore } from './cdb-store.ts';
import type { AccountStore } from './store.ts';

/** The caller closes it. */
export function openAccountStore(home: Home): AccountStore {
  let opening: Promise<AccountStore> | undefined;
  let store: AccountStore | undefined;
  const opened = (): Promise<AccountStore> => {
    opening ??= openByBuild(home).then((built) => {
      store = built;
      return built;
    });
    // A file that is wrong may be right the next time.
    opening.catch(() => {
      opening = undefined;
    });
    return opening;
  };
  return {
    kind: async () => (await opened()).kind(),
    // Asked several times for each letter.
    find: (...args) => store?.find(...args) ?? opened().then((built) => built.find(...args)),
    list: async (...args) => (await opened()).list(...args),
    count: async (...args) => (await opened()).count(...args),
    async *each(...args) {
      yield* (await opened()).each(...args);
    },
    problems: async (...args) => (await opened()).problems(...args),
    add: async (...args) => (await opened()).add(...args),
    giveHome: async (...args) => (await opened()).giveHome(...args),
    change: async (...args) => (await opened()).change(...args),
    changeAll: async (...args) => (await opened()).changeAll(...args),
    remove: async (...args) => (await opened()).remove(...args),
    directoryControl: async (...args) => (await opened()).directoryControl(...args),
    storeAll: async (...args) => (await opened()).storeAll(...args),
    addDomain: async (...args) => (await opened()).addDomain(...args),
    removeDomain: async (...args) => (await opened()).removeDomain(...args),
    lastLogin: async (...args) => (await opened()).lastLogin(...args),
    recordLogin: async (...args) => (await opened()).recordLogin(...args),
    limits: async (...args) => (await opened()).limits(...args),
    setLimits: async (...args) => (await opened()).setLimits(...args),
    aliasTable: () => store?.aliasTable() ?? opened().then((built) => built.aliasTable()),
    addAliasDomain: async (...args) => (await opened()).addAliasDomain(...args),
    removeAliasDomain: async (...args) => (await opened()).removeAliasDomain(...args),
    close: async () => {
      const store = await opening?.catch(() => undefined);
      await store?.close();
    },
  };
}

/** The back end that the site's settings name. Throws ControlError, ServerFileError, and what reading a file throws. */
async function openByBuild(home: Home): Promise<AccountStore> {
  const { vpopmailauth } = await readSettings(home.qmail, ['vpopmailauth']);
  return vpopmailauth === 'cdb' ? openCdbStore() : openSqlStoreOf(home, vpopmailauth);
}

/** The site's SQL store of one kind, whatever control/vpopmailauth says. Throws the same. */
export async function openSqlStoreOf(home: Home, kind: 'mysql' | 'pgsql'): Promise<AccountStore> {
  const { vpopmailtables, vpopmailvalias, vpopmaillimits } = await readSettings(home.qmail, [
    'vpopmailtables',
    'vpopmailvalias',
    'vpopmaillimits',
  ]);
  const path = join(home.vpopmail, 'etc', `vpopmail.${kind}`);
  const text = await readFile(path, 'utf8');
  const build = { layout: vpopmailtables, hasValias: vpopmailvalias, limits: vpopmaillimits };
  const [{ openSqlStore }, { parseMysqlFile, parsePgsqlFile }] = await Promise.all([
    import('./sql/sql-store.ts'),
    import('./sql/server-file.ts'),
  ]);
  if (kind === 'mysql') {
    const { mysql } = await import('./sql/mysql.ts');
    return openSqlStore(mysql, parseMysqlFile(text, path), build);
  }
  const { pgsql } = await import('./sql/pgsql.ts');
  return openSqlStore(pgsql, parsePgsqlFile(text, path), build);
}
