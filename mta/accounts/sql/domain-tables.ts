// What a domain has in the database beside its accounts: a table of its own in that layout, rows of shared tables, its
// second names in aliasdomains (spec/vpopmail.md 6.2). A domain whose accounts are there already, made by another machine
// or left by an old one, is never taken over and never removed by the undoing of a failed vadddomain.
import { VpopmailError } from '../errors.ts';
import type { Layout, SharedTable } from './layout.ts';
import type { TableParts } from './parts.ts';

export interface DomainTables {
  add(domain: string, accountTable: string): Promise<void>;
  remove(domain: string, accountTable: string, shared: readonly SharedTable[]): Promise<void>;
  addAlias(domain: string, alias: string): Promise<void>;
  removeAlias(alias: string): Promise<void>;
}

export function openDomainTables({ servers, catalog, retry }: TableParts, layout: Layout): DomainTables {
  const { dialect } = servers;
  const { quote } = dialect;
  const ofDomain = (table: string, column = 'domain'): string =>
    `FROM ${quote(table)} WHERE ${quote(column)} = ?`;
  return {
    async add(domain, accountTable) {
      const there = (words: string): VpopmailError => new VpopmailError(-13, words);
      if (layout === 'domain') {
        if ((await catalog.find(accountTable, true)) !== undefined)
          throw there(`the database has a table ${accountTable}`);
        await catalog.create('vpopmail', accountTable, 'domain').catch((error: unknown) => {
          if (dialect.faultOf(error) !== 'table exists') throw error;
          throw there(`the database has a table ${accountTable}`);
        });
        return;
      }
      await catalog.make('vpopmail');
      const sql = `SELECT 1 AS found ${ofDomain('vpopmail', 'pw_domain')} LIMIT 1`;
      const { rows } = await servers.read(sql, [domain], true);
      if (rows.length > 0) throw there('the database has accounts of it');
    },
    async remove(domain, accountTable, shared) {
      const tables: SharedTable[] = [];
      for (const table of shared) if ((await catalog.find(table, true)) !== undefined) tables.push(table);
      const hasAccounts = (await catalog.find(accountTable, true)) !== undefined;
      await servers.change(async (session) => {
        for (const table of tables) await session.query(`DELETE ${ofDomain(table)}`, [domain]);
        if (layout === 'one' && hasAccounts)
          await session.query(`DELETE ${ofDomain(accountTable, 'pw_domain')}`, [domain]);
      });
      if (layout === 'domain' && hasAccounts) {
        await servers.update(`DROP TABLE ${quote(accountTable)}`);
        catalog.forget();
      }
    },
    addAlias: (domain, alias) =>
      retry(async () => {
        await catalog.make('aliasdomains');
        const sql = dialect.insertOrChange('aliasdomains', ['alias', 'domain'], ['alias']);
        await servers.update(sql, [alias, domain]);
      }),
    removeAlias: (alias) =>
      retry(async () => {
        if ((await catalog.find('aliasdomains', true)) !== undefined)
          await servers.update(`DELETE ${ofDomain('aliasdomains', 'alias')}`, [alias]);
      }),
  };
}
