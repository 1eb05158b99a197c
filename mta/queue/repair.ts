// queue-repair's work on disk: gives the messages of a stopped queue the names that qmail expects, in an order in which a
// crash at any point loses nothing and pairs no message with another's envelope. The caller holds the queue's lock;
// qmail-queue may go on injecting meanwhile, because a name is free only after everything behind it has left.
//
//   1. mess of each message is marked as used now: for 36 hours no sweep takes it for a leftover.
//   2. aside, to names that no program looks at (repair.BEFORE.AFTER): todo, intd, info, local, remote, bounce, dsn, hold;
//      flush; then mess; flush. A message that is half aside has no envelope under its number: it is not delivered.
//   3. into place: mess; flush; dsn, hold, bounce, remote, local, intd; flush; then info and todo, which make it a
//      message; flush.
//
// The names aside say everything, so the next run goes on where this one was cut short. No file is ever removed.
import { lstat, readdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { errorCode, renameFile } from './files.ts';
import { isQueueName, type QueueLayout, type QueuePlace } from './layout.ts';
import {
  type FoundFile,
  isOwnPlace,
  orderRenames,
  parseAsideName,
  planRepair,
  queuePlaces,
  type RepairPlan,
} from './repair-plan.ts';

/** The files of a queue whose names are numbers, and those that a repair has moved aside. */
export async function findQueueFiles(layout: QueueLayout): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const place of queuePlaces) {
    for (const directory of new Set([`${layout.directory}/${place}`, ...layout.directoriesOf(place)])) {
      const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
        // Ours, and made when it is needed first.
        if (isOwnPlace(place) && errorCode(error) === 'ENOENT') return [];
        throw error;
      });
      for (const entry of entries) {
        if (!entry.isFile()) continue;
        const aside = parseAsideName(entry.name);
        if (!aside && !isQueueName(entry.name)) continue;
        const path = join(directory, entry.name);
        const inode = place === 'mess' ? (await lstat(path, { bigint: true })).ino.toString() : undefined;
        found.push({
          place,
          id: aside ? aside.after : entry.name,
          path: path.slice(layout.directory.length + 1),
          ...(inode !== undefined && { inode }),
          ...(aside && { before: aside.before }),
        });
      }
    }
  }
  return found;
}

/** What a repair of this queue would do. @throws RepairError, and the system's error when a directory cannot be read */
export async function examineQueue(layout: QueueLayout): Promise<RepairPlan> {
  const pathOf = (place: QueuePlace, id: string): string =>
    layout.path(place, id).slice(layout.directory.length + 1);
  return planRepair(await findQueueFiles(layout), pathOf);
}

/** Is there a repair that was cut short? Its messages wait for the next run. */
export async function hasUnfinishedRepair(layout: QueueLayout): Promise<boolean> {
  for (const place of queuePlaces) {
    for (const directory of layout.directoriesOf(place)) {
      const names = await readdir(directory).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return [];
        throw error;
      });
      if (names.some((name) => parseAsideName(name) !== undefined)) return true;
    }
  }
  return false;
}

/** Puts every file of the plan's messages where it belongs. @throws the system's error: run it again to go on */
export async function applyRepair(
  layout: QueueLayout,
  { renamings }: RepairPlan,
  directorySync: DirectorySync,
): Promise<void> {
  const absolute = (path: string): string => `${layout.directory}/${path}`;
  for (const { moves } of renamings)
    for (const { place, from } of moves) if (place === 'mess') await markUsed(absolute(from));
  for (const group of orderRenames(renamings)) {
    for (const { from, to } of group) await renameFile(absolute(from), absolute(to));
    const changed = new Set(
      group.flatMap(({ from, to }) => [dirname(absolute(from)), dirname(absolute(to))]),
    );
    await Promise.all([...changed].map((directory) => directorySync.sync(directory)));
  }
}

/** qmail-clean goes by the time of the last access; the time of arrival stays. */
async function markUsed(path: string): Promise<void> {
  const { mtimeMs } = await lstat(path);
  await utimes(path, Date.now() / 1000, mtimeMs / 1000);
}
