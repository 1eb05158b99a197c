// Changing message files: renamed or unlinked first, then the index is told. A name that is gone was renamed by somebody
// else: it is found again by its base and the change is worked out anew from the name it has now
// (spec/maildir-imap.md 1.10). Nothing is ever renamed over another file. Batches are short, so that others are served
// between them; what could not be found is left out, not an error. Which messages and what change is the caller's.
import { errorCode } from '../../mta/maildir/calls.ts';
import {
  type AccountContext,
  type FolderState,
  folderPath,
  forEachWide,
  messagePath,
  yieldTurn,
} from './context.ts';
import { freshName, listNames, readTimes } from './listing.ts';
import { updateNames } from './name-rows.ts';
import { flagsOf, messageIdOf, splitName } from './names.ts';
import { adoptTimes, refreshFolder } from './scan.ts';
import { measureUsage, noteUsage } from './usage.ts';

/** spec/webmail.md 2.6: files are renamed in batches with a yield between, one transaction a batch. */
const batchSize = 500;
const renameWidth = 8;
/** Unlinks that wait at the same time for the blocks of their files to be freed. */
const removeWidth = 16;
/** Dovecot looks ten times for a file that others keep renaming. */
const findRounds = 10;

/** A message as the index knows it. */
export interface Target {
  readonly row: number;
  readonly key: string;
  readonly base: string;
  readonly folder: FolderState;
  info: string;
  in_new: number;
}

/** What a change makes of one message; undefined fields stay. */
export interface Change {
  readonly info: (info: string) => string;
  readonly to: FolderState | undefined;
  /** Only while the file has the name that the index knows: what others changed since is left alone. */
  readonly isStrict?: boolean | undefined;
}

/** A change that was made. */
export interface Done {
  readonly target: Target;
  readonly flagsBefore: string;
  readonly base: string;
  readonly info: string;
  readonly folder: FolderState;
}

/** Renames files as wanted and tells the index. `error`: the first of those that failed; the others are done. */
export async function changeTargets(
  context: AccountContext,
  targets: readonly Target[],
  changeOf: (target: Target) => Change,
): Promise<{ readonly done: readonly Done[]; readonly error: unknown }> {
  const done: Done[] = [];
  let error: unknown;
  for (let i = 0; i < targets.length; i += batchSize) {
    const batch = targets.slice(i, i + batchSize);
    const rest = changeAtOnce(context, batch, changeOf, done);
    await forEachWide(rest, renameWidth, async (target) => {
      try {
        const result = await changeOne(context, target, changeOf(target));
        if (result) done.push(result);
      } catch (failure) {
        error ??= failure;
      }
    });
    if (i + batchSize < targets.length) await yieldTurn();
  }
  writeDone(context, done);
  return { done, error };
}

/** Renames what needs no second look, where calls on files end at once; gives the others, whatever is with them. */
function changeAtOnce(
  context: AccountContext,
  targets: readonly Target[],
  changeOf: (target: Target) => Change,
  done: Done[],
): readonly Target[] {
  const { atOnce } = context.files;
  if (!atOnce) return targets;
  const rest: Target[] = [];
  const taken = new Map<FolderState, Map<string, number>>();
  for (const target of targets) {
    const { base, folder, row } = target;
    const change = changeOf(target);
    const info = change.info(target.info);
    const to = change.to ?? folder;
    const from = messagePath(context, folder, target);
    const result: Done = { target, flagsBefore: flagsOf(target.info), base, info, folder: to };
    try {
      if (to === folder && info === target.info && !target.in_new) {
        if (!atOnce.lstat(from)?.isFile()) rest.push(target);
        else done.push(result);
        continue;
      }
      const path = messagePath(context, to, { base, info, in_new: 0 });
      if (to !== folder || target.in_new) {
        const rows = taken.get(to) ?? rowsOfBases(context, to, targets);
        taken.set(to, rows);
        if ((rows.get(base) ?? row) !== row || atOnce.lstat(path)) {
          rest.push(target);
          continue;
        }
        rows.set(base, row);
      }
      folder.touched?.add(base);
      to.touched?.add(base);
      atOnce.rename(from, path);
      done.push(result);
    } catch {
      // Gone, or cannot be renamed: which of the two is found out, and told, on the long way.
      rest.push(target);
    }
  }
  return rest;
}

/** Which rows of a folder have the bases of these messages already. */
const rowsOfBases = (
  context: AccountContext,
  folder: FolderState,
  targets: readonly Target[],
): Map<string, number> =>
  new Map(
    context.db.rows(
      'SELECT base, id FROM message WHERE folder = ? AND base IN (SELECT value FROM json_each(?))',
      folder.id,
      JSON.stringify(targets.map(({ base }) => base)),
    ) as [string, number][],
  );

/** Unlinks files for good and tells the index; as `changeTargets`. `mayRemove` is asked of the name a file has then. */
export async function removeTargets(
  context: AccountContext,
  targets: readonly Target[],
  mayRemove: (info: string) => boolean = () => true,
): Promise<{ readonly removed: readonly Target[]; readonly error: unknown }> {
  const removed: Target[] = [];
  let error: unknown;
  const rest = removeAtOnce(context, targets, mayRemove, removed);
  await forEachWide(rest, removeWidth, async (target) => {
    try {
      if (await removeOne(context, target, mayRemove)) removed.push(target);
    } catch (failure) {
      error ??= failure;
    }
  });
  // One statement: what its triggers do is made ready for being taken back once, not for each message.
  context.db.run(
    'DELETE FROM message WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(removed.map(({ row }) => row)),
  );
  return { removed, error };
}

/** Unlinks what has other names left (copies, uid-copy.ts): no blocks are freed, so it ends at once. Gives the others. */
function removeAtOnce(
  context: AccountContext,
  targets: readonly Target[],
  mayRemove: (info: string) => boolean,
  removed: Target[],
): readonly Target[] {
  const { atOnce } = context.files;
  if (!atOnce) return targets;
  return targets.filter((target) => {
    if (!mayRemove(target.info)) return false;
    const path = messagePath(context, target.folder, target);
    try {
      const stats = atOnce.lstat(path);
      if (!stats?.isFile() || stats.nlink === 1) return true;
      target.folder.touched?.add(target.base);
      atOnce.unlink(path);
      removed.push(target);
      return false;
    } catch {
      return true;
    }
  });
}

/** What became of one batch. */
export interface BatchResult {
  readonly done: number;
  readonly error: unknown;
}

/**
 * Works through messages in batches, keeps the quota file and the folders' times right. Gives how many were done; an
 * error that left nothing done is thrown.
 * @param reached folders besides their own into which messages may come; undefined: any
 */
export async function forBatches<Key>(
  context: AccountContext,
  keys: readonly Key[],
  find: (keys: readonly Key[]) => readonly Target[],
  work: (targets: readonly Target[]) => Promise<BatchResult>,
  reached?: readonly FolderState[],
): Promise<number> {
  let done = 0;
  const changed = new Set<FolderState>();
  for (let i = 0; i < keys.length && !context.closing.aborted; i += batchSize) {
    const targets = find(keys.slice(i, i + batchSize));
    const used = new Set(reached);
    for (const { folder } of targets) used.add(folder);
    // A look at each folder would be dear with thousands.
    if (!reached && context.folders.size <= 32) for (const state of context.folders.values()) used.add(state);
    const before = new Map<FolderState, bigint | undefined>();
    for (const state of used) {
      before.set(state, (await readTimes(context, state).catch(() => undefined))?.cur);
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
    done += result.done;
    for (const target of targets) changed.add(target.folder);
    if (result.error !== undefined) {
      if (done === 0) throw result.error;
      context.log(`mailbox: part of a change failed: ${errorCode(result.error) || 'error'}`);
    }
    await yieldTurn();
  }
  if (done < keys.length) {
    // Somebody else was there first: have the index learn what is so now.
    for (const state of changed) await refreshFolder(context, state, { moveNew: false, verify: 'now' });
  }
  return done;
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
      if (await isThere(context, from)) return { target, flagsBefore, base: target.base, info, folder: to };
    } else {
      let base = target.base;
      // Also within one folder: a copy of that base in cur, while ours lies in new, must not be written over.
      if ((to !== target.folder || in_new) && (await isTaken(context, to, base, newInfo, target))) {
        base = splitName(freshName(context, base, newInfo)).base;
      }
      target.folder.touched?.add(target.base);
      to.touched?.add(base);
      try {
        await context.files.rename(from, `${folderPath(context, to)}/cur/${base}${newInfo}`);
        return { target, flagsBefore, base, info: newInfo, folder: to };
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
    if (change.isStrict) return undefined;
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

const isThere = async (context: AccountContext, path: string): Promise<boolean> =>
  (await context.files.lstat(path).catch(() => undefined))?.isFile() ?? false;

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
    (await context.files
      .lstat(`${folderPath(context, folder)}/cur/${base}${info}`)
      .catch(() => undefined)) !== undefined
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
  const byFolder = Map.groupBy(done, ({ folder }) => folder);
  context.db.transaction(() => {
    for (const [folder, some] of byFolder) {
      writePlaces(
        context,
        folder,
        some.filter(({ target, base }) => folder !== target.folder || base !== target.base),
      );
      const names = some.map(({ target, base, info }) => ({ id: target.row, base, info, inNew: 0 }));
      updateNames(context, folder, names);
    }
  });
}

/** Rows of messages that came into a folder, or have another base there. */
function writePlaces(context: AccountContext, folder: FolderState, came: readonly Done[]): void {
  if (came.length === 0) return;
  const { db, lessons } = context;
  // Another program may have told the index of the target folder already.
  db.run(
    `DELETE FROM message WHERE id IN (
       SELECT m.id FROM json_each(?) c CROSS JOIN message m ON m.folder = ? AND m.base = c.value ->> 1
       WHERE m.id <> c.value ->> 0)`,
    JSON.stringify(came.map(({ target, base }) => [target.row, base])),
    folder.id,
  );
  const [kept, renamed] = [true, false].map((isKept) =>
    came.filter(({ target, base }) => (base === target.base) === isKept),
  ) as [Done[], Done[]];
  // What is named is written anew in every index that it has a part in.
  let { changes } = db.run(
    'UPDATE message SET folder = ?, saved = ? WHERE id IN (SELECT value FROM json_each(?))',
    folder.id,
    Date.now(),
    JSON.stringify(kept.map(({ target }) => target.row)),
  );
  for (const { target, base } of renamed) {
    changes += db.run(
      'UPDATE message SET folder = ?, base = ?, key = ?, saved = ? WHERE id = ?',
      folder.id,
      base,
      messageIdOf(base),
      Date.now(),
      target.row,
    ).changes;
  }
  // A scan saw it leave before we said so: the next one of the target folder takes it in.
  if (changes < came.length) folder.curMtime = '';
  for (const [from, some] of Map.groupBy(came, ({ target }) => target.folder)) {
    if (from === folder) continue;
    lessons.moved(
      some.map(({ base }) => base),
      from,
      folder,
    );
  }
}

async function removeOne(
  context: AccountContext,
  target: Target,
  mayRemove: (info: string) => boolean,
): Promise<boolean> {
  let { info, in_new } = target;
  for (let round = 0; round < findRounds; round++) {
    if (!mayRemove(info)) return false;
    target.folder.touched?.add(target.base);
    try {
      await context.files.unlink(messagePath(context, target.folder, { base: target.base, info, in_new }));
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
