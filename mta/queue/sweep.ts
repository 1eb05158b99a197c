// What lies in the queue: the numbers in a place, and the leftovers of crashes that nobody will come back to. qmail-send
// has qmail-clean remove messages that were never queued (S2, S3) and files in pid/ after 36 hours (spec/qmail.md 2.3).
import type { DsnFiles } from './dsn-file.ts';
import { namesIn, statFile, unlinkFile } from './files.ts';
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
    await unlinkFile(layout.path('intd', id));
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
