// The beginnings of many messages at once, for who asks for headers or small messages by the hundred: read inside the
// index worker, which knows where they are, with calls that wait (as the index's own database does), and handed over as one
// piece of memory. What was renamed meanwhile, is too large or is no message of this mailbox is left out: the asker opens
// that one by itself. Whole messages are given as they go over the wire: the role has nothing left to do than to write them.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { writeWire } from '../message/imap/line-ends.ts';
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

/** Whole messages behind each other, with CRLF. */
export interface PackedWholes {
  /** How many of the UIDs this is the answer for. */
  readonly asked: number;
  readonly uids: readonly number[];
  /** Where each begins in `bytes`; one more for the end. */
  readonly starts: readonly number[];
  /** Undefined: in the memory that the asker gave. */
  readonly bytes: Uint8Array | undefined;
}

/** Bytes of a message that is given whole, and of messages that are given together. */
const wholeMost = 256 * 1024;
const wholesTogether = 512 * 1024;
/** Memory for them; one is never too large for it. */
export const wholesRoom = wholesTogether + 2 * wholeMost;
/** Most messages are shorter than half of it. */
const oneMessage = 16 * 1024;

export interface BytesCalls {
  /** @param most bytes of each that are read */
  bytesRead(folder: string, uids: readonly number[], most: number): Promise<PackedMessages>;
  /** @param into memory of `wholesRoom` bytes that is used again and again */
  wholesRead(folder: string, uids: readonly number[], into?: SharedArrayBuffer): Promise<PackedWholes>;
}

export function createBytesCalls(context: AccountContext): BytesCalls {
  /** A message as its file has it. */
  let raw: Buffer | undefined;
  return {
    async wholesRead(name, uids, into) {
      const folder = findFolder(context, name);
      const rows = folder?.sight
        ? placesAtSight(folder.sight, uids)
        : readPlaces(context, folder?.id ?? 0, uids);
      raw ??= Buffer.allocUnsafeSlow(wholeMost);
      const found: number[] = [];
      const starts: number[] = [0];
      let bytes = into
        ? Buffer.from(into)
        : Buffer.allocUnsafeSlow(uids.length === 1 ? oneMessage : wholesRoom);
      let end = 0;
      let asked = 0;
      for (const uid of uids) {
        if (end >= wholesTogether) break;
        const row = rows.get(uid);
        const file = row && openRegular(messagePath(context, folder!, row), context.uid);
        asked += 1;
        if (file === undefined) continue;
        try {
          if (file.size > wholeMost) continue;
          // So long it is when each byte is the end of a line.
          if (bytes.length - end < 2 * file.size) {
            if (end > 0) {
              asked -= 1;
              break;
            }
            bytes = Buffer.allocUnsafeSlow(2 * file.size);
          }
          if (!readWhole(file.descriptor, raw, 0, file.size)) continue;
        } finally {
          closeSync(file.descriptor);
        }
        end += writeWire(raw.subarray(0, file.size), bytes, end);
        found.push(uid);
        starts.push(end);
      }
      const given = into ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, end);
      return { asked, uids: found, starts, bytes: given };
    },
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
          if (!readWhole(file.descriptor, bytes, end, asked)) continue;
          found.push({ uid, size: file.size, start: end });
          end += asked;
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

/** Reads so many bytes from the begin of a file to `at`. False: it has not so many. */
function readWhole(descriptor: number, bytes: Buffer, at: number, size: number): boolean {
  for (let length = 0; length < size; ) {
    const read = readSync(descriptor, bytes, at + length, size - length, length);
    if (read === 0) return false;
    length += read;
  }
  return true;
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
