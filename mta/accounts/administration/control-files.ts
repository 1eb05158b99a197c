// The control files as an administrator of the system sees and changes them (qmail-showctl, spec/qmail.md 12.1): what
// each says, what is wrong with it, and files that nobody reads. A new text is read by the setting's own reader before
// it is stored, whole and durably, under the lock that the domains' tools take. What is changed on the machine only is
// in ../../control/site-files.ts; passwords in a file are never given out.
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlError, readLine, readLines } from '../../control/reading.ts';
import { type Setting, settingTable } from '../../control/settings.ts';
import {
  faultWords,
  hidePasswords,
  holdsPasswords,
  listUnknownFiles,
  runScriptFiles,
  settingLock,
} from '../../control/site-files.ts';
import type { SettingDetails, SettingSummary, SettingsReport } from '../administration.ts';
import { NoSuchObject, Refusal } from '../administration.ts';
import { type Owner, replaceFile, syncDirectory } from '../durable.ts';
import { type Found, readKeptFile } from '../kept-files.ts';
import { withFileLock } from '../lock.ts';
import { checkVersion, versionOf } from './site.ts';

/** Bytes of a control file that is shown and changed on a page. */
const MOST_BYTES = 65_536;
/** Lines and characters of a value in the list. */
const SHOWN_LINES = 5;
const SHOWN_CHARACTERS = 200;
/** Warnings about one file that are told. */
const MOST_WARNINGS = 20;

const nameOf = (name: string): string => name.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);

const versionOfFile = (found: Found): string =>
  versionOf(found.kind, found.kind === 'file' ? found.text : found.kind === 'odd' ? found.words : '');

/** The text of a file's bytes; undefined: they are not UTF-8 and cannot go through a form unharmed. */
function decode(bytes: string): string | undefined {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return Buffer.from(text, 'utf8').toString('latin1') === bytes && !text.includes('\0') ? text : undefined;
}

/** What a setting's own reader says of a text; undefined text: of the default. */
function examine(
  setting: Setting,
  text: string | undefined,
  me: string | undefined,
): { readonly problem?: string; readonly warnings: readonly string[] } {
  try {
    const value = setting.read({ path: setting.name, text, me }) as
      | { readonly warnings?: readonly string[] }
      | undefined;
    return { warnings: (value?.warnings ?? []).slice(0, MOST_WARNINGS) };
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return { problem: faultWords(setting.name, error), warnings: [] };
  }
}

async function readMe(control: string): Promise<string | undefined> {
  const found = await readKeptFile(join(control, 'me'), MOST_BYTES);
  if (found.kind !== 'file') return undefined;
  try {
    return readLine({ path: 'me', text: decode(found.text), me: undefined }) || undefined;
  } catch (error) {
    // Told in its own place.
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}

/** A file that a page cannot carry is shown as what it is. */
const lockOf = (setting: Setting, found: Found): SettingDetails['lock'] => {
  const lock = settingLock(setting.name);
  if (lock !== undefined) return lock;
  if (found.kind === 'odd') return 'odd';
  return found.kind === 'file' && decode(found.text) === undefined ? 'bytes' : undefined;
};

function describe(
  setting: Setting,
  found: Found,
  me: string | undefined,
): Omit<SettingDetails, 'version'> & { readonly text: string } {
  const { name } = setting;
  const usual = setting.usesMe && me !== undefined ? me : setting.default;
  const lock = lockOf(setting, found);
  const shared = { name, isSet: found.kind !== 'missing', default: usual, lock };
  if (found.kind === 'odd')
    return { ...shared, text: '', isMasked: false, warnings: [], problem: `${name} is ${found.words}` };
  const text = found.kind === 'file' ? (decode(found.text) ?? found.text) : '';
  // A compiled table has no text that is read.
  const told =
    setting.kind === 'cdb'
      ? { warnings: [] }
      : examine(setting, found.kind === 'file' ? text : undefined, me);
  const isMasked = holdsPasswords(name, text);
  return {
    ...shared,
    ...told,
    isMasked,
    text: isMasked ? hidePasswords(name, text.split('\n')).join('\n') : text,
  };
}

/** The lines that count, as many as fit in a list. */
function shorten(kind: Setting['kind'], text: string): SettingSummary['value'] {
  const first = text.split('\n', 1)[0] ?? '';
  const lines = kind === 'line' || kind === 'int' ? [first] : countedLines(text);
  return {
    lines: lines.slice(0, SHOWN_LINES).map((line) => line.slice(0, SHOWN_CHARACTERS)),
    more: Math.max(0, lines.length - SHOWN_LINES),
  };
}

function countedLines(text: string): readonly string[] {
  try {
    return readLines({ path: '', text, me: undefined }) ?? [];
  } catch (error) {
    if (error instanceof ControlError) return text.split('\n');
    throw error;
  }
}

/** All settings and what else is in control/. */
export async function describeSettings(control: string): Promise<SettingsReport> {
  const me = await readMe(control);
  const names = await readdir(control, 'utf8');
  const there = new Set(names);
  const settings = await Promise.all(
    settingTable.map(async (setting): Promise<SettingSummary> => {
      const { name, kind } = setting;
      const found: Found = there.has(name)
        ? await readKeptFile(join(control, name), MOST_BYTES)
        : { kind: 'missing' };
      const { text, isMasked: _, ...rest } = describe(setting, found, me);
      return {
        ...rest,
        isSet: rest.isSet || (kind === 'cdb' && there.has(`${name}.cdb`)),
        value: shorten(kind, text),
      };
    }),
  );
  return {
    settings,
    unknown: listUnknownFiles(names).slice(0, 100).map(nameOf),
    runScripts: Object.keys(runScriptFiles).filter((name) => there.has(name)),
  };
}

function findSetting(name: string): Setting {
  const setting = settingTable.find((one) => one.name === name);
  if (setting === undefined) throw new NoSuchObject('no such setting');
  return setting;
}

export async function describeSetting(control: string, name: string): Promise<SettingDetails> {
  const setting = findSetting(name);
  const [found, me] = await Promise.all([readKeptFile(join(control, name), MOST_BYTES), readMe(control)]);
  return { ...describe(setting, found, me), version: versionOfFile(found) };
}

/** Whose a file is and who may read it: that stays. */
async function ownershipOf(path: string): Promise<{ readonly mode: number; readonly owner: Owner }> {
  const { uid, gid, mode } = await lstat(path);
  return { mode: mode & 0o777, owner: { uid, gid } };
}

/** One short value as it is, of others how many lines; never what may be a password. */
function describeText({ name, kind }: Setting, text: string): string {
  const lines = countedLines(text);
  const [first = ''] = lines;
  if ((kind === 'line' || kind === 'int') && !holdsPasswords(name, text))
    return JSON.stringify(first.slice(0, 200));
  return lines.length === 1 ? '1 line' : `${lines.length} lines`;
}

/** The text of a form as it is stored: lines end in LF, the last one too. Throws Refusal. */
function readTyped(name: string, typed: string): string {
  const text = typed.replaceAll('\r\n', '\n').replace(/([^\n])$/, '$1\n');
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new Refusal('text', 'too-long', `more than ${MOST_BYTES} bytes are written on the machine`);
  if (!text.isWellFormed() || /[^\P{Cc}\t\n]/u.test(text))
    throw new Refusal('text', 'characters', 'there are control characters in the text');
  if (text.includes('|...') && holdsPasswords(name, text))
    throw new Refusal(
      'text',
      'masked',
      'the dots stand for passwords that are not shown; write the whole text with the passwords',
    );
  return text;
}

/**
 * Stores a text, or removes the file (undefined: the default holds again). Gives what the audit log is told. Throws
 * NoSuchObject, Conflict, Refusal with the reader's words, and LockBusyError.
 */
export async function changeSetting(
  control: string,
  name: string,
  version: string,
  typed: string | undefined,
): Promise<string> {
  const setting = findSetting(name);
  const path = join(control, name);
  const text = typed === undefined ? undefined : readTyped(name, typed);
  const refuseLocked = (found: Found): void => {
    const lock = lockOf(setting, found);
    if (lock !== undefined)
      throw new Refusal('text', `locked-${lock}`, `${name} is changed on the machine only`);
  };
  refuseLocked({ kind: 'missing' });
  const { problem, warnings } = examine(setting, text, await readMe(control));
  const said = [...(problem === undefined ? [] : [problem]), ...warnings];
  if (said.length > 0) throw new Refusal('text', 'value', said.join('; '));
  return withFileLock(`${path}.lock`, async () => {
    const found = await readKeptFile(path, MOST_BYTES);
    checkVersion(version, versionOfFile(found), name);
    refuseLocked(found);
    if (text !== undefined) {
      const { mode, owner } =
        found.kind === 'file' ? await ownershipOf(path) : { mode: 0o644, owner: undefined };
      await replaceFile(path, text, mode, owner);
    } else if (found.kind === 'file') {
      await unlink(path);
      await syncDirectory(control);
    }
    const before = found.kind === 'file' ? describeText(setting, found.text) : 'the default';
    return `${before} to ${text === undefined ? 'the default' : describeText(setting, text)}`;
  });
}
