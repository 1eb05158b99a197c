// To whom the places of a queue belong (spec/qmail.md 2.1): mess, todo, intd and pid (and our own) to qmailq, info, local, remote and
// bounce to qmails. Our queue role is one process of one user, who cannot give files away, so root hands the second
// group over to it before it starts and back to qmails when it has ended: at rest the queue is qmail's, owners included.
// Everything is changed by descriptor, nothing through a symbolic link, and only what belongs to one of the queue's own
// users: a place where one of them put something strange makes no other file theirs.
import { constants } from 'node:fs';
import {
  changeOwner,
  dropFile,
  errorCode,
  openFile,
  readNames,
  statFile,
  statName,
} from '../maildir/calls.ts';
import { listExtraChannels } from './extra-channels.ts';
import type { Owner } from './files.ts';

/** The users of a queue. */
export interface QueueOwners {
  /** qmailq. */
  readonly queue: Owner;
  /** qmails. */
  readonly send: Owner;
  /** qmailr. */
  readonly remote: Owner;
}

/** A file of the queue belongs to a stranger, or is not what it must be. */
export class QueueOwnerError extends Error {
  override name = 'QueueOwnerError';
}

const frontPlaces = ['mess', 'intd', 'todo', 'pid', 'journal', 'dsn', 'hold'] as const;
const backPlaces = ['info', 'local', 'remote', 'bounce'] as const;
/** And the extra channels of a patched qmail. */
const placesOfSend = async (directory: string): Promise<readonly string[]> => [
  ...backPlaces,
  ...(await listExtraChannels(directory)),
];

/** Gives the whole queue to the user who is to serve it. Needs root, and that nobody serves it. */
export async function takeQueue(directory: string, owners: QueueOwners): Promise<void> {
  await giveRoot(directory, owners);
  for (const place of [...frontPlaces, ...(await placesOfSend(directory))])
    await givePlace(`${directory}/${place}`, owners.queue, owners);
  await giveLock(`${directory}/lock`, owners.queue, owners);
}

/**
 * Gives qmail-send's part of the queue back to its user. Needs root, and that nobody else serves it.
 * @returns whether anything of it was somebody else's
 */
export async function returnQueue(directory: string, owners: QueueOwners): Promise<boolean> {
  const { uid } = await statName(`${directory}/info`);
  for (const place of await placesOfSend(directory))
    await givePlace(`${directory}/${place}`, owners.send, owners);
  await giveLock(`${directory}/lock`, owners.send, owners);
  return uid !== owners.send.uid;
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function giveRoot(directory: string, owners: QueueOwners): Promise<void> {
  const descriptor = await openFile(directory, directoryFlags);
  try {
    await giveDescriptor(descriptor, directory, owners.queue, owners);
  } finally {
    dropFile(descriptor);
  }
}

/** lock/ with sendmutex and trigger, and tcpto, which is qmailr's. */
async function giveLock(directory: string, owner: Owner, owners: QueueOwners): Promise<void> {
  await withDirectory(directory, async (descriptor, reach) => {
    await giveDescriptor(descriptor, directory, owners.queue, owners);
    await giveFile(reach, 'sendmutex', directory, owner, owners);
    await giveFile(reach, 'trigger', directory, owner, owners);
    await giveFile(reach, 'tcpto', directory, owners.remote, owners);
  });
}

/** A place with its numbered subdirectories and its files. */
async function givePlace(directory: string, owner: Owner, owners: QueueOwners): Promise<void> {
  await withDirectory(directory, async (descriptor, reach) => {
    await giveDescriptor(descriptor, directory, owner, owners);
    const names = await readNames(reach);
    // Queues hold a hundred thousand files.
    for (let at = 0; at < names.length; at += 64)
      await Promise.all(
        names.slice(at, at + 64).map(async (name) => {
          const stats = await statName(`${reach}/${name}`).catch(ignoreMissing);
          if (stats?.isDirectory()) await givePlace(`${directory}/${name}`, owner, owners);
          else if (stats && (stats.uid !== owner.uid || stats.gid !== owner.gid))
            await giveFile(reach, name, directory, owner, owners);
        }),
      );
  });
}

/** Calls `use` with an open directory and the path by which its names are reached; nothing where there is none. */
async function withDirectory(
  directory: string,
  use: (descriptor: number, reach: string) => Promise<void>,
): Promise<void> {
  let descriptor: number;
  try {
    descriptor = await openFile(directory, directoryFlags);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    await use(descriptor, `/proc/self/fd/${descriptor}`);
  } finally {
    dropFile(descriptor);
  }
}

async function giveFile(
  reach: string,
  name: string,
  directory: string,
  owner: Owner,
  owners: QueueOwners,
): Promise<void> {
  let descriptor: number;
  try {
    descriptor = await openFile(`${reach}/${name}`, fileFlags);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (errorCode(error) === 'ELOOP' || errorCode(error) === 'ENXIO')
      throw new QueueOwnerError(`${directory}/${name}: expected a file of the queue`);
    throw error;
  }
  try {
    await giveDescriptor(descriptor, `${directory}/${name}`, owner, owners);
  } finally {
    dropFile(descriptor);
  }
}

async function giveDescriptor(
  descriptor: number,
  path: string,
  owner: Owner,
  owners: QueueOwners,
): Promise<void> {
  const stats = await statFile(descriptor);
  if (stats.uid === owner.uid && stats.gid === owner.gid) return;
  const known = [0, owners.queue.uid, owners.send.uid, owners.remote.uid];
  if (!known.includes(stats.uid))
    throw new QueueOwnerError(
      `${path} belongs to uid ${stats.uid}; expected qmail's ${owners.queue.uid} or ${owners.send.uid}, or root`,
    );
  // intd and todo of a foreign qmail-queue are two names of one file; a second name of root's file is a trap.
  if (!stats.isDirectory() && stats.nlink > (stats.uid === 0 ? 1 : 2))
    throw new QueueOwnerError(`${path} has ${stats.nlink} names; expected a file of the queue`);
  await changeOwner(descriptor, owner.uid, owner.gid);
}

const ignoreMissing = (error: unknown): undefined => {
  if (errorCode(error) === 'ENOENT') return undefined;
  throw error;
};
