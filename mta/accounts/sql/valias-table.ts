// The table valias: lines of aliases, a row each, in builds of vpopmail with valias (spec/vpopmail.md 6.2, 8.2). Lines
// keep their order where the table has a number; builds with default delivery want to know what a line is.

import { TrustedAnswers } from '../../control/trusted-answers.ts';
import { lowerAscii } from '../../formats/address.ts';
import { VpopmailError } from '../errors.ts';
import type { AliasTable } from '../store.ts';
import type { Row } from './dialect.ts';
import { places } from './dialect.ts';
import type { Table } from './layout.ts';
import type { TableParts } from './parts.ts';
import { fits, textOf } from './records.ts';

/** vpopmail's valias_type: a line that a program delivers, and any other. */
const [PROGRAM, FORWARD] = [0, 1];

export function openValiasTable(parts: TableParts): AliasTable {
  const { servers, catalog, retry, isFresh } = parts;
  const { dialect } = servers;
  const { quote, bytes } = dialect;
  const valias = quote('valias');
  const known = new TrustedAnswers<ReadonlyMap<string, readonly string[]>>();
  const order = (table: Table): string =>
    `ORDER BY ${table.columns.has('id') ? quote('id') : dialect.arrival}`;

  /** Lines of these aliases, or of all, by alias. A missing table holds none. */
  const select = (domain: string, aliases?: readonly string[]): Promise<ReadonlyMap<string, string[]>> =>
    retry(async () => {
      const table = await catalog.find('valias');
      if (table === undefined) return new Map();
      const some = aliases === undefined ? '' : ` AND ${quote('alias')} IN (${places(aliases)})`;
      const { rows } = await servers.read(
        `SELECT ${quote('alias')}, ${quote('valias_line')} FROM ${valias} WHERE ${quote('domain')} = ?${some} ${order(table)}`,
        [domain, ...(aliases ?? [])],
        isFresh(domain),
      );
      return byAlias(rows, table);
    });

  /** The names that are asked for, and no others: collations take more for the same. */
  const lookUp = (domain: string, aliases: readonly string[], trustMs = 0) =>
    known.get(`${domain} ${aliases.join(' ')}`, trustMs, () => select(domain, aliases));

  return {
    find: async ({ realName }, alias, trustMs) => (await lookUp(realName, [alias], trustMs)).get(alias) ?? [],
    async findFirst({ realName }, aliases, trustMs) {
      if (aliases.length === 0) return undefined;
      const found = await lookUp(realName, aliases, trustMs);
      const alias = aliases.find((one) => found.has(one));
      return alias === undefined ? undefined : { alias, lines: found.get(alias) ?? [] };
    },
    async list({ realName }) {
      const found = await select(realName);
      const byBytes = ([one]: [string, unknown], [other]: [string, unknown]): number =>
        Buffer.compare(Buffer.from(one), Buffer.from(other));
      return new Map([...found].sort(byBytes));
    },
    insert: ({ realName }, alias, line) =>
      retry(async () => {
        const table = await catalog.make('valias');
        for (const [column, text] of [
          ['alias', alias],
          ['valias_line', line],
        ] as const)
          if (!fits(table, column, text)) throw tooNarrow(table, column);
        const row = new Map<string, string | number>([
          ['alias', alias],
          ['domain', realName],
          ['valias_line', line],
        ]);
        if (table.columns.has('valias_type'))
          row.set('valias_type', line.trimStart().startsWith('|') ? PROGRAM : FORWARD);
        const names = [...row.keys()];
        parts.changed(realName);
        await servers
          .update(`INSERT INTO ${valias} (${names.map(quote).join(', ')}) VALUES (${places(names)})`, [
            ...row.values(),
          ])
          .catch((error: unknown) => {
            if (dialect.faultOf(error) !== 'duplicate') throw error;
            // Before vpopmail 5.6.2 the alias itself was the key.
            throw new VpopmailError(
              -17,
              'the table valias of this site holds one line an alias: give it a primary key of its own (column id)',
            );
          });
        known.forget();
      }),
    remove: ({ realName }, alias, line) =>
      retry(async () => {
        if ((await catalog.find('valias', true)) === undefined) return 0;
        const exactly = line === undefined ? '' : ` AND ${bytes(quote('valias_line'))} = ${bytes('?')}`;
        parts.changed(realName);
        const { changed } = await servers.update(
          `DELETE FROM ${valias} WHERE ${quote('domain')} = ? AND ${quote('alias')} = ?${exactly}`,
          [realName, alias, ...(line === undefined ? [] : [line])],
        );
        known.forget();
        return changed;
      }),
  };
}

const tooNarrow = (table: Table, column: string): VpopmailError =>
  new VpopmailError(
    -17,
    `the column ${column} of the table valias holds ${table.columns.get(column)?.width ?? 0} characters`,
  );

function byAlias(rows: readonly Row[], table: Table): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const row of rows) {
    const alias = lowerAscii(textOf(row, 'alias', table));
    const lines = found.get(alias) ?? [];
    lines.push(textOf(row, 'valias_line', table));
    found.set(alias, lines);
  }
  return found;
}
