// Messages out of uploaded files: an mbox, a ZIP of messages and mboxes, or single messages, known by their first bytes
// and not by their names. Each comes with the date that is known best, and those that are no message are told by number.
// Streamed: one message in memory at a time. Bounds against archives that swell are the ZIP reader's.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { fromLine, MboxFault, readMbox } from '../../transfer/mbox.ts';
import { openZip, ZipFault, type ZipFile } from '../../zip/zip-reader.ts';
import { readFolderName } from '../folders/names.ts';
import type { UploadedFile } from './upload.ts';

/** A message on its way in; without `message` it could not be read. */
export interface Arriving {
  /** Its folder in the archive, in our names; '' when the file has none. */
  readonly folder: string;
  readonly message: Buffer | undefined;
  readonly flags: string;
  readonly keywords: readonly string[];
  /** Milliseconds since 1970; undefined: nothing tells. */
  readonly received: number | undefined;
}

/** Bytes of one message; a larger one is no mail. */
const largest = 128 * 1_048_576;
const zipLimits = { entries: 500_000, entry: largest, total: 16 * 1024 * 1_048_576 };

const unreadable: Arriving = { folder: '', message: undefined, flags: '', keywords: [], received: undefined };

/** Does it begin with a header field (RFC 5322 2.2)? */
export const isMessage = (bytes: Buffer): boolean =>
  /^[!-9;-~]{1,200}[ \t]*:/.test(bytes.toString('latin1', 0, 300));

/** A field of the header, unfolded; '' when it has none. */
export function headerField(message: Buffer, name: string): string {
  const head = message.toString('latin1', 0, 65_536);
  const end = /\r?\n\r?\n/.exec(head)?.index ?? head.length;
  const found = new RegExp(`^${name}[ \\t]*:((?:[^\\r\\n]|\\r?\\n[ \\t])*)`, 'im').exec(head.slice(0, end));
  return found?.[1]?.replace(/\r?\n/g, '').trim() ?? '';
}

/** When it was received, as its own header tells: the last host's stamp, else the sender's date. */
export function dateOf(message: Buffer): number | undefined {
  const stamps = [headerField(message, 'Received').replace(/^.*;/s, ''), headerField(message, 'Date')];
  for (const stamp of stamps) {
    const time = Date.parse(stamp.replace(/\([^()]*\)/g, ' ').trim());
    if (Number.isFinite(time) && time > 0) return time;
  }
  return undefined;
}

const single = (folder: string, bytes: Buffer, received: number | undefined): Arriving =>
  isMessage(bytes)
    ? { folder, message: bytes, flags: 'S', keywords: [], received: received ?? dateOf(bytes) }
    : { ...unreadable, folder };

/** Our name of the directory of an entry; '' for one that cannot be a folder. */
function folderOf(name: string): string {
  const path = name.split('/').slice(0, -1).join('/');
  if (/^inbox$/i.test(path)) return 'INBOX';
  const read = readFolderName(path, '');
  return 'name' in read ? read.name : '';
}

/** Messages of an mbox; one that is none ends as one message that could not be read. */
async function* ofMbox(chunks: AsyncIterable<Buffer>, folder: string): AsyncGenerator<Arriving> {
  try {
    for await (const { message, flags, keywords, received } of readMbox(chunks, largest))
      yield isMessage(message)
        ? { folder, message, flags, keywords, received: received ?? dateOf(message) }
        : { ...unreadable, folder };
  } catch (error) {
    if (!(error instanceof MboxFault || error instanceof ZipFault)) throw error;
    yield { ...unreadable, folder };
  }
}

async function* ofZip(zip: ZipFile): AsyncGenerator<Arriving> {
  for (const entry of zip.entries) {
    // Directories, and what Apple's archiver adds.
    if (/(?:^|\/)(?:__MACOSX|\.DS_Store|\._[^/]*)(?:\/|$)|\/$/.test(entry.name)) continue;
    const isMbox = /\.(?:mbox|mbx)$|(?:^|\/)mbox$/i.test(entry.name);
    // Contacts and settings that lie beside the mail in archives of ours.
    if (!isMbox && !/\.(?:eml|msg|txt|emlx)$|(?:^|\/)[^.]*$/i.test(entry.name)) continue;
    const folder = folderOf(entry.name);
    if (isMbox) {
      yield* ofMbox(zip.stream(entry), folder);
      continue;
    }
    try {
      yield single(folder, await zip.read(entry), entry.received);
    } catch (error) {
      if (!(error instanceof ZipFault)) throw error;
      yield { ...unreadable, folder };
    }
  }
}

/** Messages of one uploaded file. @throws ZipFault when an archive cannot be read at all */
export async function* readArriving(file: UploadedFile): AsyncGenerator<Arriving> {
  const handle = await open(file.path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1000), 0, 1000, 0);
    const start = buffer.subarray(0, bytesRead);
    if (start.subarray(0, 2).toString('latin1') === 'PK') {
      yield* ofZip(await openZip(handle, zipLimits));
    } else if (fromLine.test(start.toString('latin1').trimStart())) {
      yield* ofMbox(createReadStream(file.path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>, '');
    } else {
      yield file.size > largest ? unreadable : single('', await handle.readFile(), undefined);
    }
  } finally {
    await handle.close();
  }
}
