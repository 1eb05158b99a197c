// A site with two domains and some people, and an administration over it, for tests. Passwords are not hashed for real:
// a stored `$test$WORD` fits WORD.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAccount } from '../../mta/accounts/account-changes.ts';
import {
  type AdministrationOptions,
  type OpenedAdministration,
  openAdministration,
} from '../../mta/accounts/administration/open-administration.ts';
import type { Actor } from '../../mta/accounts/administration.ts';
import { openCdbStore } from '../../mta/accounts/cdb-store.ts';
import { addDomain } from '../../mta/accounts/domains.ts';
import type { PasswordHasher } from '../../mta/accounts/password.ts';
import type { AccountRecord } from '../../mta/accounts/store.ts';
import { AccountFlag, type Domain } from '../../mta/accounts/types.ts';
import type { Home } from '../../mta/home.ts';
import { makeBareSite } from './accounts.ts';

export const quickHasher: PasswordHasher = {
  verify: async (password, stored) => stored === `$test$${password}`,
  hash: async (password) => `$test$${password}`,
  threads: 2,
  close: async () => undefined,
};

/** A password that every policy of the tests takes. */
export const goodPassword = 'correct horse battery';

const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };

export const actorOf = (address: string): Actor => ({ kind: 'account', address, ip: '192.0.2.1' });

export const machine: Actor = { kind: 'machine' };

export interface AdministeredSite {
  readonly home: Home;
  readonly administration: OpenedAdministration;
  readonly logged: readonly string[];
  /** DOM of a domain. */
  directory(domain: string): string;
  read(domain: string, file: string): Promise<string>;
  /** Writes bytes as latin1. */
  write(domain: string, file: string, text: string): Promise<void>;
  record(address: string): Promise<AccountRecord | undefined>;
  close(): Promise<void>;
}

/**
 * example.com with postmaster, alice, bob, carol (QA_ADMIN) and root-of-all (SA_ADMIN); example.org with postmaster and
 * dave.
 */
export async function startAdministration(
  options: Partial<AdministrationOptions> = {},
): Promise<AdministeredSite> {
  const site = await makeBareSite();
  const { home } = site;
  const store = openCdbStore();
  const domainOf = (name: string): Domain => ({
    name,
    realName: name,
    directory: join(home.vpopmail, 'domains', name),
    ...owner,
  });
  const passwordHash = `$test$${goodPassword}`;
  const people: Readonly<Record<string, readonly (readonly [name: string, flags: number])[]>> = {
    'example.com': [
      ['alice', 0],
      ['bob', 0],
      ['carol', AccountFlag.domainAdmin],
      ['root-of-all', AccountFlag.systemAdmin],
    ],
    'example.org': [['dave', 0]],
  };
  for (const [name, accounts] of Object.entries(people)) {
    await addDomain(home, { name, postmaster: { passwordHash }, owner });
    for (const [local, flags] of accounts)
      await createAccount(store, domainOf(name), home.vpopmail, { name: local, passwordHash, flags });
  }
  const logged: string[] = [];
  const administration = await openAdministration({
    home,
    store,
    hasher: quickHasher,
    log: (line) => void logged.push(line),
    ...options,
  });
  const pathOf = (domain: string, file: string): string => join(domainOf(domain).directory, file);
  return {
    home,
    administration,
    logged,
    directory: (domain) => domainOf(domain).directory,
    read: (domain, file) => readFile(pathOf(domain, file), 'latin1'),
    write: (domain, file, text) =>
      writeFile(pathOf(domain, file), Buffer.from(text, 'latin1'), { mode: 0o600 }),
    record: (address) => {
      const [name = '', domain = ''] = address.split('@');
      return store.find(domainOf(domain), name);
    },
    async close() {
      await administration.close();
      await store.close();
      await site.remove();
    },
  };
}
