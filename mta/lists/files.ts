// Files of a list directory as they are read: settings as lines (ezmlm-idx 7 lib/getconf), texts whole. A file that is not
// in the directory is looked for in the directory that DIR/ezmlmrc names, and in /etc/ezmlm/default (ezmlm(5) TEXT).
// Links are followed: lists share their texts that way, and we read with the rights of the list's owner.
// All is byte strings (latin1), since texts are in the list's own charset; addresses become UTF-8 where they are used.
import { constants } from 'node:fs';
import { join } from 'node:path';
import {
  type Descriptor,
  dropFile,
  errorCode,
  openFile,
  readBytes,
  readWhole,
  statFile,
  statPath,
} from '../maildir/calls.ts';
import { ListError, systemError } from './errors.ts';

/** Bytes of a file that may be read; more is no setting and no text. */
const MOST_BYTES = 1 << 20;

/** Bytes of a letter that are read at once. */
const CHUNK = 65_536;

const missing = new Set(['ENOENT', 'ENOTDIR']);

/** Reads a file as latin1. Undefined: there is none. @throws ListError 111 */
export async function readListFile(path: string): Promise<string | undefined> {
  try {
    // O_NONBLOCK: a FIFO must not hold us.
    const descriptor = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await statFile(descriptor);
      if (!stats.isFile()) throw new ListError(111, `${path} is not a file`);
      if (stats.size > MOST_BYTES) throw new ListError(111, `${path} is larger than ${MOST_BYTES} bytes`);
      return (await readWhole(descriptor, MOST_BYTES)).toString('latin1');
    } finally {
      dropFile(descriptor);
    }
  } catch (error) {
    if (missing.has(errorCode(error))) return undefined;
    throw systemError(`unable to read ${path}`, error);
  }
}

/** An open file from its first byte on, never all of it at once. Rejects with system errors. */
export async function* readChunks(descriptor: Descriptor): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const bytes = await readBytes(descriptor, chunk, at);
    if (bytes === 0) return;
    at += bytes;
    yield chunk.subarray(0, bytes);
  }
}

/** Is something of this name there? @throws ListError 111 when that cannot be told */
export async function isPresent(path: string): Promise<boolean> {
  try {
    await statPath(path);
    return true;
  } catch (error) {
    if (missing.has(errorCode(error))) return false;
    throw systemError(`unable to look at ${path}`, error);
  }
}

/** Directories in which a list's files are looked for, in order. */
export type Places = readonly [directory: string, ...others: string[]];

/** The first of `name` in these places. */
export async function readFromPlaces(places: Places, name: string): Promise<string | undefined> {
  for (const place of places) {
    const text = await readListFile(join(place, name));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Lines that count: no comments, no empty ones, blanks at the end removed. Pure. */
export function settingLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/[ \t\r]+$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Byte string to text: UTF-8 where it is, else as latin1. Pure. */
export function fromBytes(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text;
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? text : decoded;
}

/** Text to byte string: its UTF-8. Pure. */
export const toBytes = (text: string): string =>
  /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
