// The stores of accounts that there are, each empty and on its own: files, and both SQL servers in both layouts.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import type { AccountRecord, AccountStore } from '../../mta/accounts/store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import { type Home, resolveHome } from '../../mta/home.ts';
import { type DatabaseKind, type DatabaseServer, startDatabase } from './databases.ts';

const servers = new Map<DatabaseKind, Promise<DatabaseServer>>();

/** The server of a kind, one for the test file; it is stopped when the file ends. */
export function databaseOf(kind: DatabaseKind): Promise<DatabaseServer> {
  let server = servers.get(kind);
  if (server === undefined) {
    server = startDatabase(kind);
    servers.set(kind, server);
  }
  return server;
}

after(async () => {
  for (const server of servers.values()) await (await server.catch(() => undefined))?.close();
});

export interface StoreSite {
  readonly home: Home;
  readonly store: AccountStore;
  /** The database of the site; '' for files. */
  readonly database: string;
  readonly server: DatabaseServer | undefined;
  /** Another opening of the same store, closed with the site. */
  openAgain(): AccountStore;
  /** A domain with its directory, in the store. */
  addDomain(name?: string): Promise<Domain>;
  add(domain: Domain, name: string, more?: Partial<AccountRecord>): Promise<AccountRecord>;
  close(): Promise<void>;
}

export interface StoreForm {
  readonly kind: 'cdb' | DatabaseKind;
  readonly layout?: 'one' | 'domain';
  readonly valias?: boolean;
  readonly limits?: 'file' | 'table';
}

export const storeForms: readonly StoreForm[] = [
  { kind: 'cdb' },
  { kind: 'mysql', layout: 'one' },
  { kind: 'mysql', layout: 'domain' },
  { kind: 'pgsql', layout: 'one' },
  { kind: 'pgsql', layout: 'domain' },
];

export const nameOfForm = ({ kind, layout }: StoreForm): string =>
  layout === undefined ? kind : `${kind}, ${layout === 'one' ? 'one table' : 'a table for each domain'}`;

let made = 0;

/** A site with such a store; an SQL one has a database of its own. */
export async function makeStoreSite(form: StoreForm): Promise<StoreSite> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-store-'));
  const home = resolveHome({ home: join(directory, 'home') }, {}, '');
  // Whoever delivers must reach the domains.
  await chmod(directory, 0o755);
  for (const path of [
    join(home.qmail, 'control'),
    join(home.qmail, 'users'),
    join(home.vpopmail, 'etc'),
    join(home.vpopmail, 'domains'),
  ])
    await mkdir(path, { recursive: true });
  const set = (name: string, value: string): Promise<void> =>
    writeFile(join(home.qmail, 'control', name), `${value}\n`);
  await set('vpopmailauth', form.kind);
  await set('vpopmailtables', form.layout ?? 'one');
  await set('vpopmailvalias', form.valias === true ? '1' : '0');
  await set('vpopmaillimits', form.limits ?? 'file');
  let server: DatabaseServer | undefined;
  let database = '';
  if (form.kind !== 'cdb') {
    server = await databaseOf(form.kind);
    database = `site${process.pid}_${++made}`;
    await server.createDatabase(database);
    await writeFile(join(home.vpopmail, 'etc', `vpopmail.${form.kind}`), server.line(database));
  }
  const stores = [openAccountStore(home)];
  const store = stores[0]!;
  return {
    home,
    store,
    database,
    server,
    openAgain() {
      const another = openAccountStore(home);
      stores.push(another);
      return another;
    },
    async addDomain(name = 'example.test') {
      const domain = {
        name,
        realName: name,
        directory: join(home.vpopmail, 'domains', name),
        uid: process.geteuid!(),
        gid: process.getegid!(),
      };
      await mkdir(domain.directory);
      await store.addDomain(domain);
      return domain;
    },
    async add(domain, name, more = {}) {
      const { password: passwordHash = 'hash', gecos, quota = 'NOQUOTA', flags } = more;
      return createAccount(store, domain, home.vpopmail, { name, passwordHash, gecos, quota, flags });
    },
    async close() {
      for (const one of stores) await one.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
