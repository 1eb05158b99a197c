// Aliases of a domain as vpopmail keeps them without a database: DOM/.qmail-NAME, one line an entry, `.` in the name
// stored as `:` (spec/vpopmail.md 8.1). Every change replaces the file in one durable step. A symbolic link is part of a
// mailing list: it is listed once, and never written through.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lowerAscii } from '../formats/address.ts';
import { encodeLine, showLine, splitText } from './administration/dot-qmail-lines.ts';
import { syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { readKeptFile, storeKeptFile } from './kept-files.ts';
import { isUserName } from './names.ts';
import type { Domain } from './types.ts';

/** vpopmail MAX_ALIAS_LINE. */
export const MAX_ALIAS_LINE = 160;
/** Bytes of an alias file that is read as a whole. */
export const MAX_ALIAS_FILE = 262_144;

/** `.qmail-joe:smith` for `joe.smith`. */
export const aliasFileName = (name: string): string => `.qmail-${name.replaceAll('.', ':')}`;

/** The path of an alias' file. Throws VpopmailError -1 for a name that cannot be a local part. */
export function aliasPath({ directory }: Pick<Domain, 'directory'>, alias: string): string {
  const name = lowerAscii(alias);
  if (!isUserName(name)) throw new VpopmailError(-1);
  return join(directory, aliasFileName(name));
}

/** Checks one line of an alias. Throws VpopmailError -32, -20. */
export function checkAliasLine(line: string): string {
  if (Buffer.byteLength(line) >= MAX_ALIAS_LINE) throw new VpopmailError(-32);
  if (/[\n\0]/.test(line)) throw new VpopmailError(-20, 'an alias line holds no line feed and no NUL');
  return line;
}

/** The lines of an alias, for people; undefined when there is no such alias. The links of a list are followed. */
export async function readAliasLines(domain: Domain, alias: string): Promise<readonly string[] | undefined> {
  const found = await readKeptFile(aliasPath(domain, alias), MAX_ALIAS_FILE, { follows: true });
  return found.kind === 'file' ? splitText(found.text).map(showLine) : undefined;
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

/** Adds a line at the end; what is there stays byte for byte. Throws VpopmailError -32, -20, and -20 for what is no file. */
export async function insertAliasLine(domain: Domain, alias: string, line: string): Promise<void> {
  const path = aliasPath(domain, alias);
  checkAliasLine(line);
  const found = await readKeptFile(path, MAX_ALIAS_FILE);
  if (found.kind === 'odd') throw new VpopmailError(-20, `${path} is ${found.words}`);
  const text = found.kind === 'file' ? found.text : '';
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  await storeKeptFile(path, `${whole}${encodeLine(line)}\n`, domain);
}

/** Removes an alias, if it is there. */
export async function removeAliasFile(domain: Domain, alias: string): Promise<void> {
  await rm(aliasPath(domain, alias), { force: true });
  await syncDirectory(domain.directory);
}
