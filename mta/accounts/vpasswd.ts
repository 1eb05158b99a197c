// DOM/vpasswd, the accounts of one domain, and its compiled form vpasswd.cdb (spec/vpopmail.md 2.1, 2.2).
// One line an account, sorted by name; the text is the truth, lookups read the cdb. A change is one line: all others
// stay as they are, byte for byte, whatever wrote them. A torn line (fewer than six colons) is nobody's account; it is
// kept in the text, left out of the cdb, and reported.
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import type { ByteSource, Span } from '../formats/byte-source.ts';
import { readSpan, sourceOfBytes, sourceOfFile } from '../formats/byte-source.ts';
import type { Content, FilePart, Owner, PreparedFile } from './durable.ts';
import { prepareFile, replaceFile, stampOf, syncDirectory } from './durable.ts';
import { withFileLock } from './lock.ts';
import type { AccountRecord } from './store.ts';
import { compileVpasswdInTurns } from './vpasswd-lines.ts';
import type { TextSplice } from './vpasswd-pair.ts';
import { VpasswdPair } from './vpasswd-pair.ts';

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

/** A file of more bytes is refused. */
const MAX_BYTES = 1 << 30;

/** A file that is open to be read. */
export interface OpenedFile {
  readonly file: FileHandle;
  readonly source: ByteSource;
  readonly stats: BigIntStats;
}

/** Opens a file that may be missing. The caller closes it. Throws Error for what is no file. */
export async function openToRead(path: string): Promise<OpenedFile | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new Error(`${path}: not a regular file`);
    if (stats.size > MAX_BYTES)
      throw new Error(`${path}: ${stats.size} bytes are more than the limit of 1 GiB`);
    return { file, source: sourceOfFile(file, Number(stats.size)), stats };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const nothing = sourceOfBytes(Buffer.alloc(0));

/** Reads vpasswd; empty when there is none yet. */
async function readVpasswd(directory: string): Promise<Buffer> {
  const text = await openToRead(join(directory, 'vpasswd'));
  try {
    return await readSpan(text?.source ?? nothing, { start: 0, end: Number.POSITIVE_INFINITY });
  } finally {
    await text?.file.close();
  }
}

const underLock = <T>(directory: string, owner: Owner, work: () => Promise<T>): Promise<T> =>
  withFileLock(join(directory, '.vpasswd.lock'), work, { owner });

/**
 * Writes both files; `ready`: what must be done before they take their names. The text, which is the truth, gets its name
 * first: after a crash between the two the cdb is the older one, and is not taken for that of the text.
 * @returns the new text's stamp
 */
async function storeBoth(
  directory: string,
  owner: Owner,
  { text, cdb }: { readonly text: Content; readonly cdb: Content },
  ready: Promise<void> = Promise.resolve(),
): Promise<string | undefined> {
  const prepared = await Promise.allSettled([
    prepareFile(join(directory, 'vpasswd'), text, 0o600, owner),
    prepareFile(join(directory, 'vpasswd.cdb'), cdb, 0o600, owner),
    ready,
  ]);
  const files = prepared.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
  const failed = prepared.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    for (const file of files) await file.discard();
    throw failed.reason;
  }
  for (const file of files) await file.putInPlace();
  const [stamp] = await Promise.all([stampInPlace(directory, files[0]), syncDirectory(directory)]);
  return stamp;
}

/** The stamp of what has got the text's name; undefined when somebody who takes no lock has put another there. */
async function stampInPlace(directory: string, text: PreparedFile | undefined): Promise<string | undefined> {
  const stats = await stat(join(directory, 'vpasswd'), { bigint: true });
  const fields = ['dev', 'ino', 'size', 'mtimeNs'] as const;
  return fields.every((field) => stats[field] === text?.stats[field]) ? stampOf(stats) : undefined;
}

/** What becomes of an account's line; all bytes as latin1. */
export interface LineChange {
  /** Without its line feed; undefined: it goes. */
  readonly line: string | undefined;
  /** What must be done on disk before the line is seen. It goes on while the files are written. */
  readonly ready?: Promise<void> | undefined;
}

/** A change of the text by one line, for who has its lines by their places. */
export interface TextChange extends TextSplice {
  /** The stamps of the text before and after. */
  readonly before: string;
  readonly after: string;
}

/**
 * Changes the line of one account under vpopmail's lock, durably in both files. `edit` gets the line as it is (undefined:
 * there is none) and says what it becomes; undefined means no change.
 * @returns what has changed, when nothing else has
 */
export async function changeVpasswdLine(
  directory: string,
  owner: Owner,
  name: string,
  edit: (line: string | undefined) => Promise<LineChange | undefined>,
): Promise<TextChange | undefined> {
  return underLock(directory, owner, async () => {
    const path = join(directory, 'vpasswd');
    const opened = await openBoth(path);
    const [text, cdb] = opened;
    try {
      const isItsCdb = text !== undefined && cdb !== undefined && cdb.stats.ctimeNs >= text.stats.ctimeNs;
      const pair = await VpasswdPair.of(text?.source ?? nothing, isItsCdb ? cdb.source : undefined);
      const change = await edit(await pair.find(name));
      if (change === undefined) return undefined;
      // Looked at once the files are written; until then its failure is nobody's.
      change.ready?.catch(() => undefined);
      const files = await pair.set(name, change.line);
      const content = { text: toContent(files.text, text), cdb: toContent(files.cdb, cdb) };
      const after = await storeBoth(directory, owner, content, change.ready);
      if (files.splice === undefined || text === undefined || after === undefined) return undefined;
      return { ...files.splice, before: stampOf(text.stats), after };
    } finally {
      // The old files go with their last descriptor: side by side, each takes a while.
      await Promise.all(opened.map((one) => one?.file.close()));
    }
  });
}

async function openBoth(path: string): Promise<readonly [OpenedFile | undefined, OpenedFile | undefined]> {
  const text = await openToRead(path);
  try {
    return [text, await openToRead(`${path}.cdb`)];
  } catch (error) {
    await text?.file.close();
    throw error;
  }
}

/** Pieces whose spans are parts of a file; those of one that was not there are empty. */
const toContent = (
  pieces: readonly (Buffer | Span)[],
  old: OpenedFile | undefined,
): readonly (Buffer | FilePart)[] =>
  pieces.flatMap((piece): (Buffer | FilePart)[] => {
    if (Buffer.isBuffer(piece)) return [piece];
    return old === undefined ? [] : [{ file: old.file, start: piece.start, end: piece.end }];
  });

/** Changes the accounts of a domain under vpopmail's lock. `edit` gets the text as latin1; undefined means no change. */
export async function updateVpasswd(
  directory: string,
  owner: Owner,
  edit: (text: string) => string | undefined | Promise<string | undefined>,
): Promise<void> {
  await underLock(directory, owner, async () => {
    const text = await edit((await readVpasswd(directory)).toString('latin1'));
    if (text === undefined) return;
    const bytes = Buffer.from(text, 'latin1');
    await storeBoth(directory, owner, { text: bytes, cdb: await compileVpasswdInTurns(bytes) });
  });
}

/** Compiles vpasswd as it is into its cdb, under the lock. The text is not touched. */
export async function recompileVpasswd(directory: string, owner: Owner): Promise<void> {
  await underLock(directory, owner, async () => {
    const cdb = await compileVpasswdInTurns(await readVpasswd(directory));
    await replaceFile(join(directory, 'vpasswd.cdb'), cdb, 0o600, owner);
  });
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
