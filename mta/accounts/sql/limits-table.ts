// The table limits: what .qmailadmin-limits says, in builds of vpopmail with limits in MySQL (spec/vpopmail.md 2.8, 6.2).
// Older versions lack columns: those are as if nothing was said, and what cannot be stored is an error, not forgotten.
import { VpopmailError } from '../errors.ts';
import type { DomainLimits } from '../limits.ts';
import { COUNTS, noLimits, PERMISSIONS, SWITCHES } from '../limits.ts';
import type { AccountStore } from '../store.ts';
import type { Row, Value } from './dialect.ts';
import type { TableParts } from './parts.ts';
import { numberOf } from './records.ts';

const counts = COUNTS.map(([key, field, column = key]) => [column, field] as const);
const switches = SWITCHES.map(([key, flag, column = key]) => [column, flag] as const);

/** A row's limits; a column that is not there limits nothing. */
export function limitsOf(row: Row): DomainLimits {
  const said = counts
    .filter(([column]) => row[column] !== undefined && row[column] !== null)
    .map(([column, field]) => [field, numberOf(row, column)] as const);
  const flags = switches.reduce((sum, [column, flag]) => sum | (numberOf(row, column) === 0 ? 0 : flag), 0);
  const denied = { ...noLimits.denied };
  for (const [column, field] of PERMISSIONS) denied[field] = numberOf(row, column) & 7;
  // vpopmail's own reader is off by one here (spec/vpopmail.md 2.8); its writer stores them so.
  denied.listUsers = (numberOf(row, 'perm_maillist') >> 3) & 7;
  denied.listModerators = (numberOf(row, 'perm_maillist') >> 6) & 7;
  return { ...noLimits, ...Object.fromEntries(said), flags, denied };
}

/** The values for a table with these columns. Throws VpopmailError -17 for a limit that it has no column for. */
export function limitValues(
  limits: DomainLimits,
  has: (column: string) => boolean,
): ReadonlyMap<string, Value> {
  const { denied, flags } = limits;
  const packed = denied.list | (denied.listUsers << 3) | (denied.listModerators << 6);
  const all: readonly (readonly [column: string, value: number, unsaid: number])[] = [
    ...counts.map(([column, field]) => [column, limits[field], noLimits[field]] as const),
    ...switches.map(([column, flag]) => [column, (flags & flag) === 0 ? 0 : 1, 0] as const),
    ...PERMISSIONS.map(([column, field]) => [column, field === 'list' ? packed : denied[field], 0] as const),
  ];
  const lacking = all.find(([column, value, unsaid]) => !has(column) && value !== unsaid);
  if (lacking !== undefined)
    throw new VpopmailError(-17, `the table limits of this site has no column ${lacking[0]}`);
  return new Map(all.filter(([column]) => has(column)).map(([column, value]) => [column, value]));
}

/** The table as a back end's limits. */
export function openLimitsTable(parts: TableParts): Pick<AccountStore, 'limits' | 'setLimits'> {
  const { servers, catalog, retry, isFresh, changed } = parts;
  const { dialect } = servers;
  const where = `${dialect.quote('limits')} WHERE ${dialect.quote('domain')} = ?`;
  return {
    limits: ({ realName }) =>
      retry(async () => {
        if ((await catalog.find('limits')) === undefined) return undefined;
        const { rows } = await servers.read(`SELECT * FROM ${where}`, [realName], isFresh(realName));
        return rows[0] && limitsOf(rows[0]);
      }),
    setLimits: ({ realName }, wanted) =>
      retry(async () => {
        changed(realName);
        if (wanted === undefined) {
          if ((await catalog.find('limits', true)) !== undefined)
            await servers.update(`DELETE FROM ${where}`, [realName]);
          return;
        }
        const table = await catalog.make('limits');
        const values = limitValues(wanted, (column) => table.columns.has(column));
        const sql = dialect.insertOrChange('limits', ['domain', ...values.keys()], ['domain']);
        await servers.update(sql, [realName, ...values.values()]).catch((error: unknown) => {
          // vpopmail's perm_maillist is a TINYINT: the bits of moderators do not fit.
          if (dialect.faultOf(error) !== 'unfit') throw error;
          throw new VpopmailError(
            -17,
            `the table limits of this site is too narrow: ${(error as Error).message}`,
          );
        });
      }),
  };
}
