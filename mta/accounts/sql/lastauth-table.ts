// The table lastauth: when and from where somebody last logged in (spec/vpopmail.md 2.6, 6.2). Its name column is `user`
// in MySQL and `userid` in PostgreSQL, in old sites narrower than names are: what does not fit is not recorded, for a cut
// name would be another's.
import type { LastLogin } from '../store.ts';
import type { Domain } from '../types.ts';
import type { Table } from './layout.ts';
import type { TableParts } from './parts.ts';
import { fits, numberOf, textOf } from './records.ts';

export interface LastauthTable {
  find(domain: Domain, name: string): Promise<LastLogin | undefined>;
  store(domain: Domain, name: string, login: LastLogin): Promise<void>;
  remove(domain: Domain, name: string): Promise<void>;
}

export function openLastauthTable({ servers, catalog, retry, isFresh, changed }: TableParts): LastauthTable {
  const { dialect } = servers;
  const { quote } = dialect;
  const userColumn = (table: Table): string => (table.columns.has('userid') ? 'userid' : 'user');
  const where = (table: Table): string =>
    `${quote('lastauth')} WHERE ${quote(userColumn(table))} = ? AND ${quote('domain')} = ?`;
  return {
    find: ({ realName }, name) =>
      retry(async () => {
        const table = await catalog.find('lastauth');
        if (table === undefined || !fits(table, userColumn(table), name)) return undefined;
        const { rows } = await servers.read(
          `SELECT ${quote('remote_ip')}, ${quote('timestamp')} FROM ${where(table)}`,
          [name, realName],
          isFresh(realName),
        );
        const row = rows[0];
        return row && { at: numberOf(row, 'timestamp'), ip: textOf(row, 'remote_ip', table).trim() };
      }),
    store: ({ realName }, name, { at, ip }) =>
      retry(async () => {
        changed(realName);
        const table = await catalog.make('lastauth');
        const user = userColumn(table);
        if (!fits(table, user, name)) return;
        // 18 wide before 5.6.4: of an IPv6 address its network is left.
        const shown = ip.slice(0, table.columns.get('remote_ip')?.width ?? ip.length);
        await servers.update(
          dialect.insertOrChange('lastauth', [user, 'domain', 'remote_ip', 'timestamp'], [user, 'domain']),
          [name, realName, shown, at],
        );
      }),
    remove: ({ realName }, name) =>
      retry(async () => {
        const table = await catalog.find('lastauth', true);
        if (table !== undefined) await servers.update(`DELETE FROM ${where(table)}`, [name, realName]);
      }),
  };
}
