// Making Maildirs and Maildir++ folders: cur, new and tmp in that order, so that tmp tells a complete Maildir
// (spec/maildir-imap.md 1.1), mode 0700, owner given, everything durable before the answer.
// Making one that is there is no error: what is missing is added. Whether a name is allowed is folder-name.ts.
import { constants } from 'node:fs';
import { readdir } from 'node:fs/promises';
import {
  changeMode,
  changeOwner,
  closeFile,
  type Descriptor,
  dropFile,
  errorCode,
  makeDirectory,
  openFile,
  statFile,
  syncFile,
} from './calls.ts';

export interface MakeMaildirOptions {
  /** Who shall own what is made; only root can give away. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** A Maildir++ folder: gets the empty file `maildirfolder`. */
  readonly folder?: boolean | undefined;
  /** Makes missing parents of the Maildir as well, down from this existing directory. */
  readonly from?: string | undefined;
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Makes a Maildir (or folder) at an absolute path. Rejects with system errors: ENOENT when the parent is missing,
 * ELOOP or ENOTDIR when a link or file is in the way.
 */
export async function makeMaildir(path: string, options: MakeMaildirOptions = {}): Promise<void> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const from = options.from?.replace(/\/+$/, '');
  const start = from && path.startsWith(`${from}/`) ? from.split('/').length - 1 : parts.length - 1;
  const base = `/${parts.slice(0, start).join('/')}`;
  // Links down to here are the administrator's.
  let current = await openFile(base, constants.O_RDONLY | constants.O_DIRECTORY);
  let at = base;
  try {
    for (const part of parts.slice(start)) {
      const child = await makeChild(current, at, part, options);
      dropFile(current);
      current = child;
      at = `${at === '/' ? '' : at}/${part}`;
    }
    for (const name of ['cur', 'new', 'tmp']) dropFile(await makeChild(current, at, name, options));
    if (options.folder) await makeMarker(current, at, options);
    await syncFile(current);
  } finally {
    dropFile(current);
  }
}

async function makeChild(
  parent: Descriptor,
  parentPath: string,
  name: string,
  options: MakeMaildirOptions,
): Promise<Descriptor> {
  const path = `${reach(parent, parentPath)}/${name}`;
  let made = true;
  try {
    await makeDirectory(path, 0o700);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    made = false;
  }
  const child = await openFile(path, directoryFlags);
  try {
    if (!made && !(await isCutOff(child, path, options))) return child;
    // Whatever the umask was.
    await changeMode(child, 0o700);
    await own(child, options);
    await syncFile(parent);
  } catch (error) {
    dropFile(child);
    throw error;
  }
  return child;
}

/** A crash between its making and its giving away: root's, among what is somebody else's, and with nothing in it. */
async function isCutOff(child: Descriptor, path: string, { owner }: MakeMaildirOptions): Promise<boolean> {
  if (owner === undefined || owner.uid === 0 || process.geteuid?.() !== 0) return false;
  return (await statFile(child)).uid === 0 && (await readdir(reach(child, path))).length === 0;
}

async function makeMarker(folder: Descriptor, path: string, options: MakeMaildirOptions): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let descriptor: Descriptor;
  try {
    descriptor = await openFile(`${reach(folder, path)}/maildirfolder`, flags, 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  try {
    await own(descriptor, options);
  } finally {
    await closeFile(descriptor);
  }
}

/** Only for what was just made: it is still ours. */
async function own(descriptor: Descriptor, options: MakeMaildirOptions): Promise<void> {
  if (options.owner && process.geteuid?.() === 0) {
    await changeOwner(descriptor, options.owner.uid, options.owner.gid);
  }
}

const reach = (descriptor: Descriptor, path: string): string =>
  process.platform === 'linux' ? `/proc/self/fd/${descriptor}` : path;
