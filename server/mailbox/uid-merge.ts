// Taking a UID list over into the index: at the first opening of a folder, and when another program wrote the list since
// we did (spec/maildir-imap.md 3.9). Rules: what the list says of a message holds; where it contradicts a UID that was
// told before, that UID is gone and is never used again; a UID that may have been another message's is not taken over.
import { createHash } from 'node:crypto';
import { highestUid, type UidList } from '../../mta/maildir/uid-db.ts';
import { type AccountContext, type FolderState, folderPath, lstatExact, yieldTurn } from './context.ts';
import type { IndexDatabase } from './schema.ts';
import { readImportedList, readUidFile } from './uid-file.ts';

/** Rows of one transaction. */
const batchSize = 500;
/** Rows compared in one step. */
const step = 2000;

/** How a folder is numbered. */
export interface Numbering {
  readonly uid_validity: number;
  readonly uid_next: number;
  readonly uid_file: string;
  readonly uid_lines: number;
  readonly uid_kept: number;
  readonly uid_reserved: number;
  readonly dovecot_file: string;
  readonly modseq: number;
  readonly inode: string;
}

export const readNumbering = (db: IndexDatabase, folder: number): Numbering | undefined =>
  db.get<Numbering>(
    `SELECT uid_validity, uid_next, uid_file, uid_lines, uid_kept, uid_reserved, dovecot_file, modseq,
       inode FROM folder WHERE id = ?`,
    folder,
  );

interface Row {
  readonly id: number;
  readonly base: string;
  readonly uid: number;
}

/** What a list does to one row: the UID it has now; 0: a new one is to be given. */
interface Verdict extends Row {
  readonly now: number;
}

/** Imports the list of a folder that the index has no UIDs of. True: courierimapuiddb must be written. */
export async function importList(context: AccountContext, folder: FolderState): Promise<boolean> {
  const { db } = context;
  // An import that was cut short left some.
  await forgetUids(context, folder);
  const found = await readImportedList(context, folder);
  const uidValidity = found?.list.uidValidity ?? chooseValidity(db);
  const uidNext = found?.list.uidNext ?? 1;
  if (found) {
    const verdicts = await compareList(context, folder, found.list, 1);
    await writeVerdicts(context, folder, verdicts.taken, false);
  }
  const stats = await lstatExact(folderPath(context, folder));
  const inode = String(stats?.ino ?? '');
  db.transaction(() => {
    noteValidity(db, uidValidity);
    // Until now nobody was told of anything: UIDVALIDITY comes last. Courier: \Recent is what its list did not have.
    db.run(
      `UPDATE folder SET uid_validity = ?, uid_next = ?, recent_from = ?, modseq = modseq + 1,
         gone_floor = modseq + 1, uid_lines = ?, inode = ?,
         mailbox_id = iif(mailbox_id = '', ?, mailbox_id) WHERE id = ?`,
      uidValidity,
      uidNext,
      uidNext,
      found?.list.uids.size ?? 0,
      inode,
      mailboxIdOf(uidValidity, inode),
      folder.id,
    );
  });
  return !found?.isCourier;
}

// RFC 8474 4: the directory keeps its inode when it is renamed, and its UIDVALIDITY.
export const mailboxIdOf = (uidValidity: number, inode: string): string =>
  `F${createHash('sha256').update(`${uidValidity} ${inode}`).digest('base64url').slice(0, 20)}`;

/** Takes over what another program wrote. True: courierimapuiddb must be written, it lacks something. */
export async function bringListIn(
  context: AccountContext,
  folder: FolderState,
  stamp: string,
): Promise<boolean> {
  const { db } = context;
  const before = readNumbering(db, folder.id);
  if (!before) return false;
  const list = await readUidFile(context, folder);
  if (!list) {
    const inode = String((await lstatExact(folderPath(context, folder)))?.ino ?? '');
    if (inode === before.inode || stamp !== '') return true;
    // Another directory of the same name, without a list: removed and made anew by another program.
    await restart(context, folder);
    return importList(context, folder);
  }
  if (list.uidValidity !== before.uid_validity) {
    await restart(context, folder);
    return importList(context, folder);
  }
  const { isLacking } = await bringIn(context, folder, list, before.uid_next);
  db.run('UPDATE folder SET uid_lines = ? WHERE id = ?', list.uids.size, folder.id);
  return isLacking || list.uidNext < before.uid_next;
}

/** Takes a list of the folder's own UIDVALIDITY over. `next`: as in `compareList`. */
export async function bringIn(
  context: AccountContext,
  folder: FolderState,
  list: UidList,
  next: number,
): Promise<{
  /** The list lacks something that the index knows. */
  readonly isLacking: boolean;
  /** The index lacked something that the list knows. */
  readonly isChanged: boolean;
}> {
  const { taken, expunged, isLacking } = await compareList(context, folder, list, next);
  await writeVerdicts(context, folder, expunged, false);
  await writeVerdicts(context, folder, taken, true);
  context.db.run('UPDATE folder SET uid_next = max(uid_next, ?) WHERE id = ?', list.uidNext, folder.id);
  return { isLacking, isChanged: taken.length + expunged.length > 0 || list.uidNext > next };
}

async function restart(context: AccountContext, folder: FolderState): Promise<void> {
  context.db.run("UPDATE folder SET uid_validity = 0, mailbox_id = '' WHERE id = ?", folder.id);
  await forgetUids(context, folder);
}

interface Comparison {
  /** Rows that get the UID of the list, ascending by it. */
  readonly taken: Verdict[];
  /** Rows whose UID is gone; some of them are in `taken` too. */
  readonly expunged: Verdict[];
  /** The list does not say all that the index knows. */
  readonly isLacking: boolean;
}

/** `next`: UIDs below may have been told by us of other messages, and are not taken over. */
async function compareList(
  context: AccountContext,
  folder: FolderState,
  list: UidList,
  next: number,
): Promise<Comparison> {
  const taken: Verdict[] = [];
  const expunged: Verdict[] = [];
  let isLacking = false;
  const listed = new Set(list.uids.values());
  let after = '';
  for (;;) {
    const rows = context.db.all<Row>(
      'SELECT id, base, uid FROM message WHERE folder = ? AND base > ? ORDER BY base LIMIT ?',
      folder.id,
      after,
      step,
    );
    if (rows.length === 0) break;
    after = rows.at(-1)!.base;
    for (const row of rows) {
      const uid = list.uids.get(row.base);
      if (uid === row.uid) continue;
      if (uid === undefined) {
        if (row.uid === 0) continue;
        isLacking = true;
        // The list gives our UID to another message: neither may keep it.
        if (listed.has(row.uid)) expunged.push({ ...row, now: 0 });
        continue;
      }
      if (row.uid > 0) expunged.push({ ...row, now: 0 });
      if (uid >= next) taken.push({ ...row, uid: 0, now: uid });
      else isLacking = true;
    }
    await yieldTurn();
  }
  taken.sort((a, b) => a.now - b.now);
  return { taken, expunged, isLacking };
}

/** `counts`: UIDNEXT goes along with each batch, so that who reads between two sees UIDs only ascend. */
async function writeVerdicts(
  context: AccountContext,
  folder: FolderState,
  verdicts: readonly Verdict[],
  counts: boolean,
): Promise<void> {
  const { db } = context;
  for (let i = 0; i < verdicts.length; i += batchSize) {
    const batch = verdicts.slice(i, i + batchSize);
    db.transaction(() => {
      db.run('UPDATE folder SET modseq = modseq + 1 WHERE id = ?', folder.id);
      const modseq = readNumbering(db, folder.id)?.modseq ?? 0;
      let gone = 0;
      for (const { id, base, uid, now } of batch) {
        const { changes } = db.run(
          'UPDATE message SET uid = ?, modseq = ? WHERE id = ? AND folder = ? AND base = ? AND uid = ?',
          now,
          now === 0 ? 0 : modseq,
          id,
          folder.id,
          base,
          uid,
        );
        if (changes === 0 || uid === 0) continue;
        gone += 1;
        db.run('INSERT INTO gone (folder, uid, modseq) VALUES (?, ?, ?)', folder.id, uid, modseq);
      }
      if (gone > 0) db.run('UPDATE folder SET gone_rows = gone_rows + ? WHERE id = ?', gone, folder.id);
      const last = batch.at(-1)!.now;
      if (counts) db.run('UPDATE folder SET uid_next = max(uid_next, ?) WHERE id = ?', last + 1, folder.id);
    });
    await yieldTurn();
  }
}

/** Takes all UIDs of a folder away, and the log of those that are gone: they meant something under another UIDVALIDITY. */
export async function forgetUids(context: AccountContext, folder: FolderState): Promise<void> {
  const { db } = context;
  db.transaction(() => {
    db.run('DELETE FROM gone WHERE folder = ?', folder.id);
    db.run(
      `UPDATE folder SET modseq = modseq + 1, gone_floor = modseq + 1, gone_rows = 0, uid_kept = 0, uid_reserved = 0
       WHERE id = ?`,
      folder.id,
    );
  });
  for (;;) {
    const { changes } = db.transaction(() =>
      db.run(
        `UPDATE message SET uid = 0, modseq = 0
         WHERE id IN (SELECT id FROM message WHERE folder = ? AND uid > 0 LIMIT ?)`,
        folder.id,
        batchSize,
      ),
    );
    if (changes === 0) return;
    await yieldTurn();
  }
}

/** Courier counts UIDVALIDITY in seconds from here, so that numbers stay short. */
const courierEpoch = 1_000_000_000;

/** A UIDVALIDITY higher than any this account had, as far as the index knows: a folder made anew must differ. */
export function chooseValidity(db: IndexDatabase): number {
  const last = Number(db.pluck<string>("SELECT value FROM fact WHERE name = 'uid_validity'")[0] ?? 0);
  const validity = Math.max(Math.floor(Date.now() / 1000) - courierEpoch, last + 1);
  noteValidity(db, validity);
  return validity;
}

export function noteValidity(db: IndexDatabase, validity: number): void {
  // A list that lies must not bring us to the end of the numbers.
  if (validity >= highestUid - 1_000_000) return;
  db.run(
    `INSERT INTO fact (name, value) VALUES ('uid_validity', ?)
     ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`,
    String(validity),
  );
}
