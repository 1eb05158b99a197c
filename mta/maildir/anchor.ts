// Maildirs held open: descriptors of a Maildir, its tmp and its new, through which files are reached without walking
// the path again. Node has no openat; /proc/self/fd/N/name is the same thing on Linux. So a directory that its owner
// swaps for a symbolic link during a delivery changes nothing, also when we run as root (security.md F2).
// Below the home no symbolic link is followed, and the directories must belong to the recipient's uid.
import { constants } from 'node:fs';
import { type Descriptor, dropFile, errorCode, openFile, statFile } from './calls.ts';
import type { DirectoryIdentity } from './directory-sync.ts';
import { isKnownLocal } from './file-system.ts';

/** One Maildir ready for use; paths in it end where a file name is to be appended after `/`. */
export interface MaildirAnchor {
  /** The path as people know it. */
  readonly path: string;
  readonly root: string;
  readonly tmp: string;
  readonly new: string;
  /** It lies on a disk of this machine. */
  readonly isLocal: boolean;
  /** Is this directory the one behind `new`? */
  isNew(identity: DirectoryIdentity): boolean;
  /** Forgets it: the next one who asks gets the path looked at anew. */
  discard(): void;
  /** Gives it back. Its paths must not be used after this. */
  release(): void;
}

export interface MaildirAnchors {
  /**
   * Opens `maildir` (relative to `home`, or absolute). Rejects with a system error: ENOENT when a directory is
   * missing, ELOOP or ENOTDIR when one is a link or a file, EPERM when one belongs to somebody else than `uid`.
   * A Maildir that was kept open may have been replaced since: who uses it finds out by `isNew` and discards it.
   */
  acquire(home: string, maildir: string, uid: number | undefined): Promise<MaildirAnchor>;
  close(): void;
}

interface Kept {
  readonly key: string;
  readonly path: string;
  readonly descriptors: readonly Descriptor[];
  readonly root: string;
  readonly tmp: string;
  readonly new: string;
  readonly isLocal: boolean;
  readonly dev: number;
  readonly ino: number;
  users: number;
  discarded: boolean;
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY;

/** Splits a Maildir line into where the walk begins (links are the administrator's there) and what lies below. */
export function splitMaildirPath(
  home: string,
  maildir: string,
): { readonly base: string; readonly below: string[] } {
  const relative = maildir.startsWith(`${home}/`) ? maildir.slice(home.length + 1) : maildir;
  const parts = relative.split('/').filter((part) => part !== '' && part !== '.');
  if (!relative.startsWith('/')) return { base: home, below: parts };
  const last = parts.pop();
  return { base: `/${parts.join('/')}`, below: last === undefined ? [] : [last] };
}

/** Keeps up to `limit` Maildirs (three descriptors each) open between deliveries. */
export function createMaildirAnchors(limit = 128): MaildirAnchors {
  const kept = new Map<string, Kept>();
  const opening = new Map<string, Promise<Kept>>();

  async function acquire(home: string, maildir: string, uid: number | undefined): Promise<MaildirAnchor> {
    const key = `${uid}\0${home}\0${maildir}`;
    const known = kept.get(key);
    if (known) {
      known.users += 1;
      kept.delete(key);
      kept.set(key, known);
      return lease(known);
    }
    for (;;) {
      let pending = opening.get(key);
      if (!pending) {
        pending = open(key, home, maildir, uid).finally(() => opening.delete(key));
        opening.set(key, pending);
      }
      const fresh = await pending;
      if (fresh.discarded && fresh.users === 0) continue;
      fresh.users += 1;
      if (!fresh.discarded && kept.get(key) !== fresh) {
        const older = kept.get(key);
        if (older) discard(older);
        kept.set(key, fresh);
        makeRoom();
      }
      return lease(fresh);
    }
  }

  function lease(anchor: Kept): MaildirAnchor {
    let held = true;
    return {
      path: anchor.path,
      root: anchor.root,
      tmp: anchor.tmp,
      new: anchor.new,
      isLocal: anchor.isLocal,
      isNew: ({ dev, ino }) => anchor.ino === ino && anchor.dev === dev,
      discard: () => discard(anchor),
      release() {
        if (held) giveBack(anchor);
        held = false;
      },
    };
  }

  function giveBack(anchor: Kept): void {
    anchor.users -= 1;
    if (anchor.discarded && anchor.users === 0) closeAll(anchor);
  }

  function discard(anchor: Kept): void {
    if (anchor.discarded) return;
    anchor.discarded = true;
    if (kept.get(anchor.key) === anchor) kept.delete(anchor.key);
    if (anchor.users === 0) closeAll(anchor);
  }

  function makeRoom(): void {
    for (const anchor of kept.values()) {
      if (kept.size <= limit) return;
      discard(anchor);
    }
  }

  return {
    acquire,
    close() {
      for (const anchor of kept.values()) discard(anchor);
    },
  };
}

function closeAll(anchor: Kept): void {
  for (const descriptor of anchor.descriptors) dropFile(descriptor);
}

async function open(key: string, home: string, maildir: string, uid: number | undefined): Promise<Kept> {
  const { base, below } = splitMaildirPath(home, maildir);
  const path = below.length === 0 ? base : `${base === '/' ? '' : base}/${below.join('/')}`;
  const descriptors: Descriptor[] = [];
  let walking = -1;
  try {
    walking = await openFile(base, directoryFlags);
    for (const part of below) {
      const child = await openFile(at(walking, base, part), directoryFlags | constants.O_NOFOLLOW);
      dropFile(walking);
      walking = child;
    }
    const root = walking;
    descriptors.push(root);
    walking = -1;
    await checkOwner(root, uid);
    for (const name of ['tmp', 'new']) {
      const child = await openFile(at(root, path, name), directoryFlags | constants.O_NOFOLLOW);
      descriptors.push(child);
    }
    await checkOwner(descriptors[1]!, uid);
    const stats = await checkOwner(descriptors[2]!, uid);
    return {
      key,
      path,
      descriptors,
      root: reach(root, path),
      tmp: reach(descriptors[1]!, `${path}/tmp`),
      new: reach(descriptors[2]!, `${path}/new`),
      isLocal: await isKnownLocal(path),
      dev: stats.dev,
      ino: stats.ino,
      users: 0,
      discarded: false,
    };
  } catch (error) {
    if (walking >= 0) dropFile(walking);
    for (const descriptor of descriptors) dropFile(descriptor);
    throw error;
  }
}

async function checkOwner(descriptor: Descriptor, uid: number | undefined) {
  const stats = await statFile(descriptor);
  if (uid !== undefined && stats.uid !== uid) {
    throw Object.assign(new Error(`directory belongs to uid ${stats.uid}, not ${uid}`), { code: 'EPERM' });
  }
  return stats;
}

// Elsewhere than on Linux the plain path is used; there the role must not run as root (see deliver.ts).
const hasProc = process.platform === 'linux';
const reach = (descriptor: Descriptor, path: string): string =>
  hasProc ? `/proc/self/fd/${descriptor}` : path;
const at = (descriptor: Descriptor, path: string, name: string): string =>
  `${reach(descriptor, path)}/${name}`;

/** Is this what a missing or wrong Maildir gives, and no trouble of the disk? */
export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'EPERM', 'EACCES', 'ENAMETOOLONG'].includes(errorCode(error));
