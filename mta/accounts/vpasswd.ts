// DOM/vpasswd, the accounts of one domain, and its compiled form vpasswd.cdb (spec/vpopmail.md 2.1, 2.2).
// One line an account, sorted by name; the text is the truth, lookups read the cdb. A change is one line: all others
// stay as they are, byte for byte, whatever wrote them. A torn line (fewer than six colons) is nobody's account; it is
// kept in the text, left out of the cdb, and reported.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { makeCdb } from '../formats/cdb.ts';
import type { Owner } from './durable.ts';
import { replaceFile } from './durable.ts';
import { withFileLock } from './lock.ts';

/** One line of vpasswd. */
export interface VpasswdEntry {
  readonly name: string;
  /** crypt string; may be empty or unusable. */
  readonly password: string;
  /** vpopmail's own number: 1 for a POP user. Not a Unix id. */
  readonly uid: number;
  /** Flag bits. Not a Unix id. */
  readonly flags: number;
  readonly gecos: string;
  readonly directory: string;
  readonly quota: string;
  /** Present in sites that keep clear-text passwords; never used for login. */
  readonly clear?: string | undefined;
}

/** A line that is no account; `line` counts from 1. */
export interface TornLine {
  readonly line: number;
  readonly text: string;
}

const number = (text: string): number => (/^[0-9]{1,10}$/.test(text) ? Number(text) : 0);

/** Reads the fields after the name (the data of vpasswd.cdb). Undefined: torn. */
export function parseVpasswdFields(name: string, rest: string): VpasswdEntry | undefined {
  const fields = rest.split(':');
  if (fields.length < 6 || name === '') return undefined;
  const [password = '', uid = '', flags = '', gecos = '', directory = '', quota = '', ...more] = fields;
  const entry = { name, password, uid: number(uid), flags: number(flags), gecos, directory, quota };
  return more.length === 0 ? entry : { ...entry, clear: more.join(':') };
}

function parseLine(line: string): VpasswdEntry | undefined {
  const colon = line.indexOf(':');
  return colon < 0 ? undefined : parseVpasswdFields(line.slice(0, colon), line.slice(colon + 1));
}

/** All accounts of a vpasswd text, in its order, and what could not be read. */
export function parseVpasswd(text: string): {
  readonly entries: readonly VpasswdEntry[];
  readonly torn: readonly TornLine[];
} {
  const entries: VpasswdEntry[] = [];
  const torn: TornLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry === undefined) torn.push({ line: index + 1, text: line });
    else entries.push(entry);
  }
  return { entries, torn };
}

/** The line of an account, without its line feed. */
export function formatVpasswdEntry(entry: VpasswdEntry): string {
  const { name, password, uid, flags, gecos, directory, quota, clear } = entry;
  const fields = [name, password, uid, flags, gecos, directory, quota];
  return (clear === undefined ? fields : [...fields, clear]).join(':');
}

/**
 * The text with the line of `name` replaced, inserted in its sorted place, or (undefined) removed. `text` is the file
 * read as latin1, so that bytes of any charset in other lines survive; `line` likewise.
 */
export function setVpasswdLine(text: string, name: string, line: string | undefined): string {
  const lines = text.split('\n').filter((one) => one !== '');
  const nameOf = (one: string): string => one.slice(0, one.indexOf(':') < 0 ? one.length : one.indexOf(':'));
  const others = lines.filter((one) => nameOf(one) !== name);
  if (line !== undefined) {
    const following = others.findIndex((one) => nameOf(one) > name);
    others.splice(following < 0 ? others.length : following, 0, line);
  }
  return others.map((one) => `${one}\n`).join('');
}

/** The bytes of vpasswd.cdb for a text read as latin1: key is the name, data the rest of the line. */
export function compileVpasswd(text: string): Buffer {
  const entries = text
    .split('\n')
    .filter((line) => line !== '' && parseLine(line) !== undefined)
    .map((line): [Buffer, Buffer] => {
      const colon = line.indexOf(':');
      return [Buffer.from(line.slice(0, colon), 'latin1'), Buffer.from(line.slice(colon + 1), 'latin1')];
    });
  return makeCdb(entries);
}

/** Reads vpasswd as latin1; '' when there is none yet. */
export async function readVpasswdText(directory: string): Promise<string> {
  try {
    return await readFile(join(directory, 'vpasswd'), 'latin1');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}

/**
 * Changes the accounts of a domain under vpopmail's lock: text first, then the cdb, each replaced in one durable step.
 * `edit` gets the text as latin1 and gives the new one; undefined means no change.
 */
export async function updateVpasswd(
  directory: string,
  owner: Owner,
  edit: (text: string) => string | undefined | Promise<string | undefined>,
): Promise<void> {
  const lock = join(directory, '.vpasswd.lock');
  await withFileLock(
    lock,
    async () => {
      const text = await edit(await readVpasswdText(directory));
      if (text === undefined) return;
      await replaceFile(join(directory, 'vpasswd'), Buffer.from(text, 'latin1'), 0o600, owner);
      await replaceFile(join(directory, 'vpasswd.cdb'), compileVpasswd(text), 0o600, owner);
    },
    { owner },
  );
}

/** Turns a field between its bytes as latin1 and its text. */
export const latin1ToText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
export const textToLatin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
