// Bringing the index of one folder up to date with its directories. Rules (spec/maildir-imap.md 1.9 to 1.11):
// unchanged mtimes mean nothing to do, but a directory that changed just before it was listed is listed again later;
// new is listed, its files renamed into cur, and listed again; a message is gone only when it is absent from two
// listings in a row between which nothing changed. Each file is looked at (lstat) once in its life.
// What the message says is parsed elsewhere (parsing.ts); long work is cut into short transactions.
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, renameFile, statName } from '../../mta/maildir/calls.ts';
import {
  type AccountContext,
  type FolderState,
  folderPath,
  forEachWide,
  waitAfterOpen,
  yieldTurn,
} from './context.ts';
import { isUnseen, numberAtSight, settleSight } from './first-sight.ts';
import { countOf, type Fresh, insertBatch, insertNew } from './intake.ts';
import { refreshKeywords } from './keyword-state.ts';
import { type DirectoryTimes, freshName, isTrusted, type Listing, listNames, readTimes } from './listing.ts';
import { updateNames } from './name-rows.ts';
import { sweepTmp } from './tmp-sweep.ts';
import { retryUnread } from './unread-rows.ts';

export interface RefreshOptions {
  /** Rename the files of new into cur: on listing a folder, not on counting (1.9). */
  readonly moveNew: boolean;
  /** 'now': confirm what was taken over from our own changes; 'later': big folders do it in the background. */
  readonly verify: 'now' | 'later';
  /** Who waits to open the folder: told when it is numbered, before its rows are in. */
  readonly sighted?: (() => void) | undefined;
}

/** Below this many messages a listing costs so little that it is always done at once. */
const smallFolder = 2000;

/** Waits until the running scan has ended, however it did. */
export async function waitForScan(folder: FolderState): Promise<void> {
  folder.scanWaiters += 1;
  try {
    await folder.scanning?.catch(() => {});
  } finally {
    folder.scanWaiters -= 1;
  }
}

/** Brings one folder up to date; joins a running scan and then looks again. False: the folder is gone. */
export async function refreshFolder(
  context: AccountContext,
  folder: FolderState,
  options: RefreshOptions,
): Promise<boolean> {
  while (folder.scanning) await waitForScan(folder);
  if (context.closing.aborted) return true;
  retryUnread(context, folder);
  if (options.moveNew) sweepTmp(context, folder);
  let exists = true;
  const scan = async (): Promise<void> => {
    folder.touched = new Set();
    try {
      for (let round = 0; round < 4; round++) {
        const result = await scanOnce(context, folder, options);
        exists = result !== 'gone';
        if (result !== 'again' || context.closing.aborted) break;
      }
      if (folder.sight && !context.closing.aborted) settleSight(context, folder, folder.sight);
    } finally {
      folder.touched = undefined;
      folder.sight = undefined;
      folder.scanning = undefined;
      folder.expected = undefined;
    }
  };
  folder.scanning = scan();
  await folder.scanning;
  return exists;
}

type ScanResult = 'done' | 'again' | 'gone';

async function scanOnce(
  context: AccountContext,
  folder: FolderState,
  options: RefreshOptions,
): Promise<ScanResult> {
  let times = await readTimes(context, folder);
  if (!times) return 'gone';
  const window = context.dirtyWindow;
  const newOk = isTrusted(times.new, folder.newMtime, folder.newListed, window);
  const curOk =
    isTrusted(times.cur, folder.curMtime, folder.curListed, window) && !mustConfirm(context, folder, options);
  const wantsMove =
    options.moveNew && folder.movedUnder !== times.new.toString() && hasNewRows(context, folder);
  if (newOk && curOk && !wantsMove) return 'done';
  if (!isStillHere(context, folder)) return 'gone';
  await refreshKeywords(context, folder);

  const moved: Listing = new Map();
  let newListed = Date.now();
  let inNew: Listing | undefined;
  let repaired = false;
  if (!newOk || wantsMove) {
    ({ listing: inNew, repaired } = await listNames(context, folder, 'new'));
    if (options.moveNew && inNew.size > 0) {
      const curBefore = times.cur;
      await moveNewToCur(context, folder, inNew, moved);
      const after = await readTimes(context, folder);
      if (!after) return 'gone';
      // Nobody else touched cur between our trusted look and our renames, as far as times can tell: take the time
      // over, to be confirmed by a listing.
      if (moved.size > 0 && curOk) adoptTimes(context, folder, { before: curBefore, after: after.cur });
      times = after;
      newListed = Date.now();
      ({ listing: inNew } = await listNames(context, folder, 'new'));
      folder.movedUnder = after.new.toString();
    }
  }
  const curListed = Date.now();
  let inCur: Listing | undefined;
  if (!curOk) {
    const listed = await listNames(context, folder, 'cur');
    inCur = listed.listing;
    repaired ||= listed.repaired;
    for (const [base, info] of moved) if (!inCur.has(base)) inCur.set(base, info);
  }
  // A base in both: cur is where it went, or a second message of the same name that must get its own.
  for (const base of inNew?.keys() ?? []) {
    if (!inNew || !inCur?.has(base)) continue;
    if (await partTwins(context, folder, base, inNew, inCur.get(base)!)) repaired = true;
  }

  if (!isStillHere(context, folder)) return 'gone';
  const missing = await applyListing(context, folder, inNew, inCur, moved);
  if (options.sighted && !folder.sight && isUnseen(context, folder)) {
    folder.sight = await numberAtSight(context, folder, missing.fresh);
    // Most clients ask for lists at once.
    if (folder.sight) context.waiting.until = performance.now() + waitAfterOpen;
    options.sighted();
  }
  const [isNewListed, isCurListed] = [inNew !== undefined, inCur !== undefined];
  // A listing of hundreds of thousands is not kept beside the rows that are made of it.
  inNew = undefined;
  inCur = undefined;
  const vanished = await insertNew(context, folder, missing.fresh);
  const gone = await confirmGone(context, folder, missing.absent, times);
  if (gone.confirmed.length > 0) await deleteRows(context, folder, gone.confirmed);
  const unsure = repaired || vanished > 0 || gone.unsure > 0;
  if (isNewListed) {
    folder.newMtime = unsure ? '' : times.new.toString();
    folder.newListed = newListed;
  }
  if (isCurListed) {
    folder.replacedTimes.clear();
    folder.curMtime = unsure ? '' : times.cur.toString();
    folder.curListed = curListed;
    folder.suspect = false;
  }
  storeTimes(context, folder);
  return repaired || vanished > 0 ? 'again' : 'done';
}

/**
 * Another process may have renamed the folder: its row has another directory then, and what has this name is another
 * folder.
 */
export const isStillHere = ({ db }: AccountContext, { id, directory }: FolderState): boolean =>
  db.pluck<string>('SELECT directory FROM folder WHERE id = ?', id)[0] === directory;

/** Times of cur that we only took over must be confirmed; a big folder may wait until it is quiet. */
function mustConfirm(context: AccountContext, folder: FolderState, options: RefreshOptions): boolean {
  if (!folder.suspect) return false;
  if (options.verify === 'now' || countOf(context, folder) < smallFolder) return true;
  scheduleVerify(context, folder);
  return false;
}

/** A listing a second after our last change: it finds what somebody else did in the same moment. */
export function scheduleVerify(context: AccountContext, folder: FolderState): void {
  clearTimeout(folder.verifyTimer);
  folder.verifyTimer = setTimeout(() => {
    folder.verifyTimer = undefined;
    if (context.closing.aborted) return;
    const before = changesOf(context, folder);
    refreshFolder(context, folder, { moveNew: false, verify: 'now' }).then(
      () => {
        if (!context.closing.aborted && changesOf(context, folder) !== before)
          context.tellChange(folder.name);
      },
      () => {
        // The next request meets the same error and tells it.
      },
    );
  }, 1000);
  folder.verifyTimer.unref();
}

/** Changes with each change of the folder that IMAP knows, and with new messages. */
const changesOf = (context: AccountContext, folder: FolderState): string =>
  context.db.pluck<string>("SELECT modseq || ' ' || total FROM folder WHERE id = ?", folder.id)[0] ?? '';

/**
 * After changes of our own in cur: when its time before was the trusted one, or one that changes of ours at the same time
 * have replaced, the time after is ours.
 */
export function adoptTimes(
  context: AccountContext,
  folder: FolderState,
  times: { readonly before: bigint; readonly after: bigint },
): void {
  if (
    !folder.replacedTimes.has(times.before) &&
    !isTrusted(times.before, folder.curMtime, folder.curListed, context.dirtyWindow)
  )
    return;
  folder.replacedTimes.add(times.before);
  folder.curMtime = times.after.toString();
  // The time is ours, so the window does not start anew; the confirming listing has the last word.
  folder.curListed = Number(times.after / 1_000_000n) + context.dirtyWindow + 1;
  folder.suspect = true;
  storeTimes(context, folder);
}

function storeTimes(context: AccountContext, folder: FolderState): void {
  context.db.run(
    'UPDATE folder SET new_mtime = ?, cur_mtime = ?, new_listed = ?, cur_listed = ?, suspect = ? WHERE id = ?',
    folder.newMtime,
    folder.curMtime,
    folder.newListed,
    folder.curListed,
    folder.suspect ? 1 : 0,
    folder.id,
  );
}

const hasNewRows = (context: AccountContext, folder: FolderState): boolean =>
  context.db.get('SELECT 1 FROM message WHERE folder = ? AND in_new = 1 LIMIT 1', folder.id) !== undefined;

/**
 * Renames files of new into cur with `:2,` (1.9). Never over another file: a base that cur has already gets a new
 * one. What cannot be moved (full disk, foreign rights, no regular file) stays and is shown from new.
 */
async function moveNewToCur(
  context: AccountContext,
  folder: FolderState,
  inNew: Listing,
  moved: Listing,
): Promise<void> {
  const path = folderPath(context, folder);
  let complained = false;
  await forEachWide([...inNew], 8, async ([base, info]) => {
    const from = `${path}/new/${base}${info}`;
    try {
      const stats = await statName(from);
      if (!stats.isFile() || stats.uid !== context.uid) return;
      const taken = context.db.get(
        'SELECT 1 FROM message WHERE folder = ? AND base = ? AND in_new = 0',
        folder.id,
        base,
      );
      let name = info.startsWith(':2,') ? `${base}${info}` : `${base}:2,`;
      if (taken || (await exists(`${path}/cur/${name}`))) name = freshName(context, base, ':2,');
      await renameFile(from, `${path}/cur/${name}`);
      const colon = name.indexOf(':');
      moved.set(name.slice(0, colon), name.slice(colon));
    } catch (error) {
      // ENOENT: somebody else moved it, which is as good.
      if (errorCode(error) === 'ENOENT' || complained) return;
      complained = true;
      context.log(`mailbox: cannot move from new to cur: ${errorCode(error) || 'error'}`);
    }
  });
}

const exists = async (path: string): Promise<boolean> =>
  (await statName(path).catch(() => undefined)) !== undefined;

/**
 * One base in new and cur. Two files are two messages, and the one in new gets a base of its own; one file with two
 * names is a move by link and unlink that somebody has under way.
 */
async function partTwins(
  context: AccountContext,
  folder: FolderState,
  base: string,
  inNew: Listing,
  curInfo: string,
): Promise<boolean> {
  const info = inNew.get(base) ?? '';
  const path = folderPath(context, folder);
  inNew.delete(base);
  try {
    const [a, b] = await Promise.all([
      statName(`${path}/new/${base}${info}`),
      statName(`${path}/cur/${base}${curInfo}`),
    ]);
    if (a.ino === b.ino && a.dev === b.dev) return false;
    await renameFile(`${path}/new/${base}${info}`, `${path}/new/${freshName(context, base, info)}`);
    return true;
  } catch (error) {
    // It was one message on its way from new to cur.
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

interface Row {
  readonly id: number;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
}

/** Compares rows with listings: changed names are written, unknown bases and absent rows are given back. */
async function applyListing(
  context: AccountContext,
  folder: FolderState,
  inNew: Listing | undefined,
  inCur: Listing | undefined,
  moved: Listing,
): Promise<{ readonly fresh: Fresh[]; readonly absent: Row[] }> {
  const { db } = context;
  const absent: Row[] = [];
  const found = new Set<string>();
  // Without a listing of cur only the rows of new can have changed.
  const source = inCur ? 'message' : 'message INDEXED BY message_new';
  const part = inCur ? '' : ' AND in_new = 1';
  let after = '';
  for (;;) {
    const rows = db.all<Row>(
      `SELECT id, base, info, in_new FROM ${source}
       WHERE folder = ? AND base > ?${part} ORDER BY base LIMIT 4000`,
      folder.id,
      after,
    );
    if (rows.length === 0) break;
    after = rows.at(-1)!.base;
    const changes: (readonly [Row, string, number])[] = [];
    for (const row of rows) {
      found.add(row.base);
      if (folder.touched?.has(row.base)) continue;
      const curInfo = inCur ? inCur.get(row.base) : moved.get(row.base);
      const newInfo = inNew?.get(row.base);
      if (curInfo !== undefined) {
        if (row.in_new || row.info !== curInfo) changes.push([row, curInfo, 0]);
      } else if (newInfo !== undefined) {
        if (!row.in_new || row.info !== newInfo) changes.push([row, newInfo, 1]);
      } else if (inNew || !row.in_new) absent.push(row);
    }
    for (let i = 0; i < changes.length; i += insertBatch) {
      const batch = changes.slice(i, i + insertBatch);
      db.transaction(() => {
        updateNames(
          context,
          folder,
          batch.map(([{ id, base }, info, inNewNow]) => ({ id, base, info, inNew: inNewNow })),
        );
      });
      await yieldTurn();
    }
    await yieldTurn();
  }
  const fresh: Fresh[] = [];
  const add = (base: string, info: string, isNew: boolean): void => {
    if (found.has(base) || folder.touched?.has(base)) return;
    found.add(base);
    fresh.push({ base, info, inNew: isNew });
  };
  for (const [base, info] of inCur ?? moved) add(base, info, false);
  for (const [base, info] of inNew ?? []) add(base, info, true);
  return { fresh, absent };
}

/**
 * Which absent rows are really gone. Sure: absent from two listings in a row with the same directory times before,
 * between and after them. While somebody renames without pause there is no such moment; then a message is taken as
 * gone after six listings in a row without it (one listing missed 0.4 % under the worst load measured).
 */
async function confirmGone(
  context: AccountContext,
  folder: FolderState,
  absent: readonly Row[],
  first: DirectoryTimes,
): Promise<{ readonly confirmed: readonly Row[]; readonly unsure: number }> {
  let left = absent.filter((row) => !folder.touched?.has(row.base));
  let before = first;
  const newest = Math.max(Number(first.new / 1_000_000n), Number(first.cur / 1_000_000n));
  // Inside the window two changes may share one time.
  if (left.length > 0 && Date.now() - newest < Math.min(context.dirtyWindow, 100)) {
    await delay(Math.min(context.dirtyWindow, 100));
  }
  for (let round = 2; left.length > 0 && round <= 6; round++) {
    const inCur = (await listNames(context, folder, 'cur')).listing;
    const inNew = (await listNames(context, folder, 'new')).listing;
    const after = await readTimes(context, folder);
    if (!after) break;
    const seen = left.filter((row) => inCur.has(row.base) || inNew.has(row.base));
    if (seen.length > 0) {
      context.db.transaction(() => {
        const names = seen.flatMap(({ id, base }) => {
          if (folder.touched?.has(base)) return [];
          const info = inCur.get(base);
          return [{ id, base, info: info ?? inNew.get(base) ?? '', inNew: info === undefined ? 1 : 0 }];
        });
        updateNames(context, folder, names);
      });
    }
    left = left.filter(
      (row) => !inCur.has(row.base) && !inNew.has(row.base) && !folder.touched?.has(row.base),
    );
    if (after.new === before.new && after.cur === before.cur) return { confirmed: left, unsure: 0 };
    if (round === 6) return { confirmed: left, unsure: 0 };
    before = after;
  }
  return { confirmed: [], unsure: left.length };
}

async function deleteRows(context: AccountContext, folder: FolderState, rows: readonly Row[]): Promise<void> {
  for (let i = 0; i < rows.length; i += 200) {
    const batch = rows.slice(i, i + 200);
    context.db.transaction(() => {
      for (const row of batch) {
        // Moved by us meanwhile: the row is another folder's now.
        const { changes } = context.db.run(
          'DELETE FROM message WHERE id = ? AND folder = ?',
          row.id,
          folder.id,
        );
        if (changes > 0) context.lessons.left(row.base, folder);
      }
    });
    await yieldTurn();
  }
}
