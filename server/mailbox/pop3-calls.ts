// The inbox as POP3 sees it (RFC 1939), inside the index worker: messages in a stable order with their sizes on the wire
// and their UIDLs, removal for good, and marking as read. UIDLs are settled once and kept in the index; they come out the
// same when the index is built anew, because what they are made of lies in the Maildir. Where Courier's
// courierpop3dsizelist is the list in use, new messages get its next numbers, on disk before anybody is told.

import { constants } from 'node:fs';
import { quoted } from '../../mta/log.ts';
import { sortByBase } from '../../mta/maildir/base-order.ts';
import { dropFile, errorCode, openFile, readBytes, statFile } from '../../mta/maildir/calls.ts';
import { takeCourierLock } from '../../mta/maildir/courier-lock.ts';
import { parseDovecotUidlist } from '../../mta/maildir/dovecot-uidlist.ts';
import { countBareLf, parseMaildirName } from '../../mta/maildir/name.ts';
import {
  formatCourierUidl,
  formatPop3SizeList,
  type Pop3SizeList,
  parsePop3SizeList,
} from '../../mta/maildir/pop3-size-list.ts';
import { readPrivateFile, replacePrivateFile } from '../../mta/maildir/private-file.ts';
import { type AccountContext, type FolderState, messagePath, yieldTurn } from './context.ts';
import { changeFlags } from './names.ts';
import {
  type MaildropRow,
  maildropAtSight,
  orderMaildrop,
  type Pop3Maildrop,
  placesAtSight,
} from './pop3-maildrop.ts';
import { type FormerLists, findFormerUidl, newUidl } from './pop3-uidl.ts';
import { waitForScan } from './scan.ts';
import { changeTargets, forBatches, removeTargets, type Target } from './targets.ts';
import { comeIntoSight, syncFolder, type UidPlace } from './uid-calls.ts';
import { nameUids, uidIsNamed, uidsAtOnce } from './uid-rows.ts';

export interface Pop3Places {
  readonly owner: number;
  readonly places: readonly (UidPlace & { readonly uid: number })[];
}

export interface Pop3Calls {
  /** Moves new mail to cur and lists the inbox. `format`: Dovecot's pop3_uidl_format of the former server. */
  pop3Open(format: string): Promise<Pop3Maildrop>;
  /** Where the files of messages are at this moment, and whose they must be. */
  pop3Places(uids: readonly number[]): Promise<Pop3Places>;
  /** Unlinks for good. Gives how many are still there. */
  pop3Remove(uids: readonly number[]): Promise<number>;
  /** Sets S. */
  pop3MarkSeen(uids: readonly number[]): Promise<void>;
}

const listName = 'courierpop3dsizelist';
/** Messages whose lines are counted at once. */
const readWidth = 16;
/** Messages that are settled in one go. */
const batchSize = 5000;

export function createPop3Calls(context: AccountContext): Pop3Calls {
  let settling: Promise<void> = Promise.resolve();
  const inbox = async (): Promise<FolderState | undefined> => context.folders.get('');
  /** What changes it waits for its rows. */
  const settledInbox = async (): Promise<FolderState | undefined> => {
    const folder = await inbox();
    while (folder?.sight) await waitForScan(folder);
    return folder;
  };
  return {
    async pop3Open(format) {
      const early = await openEarly(context, format);
      if (early) return early;
      const folder = await syncFolder(context, 'INBOX', { moveNew: true, looksAtFile: false });
      if (!folder) return { uids: new Uint32Array(), sizes: new Float64Array(), uidls: [] };
      // Two logins at once must not both give new numbers.
      settling = settling.catch(() => {}).then(() => settleUidls(context, folder, format));
      await settling;
      return readMaildrop(context, folder);
    },
    async pop3Places(uids) {
      const folder = await inbox();
      const { sight } = folder ?? {};
      if (folder && sight) return { owner: context.uid, places: placesAtSight(context, folder, sight, uids) };
      const targets = folder ? targetsOf(context, folder, uids) : [];
      return {
        owner: context.uid,
        places: targets.map((target) => ({
          uid: target.uid,
          path: messagePath(context, target.folder, target),
          base: target.base,
          folder: target.folder.name,
        })),
      };
    },
    async pop3Remove(uids) {
      const folder = await settledInbox();
      if (!folder) return 0;
      return context.exclusive(async () => {
        await forBatches(
          context,
          uids,
          (batch) => targetsOf(context, folder, batch),
          async (targets) => {
            const { removed, error } = await removeTargets(context, targets);
            return { done: removed.length, error };
          },
        );
        return targetsOf(context, folder, uids).length;
      });
    },
    async pop3MarkSeen(uids) {
      const folder = await settledInbox();
      if (!folder) return;
      await context.exclusive(() =>
        forBatches(
          context,
          uids,
          (batch) => targetsOf(context, folder, batch),
          async (targets) => {
            const seen = { info: (info: string) => changeFlags(info, 'S', ''), to: undefined };
            const { done, error } = await changeTargets(context, targets, () => seen);
            return { done: done.length, error };
          },
        ),
      );
    },
  };
}

interface TargetRow {
  readonly uid: number;
  readonly id: number;
  readonly key: string;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
}

/** Those of these messages that are there. */
function targetsOf(
  { db }: AccountContext,
  folder: FolderState,
  uids: readonly number[],
): (Target & { readonly uid: number })[] {
  const targets: (Target & { readonly uid: number })[] = [];
  for (let at = 0; at < uids.length; at += uidsAtOnce) {
    const rows = db.all<TargetRow>(
      `SELECT uid, id, key, base, info, in_new FROM message WHERE folder = ? AND uid > 0 AND ${uidIsNamed}`,
      folder.id,
      nameUids(uids.slice(at, at + uidsAtOnce)),
    );
    for (const { uid, id, key, base, info, in_new } of rows)
      targets.push({ uid, row: id, key, base, folder, info, in_new });
  }
  return targets;
}

/** Messages whose UIDL could not be kept are not told of: they come with the next session. */
function readMaildrop(context: AccountContext, folder: FolderState): Pop3Maildrop {
  const rows = context.db.all<MaildropRow>(
    `SELECT m.uid, m.base, p.uidl, p.place, p.octets FROM message m JOIN pop3 p ON p.id = m.id
     WHERE m.folder = ? AND m.uid > 0`,
    folder.id,
  );
  return orderMaildrop(rows);
}

interface UnsettledRow {
  readonly id: number;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
  readonly wire: number;
}

/** Gives every message of the inbox that has none yet its UIDL and its size; what is done of many stays done. */
async function settleUidls(context: AccountContext, folder: FolderState, format: string): Promise<void> {
  const found = context.db.all<UnsettledRow>(
    `SELECT m.id, m.base, m.info, m.in_new, m.wire FROM message m
     WHERE m.folder = ? AND m.uid > 0 AND NOT EXISTS (SELECT 1 FROM pop3 p WHERE p.id = m.id)`,
    folder.id,
  );
  if (found.length === 0) return;
  const fresh = sortByBase(found, ({ base }) => base);
  const lists = await readFormerLists(context, format);
  for (let at = 0; at < fresh.length && !context.closing.aborted; at += batchSize) {
    const settled = await settleBatch(context, folder, fresh.slice(at, at + batchSize), lists);
    context.db.transaction(() => {
      for (const { row, uidl, place, octets } of settled) {
        // Only of messages that are still there: a scan may have run meanwhile.
        context.db.run(
          'INSERT OR REPLACE INTO pop3 (id, uidl, place, octets) SELECT id, ?, ?, ? FROM message WHERE id = ? AND base = ?',
          uidl,
          place,
          octets,
          row.id,
          row.base,
        );
      }
    });
    await yieldTurn();
  }
}

interface SettledRow {
  readonly row: UnsettledRow;
  readonly uidl: string;
  readonly place: number;
  readonly octets: number;
}

/** What is to be told of these messages; those of which nothing can be told now are left out. */
async function settleBatch(
  context: AccountContext,
  folder: FolderState,
  rows: readonly UnsettledRow[],
  lists: FormerLists,
): Promise<readonly SettledRow[]> {
  const settled: SettledRow[] = [];
  const strangers: { readonly row: UnsettledRow; readonly octets: number }[] = [];
  const sizes = await measureAll(context, folder, rows, lists.courier);
  for (const row of rows) {
    const octets = sizes.get(row.id);
    if (octets === undefined) continue;
    const known = findFormerUidl(row.base, lists);
    if (known) settled.push({ row, ...known, octets });
    else strangers.push({ row, octets });
  }
  if (strangers.length === 0) return settled;
  if (lists.newer === 'dovecot')
    return [...settled, ...strangers.map((one) => ({ ...one, uidl: newUidl(one.row.base), place: 0 }))];
  const given = await extendSizeList(context, folder, strangers);
  for (const one of strangers) {
    const uidl = given?.get(one.row.base);
    if (uidl !== undefined) settled.push({ ...one, uidl, place: 0 });
  }
  return settled;
}

/**
 * An inbox that nobody has seen yet is told before its rows are in the index. UIDLs of new messages come from their names
 * then, and are the same when they are settled. Undefined: it goes the usual way.
 */
async function openEarly(context: AccountContext, format: string): Promise<Pop3Maildrop | undefined> {
  const folder = await comeIntoSight(context, 'INBOX', true);
  if (!folder?.sight) return undefined;
  return maildropAtSight(context, folder, folder.sight, await readFormerLists(context, format));
}

async function readFormerLists(context: AccountContext, format: string): Promise<FormerLists> {
  const sizeList = await readPrivateFile(`${context.maildir}/${listName}`, context);
  const uidlist = await readPrivateFile(`${context.maildir}/dovecot-uidlist`, context);
  const courier = sizeList && parsePop3SizeList(sizeList.content);
  const dovecot = uidlist && parseDovecotUidlist(uidlist.content);
  const isCouriers =
    courier !== undefined && (!dovecot || Number(sizeList!.changed) >= Number(uidlist!.changed));
  return { courier, dovecot, newer: isCouriers ? 'courier' : 'dovecot', format };
}

/** Octets on the wire by row: from Courier's list, the name, the index, else counted. A message that is gone has none. */
async function measureAll(
  context: AccountContext,
  folder: FolderState,
  rows: readonly UnsettledRow[],
  list: Pop3SizeList | undefined,
): Promise<ReadonlyMap<number, number>> {
  const sizes = new Map<number, number>();
  const unknown: UnsettledRow[] = [];
  for (const row of rows) {
    const size = list?.records.get(row.base)?.size ?? parseMaildirName(row.base)?.wireSize ?? 0;
    if (size > 0) sizes.set(row.id, size);
    else unknown.push(row);
  }
  const countSome = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafeSlow(65_536);
    for (let row = unknown.pop(); row && !context.closing.aborted; row = unknown.pop()) {
      try {
        const octets = await countOctets(messagePath(context, folder, row), context.uid, row.wire, buffer);
        if (octets !== undefined) sizes.set(row.id, octets);
      } catch (error) {
        // One file that cannot be read keeps nobody from the others.
        context.log(`mailbox: ${quoted(row.base)} is not shown over POP3: ${errorCode(error) || 'error'}`);
      }
    }
  };
  await Promise.all(Array.from({ length: readWidth }, countSome));
  return sizes;
}

/**
 * As RETR sends it: every line ends with CRLF, the last too. `wire`: bytes with CRLF where they were counted before; then
 * only the last byte is looked at. Undefined: gone, or no message of ours.
 */
async function countOctets(
  path: string,
  uid: number,
  wire: number,
  buffer: Buffer,
): Promise<number | undefined> {
  let descriptor: number;
  try {
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    // Renamed by another program just now: the next session finds it.
    if (['ENOENT', 'ELOOP', 'ENXIO', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile() || stats.uid !== uid) return undefined;
    if (wire > 0 && stats.size > 0) {
      await readBytes(descriptor, buffer.subarray(0, 1), stats.size - 1);
      return wire + missingEnd(buffer[0]!);
    }
    let taken = 0;
    let added = 0;
    let last = 0;
    while (taken < stats.size) {
      const bytes = await readBytes(descriptor, buffer, null);
      if (bytes === 0) break;
      taken += bytes;
      added += countBareLf(buffer.subarray(0, bytes), last);
      last = buffer[bytes - 1]!;
    }
    return taken === 0 ? 0 : taken + added + missingEnd(last);
  } finally {
    dropFile(descriptor);
  }
}

/** Bytes that complete the last line. */
const missingEnd = (last: number): number => (last === 0x0a ? 0 : 2);

/**
 * Gives messages the next numbers of Courier's list and writes it, so that Courier would tell the same. Undefined: it
 * could not be written; Courier too then hides new messages, because what a client saw must never change.
 */
async function extendSizeList(
  context: AccountContext,
  folder: FolderState,
  strangers: readonly { readonly row: UnsettledRow; readonly octets: number }[],
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const lock = await takeCourierLock(context.maildir, {
      owner: context,
      names: context.names,
      waitMs: 5000,
      signal: context.closing,
    });
    if (!lock) throw Object.assign(new Error('locked'), { code: 'EBUSY' });
    try {
      const file = await readPrivateFile(`${context.maildir}/${listName}`, context);
      const list = file && parsePop3SizeList(file.content);
      if (!list) throw Object.assign(new Error('no list'), { code: 'ENOENT' });
      const given = new Map<string, string>();
      dropGone(context, folder, list);
      for (const { row, octets } of strangers) {
        // Another machine may have been there between our two looks.
        const record = list.records.get(row.base) ?? {
          name: `${row.base}${row.info}`,
          size: octets,
          uid: list.nextUid++,
          validity: list.validity,
          isUtf8: false,
        };
        list.records.set(row.base, record);
        given.set(row.base, formatCourierUidl(record));
      }
      await replacePrivateFile(context.maildir, listName, formatPop3SizeList(list), context, context.names);
      return given;
    } finally {
      await lock.release();
    }
  } catch (error) {
    context.log(
      `mailbox: new mail is not shown over POP3, ${listName} of ${quoted(context.maildir)} cannot be written: ${errorCode(error) || 'error'}`,
    );
    return undefined;
  }
}

function dropGone(context: AccountContext, folder: FolderState, list: Pop3SizeList): void {
  const alive = new Set(context.db.pluck<string>('SELECT base FROM message WHERE folder = ?', folder.id));
  for (const base of [...list.records.keys()]) if (!alive.has(base)) list.records.delete(base);
}
