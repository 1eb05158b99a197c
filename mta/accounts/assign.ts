// users/assign and its compiled form users/cdb: who controls which local part (qmail-users(9), spec/qmail.md 5.3).
// Parsing, compiling and inserting lines are pure; the result of compiling is byte for byte qmail-newu's, but that
// wildcard characters are stored in lower case, because a lookup asks for them so (`+Joe-W:` never matches in qmail).

import { lowerAscii } from '../formats/address.ts';
import { makeCdb } from '../formats/cdb.ts';

/** users/assign breaks its rules: qmail-newu's "bad format". `line` counts from 1. */
export class AssignError extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`bad format in users/assign, line ${line}: ${problem}`);
    this.name = 'AssignError';
    this.line = line;
  }
}

/** One assignment. Numbers stay text: qmail-newu does not read them. */
export interface Assignment {
  /** True: `+prefix`, every local part that begins so. */
  readonly wildcard: boolean;
  /** As written, without the first byte. */
  readonly local: string;
  readonly user: string;
  readonly uid: string;
  readonly gid: string;
  readonly home: string;
  readonly dash: string;
  readonly ext: string;
}

/**
 * Parses users/assign up to the line that starts with a dot. Throws AssignError: no such line, fewer than six colons
 * after the first field, a NUL.
 */
export function parseAssign(text: string): readonly Assignment[] {
  const assignments: Assignment[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('.')) return assignments;
    if (index === lines.length - 1) break;
    if (line.includes('\0')) throw new AssignError(index + 1, 'a NUL byte');
    const fields = line.split(':');
    if (fields.length < 8) throw new AssignError(index + 1, 'six colons are needed after the first field');
    const [key, user, uid, gid, home, dash, ext] = fields as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    if (key === '') throw new AssignError(index + 1, 'no name');
    // qmail-newu: any first byte other than + means a simple assignment.
    assignments.push({ wildcard: key.startsWith('+'), local: key.slice(1), user, uid, gid, home, dash, ext });
  }
  throw new AssignError(lines.length, 'the last line must be a lone dot');
}

/** The bytes of users/cdb. `text` is users/assign read as latin1, so that every byte survives. Throws AssignError. */
export function compileAssign(text: string): Buffer {
  const entries: [Buffer, Buffer][] = [];
  let wildcards = '';
  for (const { wildcard, local, user, uid, gid, home, dash, ext } of parseAssign(text)) {
    const name = lowerAscii(local);
    const key = wildcard ? `!${name}` : `!${name}\0`;
    const last = name.at(-1);
    if (wildcard && last !== undefined && !wildcards.includes(last)) wildcards += last;
    entries.push([
      Buffer.from(key, 'latin1'),
      Buffer.from([user, uid, gid, home, dash, ext].join('\0'), 'latin1'),
    ]);
  }
  entries.push([Buffer.alloc(0), Buffer.from(wildcards, 'latin1')]);
  return makeCdb(entries);
}

/** The line of one assignment, without its line feed. */
export function formatAssignment(a: Assignment): string {
  return `${a.wildcard ? '+' : '='}${a.local}:${a.user}:${a.uid}:${a.gid}:${a.home}:${a.dash}:${a.ext}:`;
}
