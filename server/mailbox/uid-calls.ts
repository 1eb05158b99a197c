// The calls of the mailbox through UIDs (uid-types.ts) inside the index worker: each first brings the folder up to date
// with its directory, gives UIDs to what has none, then answers out of the index. Opening a message, watching and what
// else must not pass through a worker is done by the role (uid-mailbox.ts).

import { lookForFolder } from './actions.ts';
import {
  type AccountContext,
  type FolderState,
  folderPath,
  messagePath,
  waitAfterOpen,
  whileParserRests,
} from './context.ts';
import { MailboxUnavailableError } from './errors.ts';
import {
  fileAtSight,
  isUnseen,
  logUnsettled,
  noChangesAtSight,
  pathAtSight,
  snapshotOfSight,
} from './first-sight.ts';
import { discoverFolders, findFolder } from './folders.ts';
import { refreshKeywords } from './keyword-state.ts';
import { refreshFolder } from './scan.ts';
import { readSubscriptions } from './subscription-files.ts';
import { numberFolder } from './uid-giving.ts';
import { readNumbering } from './uid-merge.ts';
import { cutGoneLog, readChanges, readStatus, takeRecent } from './uid-rows.ts';
import { createPackedFolders, takeSnapshot } from './uid-snapshot.ts';
import { expungeMessages, storeFlags } from './uid-store.ts';
import {
  type FlagChange,
  type FolderChanges,
  type FolderEntry,
  type FolderSnapshot,
  type FolderStatus,
  MailboxRefusal,
  type StoreResult,
} from './uid-types.ts';

/** Where the file of a UID is at this moment. */
export interface UidPlace {
  readonly path: string;
  readonly base: string;
  readonly folder: string;
}

export interface UidCalls {
  uidList(): Promise<readonly FolderEntry[]>;
  uidStatus(folder: string): Promise<FolderStatus | undefined>;
  uidOpen(folder: string, isReadOnly: boolean): Promise<FolderSnapshot | undefined>;
  uidChanges(folder: string, modseq: number, isReadOnly: boolean): Promise<FolderChanges | undefined>;
  uidStore(
    folder: string,
    uids: readonly number[],
    change: FlagChange,
    unchangedSince: number | undefined,
  ): Promise<StoreResult>;
  uidExpunge(folder: string, uids: readonly number[] | undefined): Promise<readonly number[]>;
  /** Directories of these folders, or of all, for watching. */
  uidDirectories(
    folders: readonly string[] | undefined,
  ): Promise<readonly { readonly folder: string; readonly path: string }[]>;
  uidPlace(folder: string, uid: number): Promise<UidPlace | undefined>;
}

interface SyncOptions {
  /** Move what is in new to cur (SELECT; not EXAMINE and STATUS, spec/maildir-imap.md 1.9). */
  readonly moveNew: boolean;
  /** Look whether another program wrote courierimapuiddb, also when there is no new message. */
  readonly looksAtFile: boolean;
  /** Look whether its names can be changed. */
  readonly looksAtRights?: boolean;
}

/**
 * Brings one folder up to date, all its messages with UIDs. Undefined: there is no such folder. Throws
 * MailboxUnavailableError when its UIDVALIDITY cannot be known yet.
 */
export async function syncFolder(
  context: AccountContext,
  name: string,
  options: SyncOptions,
): Promise<FolderState | undefined> {
  const folder = await lookForFolder(context, name);
  if (!folder) return undefined;
  if (!(await refreshFolder(context, folder, { moveNew: options.moveNew, verify: 'later' }))) {
    if (folder.directory === '') throw new MailboxUnavailableError(`${context.maildir}: no Maildir is there`);
    await discoverFolders(context);
    return undefined;
  }
  if (options.looksAtRights) {
    folder.isWritable = await context.files.mayChange(`${folderPath(context, folder)}/cur`);
  }
  await refreshKeywords(context, folder);
  await numberFolder(context, folder, options.looksAtFile ? 'look' : 'give');
  cutGoneLog(context, folder);
  const row = readNumbering(context.db, folder.id);
  if (row?.uid_validity === 0) {
    throw new MailboxUnavailableError(`the UIDs of ${JSON.stringify(folder.name)} cannot be kept now`);
  }
  return row && folder;
}

export function createUidCalls(context: AccountContext): UidCalls {
  const packedFolders = createPackedFolders();
  return {
    uidList: () => listFolders(context),
    async uidStatus(name) {
      const folder = await syncFolder(context, name, { moveNew: false, looksAtFile: false });
      return folder && readStatus(context, folder);
    },
    async uidOpen(name, isReadOnly) {
      const sighted = await openAtSight(context, name, isReadOnly);
      if (sighted) return sighted;
      const folder = await whileParserRests(context, () =>
        syncFolder(context, name, { moveNew: !isReadOnly, looksAtFile: true, looksAtRights: true }),
      );
      if (!folder) return undefined;
      // Most clients ask for lists at once.
      context.waiting.until = performance.now() + waitAfterOpen;
      const recent = isReadOnly ? [] : takeRecent(context.db, folder.id);
      return takeSnapshot(context, packedFolders, folder, recent);
    },
    async uidChanges(name, modseq, isReadOnly) {
      const unsettled = findFolder(context, name);
      if (unsettled?.sight?.modseq === modseq) return noChangesAtSight(unsettled, unsettled.sight);
      const folder = await syncFolder(context, name, {
        moveNew: !isReadOnly,
        looksAtFile: false,
        looksAtRights: true,
      });
      if (!folder) return undefined;
      return readChanges(context, folder, modseq, isReadOnly ? [] : takeRecent(context.db, folder.id));
    },
    async uidStore(name, uids, change, unchangedSince) {
      const folder = await requireSynced(context, name);
      return storeFlags(context, folder, uids, change, unchangedSince);
    },
    async uidExpunge(name, uids) {
      const folder = await requireSynced(context, name);
      return expungeMessages(context, folder, uids);
    },
    async uidDirectories(names) {
      await discoverFolders(context);
      const wanted = names && new Set(names.map((name) => name.normalize('NFC')));
      return [...context.folders.values()]
        .filter((folder) => !wanted || wanted.has(folder.name))
        .map((folder) => ({ folder: folder.name, path: folderPath(context, folder) }));
    },
    async uidPlace(name, uid) {
      const folder = await lookForFolder(context, name);
      const file = folder?.sight && fileAtSight(folder.sight, uid);
      if (folder && file)
        return { path: pathAtSight(context, folder, file), base: file.base, folder: folder.name };
      const row =
        folder &&
        context.db.get<{ base: string; info: string; in_new: number }>(
          'SELECT base, info, in_new FROM message WHERE folder = ? AND uid > 0 AND uid = ?',
          folder.id,
          uid,
        );
      return row && { path: messagePath(context, folder, row), base: row.base, folder: folder.name };
    },
  };
}

async function openAtSight(
  context: AccountContext,
  name: string,
  isReadOnly: boolean,
): Promise<FolderSnapshot | undefined> {
  const folder = await comeIntoSight(context, name, !isReadOnly);
  if (!folder?.sight) return undefined;
  context.waiting.until = performance.now() + waitAfterOpen;
  return snapshotOfSight(folder, folder.sight, isReadOnly);
}

/**
 * A big folder that nobody has seen yet, or that is still on its way into the index, is told before its rows are there.
 * Undefined, or without a sight: it goes the usual way.
 */
export async function comeIntoSight(
  context: AccountContext,
  name: string,
  moveNew: boolean,
): Promise<FolderState | undefined> {
  const folder = await lookForFolder(context, name);
  if (!folder || folder.sight) return folder;
  if (folder.scanning || folder.numbering || !isUnseen(context, folder)) return undefined;
  folder.isWritable = await context.files.mayChange(`${folderPath(context, folder)}/cur`);
  const sighted = Promise.withResolvers<void>();
  let isTold = false;
  const scanned = refreshFolder(context, folder, {
    moveNew,
    verify: 'later',
    sighted: () => {
      isTold = folder.sight !== undefined;
      sighted.resolve();
    },
  }).then(
    () => undefined,
    (error: unknown) => {
      // Before it was told of, who asks meets the same error in the usual way.
      if (isTold) logUnsettled(context, folder, error);
    },
  );
  await Promise.race([sighted.promise, scanned]);
  return folder;
}

async function requireSynced(context: AccountContext, name: string): Promise<FolderState> {
  const folder = await syncFolder(context, name, { moveNew: false, looksAtFile: false });
  if (!folder) throw new MailboxRefusal('no such folder', `There is no folder ${JSON.stringify(name)}.`);
  return folder;
}

async function listFolders(context: AccountContext): Promise<readonly FolderEntry[]> {
  await discoverFolders(context);
  const subscribed = new Set(await readSubscriptions(context));
  const ids = new Map(
    context.db
      .all<{ directory: string; mailbox_id: string }>('SELECT directory, mailbox_id FROM folder')
      .map((row) => [row.directory, row.mailbox_id]),
  );
  const entries: FolderEntry[] = [];
  for (const folder of context.folders.values()) {
    entries.push({
      folder: folder.name,
      directory: folder.directory,
      specialUse: folder.specialUse,
      isSubscribed: subscribed.has(folder.name),
      mailboxId: ids.get(folder.directory) ?? '',
    });
  }
  return entries.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}
