// The settings of a site, read from QMAIL/control: which files, the line of control/me where it is the default, and
// what is kept of them between two readings. What each setting is and how its file becomes a value is in definitions.ts.
// A missing file is its default; a wrong one is a ControlError that names file, value and what is expected.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cdb } from '../formats/cdb.ts';
import { CachedFile, CachedPaths, isMissing } from './cached-file.ts';
import { definitions } from './definitions.ts';
import type { ControlFile } from './reading.ts';
import { ControlError, readLine } from './reading.ts';
import type { SettingName, Settings } from './setting-types.ts';
import { TrustedAnswers } from './trusted-answers.ts';

export { roomOf, type SettingRoom, settingRooms, settingTable } from './definitions.ts';
export type { ListenEntry, ListenName } from './network.ts';
export { ControlError } from './reading.ts';
export type { Setting, SettingName, Settings } from './setting-types.ts';

/** Where settings come from: files read now, or kept while they do not change. */
interface Source {
  text(path: string): Promise<string | undefined>;
  cdb(path: string): Promise<Cdb | undefined>;
  value(name: SettingName, file: ControlFile): unknown;
}

/** Every file read anew. */
const directSource: Source = {
  text: (path) => orMissing(path, readFile(path, 'utf8')),
  cdb: (path) => orMissing(path, Cdb.open(path)),
  value: (name, file) => definitions[name].read(file),
};

async function orMissing<T>(path: string, reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return code === undefined ? error : new ControlError(path, '', `a file that can be read (${code})`);
}

async function readFrom<K extends SettingName>(
  qmailDir: string,
  names: readonly K[],
  source: Source,
): Promise<Pick<Settings, K>> {
  const pathOf = (name: string): string => join(qmailDir, 'control', name);
  const readOne = async (name: K, meLine: Promise<string | undefined>): Promise<[K, unknown]> => {
    const path = pathOf(name);
    if (definitions[name].kind === 'cdb') return [name, await source.cdb(`${path}.cdb`)];
    const [text, me] = await Promise.all([
      source.text(path),
      definitions[name].usesMe === true ? meLine : undefined,
    ]);
    return [name, source.value(name, { path, text, me })];
  };
  const needsMe = names.some((name) => definitions[name].usesMe === true);
  const me = needsMe ? readMe(pathOf('me'), source) : Promise.resolve(undefined);
  const pairs = await Promise.all([me, ...names.map((name) => readOne(name, me))]);
  return Object.fromEntries(pairs.slice(1) as [K, unknown][]) as Pick<Settings, K>;
}

async function readMe(path: string, source: Source): Promise<string | undefined> {
  return readLine({ path, text: await source.text(path), me: undefined }) || undefined;
}

/**
 * Reads settings from QMAILDIR/control. Throws ControlError for a wrong value and for a file that cannot be read,
 * CdbError for a damaged morercpthosts.cdb.
 */
export function readSettings<K extends SettingName>(
  qmailDir: string,
  names: readonly K[],
): Promise<Pick<Settings, K>> {
  return readFrom(qmailDir, names, directSource);
}

/** Settings for those who ask again and again (every connection): files are read anew only when they changed. */
export interface SettingsReader {
  /** As readSettings. `trustMs`: a look at a file that is no older than so many milliseconds is good enough. */
  read<K extends SettingName>(names: readonly K[], trustMs?: number): Promise<Pick<Settings, K>>;
}

/** Opens the control directory for repeated reading; the values are as fresh as those of readSettings. */
export function openSettings(qmailDir: string): SettingsReader {
  const texts = new CachedPaths((path) => new CachedFile(path, (bytes) => bytes?.toString('utf8')));
  const cdbs = new CachedPaths(
    (path) => new CachedFile(path, (bytes) => (bytes === undefined ? undefined : Cdb.from(bytes, path))),
  );
  const parsed = new Map<SettingName, { text: string | undefined; me: string | undefined; value: unknown }>();
  const value = (name: SettingName, file: ControlFile): unknown => {
    const { text, me } = file;
    const known = parsed.get(name);
    if (known !== undefined && known.text === text && known.me === me) return known.value;
    const made = definitions[name].read(file);
    parsed.set(name, { text, me, value: made });
    return made;
  };
  const source: Source = {
    text: (path) => orMissing(path, texts.get(path).read()),
    cdb: (path) => orMissing(path, cdbs.get(path).read()),
    value,
  };
  const readNow = <K extends SettingName>(names: readonly K[]): Promise<Pick<Settings, K>> =>
    readFrom(qmailDir, names, source);
  const trusted = new TrustedAnswers<unknown>();
  return {
    read: <K extends SettingName>(names: readonly K[], trustMs = 0) =>
      trustMs === 0
        ? readNow(names)
        : (trusted.get(names.join(), trustMs, () => readNow(names)) as Promise<Pick<Settings, K>>),
  };
}
