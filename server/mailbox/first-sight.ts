// A big folder that the index knows nothing of is opened before its rows are there: listed, numbered (courierimapuiddb is
// on disk first, as always) and told at once; the rows follow, with the UIDs and the MODSEQ that were told, and the folder
// counts as numbered when the last one is in. Until then FETCH, SORT and THREAD are answered from the names and the files;
// what changes the folder waits. When it breaks off in the middle nothing is lost: the list on disk numbers it again the
// same. Lists of Dovecot, and folders that cannot be written to, go the usual way (uid-giving.ts).
import { quoted } from '../../mta/log.ts';
import { sortByBase } from '../../mta/maildir/base-order.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { takeCourierLock } from '../../mta/maildir/courier-lock.ts';
import { highestUid } from '../../mta/maildir/uid-db.ts';
import {
  type AccountContext,
  type FolderState,
  folderPath,
  lstatExact,
  messagePath,
  yieldTurn,
} from './context.ts';
import type { Fresh } from './intake.ts';
import { marksOf } from './keyword-state.ts';
import { stampOfDovecot } from './uid-dovecot.ts';
import { readUidFile, stampOf, writeUidLines } from './uid-file.ts';
import { chooseValidity, mailboxIdOf, noteValidity, readNumbering } from './uid-merge.ts';
import type { FolderChanges, FolderSnapshot, FolderStatus } from './uid-types.ts';

/** Below this many messages the rows are there as soon. */
const sightFrom = 500;
/** Messages looked at in one step. */
const step = 5000;

/** What is told of a folder until its rows are in. */
export interface FirstSight {
  readonly uidValidity: number;
  readonly uidNext: number;
  /** Of all messages, and of the folder. */
  readonly modseq: number;
  readonly mailboxId: string;
  readonly inode: string;
  /** UIDs from here on are \Recent for the next session that opens it for writing. */
  recentFrom: number;
  /** UIDs by base. */
  readonly uidOf: ReadonlyMap<string, number>;
  /** Ascending by UID, and the files beside them. */
  readonly uids: Uint32Array;
  readonly files: readonly Fresh[];
  /** What courierimapuiddb was when it was written or read. */
  readonly stamp: string;
  readonly lines: number;
}

/** Nobody was told of any message of this folder, and the index has none. */
export const isUnseen = (context: AccountContext, folder: FolderState): boolean =>
  readNumbering(context.db, folder.id)?.uid_validity === 0 &&
  context.db.get('SELECT 1 FROM message WHERE folder = ? LIMIT 1', folder.id) === undefined;

/** Numbers what a listing found. Undefined: it is small, or must be numbered in the usual way. */
export async function numberAtSight(
  context: AccountContext,
  folder: FolderState,
  fresh: readonly Fresh[],
): Promise<FirstSight | undefined> {
  if (fresh.length < sightFrom || (await stampOfDovecot(context, folder)) !== '') return undefined;
  try {
    const lock = await takeCourierLock(folderPath(context, folder), {
      owner: context,
      names: context.names,
      waitMs: 0,
      signal: context.closing,
    });
    if (!lock) return undefined;
    try {
      return await numberUnderLock(context, folder, fresh);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!/^E[A-Z]+$/.test(errorCode(error))) throw error;
    // No room, no rights: the usual way says so, and what holds then.
    return undefined;
  }
}

async function numberUnderLock(
  context: AccountContext,
  folder: FolderState,
  fresh: readonly Fresh[],
): Promise<FirstSight | undefined> {
  const list = await readUidFile(context, folder);
  const known: (readonly [number, Fresh])[] = [];
  const unnumbered: Fresh[] = [];
  for (const [at, file] of fresh.entries()) {
    const uid = list?.uids.get(file.base);
    if (uid === undefined) unnumbered.push(file);
    else known.push([uid, file]);
    if (at % step === step - 1) await yieldTurn();
  }
  const firstNew = list?.uidNext ?? 1;
  if (firstNew + unnumbered.length >= highestUid) return undefined;
  known.sort((a, b) => a[0] - b[0]);
  const sorted = sortByBase(unnumbered, ({ base }) => base);
  const uids = new Uint32Array(fresh.length);
  const files: Fresh[] = [];
  const uidOf = new Map<string, number>();
  const add = (uid: number, file: Fresh): void => {
    uids[files.length] = uid;
    uidOf.set(file.base, uid);
    files.push(file);
  };
  for (const [uid, file] of known) add(uid, file);
  for (const [n, file] of sorted.entries()) add(firstNew + n, file);
  const uidValidity = list?.uidValidity ?? chooseValidity(context.db);
  const uidNext = firstNew + sorted.length;
  if (!list || sorted.length > 0) {
    await writeUidLines(context, folder, uidValidity, uidNext, files.length, (at) => ({
      uid: uids[at]!,
      base: files[at]!.base,
    }));
  }
  const inode = String((await lstatExact(folderPath(context, folder)))?.ino ?? '');
  return {
    uidValidity,
    uidNext,
    modseq: (readNumbering(context.db, folder.id)?.modseq ?? 0) + 1,
    mailboxId: mailboxIdOf(uidValidity, inode),
    inode,
    recentFrom: firstNew,
    uidOf,
    uids,
    files,
    stamp: await stampOf(context, folder),
    lines: list && sorted.length === 0 ? list.uids.size : files.length,
  };
}

/** All rows are in: the folder counts as numbered. */
export function settleSight(context: AccountContext, folder: FolderState, sight: FirstSight): void {
  const { db } = context;
  db.transaction(() => {
    // Another process may have read the same list meanwhile.
    if (readNumbering(db, folder.id)?.uid_validity !== 0) return;
    noteValidity(db, sight.uidValidity);
    const there = new Set([
      ...db.pluck<number>('SELECT uid FROM message WHERE folder = ? AND uid > 0', folder.id),
      ...db.pluck<number>('SELECT uid FROM gone WHERE folder = ?', folder.id),
    ]);
    const before = db.pluck<number>('SELECT modseq FROM folder WHERE id = ?', folder.id)[0] ?? 0;
    // Files that went before they were looked at, and what was no message: they were told of, so they are expunged.
    const gone = [...sight.uids].filter((uid) => !there.has(uid));
    const modseq = Math.max(before, sight.modseq) + (gone.length > 0 ? 1 : 0);
    for (const uid of gone)
      db.run('INSERT INTO gone (folder, uid, modseq) VALUES (?, ?, ?)', folder.id, uid, modseq);
    db.run(
      `UPDATE folder SET uid_validity = ?, uid_next = ?, recent_from = ?, modseq = ?, gone_floor = ?,
         gone_rows = gone_rows + ?, uid_lines = ?, uid_file = ?, inode = ?, mailbox_id = ? WHERE id = ?`,
      sight.uidValidity,
      sight.uidNext,
      sight.recentFrom,
      modseq,
      sight.modseq,
      gone.length,
      sight.lines,
      sight.stamp,
      sight.inode,
      sight.mailboxId,
      folder.id,
    );
  });
}

/** Takes what is \Recent, as `takeRecent` of uid-rows.ts. */
function claimRecent(sight: FirstSight): Uint32Array {
  const from = placeOf(sight, sight.recentFrom);
  sight.recentFrom = sight.uidNext;
  return sight.uids.slice(from < 0 ? -from - 1 : from);
}

/** Where a UID is; where it would be, less one and negated, when it is not there. */
function placeOf({ uids }: FirstSight, uid: number): number {
  let [low, high] = [0, uids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uids[middle]! < uid) low = middle + 1;
    else high = middle;
  }
  return uids[low] === uid ? low : -low - 1;
}

/** The file of a UID as it was listed. */
export function fileAtSight(sight: FirstSight, uid: number): Fresh | undefined {
  return sight.files[placeOf(sight, uid)];
}

export const pathAtSight = (context: AccountContext, folder: FolderState, file: Fresh): string =>
  messagePath(context, folder, { base: file.base, info: file.info, in_new: file.inNew ? 1 : 0 });

/** The folder as a session sees it that opens it now. */
export async function snapshotOfSight(
  folder: FolderState,
  sight: FirstSight,
  isReadOnly: boolean,
): Promise<FolderSnapshot> {
  const size = sight.uids.length;
  const flags = new Uint8Array(size);
  const keywords = new Uint16Array(size);
  const sets: string[] = [''];
  const numbers = new Map([['', 0]]);
  let [unseen, deleted] = [0, 0];
  for (let at = 0; at < size; at++) {
    const { base, info } = sight.files[at]!;
    const marks = marksOf(folder, base, info);
    flags[at] = marks.flags;
    if (!info.includes('S')) unseen++;
    if (info.includes('T')) deleted++;
    if (marks.keywords !== '') {
      let number = numbers.get(marks.keywords);
      if (number === undefined && sets.length < 65_535) {
        number = sets.push(marks.keywords) - 1;
        numbers.set(marks.keywords, number);
      }
      keywords[at] = number ?? 0;
    }
    if (at % step === step - 1) await yieldTurn();
  }
  const recentUids = isReadOnly ? new Uint32Array() : claimRecent(sight);
  const keywordSets = sets.map((set) => (set === '' ? [] : set.split(' ')));
  const known = new Map<string, string>();
  for (const name of [...folder.keywordLetters, ...keywordSets.flat()])
    if (name !== undefined && !known.has(name.toLowerCase())) known.set(name.toLowerCase(), name);
  return {
    ...statusOfSight(folder, sight, { unseen, deleted }),
    uids: sight.uids.slice(),
    modseqs: new Float64Array(size).fill(sight.modseq),
    flags,
    keywords,
    keywordSets,
    knownKeywords: [...known.values()],
    recentUids,
  };
}

function statusOfSight(
  folder: FolderState,
  sight: FirstSight,
  counts: { readonly unseen: number; readonly deleted: number },
): FolderStatus {
  const recentAt = placeOf(sight, sight.recentFrom);
  return {
    folder: folder.name,
    directory: folder.directory,
    mailboxId: sight.mailboxId,
    uidValidity: sight.uidValidity,
    uidNext: sight.uidNext,
    highestModseq: sight.modseq,
    messages: sight.uids.length,
    ...counts,
    recent: sight.uids.length - (recentAt < 0 ? -recentAt - 1 : recentAt),
    // Nobody has counted the bytes yet, and nobody who opens or polls a folder is told of them.
    size: 0,
    isWritable: folder.isWritable,
  };
}

/** Nothing changed since it was opened, as far as can be told before the rows are in. */
export const noChangesAtSight = (folder: FolderState, sight: FirstSight): FolderChanges => ({
  ...statusOfSight(folder, sight, { unseen: 0, deleted: 0 }),
  changed: [],
  recentUids: [],
  vanished: [],
  isCut: false,
});

/** Why the rows did not all come: said once; the next call begins anew. */
export const logUnsettled = (context: AccountContext, folder: FolderState, error: unknown): void =>
  context.log(
    `mailbox: the index of ${quoted(folder.name)} was not finished: ${errorCode(error) || (error instanceof Error ? error.message : 'error')}`,
  );
