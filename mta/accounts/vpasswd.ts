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
import type { AccountRecord } from './store.ts';

/** A line that is no account; `line` counts from 1. */
export interface TornLine {
  readonly line: number;
  readonly text: string;
}

const number = (text: string): number => (/^[0-9]{1,10}$/.test(text) ? Number(text) : 0);

/** Reads the fields after the name (the data of vpasswd.cdb). Undefined: torn. */
export function parseVpasswdFields(name: string, rest: string): AccountRecord | undefined {
  const fields = rest.split(':');
  if (fields.length < 6 || name === '') return undefined;
  const [password = '', uid = '', flags = '', gecos = '', directory = '', quota = '', ...more] = fields;
  const entry = { name, password, uid: number(uid), flags: number(flags), gecos, directory, quota };
  return more.length === 0 ? entry : { ...entry, clear: more.join(':') };
}

/** Reads one line; undefined when it is torn. */
export function parseVpasswdLine(line: string): AccountRecord | undefined {
  const colon = line.indexOf(':');
  return colon < 0 ? undefined : parseVpasswdFields(line.slice(0, colon), line.slice(colon + 1));
}

/** All accounts of a vpasswd text, in its order, and what could not be read. */
export function parseVpasswd(text: string): {
  readonly entries: readonly AccountRecord[];
  readonly torn: readonly TornLine[];
} {
  const entries: AccountRecord[] = [];
  const torn: TornLine[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const entry = parseVpasswdLine(line);
    if (entry === undefined) torn.push({ line: index + 1, text: line });
    else entries.push(entry);
  }
  return { entries, torn };
}

/** The line of an account, without its line feed. */
export function formatVpasswdEntry(entry: AccountRecord): string {
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
  return makeCdb(wholeLines(Buffer.from(text, 'latin1')));
}

/** Name and rest of each line that is an account, as views. A domain may have a hundred thousand. */
function* wholeLines(bytes: Buffer): Generator<[Buffer, Buffer]> {
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed;
    const colon = bytes.indexOf(58, start);
    let colons = 0;
    for (let at = colon; at >= 0 && at < end && colons < 6; at = bytes.indexOf(58, at + 1)) colons++;
    if (colons === 6 && colon > start) yield [bytes.subarray(start, colon), bytes.subarray(colon + 1, end)];
    start = end + 1;
  }
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

/** Compiles vpasswd as it is into its cdb, under the lock. The text is not touched. */
export async function recompileVpasswd(directory: string, owner: Owner): Promise<void> {
  await withFileLock(
    join(directory, '.vpasswd.lock'),
    async () => {
      const cdb = compileVpasswd(await readVpasswdText(directory));
      await replaceFile(join(directory, 'vpasswd.cdb'), cdb, 0o600, owner);
    },
    { owner },
  );
}

const latin1ToText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
export const textToLatin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** Fields that may hold more than ASCII. */
const textFields = ['name', 'gecos', 'directory'] as const;

/** A record read from a latin1 text, its fields as text. */
export function toText(raw: AccountRecord): AccountRecord {
  const [name, gecos, directory] = [
    latin1ToText(raw.name),
    latin1ToText(raw.gecos),
    latin1ToText(raw.directory),
  ];
  return { ...raw, name, gecos, directory };
}

/** The record for a latin1 text. A field that did not change keeps the bytes it had, whatever their charset. */
export function toStoredBytes(record: AccountRecord, raw: AccountRecord): AccountRecord {
  const old = toText(raw);
  const stored = { ...record };
  for (const field of textFields)
    stored[field] = record[field] === old[field] ? raw[field] : textToLatin1(record[field]);
  return stored;
}
