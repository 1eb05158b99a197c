// What deliveries leave in the files of a message: the marks of recipients that are done, one byte in place in local/ID or
// remote/ID, and the paragraph of one that failed, at the end of bounce/ID. Each is on disk when it resolves. Marks come
// in batches (send/marks.ts), paragraphs that come while the file is being flushed share the next flush, so that a list
// of 100,000 recipients costs no flush each.
import { constants } from 'node:fs';
import { addressToBytes } from '../formats/address-bytes.ts';
import { readBytes } from '../maildir/calls.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { closeFile, createFile, errorCode, O_SYNC, openFile, syncData, writeAll } from './files.ts';
import type { QueueLayout } from './layout.ts';

interface Batch {
  readonly texts: string[];
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

const done = Buffer.from('D');
const marks = new Set(Buffer.from('TD'));

/** Marks whose records lie within so many bytes are written with one call. */
const stretchLimit = 65_536;

/** The files of one queue. */
export class RecipientFiles {
  readonly #layout: QueueLayout;
  readonly #directorySync: DirectorySync;
  /** Paragraphs that wait for the flush of their file to end, by its path. */
  readonly #waiting = new Map<string, Batch>();
  readonly #running = new Set<string>();

  constructor(layout: QueueLayout, directorySync: DirectorySync) {
    this.#layout = layout;
    this.#directorySync = directorySync;
  }

  /**
   * Marks the recipients at these offsets done (security.md D3). Nobody else writes that file meanwhile.
   * @throws the system's error, and when there is no mark at an offset; none of them may count then
   */
  async markDone(channel: 'local' | 'remote', id: string, offsets: readonly number[]): Promise<void> {
    const stretches = findStretches(offsets);
    if (stretches.length === 0) return;
    const isOne = stretches.length === 1;
    const fd = await openFile(
      this.#layout.path(channel, id),
      constants.O_RDWR | (isOne ? constants.O_DSYNC : 0),
    );
    try {
      for (const stretch of stretches) await writeMarks(fd, stretch);
      if (!isOne) await syncData(fd);
    } finally {
      await closeFile(fd);
    }
  }

  /** Appends the paragraph of a failure to bounce/ID. */
  appendBounce(id: string, text: string): Promise<void> {
    const path = this.#layout.path('bounce', id);
    let batch = this.#waiting.get(path);
    if (!batch) {
      batch = { texts: [], ...Promise.withResolvers<void>() };
      this.#waiting.set(path, batch);
    }
    batch.texts.push(text);
    if (!this.#running.has(path)) void this.#flush(path);
    return batch.promise;
  }

  /** One flush for all who wait for it. An error is everybody's. */
  async #flush(path: string): Promise<void> {
    this.#running.add(path);
    for (let batch = this.#waiting.get(path); batch; batch = this.#waiting.get(path)) {
      this.#waiting.delete(path);
      await this.#writeBounces(path, batch.texts).then(batch.resolve, batch.reject);
    }
    this.#running.delete(path);
  }

  async #writeBounces(path: string, texts: readonly string[]): Promise<void> {
    const fd = await this.#openBounce(path);
    try {
      await writeAll(fd, [addressToBytes(texts.join(''))]);
    } finally {
      await closeFile(fd);
    }
    await this.#directorySync.sync(path.slice(0, path.lastIndexOf('/')));
  }

  async #openBounce(path: string): Promise<number> {
    const flags = constants.O_APPEND | O_SYNC;
    try {
      return await openFile(path, constants.O_WRONLY | flags);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      return createFile(path, 0o600, this.#layout.ownerOf('bounce'), flags);
    }
  }
}

/** Offsets in rising order, those that lie near each other together. */
export function findStretches(offsets: readonly number[]): number[][] {
  const stretches: number[][] = [];
  for (const offset of [...offsets].sort((one, other) => one - other)) {
    const last = stretches.at(-1);
    if (last && offset - last[0]! < stretchLimit) last.push(offset);
    else stretches.push([offset]);
  }
  return stretches;
}

/** Of several marks the bytes between are written again as they are: a call for each would cost more than the disk. */
async function writeMarks(fd: number, offsets: readonly number[]): Promise<void> {
  const [first = 0] = offsets;
  if (offsets.length === 1) return writeAll(fd, [done], first);
  const bytes = Buffer.allocUnsafe(offsets.at(-1)! - first + 1);
  const read = await readBytes(fd, bytes, first);
  for (const offset of offsets) {
    if (offset - first >= read || !marks.has(bytes[offset - first]!))
      throw new Error(`no recipient at ${offset}`);
    bytes[offset - first] = done[0]!;
  }
  await writeAll(fd, [bytes], first);
}
