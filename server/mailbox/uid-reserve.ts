// UIDs for what we store ourselves (APPEND, COPY, MOVE) without writing courierimapuiddb for each message: the first such
// message writes the file with a UIDNEXT that lies ahead; UIDs below it are ours to give, since no program that reads the
// file gives them, and the lines follow soon, many at once, under Courier's lock. Kept: a UID that was told never names
// another message. What a kill leaves is in the index, and its lines are written at the next opening; after a power cut,
// which may take the index back, UIDs go on behind what was reserved (outliveReserved). A folder that is closed has a file
// that is whole and reserves nothing. Beside a list of Dovecot's nothing is reserved: it is kept at each step.
import { sortByBase } from '../../mta/maildir/base-order.ts';
import { type AccountContext, type FolderState, waitAtMost } from './context.ts';
import { refreshFolder } from './scan.ts';
import type { IndexDatabase } from './schema.ts';
import { stampOfDovecot } from './uid-dovecot.ts';
import { stampOf, type UidLine } from './uid-file.ts';
import { listUnnumbered, numberFolder, settleNumbering, writeIndex } from './uid-giving.ts';
import { readNumbering } from './uid-merge.ts';

/** The lines follow after so many milliseconds at least, and after so many times what writing the file took last. */
const keepAfter = 1000;
const keepPause = 20;
const longestPause = 30_000;
/** How long closing an account waits for its lists, milliseconds. */
const closeWait = 3000;

/** Gives UIDs to messages of our own that just came into a folder, and to all others of it that have none. */
export async function numberOwn(context: AccountContext, folder: FolderState): Promise<void> {
  await settleNumbering(folder);
  const giving = giveReserved(context, folder);
  folder.numbering = giving.then(
    () => {},
    () => {},
  );
  const given = await giving.finally(() => {
    folder.numbering = undefined;
  });
  if (given === 'given') return scheduleKeeping(context, folder);
  // The list may name messages that we have not seen yet: they keep the UIDs it gives them.
  if (given === 'foreign') await refreshFolder(context, folder, { moveNew: false, verify: 'now' });
  await numberFolder(context, folder, 'reserve');
}

/** 'foreign': somebody else wrote the list since. 'none': nothing is reserved, or too little. */
async function giveReserved(
  context: AccountContext,
  folder: FolderState,
): Promise<'given' | 'foreign' | 'none'> {
  const row = readNumbering(context.db, folder.id);
  if (!row || row.uid_validity === 0) return 'none';
  if ((await stampOf(context, folder)) !== row.uid_file) return 'foreign';
  if (row.uid_next >= row.uid_reserved || (await stampOfDovecot(context, folder)) !== '') return 'none';
  const fresh = sortByBase(await listUnnumbered(context, folder), ({ base }) => base);
  if (row.uid_next + fresh.length > row.uid_reserved) return 'none';
  const lines: UidLine[] = fresh.map(({ base }, index) => ({ uid: row.uid_next + index, base }));
  return (await writeIndex(context, folder, row, { fresh, lines, isReserved: true })) ? 'given' : 'none';
}

function scheduleKeeping(context: AccountContext, folder: FolderState): void {
  if (folder.keepTimer !== undefined) return;
  const pause = Math.min(Math.max(keepAfter, folder.keepCost * keepPause), longestPause);
  folder.keepTimer = setTimeout(() => {
    folder.keepTimer = undefined;
    // A folder that was renamed since is another state of the same row.
    const current = [...context.folders.values()].find((other) => other.id === folder.id);
    if (current && !context.closing.aborted) void keepLines(context, current);
  }, pause);
  folder.keepTimer.unref();
}

async function keepLines(context: AccountContext, folder: FolderState): Promise<void> {
  const begun = performance.now();
  // What fails is told by the giving itself, and tried again.
  await numberFolder(context, folder, 'keep').catch(() => {});
  folder.keepCost = performance.now() - begun;
  if (context.closing.aborted) return;
  if ((readNumbering(context.db, folder.id)?.uid_kept ?? 0) > 0) scheduleKeeping(context, folder);
}

/** Lines that a process before us could not write any more. */
export function keepWhatIsLeft(context: AccountContext): void {
  const ids = new Set(context.db.pluck<number>('SELECT id FROM folder WHERE uid_kept > 0'));
  for (const folder of context.folders.values()) if (ids.has(folder.id)) scheduleKeeping(context, folder);
}

/** Writes all lines and gives back what is reserved, before an account is closed. */
export async function releaseReserved(context: AccountContext): Promise<void> {
  const ids = new Set(
    context.db.pluck<number>('SELECT id FROM folder WHERE uid_kept > 0 OR uid_reserved > uid_next'),
  );
  const folders = [...context.folders.values()].filter((folder) => ids.has(folder.id));
  for (const folder of folders) clearTimeout(folder.keepTimer);
  const release = async (): Promise<void> => {
    for (const folder of folders) await numberFolder(context, folder, 'release').catch(() => {});
  };
  // Should another program hold its lock: the index knows, and the next opening writes them.
  await waitAtMost(release(), closeWait);
}

/** After the machine went down: what may have been told of reserved UIDs is not in the index for sure. */
export const outliveReserved = (db: IndexDatabase): unknown =>
  db.run('UPDATE folder SET uid_next = uid_reserved WHERE uid_reserved > uid_next');
