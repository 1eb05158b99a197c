// Rows of messages as files: taken in with one look at the file (lstat, once in its life), renamed, never parsed here.
// Which files are new and which names changed is decided by scan.ts.
import type { Stats } from 'node:fs';
import { errorCode, statName } from '../../mta/maildir/calls.ts';
import { type AccountContext, type FolderState, folderPath, forEachWide, yieldTurn } from './context.ts';
import { marksOf } from './keyword-state.ts';
import { flagsOf, messageIdOf, timeOfName } from './names.ts';

/** Rows of one transaction. */
export const insertBatch = 400;
const statWidth = 64;

/** What one look at a file tells. */
export interface Look {
  /** INTERNALDATE, milliseconds since 1970. */
  readonly received: number;
  /** When it came into its folder as far as the file tells: its last rename (SAVEDATE, spec/maildir-imap.md 5). */
  readonly saved: number;
  readonly size: number;
}

export const lookOf = (stats: Stats): Look => ({
  received: Math.floor(stats.mtimeMs),
  saved: Math.floor(stats.ctimeMs),
  size: stats.size,
});

/** A file the index does not know. */
export interface Fresh {
  readonly base: string;
  readonly info: string;
  readonly inNew: boolean;
}

export const countOf = (context: AccountContext, folder: FolderState): number =>
  context.db.get<{ total: number }>('SELECT total FROM folder WHERE id = ?', folder.id)?.total ?? 0;

/** Writes the name a message has now. */
export function updateName(
  context: AccountContext,
  folder: FolderState,
  row: { readonly id: number; readonly base: string },
  info: string,
  inNew: number,
): void {
  const flags = flagsOf(info);
  const marks = marksOf(folder, row.base, info);
  context.db.run(
    `UPDATE message SET info = ?, in_new = ?, flags = ?, keywords = ?, seen = ?, flagged = ?, trashed = ?
     WHERE id = ?`,
    info,
    inNew,
    marks.flags,
    marks.keywords,
    flags.includes('S') ? 1 : 0,
    flags.includes('F') ? 1 : 0,
    flags.includes('T') ? 1 : 0,
    row.id,
  );
}

/** Takes new files in, newest names first, and wakes the parser. Gives how many were gone before the look at them. */
export async function insertNew(
  context: AccountContext,
  folder: FolderState,
  fresh: Fresh[],
): Promise<number> {
  if (fresh.length === 0) return 0;
  const known = countOf(context, folder);
  // A page waits for a handful, and is shown half-way for more.
  if (fresh.length > insertBatch) folder.expected = known + fresh.length;
  const keyed = fresh.map((file) => ({ file, time: timeOfName(file.base) }));
  keyed.sort((a, b) => b.time - a.time || (a.file.base < b.file.base ? 1 : -1));
  let vanished = 0;
  for (let i = 0; i < keyed.length && !context.closing.aborted; i += insertBatch) {
    const batch = keyed.slice(i, i + insertBatch).map(({ file }) => file);
    vanished += await insertBatchOf(context, folder, batch);
    context.wakeParser(folder);
    await yieldTurn();
  }
  return vanished;
}

async function insertBatchOf(
  context: AccountContext,
  folder: FolderState,
  batch: readonly Fresh[],
): Promise<number> {
  const path = folderPath(context, folder);
  const looks: (Look | undefined)[] = [];
  let vanished = 0;
  await forEachWide(batch, statWidth, async (file, index) => {
    try {
      const stats = await statName(`${path}/${file.inNew ? 'new' : 'cur'}/${file.base}${file.info}`);
      // Directories, links, FIFOs and files of others are no messages.
      if (!stats.isFile() || stats.uid !== context.uid) return;
      looks[index] = lookOf(stats);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      vanished += 1;
    }
  });
  context.db.transaction(() => {
    for (const [index, file] of batch.entries()) {
      const look = looks[index];
      if (look && !folder.touched?.has(file.base)) insertRow(context, folder, { ...file, ...look });
    }
  });
  return vanished;
}

/** Adds one message that was looked at; gives its row id, or undefined when the folder has that base already. */
export function insertRow(
  context: AccountContext,
  folder: FolderState,
  file: Fresh & Look,
): number | undefined {
  const flags = flagsOf(file.info);
  const marks = marksOf(folder, file.base, file.info);
  const { changes, lastInsertRowid } = context.db.run(
    `INSERT OR IGNORE INTO message
       (folder, base, key, info, in_new, received, saved, size, flags, keywords, seen, flagged, trashed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    folder.id,
    file.base,
    messageIdOf(file.base),
    file.info,
    file.inNew ? 1 : 0,
    file.received,
    file.saved,
    file.size,
    marks.flags,
    marks.keywords,
    flags.includes('S') ? 1 : 0,
    flags.includes('F') ? 1 : 0,
    flags.includes('T') ? 1 : 0,
  );
  return changes === 1 ? Number(lastInsertRowid) : undefined;
}
