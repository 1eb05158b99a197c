// Where the mailing lists of a domain are: `.qmail-LIST` is a link to DIR/editor, as ezmlm-make lays it, and its other names
// (`.qmail-LIST-owner` ...) lead into the same directory. A list counts when DIR lies in the domain's directory and is
// one (mta/lists/list.ts); links elsewhere are left alone and shown among the aliases.
import { readdir, readlink, rm, unlink } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { isMissing } from '../../control/cached-file.ts';
import { ListError } from '../../lists/errors.ts';
import { type MailingList, openList, usesDatabase } from '../../lists/list.ts';
import { syncDirectory } from '../durable.ts';
import type { Domain } from '../types.ts';
import { aliasNameOf } from './alias-files.ts';

/** A list by its links. */
export interface ListPlace {
  /** Local part of its address. */
  readonly name: string;
  /** Of its files. */
  readonly directory: string;
  /** File names in the domain's directory that lead into it, `.qmail-NAME` among them. */
  readonly links: readonly string[];
}

/** Links of the domain's directory that lead below it: file name to target. */
async function readLinks(domain: Domain): Promise<ReadonlyMap<string, string>> {
  const links = new Map<string, string>();
  const entries = await readdir(domain.directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const entry of entries) {
    if (!entry.isSymbolicLink() || !entry.name.startsWith('.qmail-')) continue;
    const target = await readlink(join(domain.directory, entry.name)).catch(() => undefined);
    const path =
      target === undefined ? '' : normalize(join(target.startsWith('/') ? '' : domain.directory, target));
    if (path.startsWith(`${domain.directory}/`)) links.set(entry.name, path);
  }
  return links;
}

/** All lists of a domain, by name. */
export async function findListPlaces(domain: Domain): Promise<readonly ListPlace[]> {
  const links = await readLinks(domain);
  const places: ListPlace[] = [];
  for (const [file, path] of links) {
    const name = aliasNameOf(file);
    if (name === undefined || !path.endsWith('/editor')) continue;
    const directory = dirname(path);
    // The digest of a list has no editor; a second name of a list is a list of its own to us.
    const isIts = ([link, target]: [string, string]): boolean =>
      (link === file || link.startsWith(`${file}-`)) && target.startsWith(`${directory}/`);
    places.push({ name, directory, links: [...links].filter(isIts).map(([link]) => link) });
  }
  return places.sort((one, other) => (one.name < other.name ? -1 : 1));
}

export const findListPlace = async (domain: Domain, name: string): Promise<ListPlace | undefined> =>
  (await findListPlaces(domain)).find((place) => place.name === name);

/** Names of aliases that are a list's own. */
export async function listAliasNamesOfLists(domain: Domain): Promise<ReadonlySet<string>> {
  const names = (await findListPlaces(domain)).flatMap(({ links }) => links.map(aliasNameOf));
  return new Set(names.filter((name) => name !== undefined));
}

/** Opens a list, or says why it cannot be changed here. */
export async function openPlace(place: ListPlace): Promise<MailingList | { readonly odd: string }> {
  try {
    const list = await openList(place.directory);
    return (await usesDatabase(place.directory)) ? { odd: 'its members are in a database' } : list;
  } catch (error) {
    if (error instanceof ListError) return { odd: error.message };
    throw error;
  }
}

/** Takes a list away: first the links, so that mail is refused from then on, then its directory. */
export async function removePlace(domain: Domain, { directory, links }: ListPlace): Promise<void> {
  for (const link of links)
    await unlink(join(domain.directory, link)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  await syncDirectory(domain.directory);
  await rm(directory, { recursive: true, force: true });
  await syncDirectory(dirname(directory));
}
