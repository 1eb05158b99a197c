// Changing mail: flags, moves, removal, and putting back. The file is renamed first, then the index is told.
// A name that is gone was renamed by somebody else: it is found again by its base and the change is worked out anew
// from the name it has now (spec/maildir-imap.md 1.10). Nothing is ever renamed over another file.
// Batches are short, so that pages are served between them; what could not be found is counted, not an error.
import { errorCode, renameFile, statName, unlinkFile } from '../../mta/maildir/calls.ts';
import {
  type AccountContext,
  type FolderState,
  folderPath,
  forEachWide,
  messagePath,
  yieldTurn,
} from './context.ts';
import { NoSuchFolderError } from './errors.ts';
import { discoverFolders, findFolder, findRole, makeFolder, makeRole } from './folders.ts';
import { insertRow, updateName } from './intake.ts';
import { freshName, listNames, readTimes } from './listing.ts';
import { changeFlags, cleanFlags, flagsOf, messageIdOf, replaceFlags, splitName } from './names.ts';
import { findRow, folderById } from './read.ts';
import { roleOfCanonicalName } from './roles.ts';
import { adoptTimes, refreshFolder } from './scan.ts';
import type { ActionResult, MessageId } from './types.ts';
import { measureUsage, noteUsage } from './usage.ts';

/** spec/webmail.md 2.6: files are renamed in batches with a yield between, one transaction a batch. */
const batchSize = 200;
const renameWidth = 8;
/** Dovecot looks ten times for a file that others keep renaming. */
const findRounds = 10;

interface Target {
  readonly row: number;
  readonly key: string;
  readonly base: string;
  readonly folder: FolderState;
  info: string;
  in_new: number;
}

/** What a change makes of one message; undefined fields stay. */
interface Change {
  readonly info: (info: string) => string;
  readonly to: FolderState | undefined;
}

interface Done {
  readonly target: Target;
  readonly flagsBefore: string;
  readonly base: string;
  readonly info: string;
  readonly folder: FolderState;
}

type UndoEntry = ActionResult['undo'][number];

/** A folder by name, also one that another program made since the last look. */
async function lookForFolder(context: AccountContext, name: string): Promise<FolderState | undefined> {
  const found = findFolder(context, name);
  if (found) return found;
  await discoverFolders(context);
  return findFolder(context, name);
}

/** The folder of that name: existing, or a special one that is made at first need. Throws NoSuchFolderError. */
export async function folderForAction(context: AccountContext, name: string): Promise<FolderState> {
  const found = await lookForFolder(context, name);
  if (found) return found;
  const role = roleOfCanonicalName(name);
  if (role) return findRole(context, role) ?? (await makeRole(context, role));
  throw new NoSuchFolderError(`There is no folder ${JSON.stringify(name)}.`);
}

export async function setFlags(
  context: AccountContext,
  ids: readonly MessageId[],
  add: string,
  remove: string,
  folderName: string | undefined,
): Promise<ActionResult> {
  const [added, removed] = [cleanFlags(add), cleanFlags(remove)];
  return changeAll(context, ids, folderName, () => ({
    info: (info) => changeFlags(info, added, removed),
    to: undefined,
  }));
}

export async function moveMessages(
  context: AccountContext,
  ids: readonly MessageId[],
  toFolder: string,
  folderName: string | undefined,
): Promise<ActionResult> {
  const to = await folderForAction(context, toFolder);
  return changeAll(context, ids, folderName, () => ({ info: (info) => changeFlags(info, '', ''), to }));
}

/** Puts messages back into the folder and to the flags they had. */
export async function restoreMessages(
  context: AccountContext,
  undo: readonly UndoEntry[],
): Promise<ActionResult> {
  const byId = new Map(undo.map((entry) => [entry.id, entry]));
  const folders = new Map<string, FolderState>();
  for (const name of new Set(undo.map((entry) => entry.folder))) {
    folders.set(name, findFolder(context, name) ?? (await makeFolder(context, name)));
  }
  return changeAll(context, [...byId.keys()], undefined, (target) => {
    const entry = byId.get(target.key)!;
    const to = folders.get(entry.folder)!;
    return {
      info: (info) => replaceFlags(info, cleanFlags(entry.flags)),
      to: to === target.folder ? undefined : to,
    };
  });
}

async function changeAll(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
  changeOf: (target: Target) => Change,
): Promise<ActionResult> {
  return forTargets(context, ids, folderName, async (targets) => {
    const done: Done[] = [];
    let error: unknown;
    await forEachWide(targets, renameWidth, async (target) => {
      try {
        const result = await changeOne(context, target, changeOf(target));
        if (result) done.push(result);
      } catch (failure) {
        error ??= failure;
      }
    });
    writeDone(context, done);
    return {
      undo: done.map(({ target, flagsBefore, base }) => ({
        id: base === target.base ? target.key : messageIdOf(base),
        folder: target.folder.name,
        flags: flagsBefore,
      })),
      error,
    };
  });
}

/** Renames one file as wanted. Undefined: it is not in its folder any more. */
async function changeOne(context: AccountContext, target: Target, change: Change): Promise<Done | undefined> {
  let { info, in_new } = target;
  const to = change.to ?? target.folder;
  for (let round = 0; round < findRounds; round++) {
    const from = messagePath(context, target.folder, { base: target.base, info, in_new });
    const newInfo = change.info(info);
    const flagsBefore = flagsOf(info);
    if (to === target.folder && newInfo === info && !in_new) {
      if (await isThere(from)) return { target, flagsBefore, base: target.base, info, folder: to };
    } else {
      let base = target.base;
      // Also within one folder: a copy of that base in cur, while ours lies in new, must not be written over.
      if ((to !== target.folder || in_new) && (await isTaken(context, to, base, newInfo, target))) {
        base = splitName(freshName(context, base, newInfo)).base;
      }
      target.folder.touched?.add(target.base);
      to.touched?.add(base);
      try {
        await renameFile(from, `${folderPath(context, to)}/cur/${base}${newInfo}`);
        return { target, flagsBefore, base, info: newInfo, folder: to };
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
    const now = await findByBase(context, target.folder, target.base);
    if (!now) {
      // One listing may have missed it; the scan's rules decide whether it is gone.
      if (round >= 2) return undefined;
      continue;
    }
    ({ info, in_new } = now);
  }
  return undefined;
}

const isThere = async (path: string): Promise<boolean> =>
  (await statName(path).catch(() => undefined))?.isFile() ?? false;

async function isTaken(
  context: AccountContext,
  folder: FolderState,
  base: string,
  info: string,
  target: Target,
): Promise<boolean> {
  const row = context.db.get<{ id: number }>(
    'SELECT id FROM message WHERE folder = ? AND base = ?',
    folder.id,
    base,
  );
  if (row && row.id !== target.row) return true;
  return (
    (await statName(`${folderPath(context, folder)}/cur/${base}${info}`).catch(() => undefined)) !== undefined
  );
}

/** The name a message has in its folder now, by its base. */
export async function findByBase(
  context: AccountContext,
  folder: FolderState,
  base: string,
): Promise<{ readonly info: string; readonly in_new: number } | undefined> {
  for (const half of ['cur', 'new'] as const) {
    const info = (await listNames(context, folder, half)).listing.get(base);
    if (info !== undefined) return { info, in_new: half === 'new' ? 1 : 0 };
  }
  return undefined;
}

function writeDone(context: AccountContext, done: readonly Done[]): void {
  context.db.transaction(() => {
    for (const { target, base, info, folder } of done) {
      if (folder !== target.folder || base !== target.base) {
        // Another program may have told the index of the target folder already.
        context.db.run(
          'DELETE FROM message WHERE folder = ? AND base = ? AND id <> ?',
          folder.id,
          base,
          target.row,
        );
        const { changes } = context.db.run(
          'UPDATE message SET folder = ?, base = ?, key = ? WHERE id = ?',
          folder.id,
          base,
          messageIdOf(base),
          target.row,
        );
        // A scan saw it leave before we said so: the next one of the target folder takes it in.
        if (changes === 0) folder.curMtime = '';
      }
      updateName(context, target.row, info, 0);
    }
  });
}

/** Unlinks messages for good. */
export async function removeMessages(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
): Promise<ActionResult> {
  return forTargets(context, ids, folderName, async (targets) => {
    const removed: Target[] = [];
    let error: unknown;
    await forEachWide(targets, renameWidth, async (target) => {
      try {
        if (await removeOne(context, target)) removed.push(target);
      } catch (failure) {
        error ??= failure;
      }
    });
    context.db.transaction(() => {
      for (const { row } of removed) context.db.run('DELETE FROM message WHERE id = ?', row);
    });
    return { undo: [], error, removed: removed.length };
  });
}

async function removeOne(context: AccountContext, target: Target): Promise<boolean> {
  let { info, in_new } = target;
  for (let round = 0; round < findRounds; round++) {
    target.folder.touched?.add(target.base);
    try {
      await unlinkFile(messagePath(context, target.folder, { base: target.base, info, in_new }));
      return true;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    const now = await findByBase(context, target.folder, target.base);
    if (now) ({ info, in_new } = now);
    else if (round >= 2) return false;
  }
  return false;
}

interface BatchResult {
  readonly undo: readonly UndoEntry[];
  readonly error: unknown;
  readonly removed?: number;
}

/** Looks ids up, works through them in batches, keeps the quota file and the folders' times right. */
async function forTargets(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
  work: (targets: readonly Target[]) => Promise<BatchResult>,
): Promise<ActionResult> {
  const folder = folderName === undefined ? undefined : await lookForFolder(context, folderName);
  const wanted = [...new Set(ids)];
  if (folderName !== undefined && !folder) return { done: 0, missing: wanted.length, undo: [] };
  let done = 0;
  const undo: UndoEntry[] = [];
  const changed = new Set<FolderState>();
  for (let i = 0; i < wanted.length && !context.closing.aborted; i += batchSize) {
    const targets = findTargets(context, wanted.slice(i, i + batchSize), folder);
    const used = new Set(targets.map((target) => target.folder));
    const before = new Map<FolderState, bigint | undefined>();
    for (const state of context.folders.values()) {
      // Targets of moves are not known here; a stat of each folder would be dear with thousands.
      if (used.has(state) || context.folders.size <= 32) {
        before.set(state, (await readTimes(context, state).catch(() => undefined))?.cur);
      }
    }
    const rows = targets.map((target) => target.row);
    const usage = await measureUsage(context, rows);
    const result = await work(targets);
    for (const [state, time] of before) {
      const after = (await readTimes(context, state).catch(() => undefined))?.cur;
      if (time !== undefined && after !== undefined && time !== after) {
        adoptTimes(context, state, { before: time, after });
      }
    }
    await noteUsage(context, usage, rows);
    done += result.removed ?? result.undo.length;
    undo.push(...result.undo);
    for (const target of targets) changed.add(target.folder);
    if (result.error !== undefined) {
      if (done === 0) throw result.error;
      context.log(`mailbox: part of a change failed: ${errorCode(result.error) || 'error'}`);
    }
    await yieldTurn();
  }
  if (done < wanted.length) {
    // Somebody else was there first: have the index learn what is so now.
    for (const state of changed) await refreshFolder(context, state, { moveNew: false, verify: 'now' });
  }
  return { done, missing: wanted.length - done, undo };
}

function findTargets(
  context: AccountContext,
  ids: readonly MessageId[],
  folder: FolderState | undefined,
): Target[] {
  const targets: Target[] = [];
  for (const id of ids) {
    const row = findRow(context, id, folder);
    const state = row && folderById(context, row.folder);
    if (!row || !state) continue;
    targets.push({
      row: row.id,
      key: row.key,
      base: row.base,
      folder: state,
      info: row.info,
      in_new: row.in_new,
    });
  }
  return targets;
}

/** Tells the index of a message that was just stored in cur. */
export async function addStored(
  context: AccountContext,
  folderName: string,
  name: string,
): Promise<MessageId> {
  const { base, info } = splitName(name);
  const folder = findFolder(context, folderName);
  if (folder) {
    const stats = await statName(`${folderPath(context, folder)}/cur/${name}`).catch(() => undefined);
    if (stats?.isFile()) {
      folder.touched?.add(base);
      const file = { base, info, inNew: false, received: Math.floor(stats.mtimeMs), size: stats.size };
      context.db.transaction(() => insertRow(context, folder.id, file));
      context.wakeParser(folder);
    }
  }
  return messageIdOf(base);
}
