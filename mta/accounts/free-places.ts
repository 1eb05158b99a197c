// DOM/.dir_control_free: the hashed directories that removed accounts have left, which new ones take again first
// (vpopmail's backfill, spec/vpopmail.md 1.4). A file with every back end. Whoever calls holds the domain's lock.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { DirectoryControl } from './directories.ts';
import { isHashPath, nextControl } from './directories.ts';
import { replaceFile } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { MAX_DIRECTORY } from './names.ts';
import type { Domain } from './types.ts';

const pathOf = (domain: Domain): string => join(domain.directory, '.dir_control_free');

/** The paths, oldest first; lines that are none are nobody's place. */
async function readFreePlaces(domain: Domain): Promise<readonly string[]> {
  try {
    const lines = (await readFile(pathOf(domain), 'latin1')).split('\n');
    return lines.map((line) => line.trim()).filter(isHashPath);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function writeFreePlaces(domain: Domain, places: readonly string[]): Promise<void> {
  const text = places.map((place) => `${place}\n`).join('');
  await replaceFile(pathOf(domain), text, 0o600, domain);
}

/** Where the next account goes. */
export interface Place {
  readonly directory: string;
  /** The state with this account counted. */
  readonly control: DirectoryControl;
  /** Strikes the place from the file, when it is from there. */
  take(): Promise<void>;
}

/** The next free place for an account of that name. Throws VpopmailError -30. */
export async function findPlace(domain: Domain, name: string, control: DirectoryControl): Promise<Place> {
  const free = await readFreePlaces(domain);
  const next = nextControl(control);
  // vpopmail backfill: places that deleted accounts left are used again first.
  const directory = join(domain.directory, free.at(-1) ?? next.path, name);
  if (Buffer.byteLength(directory) > MAX_DIRECTORY) throw new VpopmailError(-30, directory);
  if (free.length === 0) return { directory, control: next, take: async () => undefined };
  return {
    directory,
    control: { ...control, users: next.users },
    take: () => writeFreePlaces(domain, free.slice(0, -1)),
  };
}

/** Keeps the hashed place of a removed account for the next one. */
export async function leavePlace(domain: Domain, directory: string): Promise<void> {
  const parent = dirname(directory);
  const place = parent.startsWith(`${domain.directory}/`) ? parent.slice(domain.directory.length + 1) : '';
  if (isHashPath(place)) await writeFreePlaces(domain, [...(await readFreePlaces(domain)), place]);
}
