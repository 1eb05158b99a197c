// dovecot-uidlist beside courierimapuiddb, where a site came from Dovecot: it is kept in step, so that Dovecot can be
// taken up again with no UID that means two messages (spec/maildir-imap.md 3.7, 3.9: never leave a stale one). New UIDs are
// added at its end, as Dovecot itself does; UIDs that Dovecot gave are taken over. A list of another UIDVALIDITY is
// Dovecot's own world and stays as it is. Its lock is taken after Courier's, and given back before it.
import { constants } from 'node:fs';
import { quoted } from '../../mta/log.ts';
import {
  closeFile,
  dropFile,
  errorCode,
  openFile,
  readBytes,
  setTimes,
  statFile,
  syncFile,
  writeBytes,
} from '../../mta/maildir/calls.ts';
import { type FolderLock, takeUidlistLock } from '../../mta/maildir/courier-lock.ts';
import {
  type DovecotUidlist,
  formatDovecotUidlist,
  parseDovecotUidlist,
} from '../../mta/maildir/dovecot-uidlist.ts';
import { readPrivateFile, replacePrivateFile } from '../../mta/maildir/private-file.ts';
import { fitsLine } from '../../mta/maildir/uid-db.ts';
import { type AccountContext, type FolderState, folderPath, lstatExact, yieldTurn } from './context.ts';
import { newUidl } from './pop3-uidl.ts';
import type { UidLine } from './uid-file.ts';
import { bringIn, readNumbering } from './uid-merge.ts';

const fileName = 'dovecot-uidlist';
const lockWait = 2000;
/** Bytes looked at at both ends of the list. */
const endSize = 4096;

/** What tells one state of the list from another; '' when there is none. */
export async function stampOfDovecot(context: AccountContext, folder: FolderState): Promise<string> {
  const stats = await context.files.lstat(`${folderPath(context, folder)}/${fileName}`);
  return stats ? `${stats.mtimeNs}.${stats.ino}.${stats.size}` : '';
}

/** Dovecot's list under its lock. */
export interface DovecotSide {
  /** Takes over what Dovecot wrote since. True: courierimapuiddb lacks it. */
  bringIn(): Promise<boolean>;
  /** Adds messages with their new UIDs. */
  add(lines: readonly UidLine[]): Promise<void>;
  release(): Promise<void>;
}

/** Undefined: there is no list, or it is not ours to write now. */
export async function holdDovecotList(
  context: AccountContext,
  folder: FolderState,
): Promise<DovecotSide | undefined> {
  if ((await stampOfDovecot(context, folder)) === '') return undefined;
  const directory = folderPath(context, folder);
  let lock: FolderLock | undefined;
  try {
    lock = await takeUidlistLock(directory, { owner: context, names: context.names, waitMs: lockWait });
  } catch (error) {
    context.log(`mailbox: ${fileName} of ${quoted(folder.name)} is not kept: ${errorCode(error) || 'error'}`);
  }
  if (!lock) return undefined;
  const held = lock;
  let isLacking = false;
  return {
    async bringIn() {
      const before = readNumbering(context.db, folder.id);
      const stamp = await stampOfDovecot(context, folder);
      if (!before || stamp === before.dovecot_file) return false;
      const list = await readList(context, folder);
      if (!list || list.uidValidity !== before.uid_validity) return false;
      const found = await bringIn(context, folder, list, before.uid_next);
      isLacking = found.isLacking;
      return found.isChanged;
    },
    async add(lines) {
      const numbering = readNumbering(context.db, folder.id);
      if (!numbering) return;
      const before = await lstatExact(`${directory}/${fileName}`);
      try {
        const isKept = !isLacking && (await appendLines(context, folder, numbering.uid_validity, lines));
        if (!isKept) await rewriteList(context, folder, numbering.uid_validity, lines);
        // Which of two former POP3 servers was the last is told by the times of their lists.
        if (before && (await lstatExact(`${directory}/courierpop3dsizelist`))) {
          await setTimes(`${directory}/${fileName}`, Number(before.mtimeMs) / 1000);
        }
      } catch (error) {
        context.log(
          `mailbox: ${fileName} of ${quoted(folder.name)} is not kept: ${errorCode(error) || 'error'}`,
        );
      }
    },
    release: () => held.release(),
  };
}

async function readList(context: AccountContext, folder: FolderState): Promise<DovecotUidlist | undefined> {
  const file = await readPrivateFile(`${folderPath(context, folder)}/${fileName}`, context);
  return file && parseDovecotUidlist(file.content);
}

/** Dovecot's way: records at the end, the header stays. False: the list is of another kind than can be added to. */
async function appendLines(
  context: AccountContext,
  folder: FolderState,
  uidValidity: number,
  lines: readonly UidLine[],
): Promise<boolean> {
  const records = lines.filter(({ base }) => fitsLine(base));
  if (records.length === 0) return true;
  const descriptor = await openFile(
    `${folderPath(context, folder)}/${fileName}`,
    constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile() || stats.uid !== context.uid || stats.nlink !== 1) return false;
    const ends = Buffer.alloc(endSize);
    const head = ends.toString('latin1', 0, await readBytes(descriptor, ends, 0));
    const header = /^3 (?:\S+ )*?V(\d{1,10})(?: \S+)*\n/.exec(head);
    // Of another UIDVALIDITY: nothing of ours belongs there.
    if (header && Number(header[1]) !== uidValidity) return true;
    const tail = ends.toString(
      'latin1',
      0,
      await readBytes(descriptor, ends, Math.max(0, stats.size - endSize)),
    );
    const last = /(?:^|\n)(\d{1,10}) [^\n]*\n$/.exec(tail);
    const lastUid = last ? Number(last[1]) : 0;
    if (!header || !tail.endsWith('\n') || lastUid >= records[0]!.uid) return false;
    // Our POP3 server names new messages by their files, and so shall Dovecot's.
    const text = records.map(({ uid, base }) => `${uid} P${newUidl(base)} :${base}\n`).join('');
    await writeBytes(descriptor, Buffer.from(text, 'utf8'));
    await syncFile(descriptor);
  } catch (error) {
    dropFile(descriptor);
    throw error;
  }
  await closeFile(descriptor);
  return true;
}

/** Writes the list whole: Dovecot's records of what it knows, ours of the rest. */
async function rewriteList(
  context: AccountContext,
  folder: FolderState,
  uidValidity: number,
  added: readonly UidLine[],
): Promise<void> {
  const list = await readList(context, folder);
  if (!list || list.uidValidity !== uidValidity) return;
  const uids = new Map<string, number>();
  let after = 0;
  for (;;) {
    const rows = context.db.all<UidLine>(
      'SELECT uid, base FROM message WHERE folder = ? AND uid > 0 AND uid > ? ORDER BY uid LIMIT 2000',
      folder.id,
      after,
    );
    if (rows.length === 0) break;
    after = rows.at(-1)!.uid;
    for (const { uid, base } of rows) uids.set(base, uid);
    await yieldTurn();
  }
  for (const { uid, base } of added) uids.set(base, uid);
  const pop3 = new Map(list.pop3);
  for (const base of uids.keys()) if (!list.uids.has(base)) pop3.set(base, { uidl: newUidl(base) });
  const uidNext = Math.max(list.uidNext, ...[...uids.values()].slice(-1).map((uid) => uid + 1));
  const content = formatDovecotUidlist({ ...list, uids, uidNext, pop3 });
  await replacePrivateFile(folderPath(context, folder), fileName, content, context, context.names);
}
