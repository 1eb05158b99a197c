// Rows of vpopmail's account tables as account records, and back (spec/vpopmail.md 6.2). Pure. Old tables have CHAR
// columns, NULLs and narrower widths; texts that vpopmail sent as UTF-8 over a connection of another charset were encoded
// twice, and are read as they were meant.
import { lowerAscii } from '../../formats/address.ts';
import { VpopmailError } from '../errors.ts';
import type { AccountRecord } from '../store.ts';
import type { Row, Value } from './dialect.ts';
import type { Table } from './layout.ts';

/** Field of a record, its column, and vpopmail's code for a value that is too long. */
const FIELDS = [
  ['name', 'pw_name', -25],
  ['password', 'pw_passwd', -27],
  ['uid', 'pw_uid', -20],
  ['flags', 'pw_gid', -20],
  ['gecos', 'pw_gecos', -28],
  ['directory', 'pw_dir', -30],
  ['quota', 'pw_shell', -29],
  ['clear', 'pw_clear_passwd', -27],
] as const;

type Field = (typeof FIELDS)[number][0];

/** The columns of an account that this table has. Throws when it is no account table of vpopmail's. */
export function accountColumns(table: Table, hasDomain: boolean): readonly string[] {
  const wanted = FIELDS.map(([, column]) => column);
  const columns = wanted.filter((column) => table.columns.has(column));
  const missing = wanted.find((column) => column !== 'pw_clear_passwd' && !columns.includes(column));
  if (missing !== undefined)
    throw new Error(
      `the table ${table.name} has no column ${missing}: it is not an account table of vpopmail`,
    );
  if (table.columns.has('pw_domain') !== hasDomain)
    throw new Error(
      hasDomain
        ? `the table ${table.name} has no column pw_domain: is there a table for each domain (control/vpopmailtables)?`
        : `the table ${table.name} has a column pw_domain: is it that of all domains (control/vpopmailtables)?`,
    );
  return columns;
}

/** A text column; CHAR comes back with blanks, NULL is ''. */
export function textOf(row: Row, column: string, table?: Table): string {
  const value = row[column];
  if (value === null || value === undefined) return '';
  const text = Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
  return table?.columns.get(column)?.isPadded === true ? text.replace(/ +$/, '') : text;
}

/** A number, whatever type it was stored as; 0 for NULL and for what is none. */
export function numberOf(row: Row, column: string): number {
  const number = Number(row[column] ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}

const positive = (row: Row, column: string): number => Math.max(0, numberOf(row, column));

export function recordOf(row: Row, table: Table): AccountRecord {
  const text = (column: string): string => textOf(row, column, table);
  const record = {
    name: lowerAscii(text('pw_name')),
    password: text('pw_passwd'),
    uid: positive(row, 'pw_uid'),
    flags: positive(row, 'pw_gid'),
    gecos: meantText(text('pw_gecos')),
    directory: text('pw_dir'),
    quota: text('pw_shell'),
  };
  return table.columns.has('pw_clear_passwd') ? { ...record, clear: text('pw_clear_passwd') } : record;
}

/** Columns and values of a record; with `old`, only what differs. Throws VpopmailError for what does not fit. */
export function valuesOf(
  record: AccountRecord,
  table: Table,
  old?: AccountRecord | undefined,
): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const [field, column, code] of FIELDS) {
    if (!table.columns.has(column)) continue;
    const value = fieldOf(record, field);
    if (old !== undefined && value === fieldOf(old, field)) continue;
    checkFits(table, column, value, code);
    values.set(column, value);
  }
  return values;
}

const fieldOf = (record: AccountRecord, field: Field): Value => record[field] ?? '';

/** Throws VpopmailError when a column of this site is too narrow for a value. */
function checkFits(
  table: Table,
  column: string,
  value: Value,
  code: -20 | -25 | -27 | -28 | -29 | -30,
): void {
  const width = table.columns.get(column)?.width;
  if (typeof value !== 'string' || width === undefined || [...value].length <= width) return;
  throw new VpopmailError(code, `the column ${column} of the table ${table.name} holds ${width} characters`);
}

/** Does a text fit into a column? A column that is not there holds nothing. */
export function fits(table: Table, column: string, text: string): boolean {
  const known = table.columns.get(column);
  return known !== undefined && (known.width === undefined || [...text].length <= known.width);
}

// MySQL's latin1 is what the web calls windows-1252.
const latin1Decoder = new TextDecoder('windows-1252');
const latin1 = new Map(
  Array.from({ length: 256 }, (_, byte) => [latin1Decoder.decode(Uint8Array.of(byte)), byte]),
);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A text whose UTF-8 was taken for latin1 and encoded again, as it was meant; any other as it is. */
export function meantText(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  const bytes = [...text].map((letter) => latin1.get(letter));
  if (bytes.includes(undefined)) return text;
  try {
    return utf8.decode(Uint8Array.from(bytes as number[]));
  } catch {
    return text;
  }
}

/** A LIKE pattern for texts that hold `text`, escaped with `!`. */
export const patternOf = (text: string): string => `%${text.replaceAll('\0', '').replace(/[!%_]/g, '!$&')}%`;
