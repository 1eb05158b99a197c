// Maildir++ quota: the file maildirsize, as deliveries use it (spec/maildir-imap.md 2.3 to 2.5; Courier's algorithm).
// Check before the message is written, one line `SIZE 1` before it is moved to new, `-SIZE -1` when that fails.
// `.Trash` and messages flagged T do not count. A file that is no regular file, or damaged, is made anew by counting.
// No locks: appends are atomic, a recount is renamed into place; a mailbox that changes five times during the recount
// lets the message in.
import { constants, type Stats } from 'node:fs';
import type { MaildirAnchor } from './anchor.ts';
import {
  changeOwner,
  closeFile,
  type Descriptor,
  dropFile,
  errorCode,
  openFile,
  readNames,
  readWhole,
  renameFile,
  statFile,
  statName,
  unlinkFile,
  writeBytes,
} from './calls.ts';
import { type NameSource, parseMaildirName } from './name.ts';

/** Limits of a quota; 0 is unlimited. */
export interface QuotaLimits {
  readonly bytes: number;
  readonly count: number;
}

/** What maildirsize says. */
export interface MaildirSize {
  /** Line 1 as it stands. */
  readonly quota: string;
  readonly bytes: number;
  readonly count: number;
  /** Delta lines after line 1. */
  readonly lines: number;
}

const sizeLimit = 5120;
const fresh = 15 * 60_000;

/**
 * Reads a quota string: `10485760S,1000C`, vpopmail's `10M`, `NOQUOTA`, ''. A number without a letter is bytes;
 * unknown parts are skipped (spec/vpopmail.md 2.4: only the first two bytes of NOQUOTA are looked at).
 */
export function parseQuota(text: string): QuotaLimits {
  let bytes = 0;
  let count = 0;
  if (text.startsWith('NO')) return { bytes, count };
  for (const part of text.split(',')) {
    const found = /^\s*(\d{1,15})\s*([A-Za-z]?)/.exec(part);
    if (!found) continue;
    const number = Number(found[1]);
    const letter = found[2]!.toUpperCase();
    if (letter === 'C') count = number;
    else if (letter === 'K') bytes = number * 1024;
    else if (letter === 'M') bytes = number * 1_048_576;
    else if (letter === '' || letter === 'S' || letter === 'B') bytes = number;
  }
  return { bytes, count };
}

/** The form that line 1 of maildirsize has: `<bytes>S,<n>C`, without the unlimited part; '' when nothing is limited. */
export function formatQuota(limits: QuotaLimits): string {
  const parts: string[] = [];
  if (limits.bytes > 0) parts.push(`${limits.bytes}S`);
  if (limits.count > 0) parts.push(`${limits.count}C`);
  return parts.join(',');
}

/** Reads the bytes of maildirsize; undefined when they are damaged. An unterminated last line is not counted yet. */
export function parseMaildirSize(content: Buffer): MaildirSize | undefined {
  if (content.includes(0)) return undefined;
  const lines = content.toString('latin1').split('\n');
  lines.pop();
  const quota = lines.shift();
  if (quota === undefined) return undefined;
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    const found = /^\s*(-?\d{1,15})\s+(-?\d{1,15})\s*$/.exec(line);
    if (!found) return undefined;
    bytes += Number(found[1]);
    count += Number(found[2]);
  }
  return { quota: quota.trim(), bytes, count, lines: lines.length };
}

/** Over means strictly more than a limit. */
export const isOver = (limits: QuotaLimits, bytes: number, count: number): boolean =>
  (limits.bytes > 0 && bytes > limits.bytes) || (limits.count > 0 && count > limits.count);

/** The larger of both usages, in whole percent. */
export function percentUsed(limits: QuotaLimits, bytes: number, count: number): number {
  const part = (used: number, limit: number): number =>
    limit > 0 ? Math.max(0, Math.floor((used * 100) / limit)) : 0;
  return Math.max(part(bytes, limits.bytes), part(count, limits.count));
}

export interface QuotaRequest {
  readonly anchor: Pick<MaildirAnchor, 'root' | 'tmp'>;
  /** The quota that rules; undefined: line 1 of the file, and without a file nothing does. */
  readonly limit: string | undefined;
  /** Bytes that are to be added. */
  readonly size: number;
  /** In so many messages; 1 unless told. */
  readonly count?: number | undefined;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly names: NameSource;
}

/** Room that was found. */
export interface QuotaAccount {
  /** Usage with what is added, in percent. */
  readonly percent: number;
  /** Writes the line of what is added. */
  append(): Promise<void>;
  /** Takes it back, if it was written. */
  undo(): Promise<void>;
}

/**
 * Asks for room. 'over': there is none. Undefined: no quota rules here. Rejects with system errors only.
 */
export async function reserveQuota(request: QuotaRequest): Promise<QuotaAccount | 'over' | undefined> {
  const wanted = request.limit === undefined ? undefined : parseQuota(request.limit);
  const messages = request.count ?? 1;
  if (wanted && wanted.bytes === 0 && wanted.count === 0) return undefined;
  for (let tries = 0; tries < 5; tries++) {
    const state = await readMaildirSize(request, wanted);
    if (state === undefined) return undefined;
    const { limits, usage } = state;
    if (limits.bytes === 0 && limits.count === 0) return accountFor(request, 0);
    if (usage && !isOver(limits, usage.bytes + request.size, usage.count + messages)) {
      return accountFor(request, percentUsed(limits, usage.bytes + request.size, usage.count + messages));
    }
    // A total that was just counted is believed.
    if (usage && usage.lines === 1 && state.age < fresh) return 'over';
    const counted = await recountMaildir(request.anchor, formatQuota(limits), request.owner, request.names);
    if (counted === undefined) continue;
    const bytes = counted.bytes + request.size;
    if (isOver(limits, bytes, counted.count + messages)) return 'over';
    return accountFor(request, percentUsed(limits, bytes, counted.count + messages));
  }
  return accountFor(request, 0);
}

/**
 * What maildirsize says of a Maildir under this quota, for those who only want to know. Undefined: it cannot be believed.
 * `isCounted`: it is a total that was counted lately, which reserveQuota would believe also when it is over.
 */
export async function readUsage(
  root: string,
  limits: QuotaLimits,
  owner: { readonly uid: number; readonly gid: number },
): Promise<(MaildirSize & { readonly isCounted: boolean }) | undefined> {
  const state = await readMaildirSize({ anchor: { root }, owner }, limits);
  const usage = state?.usage;
  return usage && { ...usage, isCounted: usage.lines === 1 && (state?.age ?? 0) < fresh };
}

interface QuotaState {
  readonly limits: QuotaLimits;
  /** Undefined: the file cannot be believed. */
  readonly usage: MaildirSize | undefined;
  /** Milliseconds since the last change of the file. */
  readonly age: number;
}

/** Whose file, and who may have written it. */
interface QuotaPlace {
  readonly anchor: Pick<MaildirAnchor, 'root'>;
  readonly owner: QuotaRequest['owner'];
}

const fileOf = (request: QuotaPlace): string => `${request.anchor.root}/maildirsize`;

async function readMaildirSize(
  request: QuotaPlace,
  wanted: QuotaLimits | undefined,
): Promise<QuotaState | undefined> {
  const none = wanted && { limits: wanted, usage: undefined, age: Number.POSITIVE_INFINITY };
  let descriptor: Descriptor;
  try {
    descriptor = await openFile(
      fileOf(request),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    // A link in its place: replaced by a recount when a quota rules from outside, else no quota of this Maildir.
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errorCode(error))) return none;
    throw error;
  }
  try {
    const stats = await statFile(descriptor);
    if (!isOurs(stats, request)) return none;
    const size = parseMaildirSize(await readWhole(descriptor, sizeLimit));
    const limits = wanted ?? parseQuota(size?.quota ?? '');
    const said = parseQuota(size?.quota ?? '');
    const believed =
      size !== undefined &&
      stats.size < sizeLimit &&
      size.bytes >= 0 &&
      size.count >= 0 &&
      size.lines > 0 &&
      said.bytes === limits.bytes &&
      said.count === limits.count;
    if (!believed && wanted === undefined && limits.bytes === 0 && limits.count === 0) return undefined;
    return { limits, usage: believed ? size : undefined, age: Math.abs(Date.now() - stats.mtimeMs) };
  } finally {
    dropFile(descriptor);
  }
}

const isOurs = (stats: Stats, request: QuotaPlace): boolean =>
  stats.isFile() && stats.nlink === 1 && (request.owner === undefined || stats.uid === request.owner.uid);

function accountFor(request: QuotaRequest, percent: number): QuotaAccount {
  let written = false;
  return {
    percent,
    async append() {
      written = await appendLine(request, request.size, request.count ?? 1);
    },
    async undo() {
      if (written) await appendLine(request, -request.size, -(request.count ?? 1));
      written = false;
    },
  };
}

/** One write to a file opened for appending: lines of several writers do not mix. */
async function appendLine(request: QuotaRequest, size: number, count: number): Promise<boolean> {
  let descriptor: Descriptor;
  try {
    descriptor = await openFile(
      fileOf(request),
      constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    // Somebody removed the file since the check: the next one who needs it counts.
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errorCode(error))) return false;
    throw error;
  }
  try {
    if (!isOurs(await statFile(descriptor), request)) return false;
    await writeBytes(descriptor, Buffer.from(`${size} ${count}\n`, 'latin1'));
  } catch (error) {
    dropFile(descriptor);
    throw error;
  }
  await closeFile(descriptor);
  return true;
}

/**
 * Counts a Maildir with all its folders and writes maildirsize anew. Undefined when the mailbox changed meanwhile.
 * `quota` is line 1. Also used when a quota is set or changed.
 */
export async function recountMaildir(
  anchor: Pick<MaildirAnchor, 'root' | 'tmp'>,
  quota: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
  names: NameSource,
): Promise<{ readonly bytes: number; readonly count: number } | undefined> {
  const directories = await listMessageDirectories(anchor.root);
  const before = await newestChange(directories);
  const { bytes, count } = await countMessages(directories);
  const tmp = `${anchor.tmp}/${names.next()}_NeWmAiLdIrSiZe`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = await openFile(tmp, flags, 0o600);
  try {
    try {
      if (owner && process.geteuid?.() === 0) await changeOwner(descriptor, owner.uid, owner.gid);
      await writeBytes(descriptor, Buffer.from(`${quota}\n${bytes} ${count}\n`, 'latin1'));
    } catch (error) {
      dropFile(descriptor);
      throw error;
    }
    await closeFile(descriptor);
    await renameFile(tmp, `${anchor.root}/maildirsize`);
  } catch (error) {
    await unlinkFile(tmp).catch(() => {});
    throw error;
  }
  return (await newestChange(directories)) === before ? { bytes, count } : undefined;
}

/** What reserveQuota would count, without writing it down. Rejects with system errors. */
export const countMaildir = async (
  root: string,
): Promise<{ readonly bytes: number; readonly count: number }> =>
  countMessages(await listMessageDirectories(root));

async function listMessageDirectories(root: string): Promise<readonly string[]> {
  const folders = [root];
  for (const name of await readNames(root)) {
    if (!name.startsWith('.') || name.startsWith('..') || name === '.' || name === '.Trash') continue;
    // lstat: a folder that is a symbolic link is not ours to count.
    const stats = await statName(`${root}/${name}`).catch(ignoreMissing);
    if (stats?.isDirectory()) folders.push(`${root}/${name}`);
  }
  return folders.flatMap((folder) => [`${folder}/new`, `${folder}/cur`]);
}

async function countMessages(
  directories: readonly string[],
): Promise<{ readonly bytes: number; readonly count: number }> {
  let bytes = 0;
  let count = 0;
  for (const directory of directories) {
    const stats = await statName(directory).catch(ignoreMissing);
    if (!stats?.isDirectory()) continue;
    let looked = 0;
    for (const name of (await readNames(directory).catch(ignoreMissing)) ?? []) {
      // A folder of 100,000 messages must not hold up everybody else.
      if (++looked % 4096 === 0) await new Promise((resolve) => setImmediate(resolve));
      const parsed = parseMaildirName(name);
      if (!parsed || parsed.flags.includes('T')) continue;
      const size = parsed.size ?? (await statName(`${directory}/${name}`).catch(ignoreMissing))?.size;
      if (size === undefined) continue;
      bytes += size;
      count += 1;
    }
  }
  return { bytes, count };
}

async function newestChange(directories: readonly string[]): Promise<number> {
  let newest = 0;
  for (const directory of directories) {
    const stats = await statName(directory).catch(ignoreMissing);
    if (stats && stats.mtimeMs > newest) newest = stats.mtimeMs;
  }
  return newest;
}

function ignoreMissing(error: unknown): undefined {
  if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error))) throw error;
  return undefined;
}
