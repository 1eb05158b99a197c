// What IMAP reads of a folder, out of the index alone: status, one message's state, what changed since a MODSEQ, and the
// log of UIDs that are gone, kept short. All within one state of the database, so that numbers told together belong
// together. Bringing the index up to date first is the caller's (uid-calls.ts).
import type { AccountContext, FolderState } from './context.ts';
import { flagLetters } from './names.ts';
import type { IndexDatabase } from './schema.ts';
import type { FolderChanges, FolderStatus, MessageState } from './uid-types.ts';

/** Entries of the log of gone UIDs that a folder keeps. */
export const goneKept = 20_000;
/** It is cut only when it is so much longer, so that cutting stays rare. */
const goneSlack = 5000;

export interface UidFolderRow {
  readonly uid_validity: number;
  readonly uid_next: number;
  readonly modseq: number;
  readonly mailbox_id: string;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly bytes: number;
  readonly recent_from: number;
  readonly gone_floor: number;
  readonly gone_rows: number;
}

export const readUidFolder = (db: IndexDatabase, folder: number): UidFolderRow | undefined =>
  db.get<UidFolderRow>(
    `SELECT uid_validity, uid_next, modseq, mailbox_id, total + deleted AS messages, unseen, deleted, bytes,
       recent_from, gone_floor, gone_rows FROM folder WHERE id = ?`,
    folder,
  );

/** Status of a folder whose UIDs were read. Messages that have no UID yet (they could not be kept) are not counted. */
export function readStatus(context: AccountContext, folder: FolderState): FolderStatus | undefined {
  return context.db.reading(() => {
    const row = readUidFolder(context.db, folder.id);
    return row && statusOf(context, folder, row);
  });
}

export function statusOf(context: AccountContext, folder: FolderState, row: UidFolderRow): FolderStatus {
  const hidden = countUnnumbered(context.db, folder.id);
  return {
    folder: folder.name,
    directory: folder.directory,
    mailboxId: row.mailbox_id,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    highestModseq: row.modseq,
    messages: row.messages - hidden.messages,
    unseen: row.unseen - hidden.unseen,
    deleted: row.deleted - hidden.deleted,
    recent: countRecent(context.db, folder.id, row.recent_from),
    size: row.bytes - hidden.bytes,
    isWritable: folder.isWritable,
  };
}

interface Hidden {
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly bytes: number;
}

const nothingHidden: Hidden = { messages: 0, unseen: 0, deleted: 0, bytes: 0 };

function countUnnumbered(db: IndexDatabase, folder: number): Hidden {
  if (!hasUnnumbered(db, folder)) return nothingHidden;
  return (
    db.get<Hidden>(
      `SELECT count(*) AS messages, total(seen = 0) AS unseen, total(trashed) AS deleted,
         total(iif(wire > 0, wire, size)) AS bytes FROM message WHERE folder = ? AND uid = 0`,
      folder,
    ) ?? nothingHidden
  );
}

/** Are there messages of this folder without a UID? */
export const hasUnnumbered = (db: IndexDatabase, folder: number): boolean =>
  db.get('SELECT 1 FROM message WHERE folder = ? AND uid = 0 LIMIT 1', folder) !== undefined;

const countRecent = (db: IndexDatabase, folder: number, from: number): number =>
  db.pluck<number>(
    'SELECT count(*) FROM message WHERE folder = ? AND uid > 0 AND uid >= ?',
    folder,
    from,
  )[0] ?? 0;

/**
 * Takes what is \Recent for a session that opened the folder for writing: no other session gets it (RFC 3501 2.3.2).
 * Gives the UIDs, ascending.
 */
export function takeRecent(db: IndexDatabase, folder: number): number[] {
  const row = db.get<{ recent_from: number; uid_next: number }>(
    'SELECT recent_from, uid_next FROM folder WHERE id = ?',
    folder,
  );
  if (!row || row.recent_from >= row.uid_next) return [];
  return db.transaction(() => {
    const from = db.pluck<number>('SELECT recent_from FROM folder WHERE id = ?', folder)[0] ?? 1;
    db.run('UPDATE folder SET recent_from = uid_next WHERE id = ? AND recent_from < uid_next', folder);
    return db.pluck<number>(
      'SELECT uid FROM message WHERE folder = ? AND uid > 0 AND uid >= ? ORDER BY uid',
      folder,
      from,
    );
  });
}

interface StateRow {
  readonly uid: number;
  readonly modseq: number;
  readonly flags: number;
  readonly keywords: string;
}

const stateOf = (row: StateRow): MessageState => ({
  uid: row.uid,
  modseq: row.modseq,
  flags: flagLetters(row.flags),
  keywords: row.keywords === '' ? [] : row.keywords.split(' '),
});

/** Condition of a query on `message` that takes the UIDs of `nameUids`: one statement for many rows. */
export const uidIsNamed = 'uid IN (SELECT value FROM json_each(?))';
export const nameUids = (uids: readonly number[]): string => `[${uids.join()}]`;
/** UIDs of one such query. */
export const uidsAtOnce = 1000;

/** States of these UIDs, ascending, without those that are gone. */
export function readStates(
  context: AccountContext,
  folder: FolderState,
  uids: readonly number[],
): MessageState[] {
  const states: MessageState[] = [];
  context.db.reading(() => {
    for (let i = 0; i < uids.length; i += uidsAtOnce) {
      const rows = context.db.all<StateRow>(
        `SELECT uid, modseq, flags, keywords FROM message WHERE folder = ? AND uid > 0 AND ${uidIsNamed}`,
        folder.id,
        nameUids(uids.slice(i, i + uidsAtOnce)),
      );
      for (const row of rows) states.push(stateOf(row));
    }
  });
  return states.sort((a, b) => a.uid - b.uid);
}

/** Rows of new and changed messages after a MODSEQ, ascending by UID. */
export const readChangedRows = (db: IndexDatabase, folder: number, modseq: number): StateRow[] =>
  db
    .all<StateRow>(
      'SELECT uid, modseq, flags, keywords FROM message WHERE folder = ? AND uid > 0 AND modseq > ?',
      folder,
      modseq,
    )
    .sort((a, b) => a.uid - b.uid);

/** UIDs that went after a MODSEQ, ascending. */
export const readGone = (db: IndexDatabase, folder: number, modseq: number): number[] =>
  db.pluck<number>('SELECT uid FROM gone WHERE folder = ? AND modseq > ? ORDER BY uid', folder, modseq);

/** What happened after a MODSEQ; `recent`: UIDs that are \Recent for who asks. */
export function readChanges(
  context: AccountContext,
  folder: FolderState,
  modseq: number,
  recent: readonly number[],
): FolderChanges | undefined {
  const { db } = context;
  return db.reading(() => {
    const row = readUidFolder(db, folder.id);
    if (!row) return undefined;
    // Nothing is known from before the log begins, nor of numbers that were never given here.
    const isCut = modseq < row.gone_floor || modseq > row.modseq;
    const changed = readChangedRows(db, folder.id, modseq > row.modseq ? 0 : modseq).map(stateOf);
    return {
      ...statusOf(context, folder, row),
      changed,
      recentUids: recent,
      vanished: isCut ? [] : readGone(db, folder.id, modseq),
      isCut,
    };
  });
}

/** Cuts the log of gone UIDs when it has grown too long: the oldest go, and what they were is not known any more. */
export function cutGoneLog(context: AccountContext, folder: FolderState): void {
  const { db } = context;
  const rows = db.pluck<number>('SELECT gone_rows FROM folder WHERE id = ?', folder.id)[0] ?? 0;
  if (rows <= goneKept + goneSlack) return;
  db.transaction(() => {
    const last = db.pluck<number>(
      'SELECT modseq FROM gone WHERE folder = ? ORDER BY modseq DESC LIMIT 1 OFFSET ?',
      folder.id,
      goneKept,
    )[0];
    if (last !== undefined) db.run('DELETE FROM gone WHERE folder = ? AND modseq <= ?', folder.id, last);
    db.run(
      `UPDATE folder SET gone_floor = max(gone_floor, ?),
         gone_rows = (SELECT count(*) FROM gone WHERE folder = folder.id) WHERE id = ?`,
      last ?? 0,
      folder.id,
    );
  });
}
