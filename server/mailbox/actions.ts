// Changing mail by message ids: flags, moves, removal, and putting back. How a file is changed beside other programs is
// targets.ts. Folders are made where a special one is needed first; what could not be found is counted, not an error.
import { type AccountContext, type FolderState, folderPath } from './context.ts';
import { NoSuchFolderError } from './errors.ts';
import { discoverFolders, findFolder, findRole, makeFolder, makeRole } from './folders.ts';
import { insertRow, lookOf } from './intake.ts';
import {
  changeFlags,
  cleanFlags,
  dropKeywordLetters,
  flagsOf,
  messageIdOf,
  replaceFlags,
  splitName,
} from './names.ts';
import { findRow, folderById } from './read.ts';
import { roleOfCanonicalName } from './roles.ts';
import {
  type BatchResult,
  type Change,
  changeTargets,
  type Done,
  forBatches,
  removeTargets,
  type Target,
} from './targets.ts';
import type { ActionResult, MessageId } from './types.ts';
import { keepKeywords, writeKeywords } from './uid-keywords.ts';
import { noteStored } from './usage.ts';

export type UndoEntry = ActionResult['undo'][number];

/** A folder by name, also one that another program made since the last look. */
export async function lookForFolder(context: AccountContext, name: string): Promise<FolderState | undefined> {
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
  const result = await changeAll(context, [...byId.keys()], undefined, (target) => {
    const entry = byId.get(target.key)!;
    const to = folders.get(entry.folder)!;
    return {
      info: (info) => replaceFlags(info, cleanFlags(entry.flags)),
      to: to === target.folder ? undefined : to,
    };
  });
  for (const [name, folder] of folders) {
    const entries = undo.filter((entry) => entry.folder === name && entry.keywords !== undefined);
    if (entries.length === 0) continue;
    const keywordsOf = new Map(entries.map((entry) => [entry.id, entry.keywords!]));
    const targets = findTargets(context, [...keywordsOf.keys()], folder);
    const wanted = new Map(targets.map((target) => [target.row, keywordsOf.get(target.key)!]));
    const { error } = await writeKeywords(context, folder, wanted);
    if (error !== undefined) throw error;
  }
  return result;
}

async function changeAll(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
  changeOf: (target: Target) => Change,
): Promise<ActionResult> {
  const undo: UndoEntry[] = [];
  return forIds(context, ids, folderName, undo, async (targets) => {
    const moved = createKeywordLuggage(context);
    const { done, error } = await changeTargets(context, targets, (target) =>
      moved.pack(target, changeOf(target)),
    );
    await moved.unpack(done);
    for (const { target, flagsBefore, base } of done) {
      const id = base === target.base ? target.key : messageIdOf(base);
      undo.push({ id, folder: target.folder.name, flags: flagsBefore });
    }
    return { done: done.length, error };
  });
}

/** Keywords go along with a message that moves: its letters mean what the list of each folder says. */
function createKeywordLuggage(context: AccountContext): {
  pack(target: Target, change: Change): Change;
  unpack(done: readonly Done[]): Promise<void>;
} {
  const carried = new Map<number, readonly string[]>();
  return {
    pack(target, change) {
      if (!change.to || change.to === target.folder) return change;
      const [keywords = ''] = context.db.pluck<string>(
        'SELECT keywords FROM message WHERE id = ?',
        target.row,
      );
      if (keywords !== '') carried.set(target.row, keywords.split(' '));
      return { ...change, info: (info) => dropKeywordLetters(change.info(info)) };
    },
    async unpack(done) {
      for (const folder of new Set(done.map((entry) => entry.folder))) {
        const came = done.filter((entry) => entry.folder === folder);
        const messages = came.flatMap(({ target: { row } }) => {
          const keywords = carried.get(row);
          return keywords ? [{ row, keywords }] : [];
        });
        await keepKeywords(context, folder, messages);
      }
    },
  };
}

/** Unlinks messages for good. */
export async function removeMessages(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
): Promise<ActionResult> {
  return forIds(context, ids, folderName, [], async (targets) => {
    const { removed, error } = await removeTargets(context, targets);
    return { done: removed.length, error };
  });
}

export async function forIds(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
  undo: readonly UndoEntry[],
  work: (targets: readonly Target[]) => Promise<BatchResult>,
): Promise<ActionResult> {
  const folder = folderName === undefined ? undefined : await lookForFolder(context, folderName);
  const wanted = [...new Set(ids)];
  if (folderName !== undefined && !folder) return { done: 0, missing: wanted.length, undo: [] };
  const done = await forBatches(context, wanted, (batch) => findTargets(context, batch, folder), work);
  return { done, missing: wanted.length - done, undo };
}

export function findTargets(
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
    const stats = await context.files
      .lstat(`${folderPath(context, folder)}/cur/${name}`)
      .catch(() => undefined);
    if (stats?.isFile()) {
      folder.touched?.add(base);
      const file = { base, info, inNew: false, ...lookOf(stats) };
      context.db.transaction(() => insertRow(context, folder, file));
      context.wakeParser(folder);
      // Drafts and sent letters are never refused for want of room, but they count.
      if (folder.directory !== '.Trash' && !flagsOf(info).includes('T'))
        await noteStored(context, stats.size);
    }
  }
  return messageIdOf(base);
}
