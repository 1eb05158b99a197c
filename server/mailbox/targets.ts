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
import { updateName } from './intake.ts';
import { freshName, listNames, readTimes } from './listing.ts';
import { flagsOf, messageIdOf, splitName } from './names.ts';
import { adoptTimes, refreshFolder } from './scan.ts';
import { measureUsage, noteUsage } from './usage.ts';

/** spec/webmail.md 2.6: files are renamed in batches with a yield between, one transaction a batch. */
const batchSize = 200;
const renameWidth = 8;
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
  await forEachWide(targets, renameWidth, async (target) => {
    try {
      const result = await changeOne(context, target, changeOf(target));
      if (result) done.push(result);
    } catch (failure) {
      error ??= failure;
    }
  });
  writeDone(context, done);
  return { done, error };
}

/** Unlinks files for good and tells the index; as `changeTargets`. `mayRemove` is asked of the name a file has then. */
export async function removeTargets(
  context: AccountContext,
  targets: readonly Target[],
  mayRemove: (info: string) => boolean = () => true,
): Promise<{ readonly removed: readonly Target[]; readonly error: unknown }> {
  const removed: Target[] = [];
  let error: unknown;
  await forEachWide(targets, renameWidth, async (target) => {
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

/** What became of one batch. */
export interface BatchResult {
  readonly done: number;
  readonly error: unknown;
}

/**
 * Works through messages in batches, keeps the quota file and the folders' times right. Gives how many were done; an
 * error that left nothing done is thrown.
 */
export async function forBatches<Key>(
  context: AccountContext,
  keys: readonly Key[],
  find: (keys: readonly Key[]) => readonly Target[],
  work: (targets: readonly Target[]) => Promise<BatchResult>,
): Promise<number> {
  let done = 0;
  const changed = new Set<FolderState>();
  for (let i = 0; i < keys.length && !context.closing.aborted; i += batchSize) {
    const targets = find(keys.slice(i, i + batchSize));
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
  const modseqs = new Map<FolderState, number>();
  /** The next MODSEQ of a folder, of as many as there can be changes here: the folder's row is written once. */
  const modseqOf = (folder: FolderState): number => {
    let modseq = modseqs.get(folder);
    if (modseq === undefined) {
      modseq = context.db.pluck<number>('SELECT modseq FROM folder WHERE id = ?', folder.id)[0] ?? 1;
      context.db.run('UPDATE folder SET modseq = modseq + ? WHERE id = ?', done.length, folder.id);
    }
    modseqs.set(folder, ++modseq);
    return modseq;
  };
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
          'UPDATE message SET folder = ?, base = ?, key = ?, saved = ? WHERE id = ?',
          folder.id,
          base,
          messageIdOf(base),
          Date.now(),
          target.row,
        );
        if (folder !== target.folder) context.lessons.moved(base, target.folder, folder);
        // A scan saw it leave before we said so: the next one of the target folder takes it in.
        if (changes === 0) folder.curMtime = '';
      }
      updateName(context, folder, { id: target.row, base }, info, 0, () => modseqOf(folder));
    }
  });
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
