// Giving UIDs (RFC 9051 2.3.1.1): the truth is courierimapuiddb, written under Courier's lock before anybody is told; the
// index follows in short transactions. A folder unknown to the index is imported from Courier's or Dovecot's list; a
// list that another program wrote meanwhile is taken over (merge). Under one UIDVALIDITY no UID is ever given to two
// messages: what two programs disagree about gets a new one. What cannot be kept on disk is not told; what we store
// ourselves may be told first, under UIDs that the file reserves (uid-reserve.ts).
import { quoted } from '../../mta/log.ts';
import { sortByBase } from '../../mta/maildir/base-order.ts';
import { errorCode } from '../../mta/maildir/calls.ts';
import { type FolderLock, takeCourierLock } from '../../mta/maildir/courier-lock.ts';
import { highestUid } from '../../mta/maildir/uid-db.ts';
import { type AccountContext, type FolderState, folderPath, yieldTurn } from './context.ts';
import { waitForScan } from './scan.ts';
import type { IndexDatabase } from './schema.ts';
import { type DovecotSide, holdDovecotList, stampOfDovecot } from './uid-dovecot.ts';
import { appendUidFile, stampOf, type UidLine, writeUidFile } from './uid-file.ts';
import { bringListIn, chooseValidity, forgetUids, importList, readNumbering } from './uid-merge.ts';
import { hasUnnumbered } from './uid-rows.ts';

/** Rows of one transaction. */
const batchSize = 500;
/** How long another program's lock is waited for, milliseconds. */
const lockWait = 5000;
/** After UIDs could not be written it is tried again after so many milliseconds. */
const retryAfter = 1000;

/** UIDs that are reserved at once, and of how many given now so many times more: who copies a thousand does it again. */
const reservedUids = 1000;
const reservedTimes = 8;

/**
 * What a call wants: to give UIDs to what has none; to look besides whether another program wrote the file; to reserve
 * UIDs with it (uid-reserve.ts); to write lines that the file lacks; to give back what is reserved.
 */
export type NumberingWish = 'give' | 'look' | 'reserve' | 'keep' | 'release';

/** A message without a UID. */
export interface Unnumbered {
  readonly id: number;
  readonly base: string;
}

/** Gives UIDs to the messages of a folder that have none, one such work at a time. */
export async function numberFolder(
  context: AccountContext,
  folder: FolderState,
  wish: NumberingWish,
): Promise<void> {
  while (folder.sight) await waitForScan(folder);
  await settleNumbering(folder);
  if (!(await needsNumbers(context, folder, wish))) return;
  // Another call may have begun while we looked.
  await settleNumbering(folder);
  if (context.closing.aborted || performance.now() < folder.numberAgainAt) return;
  folder.numbering = numberUnderLock(context, folder, wish).finally(() => {
    folder.numbering = undefined;
  });
  await folder.numbering;
}

/** Waits for the running work. */
export async function settleNumbering(folder: FolderState): Promise<void> {
  while (folder.numbering) await folder.numbering.catch(() => {});
}

async function needsNumbers(
  context: AccountContext,
  folder: FolderState,
  wish: NumberingWish,
): Promise<boolean> {
  const row = readNumbering(context.db, folder.id);
  if (!row) return false;
  if (row.uid_validity === 0 || hasUnnumbered(context.db, folder.id)) return true;
  if (wish === 'keep') return row.uid_kept > 0;
  if (wish === 'release') return row.uid_kept > 0 || row.uid_reserved > row.uid_next;
  if (wish !== 'look') return false;
  return (
    (await stampOf(context, folder)) !== row.uid_file ||
    (await stampOfDovecot(context, folder)) !== row.dovecot_file
  );
}

/** Rights that we do not have, others of this owner do not have either: then the index alone keeps the UIDs. */
const cannotWrite = (error: unknown): boolean => ['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error));

async function numberUnderLock(
  context: AccountContext,
  folder: FolderState,
  wish: NumberingWish,
): Promise<void> {
  const lock = await lockFolder(context, folder);
  if (lock === 'busy') return;
  // Work on hundreds of thousands of messages must not look like that of a dead process.
  const alive = setInterval(() => void lock?.refresh().catch(() => {}), 30_000);
  try {
    for (let round = 0; round < 3; round++) if (await numberBoth(context, folder, lock, wish)) return;
  } finally {
    clearInterval(alive);
    await lock?.release();
  }
}

/** Undefined: the folder cannot be written to. 'busy': another holds the lock, or there is no room for it now. */
async function lockFolder(
  context: AccountContext,
  folder: FolderState,
): Promise<FolderLock | undefined | 'busy'> {
  try {
    const lock = await takeCourierLock(folderPath(context, folder), {
      owner: context,
      names: context.names,
      waitMs: lockWait,
      signal: context.closing,
    });
    if (lock) return lock;
    complain(context, folder, 'another program holds tmp/courier.lock');
    return 'busy';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'busy';
    complain(context, folder, errorCode(error) || 'error');
    return cannotWrite(error) ? undefined : 'busy';
  }
}

/** Tells a fault once, and has the next call not try at once again. */
function complain(context: AccountContext, folder: FolderState, reason: string): void {
  folder.numberAgainAt = performance.now() + retryAfter;
  if (folder.numberingFault === reason) return;
  folder.numberingFault = reason;
  context.log(`mailbox: UIDs of ${quoted(folder.name)} cannot be written: ${reason}`);
}

/** With Dovecot's list too, where there is one. False: another gave UIDs beside us, look again. */
async function numberBoth(
  context: AccountContext,
  folder: FolderState,
  lock: FolderLock | undefined,
  wish: NumberingWish,
): Promise<boolean> {
  const dovecot = lock && (await holdDovecotList(context, folder));
  try {
    const isDone = await numberOnce(context, folder, lock, dovecot, wish);
    const stamp = await stampOfDovecot(context, folder);
    if (!dovecot && stamp !== '') return isDone;
    context.db.run(
      'UPDATE folder SET dovecot_file = ? WHERE id = ? AND dovecot_file <> ?',
      stamp,
      folder.id,
      stamp,
    );
    return isDone;
  } finally {
    await dovecot?.release();
  }
}

async function numberOnce(
  context: AccountContext,
  folder: FolderState,
  lock: FolderLock | undefined,
  dovecot: DovecotSide | undefined,
  wish: NumberingWish,
): Promise<boolean> {
  const held = holdReservation(context.db, folder.id);
  try {
    return await numberHeld(context, folder, { lock, dovecot, wish, reserved: held.reserved });
  } finally {
    // The file says so still, or says more.
    if (held.reserved > 0 && wish !== 'release') {
      context.db.run(
        'UPDATE folder SET uid_reserved = max(uid_reserved, ?) WHERE id = ? AND uid_validity = ?',
        held.reserved,
        folder.id,
        held.uidValidity,
      );
    }
  }
}

/** While the file is written nobody gives reserved UIDs, also no other process: they are taken out of the index. */
function holdReservation(db: IndexDatabase, folder: number): { reserved: number; uidValidity: number } {
  return db.transaction(() => {
    const row = readNumbering(db, folder);
    if (!row || row.uid_reserved === 0) return { reserved: 0, uidValidity: 0 };
    db.run('UPDATE folder SET uid_reserved = 0 WHERE id = ?', folder);
    return { reserved: row.uid_reserved, uidValidity: row.uid_validity };
  });
}

async function numberHeld(
  context: AccountContext,
  folder: FolderState,
  held: {
    readonly lock: FolderLock | undefined;
    readonly dovecot: DovecotSide | undefined;
    readonly wish: NumberingWish;
    readonly reserved: number;
  },
): Promise<boolean> {
  const { db } = context;
  const { lock, dovecot, wish } = held;
  let row = readNumbering(db, folder.id);
  if (!row) return true;
  const stamp = await stampOf(context, folder);
  let isWhole = false;
  if (row.uid_validity === 0) isWhole = await importList(context, folder);
  else if (stamp !== row.uid_file && lock) isWhole = await bringListIn(context, folder, stamp);
  if (await dovecot?.bringIn()) isWhole = true;
  row = readNumbering(db, folder.id);
  if (!row || row.uid_validity === 0 || context.closing.aborted) return true;
  let { uid_next: uidNext, uid_validity: uidValidity } = row;
  let fresh = sortByBase(await listUnnumbered(context, folder), ({ base }) => base);
  if (uidNext + fresh.length >= highestUid) {
    await beginAnew(context, folder, stamp);
    row = readNumbering(db, folder.id);
    if (!row) return true;
    ({ uid_next: uidNext, uid_validity: uidValidity } = row);
    isWhole = true;
    fresh = sortByBase(await listUnnumbered(context, folder), ({ base }) => base);
  }
  const lines: UidLine[] = fresh.map(({ base }) => ({ uid: uidNext++, base }));
  let file: KeptFile | undefined;
  const left = listUnkept(db, folder, row);
  if (lines.length > 0 || left.length > 0 || isWhole || wish === 'release') {
    const ahead = Math.max(reservedUids, lines.length * reservedTimes);
    const reserved = reservationOf(
      held.reserved,
      uidNext,
      ahead,
      dovecot && wish === 'reserve' ? 'give' : wish,
    );
    file = await writeLines(context, folder, {
      uidValidity,
      uidNext: Math.max(uidNext, reserved),
      reserved,
      left,
      lines,
      isWhole,
      known: row.uid_lines,
    });
    if (!file && lock) return true;
    await dovecot?.add(lines);
  } else if (stamp !== row.uid_file) file = { stamp, lines: row.uid_lines, reserved: 0 };
  return writeIndex(context, folder, row, { fresh, lines, file });
}

/** UIDs that were told and have no line yet: in the index they are. */
const listUnkept = (db: IndexDatabase, folder: FolderState, { uid_kept }: { uid_kept: number }): UidLine[] =>
  uid_kept === 0
    ? []
    : db.all<UidLine>(
        'SELECT uid, base FROM message WHERE folder = ? AND uid > 0 AND uid >= ? ORDER BY uid',
        folder.id,
        uid_kept,
      );

/** The UIDNEXT that others are to be told; 0: the true one. */
function reservationOf(before: number, uidNext: number, ahead: number, wish: NumberingWish): number {
  if (wish === 'reserve' && uidNext + ahead < highestUid) return Math.max(before, uidNext + ahead);
  // What is still ours stays, so that the next message need not ask again.
  return wish !== 'release' && before > uidNext ? before : 0;
}

/** RFC 3501 2.3.1.1: when UIDs run out the folder begins anew, under another UIDVALIDITY. */
async function beginAnew(context: AccountContext, folder: FolderState, stamp: string): Promise<void> {
  await forgetUids(context, folder);
  context.db.run(
    `UPDATE folder SET uid_validity = ?, uid_next = 1, recent_from = 1, uid_file = ?, uid_lines = ?
     WHERE id = ?`,
    chooseValidity(context.db),
    stamp,
    highestUid,
    folder.id,
  );
}

export async function listUnnumbered(context: AccountContext, folder: FolderState): Promise<Unnumbered[]> {
  const found: Unnumbered[] = [];
  let after = 0;
  for (;;) {
    const rows = context.db.all<Unnumbered>(
      'SELECT id, base FROM message WHERE folder = ? AND uid = 0 AND id > ? ORDER BY id LIMIT 2000',
      folder.id,
      after,
    );
    if (rows.length === 0) return found;
    after = rows.at(-1)!.id;
    for (const row of rows) found.push(row);
    await yieldTurn();
  }
}

/** The file as it is after us. */
interface KeptFile {
  readonly stamp: string;
  readonly lines: number;
  readonly reserved: number;
}

async function writeLines(
  context: AccountContext,
  folder: FolderState,
  list: {
    readonly uidValidity: number;
    readonly uidNext: number;
    readonly reserved: number;
    /** In the index already. */
    readonly left: readonly UidLine[];
    readonly lines: readonly UidLine[];
    readonly isWhole: boolean;
    readonly known: number;
  },
): Promise<KeptFile | undefined> {
  const { uidValidity, uidNext, reserved, left, lines, known } = list;
  try {
    const count =
      context.db.pluck<number>('SELECT total + deleted FROM folder WHERE id = ?', folder.id)[0] ?? 0;
    // Lines of messages that are gone are left in the file until they are a quarter of it, as Dovecot does.
    const isAdded =
      !list.isWhole &&
      known + left.length + lines.length <= count * 1.25 + 100 &&
      (await appendUidFile(context, folder, uidValidity, uidNext, [...left, ...lines]));
    const now = isAdded
      ? known + left.length + lines.length
      : await writeUidFile(context, folder, uidValidity, uidNext, lines);
    folder.numberingFault = undefined;
    return { stamp: await stampOf(context, folder), lines: now, reserved };
  } catch (error) {
    complain(context, folder, errorCode(error) || 'error');
    if (cannotWrite(error)) return { stamp: await stampOf(context, folder), lines: known, reserved: 0 };
    return undefined;
  }
}

/** The index follows what is on disk. `isReserved`: the lines come later. False: another changed the numbering meanwhile. */
export async function writeIndex(
  context: AccountContext,
  folder: FolderState,
  before: { readonly uid_next: number; readonly uid_validity: number },
  given: {
    readonly fresh: readonly Unnumbered[];
    readonly lines: readonly UidLine[];
    readonly file?: KeptFile | undefined;
    readonly isReserved?: boolean;
  },
): Promise<boolean> {
  const { db } = context;
  const { fresh, lines, file, isReserved } = given;
  let expected = before.uid_next;
  for (let at = 0; at === 0 || at < fresh.length; at += batchSize) {
    const isLast = at + batchSize >= fresh.length;
    const isOurs = db.transaction(() => {
      const row = readNumbering(db, folder.id);
      if (row?.uid_next !== expected || row.uid_validity !== before.uid_validity) return false;
      if (isReserved && row.uid_reserved < expected + Math.min(batchSize, fresh.length - at)) return false;
      const modseq = row.modseq + 1;
      const some = fresh.slice(at, at + batchSize).map(({ id, base }, i) => [id, base, lines[at + i]!.uid]);
      if (some.length > 0) {
        // Found by the row id alone: any index would be walked through for each of them.
        db.run(
          `UPDATE message SET uid = c.value ->> 2, modseq = ? FROM json_each(?) c
           WHERE message.id = c.value ->> 0 AND +folder = ? AND +message.base = c.value ->> 1 AND +uid = 0`,
          modseq,
          JSON.stringify(some),
          folder.id,
        );
        expected = lines[at + some.length - 1]!.uid + 1;

        db.run('UPDATE folder SET uid_next = ?, modseq = ? WHERE id = ?', expected, modseq, folder.id);
        if (isReserved && row.uid_kept === 0) {
          db.run('UPDATE folder SET uid_kept = ? WHERE id = ?', row.uid_next, folder.id);
        }
      }
      if (file && isLast) {
        db.run(
          'UPDATE folder SET uid_file = ?, uid_lines = ?, uid_kept = 0, uid_reserved = ? WHERE id = ?',
          file.stamp,
          file.lines,
          file.reserved,
          folder.id,
        );
      }
      return true;
    });
    if (!isOurs) return false;
    if (fresh.length > batchSize) await yieldTurn();
  }
  return true;
}
