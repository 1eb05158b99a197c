// STORE and EXPUNGE by UID (RFC 9051 6.4.6, 6.4.3; RFC 7162 3.1.3): files are renamed or unlinked first (targets.ts), the
// index follows and gives each change its MODSEQ. What another program changed meanwhile is worked on as it is now; a
// message that lost its T since is not expunged.

import { type FolderLock, takeCourierLock } from '../../mta/maildir/courier-lock.ts';
import { cleanKeywords, foldKeyword } from '../../mta/maildir/keyword-files.ts';
import { type AccountContext, type FolderState, folderPath } from './context.ts';
import { flagBits, flagLetters, flagsOf } from './names.ts';
import {
  type BatchResult,
  changeTargets,
  type Done,
  forBatches,
  removeTargets,
  type Target,
} from './targets.ts';
import { ensureLetters, infoWith, type WantedMarks, writeCourierKeywords } from './uid-keywords.ts';
import { nameUids, readStates, readUidFolder, uidIsNamed } from './uid-rows.ts';
import type { FlagChange, StoreResult } from './uid-types.ts';

interface StoredRow {
  readonly row: number;
  readonly key: string;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
  readonly uid: number;
  readonly modseq: number;
  readonly flags: number;
  readonly keywords: string;
}

/** Ascending by UID. */
const findRows = (context: AccountContext, folder: FolderState, uids: readonly number[]): StoredRow[] =>
  context.db
    .all<StoredRow>(
      `SELECT id AS row, key, base, info, in_new, uid, modseq, flags, keywords
       FROM message WHERE folder = ? AND uid > 0 AND ${uidIsNamed}`,
      folder.id,
      nameUids(uids),
    )
    .sort((a, b) => a.uid - b.uid);

interface StoreTarget extends Target {
  readonly uid: number;
  readonly keywords: readonly string[];
  readonly flags: string;
}

/** Changes flags and keywords. `unchangedSince`: messages with a higher MODSEQ are left alone and told. */
export async function storeFlags(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
  change: FlagChange,
  unchangedSince: number | undefined,
): Promise<StoreResult> {
  const wantedUids = [...new Set(uids)].sort((a, b) => a - b);
  const named = cleanKeywords(change.keywords);
  const keywords = named.filter((name) => foldKeyword(name) !== '$forwarded');
  const letters = `${change.flags.replace(/[^DFPRST]/g, '')}${named.length > keywords.length ? 'P' : ''}`;
  const spelling = await ensureLetters(context, folder, change.mode === 'remove' ? [] : keywords);
  const bits = flagBits(letters);
  const modified: number[] = [];
  /** Of this batch, those left alone. */
  let skipped = 0;
  const wantedOf = (target: StoreTarget, flagsNow: string): WantedMarks => ({
    letters: flagLetters(changeBits(flagBits(flagsNow), change.mode, bits)),
    keywords:
      keywords.length === 0 && change.mode !== 'replace'
        ? undefined
        : changeSet(target.keywords, change.mode, keywords, foldKeyword),
  });
  const find = (batch: readonly number[]): StoreTarget[] =>
    findRows(context, folder, batch).flatMap((row) => {
      const { row: id, uid, key, base, info, in_new } = row;
      if (unchangedSince !== undefined && row.modseq > unchangedSince) {
        modified.push(uid);
        skipped += 1;
        return [];
      }
      const has = row.keywords === '' ? [] : row.keywords.split(' ');
      return [
        { uid, row: id, key, base, folder, info, in_new, keywords: has, flags: flagLetters(row.flags) },
      ];
    });
  const work = async (targets: readonly Target[]): Promise<BatchResult> => {
    const found = targets as readonly StoreTarget[];
    await writeCourierKeywords(
      context,
      folder,
      found.map((target) => ({ base: target.base, wanted: wantedOf(target, target.flags) })),
      spelling,
    );
    const { done, error } = await changeTargets(context, found, (target) => ({
      info: (info) => {
        const wanted = wantedOf(target as StoreTarget, flagsOf(info));
        return infoWith(info, wanted, spelling, folder);
      },
      to: undefined,
      isStrict: unchangedSince !== undefined,
    }));
    if (unchangedSince !== undefined) noteMissed(found, done, modified);
    const batch = { done: done.length + skipped, error };
    skipped = 0;
    return batch;
  };
  await inPortions(wantedUids, (portion) =>
    context.exclusive(async () => {
      // RFC 7162 3.1.3: checking and changing are one step, also for another process of ours.
      const lock = unchangedSince === undefined ? undefined : await lockForStore(context, folder);
      try {
        await forBatches(context, portion, find, work, []);
      } finally {
        await lock?.release();
      }
    }),
  );
  const left = new Set(modified);
  return {
    states: readStates(
      context,
      folder,
      wantedUids.filter((uid) => !left.has(uid)),
    ),
    modified: modified.sort((a, b) => a - b),
    highestModseq: readUidFolder(context.db, folder.id)?.modseq ?? 1,
  };
}

/** UIDs changed before others of the account have their turn. */
const portionSize = 1000;

async function inPortions(
  uids: readonly number[],
  work: (portion: readonly number[]) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < uids.length; i += portionSize) await work(uids.slice(i, i + portionSize));
}

/** Without it (no room, no rights, another holds on to it) the step is only as close as it can be. */
const lockForStore = (context: AccountContext, folder: FolderState): Promise<FolderLock | undefined> =>
  takeCourierLock(folderPath(context, folder), { owner: context, names: context.names, waitMs: 5000 }).catch(
    () => undefined,
  );

/** What had another name than the index knew was changed by another program just now. */
function noteMissed(found: readonly StoreTarget[], done: readonly Done[], modified: number[]): void {
  const rows = new Set(done.map(({ target }) => target.row));
  for (const { row, uid } of found) if (!rows.has(row)) modified.push(uid);
}

function changeBits(has: number, mode: FlagChange['mode'], named: number): number {
  if (mode === 'replace') return named;
  return mode === 'remove' ? has & ~named : has | named;
}

function changeSet(
  has: readonly string[],
  mode: FlagChange['mode'],
  named: readonly string[],
  fold: (name: string) => string,
): string[] {
  if (mode === 'replace') return [...named];
  const keys = new Set(named.map(fold));
  const others = has.filter((name) => !keys.has(fold(name)));
  if (mode === 'remove') return others;
  // The spelling that is there stays.
  const known = new Map(has.map((name) => [fold(name), name]));
  return [...others, ...named.map((name) => known.get(fold(name)) ?? name)];
}

/** Unlinks the messages with T, of `uids` only when they are given. Gives the UIDs that are gone, ascending. */
export async function expungeMessages(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[] | undefined,
): Promise<readonly number[]> {
  const deleted = context.db.pluck<number>(
    'SELECT uid FROM message WHERE folder = ? AND trashed = 1 AND uid > 0 ORDER BY uid',
    folder.id,
  );
  const named = uids && new Set(uids);
  const wanted = named ? deleted.filter((uid) => named.has(uid)) : deleted;
  return removeMessages(context, folder, wanted, (info) => flagsOf(info).includes('T'));
}

/** Unlinks these messages, as far as their names allow it then. Gives the UIDs that are gone, ascending. */
export async function removeMessages(
  context: AccountContext,
  folder: FolderState,
  wanted: readonly number[],
  mayRemove?: (info: string) => boolean,
): Promise<readonly number[]> {
  const gone: number[] = [];
  const find = (batch: readonly number[]): Target[] =>
    findRows(context, folder, batch).map((row) => ({ ...row, folder }));
  const work = async (targets: readonly Target[]): Promise<BatchResult> => {
    const uidOf = new Map(
      (targets as readonly (Target & { uid: number })[]).map((target) => [target.row, target.uid]),
    );
    const { removed, error } = await removeTargets(context, targets, mayRemove);
    for (const { row } of removed) gone.push(uidOf.get(row)!);
    return { done: removed.length, error };
  };
  await inPortions(wanted, (portion) =>
    context.exclusive(() => forBatches(context, portion, find, work, [])),
  );
  return gone.sort((a, b) => a - b);
}
