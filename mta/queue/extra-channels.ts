// The extra remote channels of a patched qmail (conf-channels, spec/qmail.md 2.1): queue/suppl0, suppl1 ... beside remote/,
// of the same form. We have one remote channel, so what waits in them is put into remote/ when the queue is opened, under
// its lock. Nothing is lost or doubled by a crash in between, and qmail-send of such a queue finds it in remote/.
import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { addressToBytes } from '../formats/address-bytes.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { decodeChannel } from './envelope.ts';
import {
  closeFile,
  createFile,
  type FileFacts,
  namesIn,
  readSmallFile,
  renameFile,
  setTimesOf,
  statFile,
  syncFile,
  unlinkFile,
  writeAll,
} from './files.ts';
import { isQueueName, type QueueLayout } from './layout.ts';

/** Names of the extra channels of a queue. */
export const listExtraChannels = async (queueDirectory: string): Promise<readonly string[]> =>
  (await namesIn(queueDirectory)).filter((name) => /^suppl\d{1,4}$/.test(name)).sort();

/** The files in them: by path, and of which message. */
export async function findExtraFiles(
  queueDirectory: string,
): Promise<readonly { readonly path: string; readonly id: string }[]> {
  const found: { path: string; id: string }[] = [];
  for (const channel of await listExtraChannels(queueDirectory)) {
    const parts = (await namesIn(`${queueDirectory}/${channel}`)).filter((name) => /^\d+$/.test(name));
    for (const part of parts) {
      const directory = `${queueDirectory}/${channel}/${part}`;
      for (const id of (await namesIn(directory)).filter(isQueueName))
        found.push({ path: `${directory}/${id}`, id });
    }
  }
  return found;
}

/**
 * Moves the recipients of the extra channels into remote/. The caller holds the queue's lock.
 */
export async function mergeExtraChannels(
  layout: QueueLayout,
  directorySync: DirectorySync,
  warn: (words: string) => void,
): Promise<void> {
  let moved = 0;
  for (const { path, id } of await findExtraFiles(layout.directory)) {
    const extra = await statFile(path);
    if (!extra?.isFile) continue;
    // S4: todo says everything, and preprocessing begins anew (qmail-todo: stale channel files are removed).
    if ((await statFile(layout.path('todo', id))) === undefined) {
      if ((await statFile(layout.path('info', id))) === undefined) {
        warn(`no info for ${path.slice(layout.directory.length + 1)}; left alone`);
        continue;
      }
      await mergeOne(layout, directorySync, { path, id, extra });
      moved++;
    }
    await unlinkFile(path);
    await directorySync.sync(dirname(path));
  }
  if (moved > 0) warn(`${moved} files of extra channels (suppl) are now in remote`);
}

async function mergeOne(
  layout: QueueLayout,
  directorySync: DirectorySync,
  { path, id, extra }: { readonly path: string; readonly id: string; readonly extra: FileFacts },
): Promise<void> {
  const target = layout.path('remote', id);
  const remote = await statFile(target);
  // With its mtime, the time of the next try.
  if (remote === undefined) await renameFile(path, target);
  else await appendRecipients(layout, { path, id, mtime: Math.min(extra.mtime, remote.mtime) });
  await directorySync.sync(layout.directoryOf('remote', id));
}

/** Writes remote/ID anew, complete before it takes the place of the old one. */
async function appendRecipients(
  layout: QueueLayout,
  { path, id, mtime }: { readonly path: string; readonly id: string; readonly mtime: number },
): Promise<void> {
  const target = layout.path('remote', id);
  const aside = `${layout.directoryOf('remote', id)}/extra.${id}`;
  const before = (await readSmallFile(target)) ?? Buffer.alloc(0);
  const more = (await readSmallFile(path)) ?? Buffer.alloc(0);
  await unlinkFile(aside);
  const fd = await createFile(aside, 0o600, layout.ownerOf('remote'), constants.O_SYNC);
  try {
    await writeAll(fd, [before, withoutThoseOf(before, more)]);
    await setTimesOf(fd, mtime);
    await syncFile(fd);
  } finally {
    await closeFile(fd);
  }
  await renameFile(aside, target);
}

/** A crash may have come after the rename: an address is on one channel only, so those that remote/ID has were moved. */
function withoutThoseOf(before: Buffer, more: Buffer): Buffer {
  try {
    const known = new Set(decodeChannel(before).map(({ address }) => address));
    const rest = decodeChannel(more).filter(({ address, done }) => !done && !known.has(address));
    return addressToBytes(rest.map(({ address }) => `T${address}\0`).join(''));
  } catch {
    // Damaged: not a byte of it is thrown away; it is told and held up as any damaged remote file is.
    return more;
  }
}
