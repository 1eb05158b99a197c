// The index of accounts that share folders (Courier's IMAP_SHAREDINDEXFILE, `shared/index`; spec/maildir-imap.md 2.8):
// an account is `name<TAB>uid<TAB>gid<TAB>homedir[<TAB>maildir]`, a group of more `name<TAB>*<TAB>file`; `#` begins a
// comment anywhere in a line. Pure functions on the bytes: a line that is neither is told by its number and left out.
// Whose folders may be seen is a matter of their lists (acl.ts), not of this file.
import { posix } from 'node:path';

export type SharedIndexEntry = SharedAccount | SharedGroup;

export interface SharedAccount {
  readonly kind: 'account';
  readonly name: string;
  /** Absolute, without `.` and without a slash at its end. */
  readonly maildir: string;
  /** Absolute. */
  readonly home: string;
}

export interface SharedGroup {
  readonly kind: 'group';
  readonly name: string;
  /** Beside the file that names it. */
  readonly file: string;
}

export interface SharedIndex {
  /** In the order of the file; of those of one name in IMAP the first. */
  readonly entries: readonly SharedIndexEntry[];
  /** By the level that stands for them in names of folders. */
  readonly byLevel: ReadonlyMap<string, SharedIndexEntry>;
  /** In words, with numbers of lines from 1. */
  readonly faults: readonly string[];
}

/** Entries past this many are not read. */
const mostEntries = 100_000;

/** First line of a file that Facteur makes, and may add to. */
export const ownIndexMark =
  '# Kept by facteur: accounts that share folders. Without this line it adds nothing.';

/** Courier: `.` and `/` cannot be in a level of a folder name, and become spaces. */
export const mungeName = (name: string): string => name.normalize('NFC').replace(/[./]/g, ' ');

/** The same with IMAP_SHAREDMUNGENAMES. Understood in names that clients have stored, never told. */
const mungeReversibly = (name: string): string =>
  name.normalize('NFC').replace(/\\/g, '\\\\').replace(/\./g, '\\:').replace(/\//g, '\\;');

export function parseSharedIndex(content: Buffer): SharedIndex {
  const entries: SharedIndexEntry[] = [];
  const byLevel = new Map<string, SharedIndexEntry>();
  const faults: string[] = [];
  const lines = content.toString('utf8').split('\n');
  for (const [at, written] of lines.entries()) {
    const comment = written.indexOf('#');
    const line = (comment < 0 ? written : written.slice(0, comment)).replace(/\r$/, '');
    if (line.trim() === '') continue;
    const entry = entries.length < mostEntries ? parseLine(line) : `more than ${mostEntries} entries`;
    if (typeof entry === 'string') {
      faults.push(`line ${at + 1}: ${entry}`);
      continue;
    }
    const level = mungeName(entry.name);
    if (byLevel.has(level)) {
      faults.push(`line ${at + 1}: its name is taken by a line above`);
      continue;
    }
    entries.push(entry);
    byLevel.set(level, entry);
  }
  for (const entry of entries) {
    const level = mungeReversibly(entry.name);
    if (!byLevel.has(level)) byLevel.set(level, entry);
  }
  return { entries, byLevel, faults };
}

/** The entry, or what is wrong. */
function parseLine(line: string): SharedIndexEntry | string {
  const [name = '', owner, third, home, maildir] = line.split('\t');
  if (owner === undefined) return 'expected fields parted by TAB';
  if (name.trim() !== name || !isPlain(name)) return 'expected a name of an account or a group';
  if (owner === '*') {
    if (third === undefined || !isPlain(third)) return 'expected the file of the group';
    return { kind: 'group', name, file: third };
  }
  // Courier: neither may be 0.
  if (!isNumber(owner) || third === undefined || !isNumber(third)) return 'expected uid and gid above 0';
  if (home === undefined || !isPlain(home) || !home.startsWith('/')) return 'expected an absolute home';
  const below = maildir === undefined || maildir === '' ? './Maildir' : maildir;
  if (!isPlain(below)) return 'expected the path of a Maildir';
  const path = posix.resolve(home, below);
  return { kind: 'account', name, maildir: path, home: posix.resolve(home) };
}

const isNumber = (field: string): boolean => /^0*[1-9][0-9]{0,9}$/.test(field);
/** One that could not be text of a level or of a path is none. */
const isPlain = (field: string): boolean =>
  field !== '' && field.length <= 4096 && !/[\x00-\x1f\x7f\ufffd]/.test(field);

/** The line of an account; undefined: its name or its home cannot be written in this format. */
export function formatSharedAccount(account: {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}): string | undefined {
  const line = `${account.name}\t${account.uid}\t${account.gid}\t${account.home}`;
  if (!isPlain(account.home) || line.includes('#') || typeof parseLine(line) === 'string') return undefined;
  return `${line}\n`;
}
