// A copy of one message file, for COPY: bytes, time and owner as they are, written to tmp and synced, so that nothing is
// seen before the caller gives it its name (spec/maildir-imap.md 1.7). The bytes are never in memory whole, and a long
// message lets others have their turn. Only the sync waits for the disk, in the thread pool: many copies wait together.
import { constants } from 'node:fs';
import { type Descriptor, dropFile, syncFile, unlinkFile } from '../../mta/maildir/calls.ts';
import { withSizes } from '../../mta/maildir/name.ts';
import type { StorePlace, WrittenFile } from './append.ts';
import { yieldTurn } from './context.ts';
import type { FileCalls } from './file-calls.ts';

const chunkSize = 131_072;
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Copies an open file into tmp of a folder under `unique`. Undefined: it is no file of the owner. Throws the system's
 * error, and then nothing is left. `source` stays open.
 * @param time other than its own
 */
export async function copyFile(
  calls: FileCalls,
  source: Descriptor,
  place: StorePlace,
  unique: string,
  time?: Date,
): Promise<WrittenFile | undefined> {
  const stats = await calls.stat(source);
  if (!stats.isFile() || stats.uid !== place.uid) return undefined;
  const tmp = `${place.path}/tmp/${unique}`;
  const file = await calls.open(tmp, createFlags, 0o600);
  try {
    let sizes: Sizes;
    try {
      if (process.geteuid?.() === 0) await calls.setOwner(file, place.uid, place.gid);
      sizes = await copyBytes(calls, source, file, stats.size);
      await calls.setTime(file, time ?? stats.mtime);
      await syncFile(file);
    } catch (error) {
      dropFile(file);
      throw error;
    }
    await calls.close(file);
    return { tmp, base: withSizes(unique, sizes.size, sizes.wire), ...sizes };
  } catch (error) {
    await unlinkFile(tmp).catch(() => {});
    throw error;
  }
}

type Sizes = Pick<WrittenFile, 'size' | 'wire'>;

/** Copies as it stands: also a file with CRLF stays as it is. `wire`: with every line ended by CRLF. */
async function copyBytes(
  calls: FileCalls,
  from: Descriptor,
  to: Descriptor,
  expected: number,
): Promise<Sizes> {
  const buffer = Buffer.allocUnsafe(Math.min(chunkSize, expected + 1));
  let size = 0;
  let wire = 0;
  let before = 0;
  for (;;) {
    const bytesRead = await calls.read(from, buffer, size);
    if (bytesRead === 0) return { size, wire };
    const chunk = buffer.subarray(0, bytesRead);
    await calls.write(to, chunk);
    size += bytesRead;
    wire += bytesRead;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      if ((at === 0 ? before : chunk[at - 1]) !== 13) wire += 1;
    }
    before = chunk[bytesRead - 1]!;
    if (bytesRead < buffer.length && size >= expected) return { size, wire };
    await yieldTurn();
  }
}
