// Accounts as CSV, both ways. Reading takes commas, semicolons or tabs, with or without a line of names, and says of each
// bad line what is the matter. Pure.
import type { AccountSummary, BulkLine } from '../../../mta/accounts/administration.ts';
import { findSeparator, plainCell, splitCsv } from '../../message/csv-records.ts';
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

export interface CsvProblem {
  readonly line: number;
  readonly field: string;
  readonly words: string;
}

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
