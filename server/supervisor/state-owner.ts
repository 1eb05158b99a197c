// state/ belongs to the webmail's user, trust/ to that of the doors, the signing keys to that of the role remote: what a run as
// root in one process left there, or a site that was made before it had users, is given over once, before the roles start. When the directory is its user's already nothing below it is touched: it may hold anything then.
import { constants } from 'node:fs';
import {
  changeMode,
  changeOwner,
  dropFile,
  errorCode,
  openFile,
  readNames,
  statFile,
} from '../../mta/maildir/calls.ts';
import { StartError } from './start-error.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/**
 * The same for the keys that sign mail, where there are some. Those that an old site gave to another user are left alone:
 * what cannot be read is told when a letter leaves.
 */
export async function giveKeysTo(path: string, owner: Owner): Promise<void> {
  await giveStateTo(path, owner).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT' && !(error instanceof StartError)) throw error;
  });
}

/** @throws StartError when it belongs to somebody else than root and this user */
export async function giveStateTo(path: string, owner: Owner): Promise<void> {
  const descriptor = await openFile(path, O_RDONLY | O_DIRECTORY);
  try {
    const { uid } = await statFile(descriptor);
    if (uid === owner.uid) return;
    if (uid !== 0) throw new StartError(`${path} belongs to uid ${uid}; expected ${owner.uid}`);
    await giveBelow(descriptor, owner);
    await changeMode(descriptor, 0o700);
    // Last: what was cut short is begun again.
    await changeOwner(descriptor, owner.uid, owner.gid);
  } finally {
    dropFile(descriptor);
  }
}

/** Root's files in a directory that only root may write. */
async function giveBelow(directory: number, owner: Owner): Promise<void> {
  const reach = `/proc/self/fd/${directory}`;
  for (const name of await readNames(reach)) {
    const descriptor = await openFile(`${reach}/${name}`, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(
      (error: unknown) => {
        // A link or a socket is nothing of ours.
        if (['ELOOP', 'ENXIO', 'ENOENT'].includes(errorCode(error))) return undefined;
        throw error;
      },
    );
    if (descriptor === undefined) continue;
    try {
      const stats = await statFile(descriptor);
      if (stats.isDirectory()) await giveBelow(descriptor, owner);
      else if (!stats.isFile() || stats.nlink > 1) continue;
      if (stats.uid === 0) await changeOwner(descriptor, owner.uid, owner.gid);
    } finally {
      dropFile(descriptor);
    }
  }
}
