// Storing a message of our own (draft, sent copy, import) in a folder, durably, straight into cur with its flags.
// Order as for a delivery (spec/maildir-imap.md 1.7): tmp exclusively, write, fsync, close, link, fsync of cur, unlink
// of tmp; only then is the name given. CRLF becomes LF, as everything in a Maildir has it. Sizes go into the name.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode, linkFile, renameFile, unlinkFile } from '../../mta/maildir/calls.ts';
import type { DirectorySync } from '../../mta/maildir/directory-sync.ts';
import { countBareLf, type NameSource, withSizes } from '../../mta/maildir/name.ts';
import { cleanFlags } from './names.ts';

export interface StorePlace {
  /** Directory of the folder. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Stores a message; gives its file name in cur. `received` becomes the file's time (IMAP: INTERNALDATE). Throws the
 * system's error, and then nothing is left in cur.
 */
export async function storeMessage(
  place: StorePlace,
  message: Buffer | AsyncIterable<Buffer>,
  flags: string,
  received: Date | undefined,
  tools: { readonly names: NameSource; readonly directorySync: DirectorySync },
): Promise<string> {
  const base = tools.names.next();
  const tmp = `${place.path}/tmp/${base}`;
  const file = await open(
    tmp,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  let linked = '';
  try {
    let size = 0;
    let lines = 0;
    try {
      if (process.geteuid?.() === 0) await file.chown(place.uid, place.gid);
      for await (const chunk of withLf(Buffer.isBuffer(message) ? [message] : message)) {
        await writeAll(file, chunk);
        size += chunk.length;
        lines += countBareLf(chunk, 0);
      }
      if (received) await file.utimes(received, received);
      await file.sync();
    } finally {
      await file.close();
    }
    const name = `${withSizes(base, size, size + lines)}:2,${cleanFlags(flags)}`;
    const target = `${place.path}/cur/${name}`;
    try {
      await linkFile(tmp, target);
      linked = target;
      await tools.directorySync.sync(`${place.path}/cur`);
      // What stays in tmp after a failure here is swept after 36 hours.
      await unlinkFile(tmp).catch(() => {});
    } catch (error) {
      // File systems without hard links. The name is new, so nothing is overwritten.
      if (linked || !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'].includes(errorCode(error)))
        throw error;
      await renameFile(tmp, target);
      linked = target;
      await tools.directorySync.sync(`${place.path}/cur`);
    }
    return name;
  } catch (error) {
    if (linked) await unlinkFile(linked).catch(() => {});
    await unlinkFile(tmp).catch(() => {});
    throw error;
  }
}

async function writeAll(file: import('node:fs/promises').FileHandle, chunk: Buffer): Promise<void> {
  let at = 0;
  while (at < chunk.length) at += (await file.write(chunk, at)).bytesWritten;
}

/** The same bytes with CRLF as LF, across chunk borders; a CR alone stays. */
export async function* withLf(source: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let heldCr = false;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    if (!heldCr && !chunk.includes(13)) {
      yield chunk;
      continue;
    }
    const out = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (heldCr && byte !== 10) out[length++] = 13;
      heldCr = byte === 13;
      if (!heldCr) out[length++] = byte;
    }
    yield out.subarray(0, length);
  }
  if (heldCr) yield Buffer.from([13]);
}
