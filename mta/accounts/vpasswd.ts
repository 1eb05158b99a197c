// DOM/vpasswd, the accounts of one domain, and its compiled form vpasswd.cdb (spec/vpopmail.md 2.1, 2.2).
// One line an account, sorted by name; the text is the truth, lookups read the cdb. A change is one line: all others
// stay as they are, byte for byte, whatever wrote them. A torn line (fewer than six colons) is nobody's account; it is
// kept in the text, left out of the cdb, and reported.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { Owner } from './durable.ts';
import { prepareFile, replaceFile, syncDirectory } from './durable.ts';
import { withFileLock } from './lock.ts';
import type { AccountRecord } from './store.ts';
import { compileVpasswdBytes } from './vpasswd-lines.ts';

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

/** Reads vpasswd; empty when there is none yet. */
async function readVpasswd(directory: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, 'vpasswd'));
  } catch (error) {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  }
}

/**
 * Changes the accounts of a domain under vpopmail's lock: text first, then the cdb, each replaced in one durable step.
 * `edit` gets the bytes of the text and gives the new ones; undefined means no change.
 */
export async function updateVpasswdBytes(
  directory: string,
  owner: Owner,
  edit: (bytes: Buffer) => Buffer | undefined | Promise<Buffer | undefined>,
): Promise<void> {
  await withFileLock(
    join(directory, '.vpasswd.lock'),
    async () => {
      const bytes = await edit(await readVpasswd(directory));
      if (bytes === undefined) return;
      // Both are on the disk before either has its name; the text, which is the truth, gets it first.
      const prepared = await Promise.allSettled([
        prepareFile(join(directory, 'vpasswd'), bytes, 0o600, owner),
        prepareFile(join(directory, 'vpasswd.cdb'), compileVpasswdBytes(bytes), 0o600, owner),
      ]);
      const files = prepared.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const failed = prepared.find((one) => one.status === 'rejected');
      if (failed !== undefined) {
        for (const file of files) await file.discard();
        throw failed.reason;
      }
      for (const file of files) await file.putInPlace();
      await syncDirectory(directory);
    },
    { owner },
  );
}

/** The same on the text read as latin1. */
export const updateVpasswd = (
  directory: string,
  owner: Owner,
  edit: (text: string) => string | undefined | Promise<string | undefined>,
): Promise<void> =>
  updateVpasswdBytes(directory, owner, async (bytes) => {
    const text = await edit(bytes.toString('latin1'));
    return text === undefined ? undefined : Buffer.from(text, 'latin1');
  });

/** Compiles vpasswd as it is into its cdb, under the lock. The text is not touched. */
export async function recompileVpasswd(directory: string, owner: Owner): Promise<void> {
  await withFileLock(
    join(directory, '.vpasswd.lock'),
    async () => {
      const cdb = compileVpasswdBytes(await readVpasswd(directory));
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
