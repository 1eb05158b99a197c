// Where aliases are kept: DOM/.qmail-NAME files, and vpopmail's valias table where the back end has one (spec/vpopmail.md
// 8.1, 8.2). A dot of a name is a colon in the file's name. Files win, as they do at delivery; a new alias goes where the
// site keeps its aliases. Callers hold the domain's lock for changes.
import { join } from 'node:path';
import { aliasFileName, MAX_ALIAS_FILE } from '../alias-files.ts';
import { listNames, readKeptFile, storeKeptFile } from '../kept-files.ts';
import type { Domain } from '../types.ts';
import { joinLines, type Line, readLine, splitText } from './dot-qmail-lines.ts';
import { type Site, versionOf } from './site.ts';

const PREFIX = '.qmail-';

/** One alias as it is stored. */
export interface StoredAlias {
  readonly name: string;
  readonly where: 'file' | 'table';
  readonly lines: readonly Line[];
  readonly version: string;
  readonly mode: number;
  /** Not a file that can be read and written here: why. */
  readonly odd?: string | undefined;
}

/** The name of a file; undefined when it is none of an alias, or one that qmail never looks for. */
export function aliasNameOf(file: string): string | undefined {
  if (!file.startsWith(PREFIX)) return undefined;
  const name = file.slice(PREFIX.length);
  if (name === '' || name === 'default' || /[A-Z./]/.test(name) || name.endsWith('.tmp')) return undefined;
  return name.replaceAll(':', '.');
}

/** What is needed of a site to read its aliases. */
export type AliasSite = Pick<Site, 'store'>;

/** Names of all aliases, robots and lists of a domain, in byte order. */
export async function listAliasNames(site: AliasSite, domain: Domain): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const file of await listNames(domain.directory)) {
    const name = aliasNameOf(file);
    if (name !== undefined) names.add(name);
  }
  for (const name of (await (await site.store.aliasTable())?.list(domain))?.keys() ?? []) names.add(name);
  return [...names].sort();
}

/** Reads one; undefined when there is none. */
export async function readAlias(
  site: AliasSite,
  domain: Domain,
  name: string,
): Promise<StoredAlias | undefined> {
  const found = await readKeptFile(join(domain.directory, aliasFileName(name)), MAX_ALIAS_FILE);
  if (found.kind === 'odd')
    return { name, where: 'file', lines: [], version: versionOf(found.words), mode: 0, odd: found.words };
  if (found.kind === 'file') {
    const { text, mode } = found;
    return { name, where: 'file', lines: splitText(text).map(readLine), version: versionOf(text), mode };
  }
  const lines = (await (await site.store.aliasTable())?.find(domain, name)) ?? [];
  if (lines.length === 0) return undefined;
  return {
    name,
    where: 'table',
    lines: lines.map(readLine),
    version: versionOf('table', lines),
    mode: 0o600,
  };
}

/** Stores the lines of an alias. `old`: as it is stored now. */
export async function storeAlias(
  site: Site,
  domain: Domain,
  name: string,
  old: StoredAlias | undefined,
  lines: readonly string[],
): Promise<void> {
  const table = await site.store.aliasTable();
  if (table === undefined || old?.where === 'file') {
    const path = join(domain.directory, aliasFileName(name));
    await storeKeptFile(path, joinLines(lines), domain, old?.mode);
    return;
  }
  // New lines first: at no moment has the address nobody.
  const had = old?.lines.map((line) => line.text) ?? [];
  for (const line of lines) if (!had.includes(line)) await table.insert(domain, name, line);
  for (const line of new Set(had)) if (!lines.includes(line)) await table.remove(domain, name, line);
}

export async function removeStoredAlias(site: Site, domain: Domain, old: StoredAlias): Promise<void> {
  if (old.where === 'table') await (await site.store.aliasTable())?.remove(domain, old.name);
  else await storeKeptFile(join(domain.directory, aliasFileName(old.name)), undefined, domain);
}
