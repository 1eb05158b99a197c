// What the pages do to letters besides flags and moves, by message ids (types.ts): keywords, copies, removal of what was
// marked before, and bringing a letter back as if it came in just now. Files first, the index follows (targets.ts).

import { constants } from 'node:fs';
import { errorCode } from '../../mta/maildir/calls.ts';
import { cleanKeywords, foldKeyword } from '../../mta/maildir/keyword-files.ts';
import { findTargets, folderForAction, forIds, lookForFolder, type UndoEntry } from './actions.ts';
import { type AccountContext, type FolderState, folderPath, messagePath } from './context.ts';
import { partFile } from './link-copy.ts';
import { changeFlags, dropKeywordLetters, flagsOf } from './names.ts';
import { changeTargets, findByBase, removeTargets, type Target } from './targets.ts';
import type { ActionResult, Mailbox, MessageId } from './types.ts';
import { syncFolder } from './uid-calls.ts';
import { copyMessages } from './uid-copy.ts';
import { keepKeywords, writeKeywords } from './uid-keywords.ts';

export type LetterCalls = Pick<Mailbox, 'setKeywords' | 'copy' | 'expunge' | 'bringBack'>;

export const createLetterCalls = (context: AccountContext): LetterCalls => ({
  setKeywords: (ids, add, remove, folder) =>
    context.exclusive(() => setKeywords(context, ids, add, remove, folder)),
  copy: (ids, to, folder) => context.exclusive(() => copyLetters(context, ids, to, folder)),
  expunge: (ids, folder) => context.exclusive(() => expungeLetters(context, ids, folder)),
  bringBack: (id, from, to, received) => context.exclusive(() => bringBack(context, id, from, to, received)),
});

const keywordsOf = (context: AccountContext, row: number): readonly string[] => {
  const [keywords = ''] = context.db.pluck<string>('SELECT keywords FROM message WHERE id = ?', row);
  return keywords === '' ? [] : keywords.split(' ');
};

async function setKeywords(
  context: AccountContext,
  ids: readonly MessageId[],
  add: readonly string[],
  remove: readonly string[],
  folderName: string | undefined,
): Promise<ActionResult> {
  // What is the letter P is no keyword (uid-types.ts).
  const clean = (names: readonly string[]): string[] =>
    cleanKeywords(names).filter((name) => foldKeyword(name) !== '$forwarded');
  const [added, removed] = [clean(add), new Set(clean(remove).map(foldKeyword))];
  const undo: UndoEntry[] = [];
  return forIds(context, ids, folderName, undo, async (targets) => {
    let done = 0;
    let error: unknown;
    for (const [folder, group] of Map.groupBy(targets, (target) => target.folder)) {
      const before = new Map(group.map((target) => [target.row, keywordsOf(context, target.row)]));
      const wanted = new Map(
        [...before].map(([row, has]) => [
          row,
          cleanKeywords([...has, ...added]).filter((name) => !removed.has(foldKeyword(name))),
        ]),
      );
      const result = await writeKeywords(context, folder, wanted);
      error ??= result.error;
      done += result.done.length;
      for (const { target, flagsBefore } of result.done)
        undo.push({
          id: target.key,
          folder: folder.name,
          flags: flagsBefore,
          keywords: before.get(target.row) ?? [],
        });
    }
    return { done, error };
  });
}

/** The rows of ids by the folders they lie in, each looked at so that all have UIDs. */
async function findByFolder(
  context: AccountContext,
  ids: readonly MessageId[],
  folder: FolderState | undefined,
): Promise<ReadonlyMap<FolderState, readonly number[]>> {
  const found = new Map<FolderState, readonly number[]>();
  const targets = findTargets(context, ids, folder);
  for (const [state, group] of Map.groupBy(targets, (target) => target.folder)) {
    await syncFolder(context, state.name, { moveNew: false, looksAtFile: false });
    const uids = context.db.pluck<number>(
      'SELECT uid FROM message WHERE folder = ? AND uid > 0 AND id IN (SELECT value FROM json_each(?))',
      state.id,
      JSON.stringify(group.map((target) => target.row)),
    );
    found.set(state, uids);
  }
  return found;
}

async function copyLetters(
  context: AccountContext,
  ids: readonly MessageId[],
  toFolder: string,
  folderName: string | undefined,
): ReturnType<Mailbox['copy']> {
  const to = await folderForAction(context, toFolder);
  await syncFolder(context, to.name, { moveNew: false, looksAtFile: false });
  const folder = folderName === undefined ? undefined : await lookForFolder(context, folderName);
  const wanted = [...new Set(ids)];
  if (folderName !== undefined && !folder) return { done: 0, missing: wanted.length, made: [] };
  const made: { id: MessageId; folder: string }[] = [];
  for (const [state, uids] of await findByFolder(context, wanted, folder)) {
    const { pairs } = await copyMessages(context, state, uids, to);
    const keys = context.db.pluck<string>(
      'SELECT key FROM message WHERE folder = ? AND uid IN (SELECT value FROM json_each(?))',
      to.id,
      JSON.stringify(pairs.map(([, uid]) => uid)),
    );
    for (const id of keys) made.push({ id, folder: to.name });
  }
  return { done: made.length, missing: wanted.length - made.length, made };
}

/** Unlinks those that still have T; others lost it since and stay. */
async function expungeLetters(
  context: AccountContext,
  ids: readonly MessageId[],
  folderName: string | undefined,
): Promise<ActionResult> {
  return forIds(context, ids, folderName, [], async (targets) => {
    const { removed, error } = await removeTargets(context, targets, (info) => flagsOf(info).includes('T'));
    return { done: removed.length, error };
  });
}

/**
 * Gives a letter the time of now, takes S off, and moves it: it is new and first where it comes to. The time goes first:
 * a crash in between leaves it where it was, to be brought back again. A new folder gives a new UID, so no IMAP client
 * sees an INTERNALDATE change (RFC 9051 2.3.3).
 */
async function bringBack(
  context: AccountContext,
  id: MessageId,
  from: string,
  toFolder: string,
  received: number,
): Promise<boolean> {
  const folder = await lookForFolder(context, from);
  if (!folder) return false;
  await syncFolder(context, folder.name, { moveNew: false, looksAtFile: false });
  const [target] = findTargets(context, [id], folder);
  if (!target || !(await setTime(context, target, received))) return false;
  context.db.run('UPDATE message SET received = ? WHERE id = ?', received, target.row);
  const to = await folderForAction(context, toFolder);
  const keywords = keywordsOf(context, target.row);
  const result = await forIds(context, [id], from, [], async (targets) => {
    const { done, error } = await changeTargets(context, targets, () => ({
      info: (info) => dropKeywordLetters(changeFlags(info, '', 'S')),
      to,
    }));
    await keepKeywords(
      context,
      to,
      done.map(({ target: { row } }) => ({ row, keywords })),
    );
    return { done: done.length, error };
  });
  return result.done === 1;
}

/** Sets the time of a message's file, also of one that others rename meanwhile. False: it is gone. */
async function setTime(context: AccountContext, target: Target, received: number): Promise<boolean> {
  let { info, in_new } = target;
  for (let round = 0; round < 5; round++) {
    const path = messagePath(context, target.folder, { base: target.base, info, in_new });
    try {
      if (await setFileTime(context, target.folder, path, new Date(received))) return true;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    const now = await findByBase(context, target.folder, target.base);
    if (!now) return false;
    ({ info, in_new } = now);
  }
  return false;
}

/** False: others gave the file another name meanwhile. */
async function setFileTime(
  context: AccountContext,
  folder: FolderState,
  path: string,
  time: Date,
): Promise<boolean> {
  const { files, uid, gid } = context;
  const file = await files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // A copy (link-copy.ts) keeps the time it has.
    if ((await files.stat(file)).nlink > 1)
      return await partFile(context, { path: folderPath(context, folder), uid, gid }, path, time);
    await files.setTime(file, time);
    return true;
  } finally {
    await files.close(file);
  }
}
