// One reading of a folder's directories: names only, without doubles, with the time under which it was taken.
// readdir beside somebody else's renames misses files and gives others twice (spec/maildir-imap.md 1.10); what two
// names of one base mean is settled here, what a missing name means is settled in scan.ts.
import { readdir, rename } from 'node:fs/promises';
import { errorCode, readNames, renameFile, statName, unlinkFile } from '../../mta/maildir/calls.ts';
import { type AccountContext, type FolderState, folderPath, yieldTurn } from './context.ts';
import { MailboxUnavailableError } from './errors.ts';
import { changeFlags, splitName } from './names.ts';

export type Half = 'new' | 'cur';

/** mtimes of both directories in nanoseconds. */
export interface DirectoryTimes {
  readonly new: bigint;
  readonly cur: bigint;
}

/** Info part by base. */
export type Listing = Map<string, string>;

/** So long, milliseconds, a directory may be root's: it is being made, and given to its owner next (create.ts). */
const making = 2_000;

/**
 * The times of a folder's directories. Undefined: the folder is gone, or not yet made whole. Throws
 * MailboxUnavailableError for a symbolic link or anything else in the place of a directory (security.md F2).
 */
export async function readTimes(
  context: AccountContext,
  folder: FolderState,
): Promise<DirectoryTimes | undefined> {
  const path = folderPath(context, folder);
  const [root, ofNew, ofCur] = await Promise.all([
    context.files.lstat(path),
    context.files.lstat(`${path}/new`),
    context.files.lstat(`${path}/cur`),
  ]);
  if (!root || !ofNew || !ofCur) return undefined;
  for (const stats of [root, ofNew, ofCur]) {
    const isYoung = Math.abs(Date.now() - Number(stats.ctimeMs)) < making;
    if (stats.isDirectory() && stats.uid === 0n && context.uid !== 0 && isYoung) return undefined;
    if (!stats.isDirectory() || Number(stats.uid) !== context.uid) {
      throw new MailboxUnavailableError(`${path}: not a directory of the mailbox's owner`);
    }
  }
  return { new: ofNew.mtimeNs, cur: ofCur.mtimeNs };
}

/** So far ahead of the clock, milliseconds, is a time that was made by another clock. */
const otherClock = 600_000;

/**
 * Is a listing begun at `listed` under this mtime still all there is to know? `now`: milliseconds since 1970.
 * A clock that was set back leaves times that are to come: what changes from now on has another time than that, until
 * the clock comes near it, so that a folder is not listed at each look until then.
 */
export function isTrusted(
  mtime: bigint,
  known: string,
  listed: number,
  window: number,
  now = Date.now(),
): boolean {
  if (known === '' || mtime !== BigInt(known)) return false;
  const changed = Number(mtime / 1_000_000n);
  return changed + window < listed || changed - otherClock > Math.max(listed, now);
}

/** Different texts of flags that are kept once. */
const mostInfos = 1000;

/** Lists new or cur: base to info. Doubles and impossible names are put right on the way. */
export async function listNames(
  context: AccountContext,
  folder: FolderState,
  half: Half,
): Promise<{ readonly listing: Listing; readonly repaired: boolean }> {
  const directory = `${folderPath(context, folder)}/${half}`;
  const names = await readNames(directory);
  const listing: Listing = new Map();
  const doubles: (readonly [string, string, string])[] = [];
  // Few differ: one text for all that are the same.
  const infos = new Map<string, string>();
  let bad = 0;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (i % 20_000 === 19_999) await yieldTurn();
    if (name.charCodeAt(0) === 46) continue;
    const { base, info: text } = splitName(name);
    let info = infos.get(text);
    if (info === undefined) {
      info = text;
      if (infos.size < mostInfos) infos.set(text, text);
    }
    if (base === '' || name.includes('\ufffd')) {
      bad += 1;
      continue;
    }
    const other = listing.get(base);
    if (other === undefined) listing.set(base, info);
    else if (other !== info) doubles.push([base, other, info]);
  }
  let repaired = false;
  if (bad > 0) repaired = await renameImpossible(context, directory);
  for (const [base, first, second] of doubles.slice(0, 10_000)) {
    const kept = await settleDouble(context, directory, base, first, second);
    listing.set(base, kept.info);
    repaired ||= kept.repaired;
  }
  return { listing, repaired };
}

/**
 * Two names of one base: mostly one message renamed during the reading. Two files are two messages: the younger gets
 * a base of its own. One file with two names (a copy by link that was cut short) loses one after 30 s, as Dovecot does.
 */
async function settleDouble(
  context: AccountContext,
  directory: string,
  base: string,
  first: string,
  second: string,
): Promise<{ readonly info: string; readonly repaired: boolean }> {
  const [a, b] = await Promise.all(
    [first, second].map((info) => statName(`${directory}/${base}${info}`).catch(() => undefined)),
  );
  if (!a || !b) return { info: a ? first : second, repaired: false };
  if (!a.isFile() || !b.isFile()) return { info: a.isFile() ? first : second, repaired: false };
  const sameFile = a.ino === b.ino && a.dev === b.dev;
  if (sameFile && Date.now() - a.ctimeMs < 30_000) return { info: first, repaired: false };
  const [keep, other] = a.ctimeMs <= b.ctimeMs ? [first, second] : [second, first];
  try {
    if (sameFile) await unlinkFile(`${directory}/${base}${other}`);
    else await renameFile(`${directory}/${base}${other}`, `${directory}/${freshName(context, base, other)}`);
    return { info: keep, repaired: true };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return { info: keep, repaired: false };
  }
}

/** A base nobody has, with the size fields of the old one (Dovecot keeps them too), and the flags. */
export function freshName(context: AccountContext, base: string, info: string): string {
  const sizes = /(?:,[SW]=\d{1,15})+$/.exec(base)?.[0] ?? '';
  return `${context.names.next()}${sizes}${info === '' ? '' : changeFlags(info, '', '')}`;
}

/** Files with an empty base or bytes that are no UTF-8 cannot be addressed: they get a name of ours. */
async function renameImpossible(context: AccountContext, directory: string): Promise<boolean> {
  let repaired = false;
  for (const bytes of await readdir(directory, { encoding: 'buffer' })) {
    const text = bytes.toString('utf8');
    if (text.startsWith('.')) continue;
    if (!text.startsWith(':') && !text.includes('\ufffd')) continue;
    const colon = text.indexOf(':');
    const info = colon < 0 ? '' : changeFlags(text.slice(colon).replace(/[^\x20-\x7e]/g, ''), '', '');
    const from = Buffer.concat([Buffer.from(`${directory}/`, 'utf8'), bytes]);
    try {
      await rename(from, `${directory}/${context.names.next()}${info}`);
      repaired = true;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return repaired;
}
