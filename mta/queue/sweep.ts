// What lies in the queue: the numbers in a place, and the leftovers of crashes that nobody will come back to. qmail-send
// has qmail-clean remove messages that were never queued (S2, S3) and files in pid/ after 36 hours (spec/qmail.md 2.3).
import { linkFile, makeDirectory } from '../maildir/calls.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import type { DsnFiles } from './dsn-file.ts';
import { errorCode, namesIn, statFile, unlinkFile } from './files.ts';
import { isQueueName, type QueueLayout, type QueuePlace } from './layout.ts';

/** qmail calls S2 and S3 leftovers stale ("OSSIFIED") after 36 hours. */
const staleSeconds = 36 * 3600;

/** Numbers of the messages that have a file in a place. */
export async function listPlace(layout: QueueLayout, place: QueuePlace): Promise<string[]> {
  const ids: string[] = [];
  for (const directory of layout.directoriesOf(place))
    for (const name of await namesIn(directory)) if (isQueueName(name)) ids.push(name);
  return ids;
}

/** Names in mess/ that are not their files' inode numbers. */
export async function findWrongNames(layout: QueueLayout): Promise<string[]> {
  const wrong: string[] = [];
  const ids = await listPlace(layout, 'mess');
  for (let at = 0; at < ids.length; at += 64) {
    await Promise.all(
      ids.slice(at, at + 64).map(async (id) => {
        const stats = await statFile(layout.path('mess', id));
        if (stats && stats.ino !== id) wrong.push(id);
      }),
    );
  }
  return wrong;
}

/**
 * Removes what crashes left: S2 and S3 messages and pid files older than 36 hours (security.md D7), and what senders of
 * messages that are gone had asked for.
 * @param now seconds since 1970
 * @returns the ids of messages removed
 */
export async function sweepLeftovers(layout: QueueLayout, dsn: DsnFiles, now: number): Promise<string[]> {
  await dsn.sweep();
  const removed: string[] = [];
  for (const id of await listPlace(layout, 'mess')) {
    const stats = await statFile(layout.path('mess', id));
    if (!stats || now - Math.max(stats.mtime, stats.atime) < staleSeconds) continue;
    if (await statFile(layout.path('info', id))) continue;
    if (await statFile(layout.path('todo', id))) continue;
    // intd of a message that was never queued; the others of one whose removal was cut short (removal.ts).
    for (const place of ['intd', 'local', 'remote', 'bounce', 'hold'] as const)
      await unlinkFile(layout.path(place, id));
    await dsn.remove(id);
    if (await unlinkFile(layout.path('mess', id))) removed.push(id);
  }
  const pids = `${layout.directory}/pid`;
  for (const name of await namesIn(pids)) {
    const stats = await statFile(`${pids}/${name}`);
    if (stats && now - Math.max(stats.mtime, stats.atime) >= staleSeconds)
      await unlinkFile(`${pids}/${name}`);
  }
  return removed;
}

/**
 * Takes a message that nobody can deal with out of the queue: its files are kept as they are in queue/aside, as ID.PLACE,
 * where no program looks. Cut short, it is done again by the next call.
 */
export async function setMessageAside(
  layout: QueueLayout,
  directorySync: DirectorySync,
  id: string,
): Promise<void> {
  const directory = `${layout.directory}/aside`;
  await makeDirectory(directory, 0o700).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const places = ['todo', 'info', 'local', 'remote', 'bounce', 'intd', 'mess'] as const;
  for (const place of places)
    await linkFile(layout.path(place, id), `${directory}/${id}.${place}`).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
    });
  await directorySync.sync(directory);
  await directorySync.sync(layout.directory);
  for (const place of places) await unlinkFile(layout.path(place, id));
}
