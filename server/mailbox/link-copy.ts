// A copy as another name of the same file, for COPY: nothing is read or written, and no room is taken. Files of a Maildir are
// never written in place, so that both names keep their bytes; what gives a letter another time gives it a file of its own
// first (`partFile`). A letter that was written just now, by whatever program, is synced before it is linked, so that what
// COPY promises does not hang on others. Not where SqWebMail is at work: it unlinks a file that has two names where it
// should move it (spec/maildir-imap.md 1.10). What cannot be linked (another file system, too many names, other rights)
// is left to be copied by its bytes, which meets the true error if there is one.
import { constants, type Stats } from 'node:fs';
import { dropFile, openFile, syncFile } from '../../mta/maildir/calls.ts';
import { withSizes } from '../../mta/maildir/name.ts';
import type { StorePlace } from './append.ts';
import { type AccountContext, type FolderState, forEachWide, messagePath, yieldTurn } from './context.ts';
import { copyFile } from './file-copy.ts';

/** Files that are linked before others have their turn. */
const batchSize = 500;
const syncWidth = 16;
/** Milliseconds after which the system has written a file by itself: Linux from 30 s on (vm.dirty_expire_centisecs). */
const writtenAfter = 120_000;

/** A message whose file is to be linked. */
export interface LinkSource {
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
  /** Bytes with CRLF; 0: not known. */
  readonly wire: number;
}

/** A name that was made in cur. */
export interface LinkedFile {
  readonly base: string;
  readonly name: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Bytes with CRLF; 0: not known. */
  readonly wire: number;
}

export interface LinkWish<Source extends LinkSource> {
  readonly source: Source;
  /** The base, without sizes, that the copy gets. */
  readonly unique: string;
  /** Its flag letters. */
  readonly letters: string;
}

/** Files that SqWebMail keeps in the Maildir of who uses it. */
const tracesOfSqwebmail = ['sqwebmail-timestamp', 'sqwebmail-curcache'];

/** May copies in this Maildir be further names of the same file? Not on file systems where calls may wait for others. */
export async function mayLink({ files, maildir }: AccountContext): Promise<boolean> {
  if (!files.atOnce) return false;
  for (const name of tracesOfSqwebmail) if (await files.lstat(`${maildir}/${name}`)) return false;
  return true;
}

/**
 * Links files into cur of a folder. `linked` is called with each as soon as it has its new name; what is given back
 * could not be linked. Not durable before the folder's cur is synced.
 */
export async function linkFiles<Source extends LinkSource>(
  context: AccountContext,
  folder: FolderState,
  to: FolderState,
  place: StorePlace,
  wishes: readonly LinkWish<Source>[],
  linked: (wish: LinkWish<Source>, file: LinkedFile) => void,
): Promise<readonly LinkWish<Source>[]> {
  const { atOnce } = context.files;
  if (!atOnce) return wishes;
  const rest: LinkWish<Source>[] = [];
  for (let i = 0; i < wishes.length; i += batchSize) {
    const batch = wishes.slice(i, i + batchSize).map((wish) => {
      const path = messagePath(context, folder, wish.source);
      return { wish, path, size: 0, isReady: false, stats: lookAt(() => atOnce.lstat(path)) };
    });
    for (const item of batch) {
      if (!item.stats?.isFile() || item.stats.uid !== place.uid) continue;
      item.size = item.stats.size;
      item.isReady = !isYoung(item.stats);
    }
    const young = batch.filter(({ size, isReady }) => size > 0 && !isReady);
    await forEachWide(young, syncWidth, async (item) => {
      item.isReady = await syncPath(item.path);
    });
    for (const { wish, path, size, isReady } of batch) {
      const { source, unique, letters } = wish;
      const base = withSizes(unique, size, source.wire || undefined);
      const name = `${base}:2,${letters}`;
      to.touched?.add(base);
      if (isReady && succeeds(() => atOnce.link(path, `${place.path}/cur/${name}`)))
        linked(wish, { base, name, size, wire: source.wire });
      else rest.push(wish);
    }
    if (i + batchSize < wishes.length) await yieldTurn();
  }
  return rest;
}

function lookAt(look: () => Stats | undefined): Stats | undefined {
  try {
    return look();
  } catch {
    // The copy by bytes meets the same error and tells it.
    return undefined;
  }
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Some of its bytes may be in memory only. File systems that do not know when a file was made say 0. */
function isYoung({ birthtimeMs, ctimeMs, mtimeMs }: Stats): boolean {
  const written = Math.max(birthtimeMs > 0 ? birthtimeMs : ctimeMs, mtimeMs);
  return Math.abs(Date.now() - written) < writtenAfter || written > Date.now();
}

/** False: it is not there under this name any more, or cannot be synced. */
async function syncPath(path: string): Promise<boolean> {
  try {
    const file = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      await syncFile(file);
    } finally {
      dropFile(file);
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives a message that shares its file with a copy a file of its own, with this time, under the name it has. False: it has
 * another name by now, or is no file of the owner. Throws the system's error.
 */
export async function partFile(
  context: AccountContext,
  place: StorePlace,
  path: string,
  time: Date,
): Promise<boolean> {
  const { files } = context;
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const source = await files.open(path, flags);
  try {
    const own = await copyFile(files, source, place, context.names.next(), time);
    if (!own) return false;
    try {
      const [was, is] = [await files.stat(source), await files.lstat(path)];
      if (is?.ino !== BigInt(was.ino)) return false;
      await files.rename(own.tmp, path);
    } finally {
      // After the rename there is none.
      await files.unlink(own.tmp).catch(() => {});
    }
    return true;
  } finally {
    await files.close(source);
  }
}
