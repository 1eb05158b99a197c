// Storing messages of our own (APPEND, COPY, draft, sent copy, import) in a folder, durably, straight into cur with their
// flags. Order as for a delivery (spec/maildir-imap.md 1.7): tmp exclusively, write, fsync, close; when all are written,
// rename into cur and fsync of cur; only then are names given. Names are nobody else's (their random part), so nothing
// is renamed over. Every CR is dropped and a missing last LF added, as Courier's APPEND does (1.6); sizes are in names.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { renameFile, unlinkFile } from '../../mta/maildir/calls.ts';
import type { DirectorySync } from '../../mta/maildir/directory-sync.ts';
import { type NameSource, withSizes } from '../../mta/maildir/name.ts';
import { forEachWide } from './context.ts';
import { cleanFlags } from './names.ts';

export interface StorePlace {
  /** Directory of the folder. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/** A message that is on disk, in tmp. */
export interface WrittenFile {
  /** Name in tmp. */
  readonly tmp: string;
  /** Name in cur, without the info part. */
  readonly base: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Bytes with CRLF. */
  readonly wire: number;
}

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Stores one message; gives its file name in cur. `received` becomes the file's time (IMAP: INTERNALDATE). Throws the
 * system's error, and then nothing is left in cur.
 */
export async function storeMessage(
  place: StorePlace,
  message: Buffer | AsyncIterable<Buffer>,
  flags: string,
  received: Date | undefined,
  tools: { readonly names: NameSource; readonly directorySync: DirectorySync },
): Promise<string> {
  const file = await writeMessage(place, message, received, tools.names);
  const name = `${file.base}:2,${cleanFlags(flags)}`;
  await publishFiles(place, [{ tmp: file.tmp, name }], tools.directorySync.sync);
  return name;
}

/** Writes a message to tmp and syncs it. Throws the error of the system or of the source; nothing is left then. */
export function writeMessage(
  place: StorePlace,
  message: Buffer | AsyncIterable<Buffer>,
  received: Date | undefined,
  names: NameSource,
): Promise<WrittenFile> {
  return writeFile(place, received, names, async (file) => {
    let size = 0;
    let lines = 0;
    let last = 10;
    const source = Buffer.isBuffer(message) ? [message] : message;
    const take = async (bytes: Buffer): Promise<void> => {
      await writeAll(file, bytes);
      size += bytes.length;
      lines += countLf(bytes);
      last = bytes.at(-1)!;
    };
    for await (const chunk of source) {
      const bytes = dropCr(chunk);
      if (bytes.length > 0) await take(bytes);
    }
    if (last !== 10) await take(Buffer.from('\n'));
    return { size, wire: size + lines };
  });
}

/** Makes a file in tmp, has it filled, syncs it and gives it its time. What fails leaves nothing. */
export async function writeFile(
  place: StorePlace,
  received: Date | undefined,
  names: NameSource,
  fill: (file: FileHandle) => Promise<{ readonly size: number; readonly wire: number }>,
): Promise<WrittenFile> {
  const unique = names.next();
  const tmp = `${place.path}/tmp/${unique}`;
  const file = await open(tmp, createFlags, 0o600);
  try {
    let sizes: { readonly size: number; readonly wire: number };
    try {
      if (process.geteuid?.() === 0) await file.chown(place.uid, place.gid);
      sizes = await fill(file);
      if (received) await file.utimes(received, received);
      await file.sync();
    } finally {
      await file.close();
    }
    return { tmp, base: withSizes(unique, sizes.size, sizes.wire), ...sizes };
  } catch (error) {
    await unlinkFile(tmp).catch(() => {});
    throw error;
  }
}

/** Moves files of tmp into cur under these names, all of them or, when that fails, none. */
export async function publishFiles(
  place: StorePlace,
  files: readonly { readonly tmp: string; readonly name: string }[],
  syncDirectory: (path: string) => Promise<unknown>,
  rename: (from: string, to: string) => Promise<void> = renameFile,
): Promise<void> {
  const moved = new Set<(typeof files)[number]>();
  try {
    await forEachWide(files, 8, async (file) => {
      await rename(file.tmp, `${place.path}/cur/${file.name}`);
      moved.add(file);
    });
    await syncDirectory(`${place.path}/cur`);
  } catch (error) {
    await forEachWide(files, 8, (file) =>
      unlinkFile(moved.has(file) ? `${place.path}/cur/${file.name}` : file.tmp).catch(() => {}),
    );
    throw error;
  }
}

export async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let at = 0;
  while (at < bytes.length) at += (await file.write(bytes, at)).bytesWritten;
}

/** The bytes without any CR; the same buffer when there is none. */
export function dropCr(bytes: Buffer): Buffer {
  let at = bytes.indexOf(13);
  if (at < 0) return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let from = 0;
  for (; at >= 0; at = bytes.indexOf(13, from)) {
    length += bytes.copy(out, length, from, at);
    from = at + 1;
  }
  length += bytes.copy(out, length, from);
  return out.subarray(0, length);
}

function countLf(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
