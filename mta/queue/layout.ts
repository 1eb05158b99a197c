// The queue directory's layout (spec/qmail.md 2.1): where each file of a message lies, and how many subdirectories the
// split directories have. conf-split is compiled into qmail, so it is read off the directories; they must agree.
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { namesIn, type Owner } from './files.ts';

/** The seven places of a message, and ours beside them (dsn-file.ts, hold.ts), which are never split. */
export type QueuePlace = 'mess' | 'intd' | 'todo' | 'info' | 'local' | 'remote' | 'bounce' | 'dsn' | 'hold';

const splitPlaces: readonly QueuePlace[] = ['mess', 'info', 'local', 'remote'];

/** A queue directory whose structure was checked. */
export interface QueueLayout {
  readonly directory: string;
  /** Number of subdirectories of mess, info, local, remote. */
  readonly split: number;
  /** big-todo queues split todo and intd as well. */
  readonly splitTodo: boolean;
  readonly splitIntd: boolean;
  /** The file of message `id` in a place. */
  path(place: QueuePlace, id: string): string;
  /** The same below the queue directory, as qmail-send's log lines have it: `local/4/1234`. */
  name(place: QueuePlace, id: string): string;
  /** The directory that holds that file: the one to fsync. */
  directoryOf(place: QueuePlace, id: string): string;
  /**
   * To whom a new file of a place is given: root gives it to the place's owner (qmailq or qmails), so that qmail's own
   * programs can go on with the queue; undefined: it stays ours.
   */
  ownerOf(place: QueuePlace): Owner | undefined;
  /** All directories of a place, for scans. */
  directoriesOf(place: QueuePlace): readonly string[];
}

/** A queue that cannot be used; the text names the directory and what is expected. */
export class QueueLayoutError extends Error {
  override name = 'QueueLayoutError';
}

function highestNumber(names: readonly string[]): number {
  let highest = -1;
  for (const name of names) if (/^\d+$/.test(name)) highest = Math.max(highest, Number(name));
  return highest;
}

/**
 * Reads the structure of a queue.
 * @param directory the queue directory (QMAIL/queue)
 * @throws QueueLayoutError when the split directories disagree or one is missing
 */
export async function readQueueLayout(directory: string): Promise<QueueLayout> {
  const counts = new Map<QueuePlace, number>();
  for (const place of splitPlaces) {
    const names = await namesIn(join(directory, place));
    const split = highestNumber(names) + 1;
    if (split < 1)
      throw new QueueLayoutError(`${join(directory, place)}: expected numbered subdirectories 0, 1, ...`);
    for (let i = 0; i < split; i++) {
      if (!names.includes(String(i)))
        throw new QueueLayoutError(
          `${join(directory, place, String(i))}: missing, but ${place}/${split - 1} is there`,
        );
    }
    counts.set(place, split);
  }
  const split = counts.get('mess') as number;
  for (const [place, count] of counts) {
    if (count !== split)
      throw new QueueLayoutError(
        `${join(directory, place)}: ${count} subdirectories, but mess has ${split}; expected the same number`,
      );
  }
  // A subdirectory 0 is one of a split (big-todo) queue.
  const isSplit = async (place: 'todo' | 'intd'): Promise<boolean> =>
    (await lstat(join(directory, place, '0')).catch(() => undefined))?.isDirectory() === true;
  const owners = process.geteuid?.() === 0 ? await readOwners(directory) : new Map<QueuePlace, Owner>();
  return createLayout(directory, split, await isSplit('todo'), await isSplit('intd'), owners);
}

/** The owners of the places that are not root's. */
async function readOwners(directory: string): Promise<Map<QueuePlace, Owner>> {
  const owners = new Map<QueuePlace, Owner>();
  for (const place of [...splitPlaces, 'todo', 'intd', 'bounce'] as const) {
    const stats = await lstat(join(directory, place)).catch(() => undefined);
    if (stats && stats.uid !== 0) owners.set(place, { uid: stats.uid, gid: stats.gid });
  }
  return owners;
}

function createLayout(
  directory: string,
  split: number,
  splitTodo: boolean,
  splitIntd: boolean,
  owners: ReadonlyMap<QueuePlace, Owner>,
): QueueLayout {
  const isSplit = (place: QueuePlace): boolean =>
    splitPlaces.includes(place) || (place === 'todo' && splitTodo) || (place === 'intd' && splitIntd);
  const big = BigInt(split);
  const part = (id: string): string =>
    id.length < 16 ? String(Number(id) % split) : (BigInt(id) % big).toString();
  const directoryOf = (place: QueuePlace, id: string): string =>
    isSplit(place) ? `${directory}/${place}/${part(id)}` : `${directory}/${place}`;
  return {
    directory,
    split,
    splitTodo,
    splitIntd,
    directoryOf,
    path: (place, id) => `${directoryOf(place, id)}/${id}`,
    name: (place, id) => `${directoryOf(place, id).slice(directory.length + 1)}/${id}`,
    ownerOf: (place) => owners.get(place),
    directoriesOf: (place) =>
      isSplit(place)
        ? Array.from({ length: split }, (_, i) => `${directory}/${place}/${i}`)
        : [`${directory}/${place}`],
  };
}

/** Is this the name of a queue file? Others are skipped, as qmail skips them. */
export function isQueueName(name: string): boolean {
  return /^[1-9]\d{0,19}$/.test(name);
}
