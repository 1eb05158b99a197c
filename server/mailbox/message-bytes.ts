// The beginnings of many messages at once, for who asks for headers or small messages by the hundred: read inside the
// index worker, which knows where they are, with calls that wait (as the index's own database does), and handed over as one
// piece of memory. What was renamed meanwhile, is too large or is no message of this mailbox is left out: the asker opens
// that one by itself.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type AccountContext, messagePath } from './context.ts';
import { type FirstSight, fileAtSight } from './first-sight.ts';
import { findFolder } from './folders.ts';

/** Messages and bytes of one answer. */
export const mostMessages = 64;
const mostBytes = 4 * 1024 * 1024;

/** Bytes of several messages behind each other. */
export interface PackedMessages {
  readonly uids: readonly number[];
  /** Where each begins in `bytes`; one more for the end. */
  readonly starts: readonly number[];
  /** Bytes of each file. */
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array;
}

export interface BytesCalls {
  /** @param most bytes of each that are read */
  bytesRead(folder: string, uids: readonly number[], most: number): Promise<PackedMessages>;
}

export function createBytesCalls(context: AccountContext): BytesCalls {
  return {
    async bytesRead(name, uids, most) {
      const folder = findFolder(context, name);
      const found: { uid: number; size: number; start: number }[] = [];
      let bytes = Buffer.allocUnsafeSlow(256 * 1024);
      let end = 0;
      const wanted = folder === undefined ? [] : uids.slice(0, mostMessages);
      const rows = folder?.sight
        ? placesAtSight(folder.sight, wanted)
        : readPlaces(context, folder?.id ?? 0, wanted);
      for (const uid of wanted) {
        const row = rows.get(uid);
        if (row === undefined || end > mostBytes) continue;
        const file = openRegular(messagePath(context, folder!, row), context.uid);
        if (file === undefined) continue;
        try {
          const asked = Math.min(file.size, most);
          if (bytes.length - end < asked) {
            const grown = Buffer.allocUnsafeSlow(2 * (end + asked));
            bytes.copy(grown, 0, 0, end);
            bytes = grown;
          }
          let length = 0;
          while (length < asked) {
            const read = readSync(file.descriptor, bytes, end + length, asked - length, length);
            if (read === 0) break;
            length += read;
          }
          if (length < asked) continue;
          found.push({ uid, size: file.size, start: end });
          end += length;
        } finally {
          closeSync(file.descriptor);
        }
      }
      return {
        uids: found.map(({ uid }) => uid),
        starts: [...found.map(({ start }) => start), end],
        sizes: found.map(({ size }) => size),
        // A view: the memory behind it moves to the role as it is.
        bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, end),
      };
    },
  };
}

interface Place {
  readonly uid: number;
  readonly base: string;
  readonly info: string;
  readonly in_new: number;
}

/** Where the files of these UIDs are. Most ask for a run of UIDs: one walk along the index; scattered ones are looked up. */
function readPlaces({ db }: AccountContext, folder: number, uids: readonly number[]): Map<number, Place> {
  if (uids.length === 0) return new Map();
  const columns = 'SELECT uid, base, info, in_new FROM message WHERE folder = ? AND uid > 0';
  const first = Math.min(...uids);
  const last = Math.max(...uids);
  const rows =
    last - first < 4 * uids.length
      ? db.all<Place>(`${columns} AND uid BETWEEN ? AND ?`, folder, first, last)
      : uids.flatMap((uid) => db.all<Place>(`${columns} AND uid = ?`, folder, uid));
  return new Map(rows.map((row) => [row.uid, row]));
}

/** The same of a folder that is still on its way into the index. */
function placesAtSight(sight: FirstSight, uids: readonly number[]): Map<number, Place> {
  const places = new Map<number, Place>();
  for (const uid of uids) {
    const file = fileAtSight(sight, uid);
    if (file) places.set(uid, { uid, base: file.base, info: file.info, in_new: file.inNew ? 1 : 0 });
  }
  return places;
}

/** security.md F2: a regular file of the mailbox's owner, behind no link. */
function openRegular(
  path: string,
  uid: number,
): { readonly descriptor: number; readonly size: number } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const stats = fstatSync(descriptor);
  if (stats.isFile() && stats.uid === uid) return { descriptor, size: stats.size };
  closeSync(descriptor);
  return undefined;
}
