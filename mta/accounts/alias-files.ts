// Aliases of a domain as vpopmail keeps them without a database: DOM/.qmail-NAME, one line an entry, `.` in the name
// stored as `:` (spec/vpopmail.md 8.1). Every change replaces the file in one durable step. A symbolic link is part of a
// mailing list: it is listed once, and never written through.
import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { lowerAscii } from '../formats/address.ts';
import { replaceFile, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { isUserName } from './names.ts';
import type { Domain } from './types.ts';

/** vpopmail MAX_ALIAS_LINE. */
export const MAX_ALIAS_LINE = 160;

/** The path of an alias' file. Throws VpopmailError -1 for a name that cannot be a local part. */
export function aliasPath({ directory }: Pick<Domain, 'directory'>, alias: string): string {
  const name = lowerAscii(alias);
  if (!isUserName(name)) throw new VpopmailError(-1);
  return join(directory, `.qmail-${name.replaceAll('.', ':')}`);
}

/** Checks one line of an alias. Throws VpopmailError -32, -20. */
export function checkAliasLine(line: string): string {
  if (Buffer.byteLength(line) >= MAX_ALIAS_LINE) throw new VpopmailError(-32);
  if (/[\n\0]/.test(line)) throw new VpopmailError(-20, 'an alias line holds no line feed and no NUL');
  return line;
}

/** The lines of an alias as they are in its file; undefined when there is no such alias. */
export async function readAliasLines(domain: Domain, alias: string): Promise<readonly string[] | undefined> {
  const text = await readAliasText(aliasPath(domain, alias), 0);
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

async function readAliasText(path: string, flags: number): Promise<string | undefined> {
  try {
    // Whatever lies there under that name: a FIFO must not hold us.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
    try {
      return (await file.stat()).isFile() ? await file.readFile('utf8') : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Names of all aliases without the domain's default, in vpopmail's order; of a list only its own name. */
export async function listAliasNames({ directory }: Domain): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.name.startsWith('.qmail-') || entry.name === '.qmail-default') continue;
    if (entry.name.length === '.qmail-'.length || entry.name.endsWith('.tmp')) continue;
    // vpopmail: the links of one list are one name.
    if (entry.isSymbolicLink() && /-default|-owner/.test(entry.name)) continue;
    if (entry.isDirectory()) continue;
    names.push(entry.name.slice('.qmail-'.length).replaceAll(':', '.'));
  }
  return names.sort((one, other) => compareBytes(lowerAscii(one), lowerAscii(other)));
}

const compareBytes = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Adds a line at the end. Throws VpopmailError -32, -20, and -20 for the link of a list. */
export async function insertAliasLine(domain: Domain, alias: string, line: string): Promise<void> {
  const path = aliasPath(domain, alias);
  checkAliasLine(line);
  if (await isLink(path)) throw new VpopmailError(-20, `${path} is a link of a mailing list`);
  const text = (await readAliasText(path, constants.O_NOFOLLOW)) ?? '';
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  await replaceFile(path, `${whole}${line}\n`, 0o600, domain);
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Removes an alias, if it is there. */
export async function removeAliasFile(domain: Domain, alias: string): Promise<void> {
  await rm(aliasPath(domain, alias), { force: true });
  await syncDirectory(domain.directory);
}
