// Rows of messages as files: taken in with one look at the file (lstat, once in its life), renamed, never parsed here.
// Which files are new and which names changed is decided by scan.ts.
import type { BigIntStats } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AccountContext,
  type FolderState,
  folderPath,
  forEachWide,
  isAwaited,
  yieldTurn,
} from './context.ts';
import { marksOf } from './keyword-state.ts';
import { flagsOf, messageIdOf, timeOfName } from './names.ts';

/** Rows of one transaction. */
export const insertBatch = 1000;
const statWidth = 64;
/** From so many on the database gets more memory for them. */
const manyRows = 5000;

/** What one look at a file tells. */
export interface Look {
  /** INTERNALDATE, milliseconds since 1970. */
  readonly received: number;
  /** When it came into its folder as far as the file tells: its last rename (SAVEDATE, spec/maildir-imap.md 5). */
  readonly saved: number;
  readonly size: number;
}

export const lookOf = (stats: BigIntStats): Look => ({
  received: Number(stats.mtimeMs),
  saved: Number(stats.ctimeMs),
  size: Number(stats.size),
});

/** A file the index does not know. */
export interface Fresh {
  readonly base: string;
  readonly info: string;
  readonly inNew: boolean;
}

export const countOf = (context: AccountContext, folder: FolderState): number =>
  context.db.get<{ total: number }>('SELECT total FROM folder WHERE id = ?', folder.id)?.total ?? 0;

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
  await restForClients(context, folder);
  const order = newestFirst(fresh);
  let vanished = 0;
  const isMany = order.length > manyRows;
  if (isMany) context.db.widen(true);
  try {
    for (let i = 0; i < order.length && !context.closing.aborted; i += insertBatch) {
      const batch = Array.from(order.subarray(i, i + insertBatch), (at) => fresh[at]!);
      vanished += await insertBatchOf(context, folder, batch);
      context.wakeParser(folder);
      await yieldTurn();
      await restForClients(context, folder);
    }
  } finally {
    if (isMany) context.db.widen(false);
  }
  return vanished;
}

/** Places of files, the newest name first. */
function newestFirst(files: readonly Fresh[]): Uint32Array {
  const times = Float64Array.from(files, ({ base }) => timeOfName(base));
  return Uint32Array.from(files.keys()).sort(
    (a, b) => times[b]! - times[a]! || (files[a]!.base < files[b]!.base ? 1 : -1),
  );
}

/** Who was told of the folder already asks for its messages: that goes first. */
async function restForClients(context: AccountContext, folder: FolderState): Promise<void> {
  for (let wait = 0; wait < 500 && mayRest(context, folder); wait++) await delay(20);
}

/** The folder is told of, nobody waits for its rows, and somebody for what its files say. */
const mayRest = (context: AccountContext, folder: FolderState): boolean =>
  folder.sight !== undefined && folder.scanWaiters === 0 && isAwaited(context);

async function insertBatchOf(
  context: AccountContext,
  folder: FolderState,
  batch: readonly Fresh[],
): Promise<number> {
  const path = folderPath(context, folder);
  const looks: (Look | undefined)[] = [];
  let vanished = 0;
  await forEachWide(batch, statWidth, async (file, index) => {
    const stats = await context.files.lstat(`${path}/${file.inNew ? 'new' : 'cur'}/${file.base}${file.info}`);
    if (!stats) vanished += 1;
    // Directories, links, FIFOs and files of others are no messages.
    else if (stats.isFile() && Number(stats.uid) === context.uid) looks[index] = lookOf(stats);
  });
  context.db.transaction(() => {
    for (const [index, file] of batch.entries()) {
      const look = looks[index];
      if (!look || folder.touched?.has(file.base)) continue;
      const row = insertRow(context, folder, { ...file, ...look });
      if (row !== undefined) context.lessons.arrived(file.base, folder);
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
  // Told before it was here: it has its number already.
  const uid = folder.sight?.uidOf.get(file.base) ?? 0;
  const { changes, lastInsertRowid } = context.db.run(
    `INSERT OR IGNORE INTO message
       (folder, base, key, info, in_new, received, saved, size, flags, keywords, seen, flagged, trashed, uid, modseq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    uid,
    uid > 0 ? folder.sight!.modseq : 0,
  );
  return changes === 1 ? Number(lastInsertRowid) : undefined;
}
