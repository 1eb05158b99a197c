// Accounts as CSV (RFC 4180), both ways. Reading takes commas, semicolons or tabs, with or without a line of names, and
// says of each bad line what is the matter; writing makes cells that no spreadsheet takes for a formula. Pure.
import type { AccountSummary, BulkLine } from '../../../mta/accounts/administration.ts';
import { flagNames, flagsOfNames } from './flags.ts';

export const columns = ['address', 'password', 'comment', 'quota', 'flags'] as const;
/** `hash` is there when the first line names it: a column of another system's passwords as they are stored. */
type Column = (typeof columns)[number] | 'hash';

const names: Readonly<Record<string, Column>> = {
  address: 'address',
  account: 'address',
  email: 'address',
  name: 'address',
  user: 'address',
  password: 'password',
  hash: 'hash',
  passwordhash: 'hash',
  password_hash: 'hash',
  pw_passwd: 'hash',
  comment: 'comment',
  gecos: 'comment',
  quota: 'quota',
  flags: 'flags',
};

/** One record of a file; `line` is where it begins, from 1. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  /** A quotation mark that does not end, or text behind one that did. */
  readonly isTorn: boolean;
}

/** The separator of a file: what its first line holds most of. */
export function findSeparator(text: string): string {
  const first = text.slice(0, 10_000).split(/\r?\n/, 1)[0] ?? '';
  const count = (separator: string): number => first.split(separator).length;
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0]!;
}

/** Splits a file into records. An unended quotation mark tears only its own line. */
export function splitCsv(text: string, separator: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const begun = { at, line };
    const cells: string[] = [];
    let isTorn = false;
    for (let more = true; more; ) {
      let cell = '';
      if (source[at] === '"') {
        at++;
        for (;;) {
          const end = source.indexOf('"', at);
          if (end < 0) {
            isTorn = true;
            break;
          }
          cell += source.slice(at, end);
          at = end + 1;
          if (source[at] !== '"') break;
          cell += '"';
          at++;
        }
        if (isTorn) break;
      }
      const rest = at;
      while (at < source.length && source[at] !== separator && source[at] !== '\n' && source[at] !== '\r')
        at++;
      if (rest !== at && cell !== '') isTorn = true;
      cells.push(cell + source.slice(rest, at));
      more = source[at] === separator;
      if (more) at++;
    }
    if (isTorn) {
      const end = source.indexOf('\n', begun.at);
      at = end < 0 ? source.length : end;
      line = begun.line;
    } else line += source.slice(begun.at, at).split('\n').length - 1;
    if (source[at] === '\r') at++;
    if (source[at] === '\n') at++;
    line++;
    if (isTorn || cells.some((cell) => cell.trim() !== '')) records.push({ line: begun.line, cells, isTorn });
  }
  return records;
}

export interface CsvProblem {
  readonly line: number;
  readonly field: string;
  readonly words: string;
}

/** The way back of `safeCell`: the apostrophe that kept a cell from being a formula. */
const plainCell = (cell: string): string => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell).trim();

/** Reads accounts for a domain. A bare name is completed; what is no line of an account is a problem with its line. */
export function readAccounts(
  text: string,
  domain: string,
): { readonly lines: readonly BulkLine[]; readonly problems: readonly CsvProblem[] } {
  const records = splitCsv(text, findSeparator(text.replace(/^\ufeff/, '')));
  const problems: CsvProblem[] = [];
  const lines: BulkLine[] = [];
  const head = records[0]?.cells.map((cell) => names[cell.trim().toLowerCase()]);
  // Two names of columns and no address among them: nobody's account is called so.
  const hasHead =
    head !== undefined &&
    head.filter((column) => column !== undefined).length >= Math.min(2, head.length) &&
    !records[0]!.cells.some((cell) => cell.includes('@'));
  // Columns of other names, as an export has them, are passed over.
  const order: readonly (Column | undefined)[] = hasHead ? head : columns;
  if (hasHead && !order.includes('address'))
    return {
      lines,
      problems: [{ line: 1, field: 'address', words: 'the first line names no column "address"' }],
    };
  for (const { line, cells, isTorn } of hasHead ? records.slice(1) : records) {
    const cell = (column: Column): string | undefined => {
      const at = order.indexOf(column);
      return at < 0 ? undefined : cells[at];
    };
    if (isTorn) {
      problems.push({ line, field: '', words: 'a quotation mark without its end' });
      continue;
    }
    if (cells.length > order.length) {
      problems.push({ line, field: '', words: `expected ${order.length} columns, found ${cells.length}` });
      continue;
    }
    const written = plainCell(cell('address') ?? '').toLowerCase();
    const { flags, unknown } = flagsOfNames(
      plainCell(cell('flags') ?? '')
        .split(/[\s,;]+/)
        .filter((name) => name !== ''),
    );
    if (unknown !== undefined) {
      problems.push({ line, field: 'flags', words: `"${unknown}" is no flag` });
      continue;
    }
    const quota = plainCell(cell('quota') ?? '');
    const hash = plainCell(cell('hash') ?? '');
    if (hash !== '' && (cell('password') ?? '') !== '') {
      problems.push({ line, field: 'hash', words: 'a password and a hash: only one of the two can hold' });
      continue;
    }
    lines.push({
      line,
      address: written === '' || written.includes('@') ? written : `${written}@${domain}`,
      // Blanks around a password are its own, and the apostrophe too when it is typed by hand.
      password: cell('password') ?? '',
      ...(hash === '' ? {} : { passwordHash: hash }),
      gecos: plainCell(cell('comment') ?? ''),
      quota: quota === '' ? undefined : quota,
      flags,
    });
  }
  return { lines, problems };
}

/** A cell that a spreadsheet shows and does not run: formulas begin with = + - @, a tab or a carriage return. */
export function safeCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",;\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line of a file. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(safeCell).join(',')}\r\n`;

export const exportHead: readonly string[] = [
  'address',
  'comment',
  'quota',
  'flags',
  'used_bytes',
  'messages',
  'last_login',
  'last_login_from',
];

/** The cells of an account. */
export const exportCells = (account: AccountSummary): readonly string[] => [
  account.address,
  account.gecos,
  account.quota,
  flagNames(account.flags).join(' '),
  account.usage ? String(account.usage.bytes) : '',
  account.usage ? String(account.usage.messages) : '',
  account.lastLogin ? new Date(account.lastLogin.at * 1000).toISOString() : '',
  account.lastLogin?.ip ?? '',
];
