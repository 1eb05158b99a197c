// Opening the file of a message at the role, on the path that the index gives: another program may rename it between
// the look and the open, so it is found again by its base, first in the directory itself, then through the index.
// Only regular files of the mailbox's owner are opened, no links are followed (security.md F2).
import { constants } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, readNames } from '../../mta/maildir/calls.ts';

const findRounds = 5;
/** Dovecot looks ten times for a file that others keep renaming. */
const listRounds = 10;

/** Where the index has a message. */
export interface IndexedFile {
  readonly path: string;
  readonly base: string;
  readonly folder: string;
}

export type Opened = { readonly handle: FileHandle; readonly size: number };

/** Opens a message of the owner `uid`. Undefined: gone. `find` asks the index, `refresh` has it look at a folder again. */
export async function openAsIndexed(
  uid: number,
  find: () => Promise<IndexedFile | undefined>,
  refresh: (folder: string) => Promise<void>,
): Promise<Opened | undefined> {
  for (let round = 0; round < findRounds; round++) {
    const found = await find();
    if (!found) return undefined;
    const opened = await openRegular(found.path, uid);
    if (opened !== 'gone') return opened;
    // Renamed since the index looked. The directory itself is the nearest witness: look and open at once.
    const renamed = await openByBase(found, uid);
    if (renamed !== 'gone') return renamed;
    await refresh(found.folder);
  }
  return undefined;
}

/** Opens a message file. Undefined: what is there is no message of this mailbox. */
async function openRegular(path: string, uid: number): Promise<Opened | undefined | 'gone'> {
  let handle: FileHandle;
  try {
    // A FIFO in the place of a message must not hold us up, nor a link lead elsewhere (security.md F2).
    handle = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'gone';
    if (['ELOOP', 'ENXIO', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
  const stats = await handle.stat();
  if (stats.isFile() && stats.uid === uid) return { handle, size: stats.size };
  await handle.close();
  return undefined;
}

/** Finds the file by its base, as often as somebody may rename it between our look and our open. */
async function openByBase(found: IndexedFile, uid: number): Promise<Opened | undefined | 'gone'> {
  const folder = dirname(dirname(found.path));
  const { base } = found;
  for (let round = 0; round < listRounds; round++) {
    for (const half of ['cur', 'new']) {
      const names = await readNames(`${folder}/${half}`).catch(() => [] as string[]);
      const name = names.find(
        (entry) => entry.startsWith(base) && (entry === base || entry[base.length] === ':'),
      );
      if (name === undefined) continue;
      const opened = await openRegular(`${folder}/${half}/${name}`, uid);
      if (opened !== 'gone') return opened;
    }
  }
  return 'gone';
}
