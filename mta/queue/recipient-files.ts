// What deliveries leave in the files of a message: the mark of a recipient that is done, one byte in place in local/ID or
// remote/ID, and the paragraph of one that failed, at the end of bounce/ID. Each is on disk when it resolves; those that
// come while the file is being flushed share the next flush, so that a list of 100,000 recipients costs no flush each.
import { constants } from 'node:fs';
import { addressToBytes } from '../formats/address-bytes.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { closeFile, createFile, errorCode, O_SYNC, openFile, syncFile, writeAll } from './files.ts';
import type { QueueLayout } from './layout.ts';

interface Batch<T> {
  readonly items: T[];
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** One flush of a file for all who wait for it. An error is everybody's: nobody's change may count then. */
class FileBatches<T> {
  readonly #flush: (path: string, items: readonly T[]) => Promise<void>;
  readonly #waiting = new Map<string, Batch<T>>();
  readonly #running = new Set<string>();

  constructor(flush: (path: string, items: readonly T[]) => Promise<void>) {
    this.#flush = flush;
  }

  add(path: string, item: T): Promise<void> {
    let batch = this.#waiting.get(path);
    if (!batch) {
      batch = { items: [], ...Promise.withResolvers<void>() };
      this.#waiting.set(path, batch);
    }
    batch.items.push(item);
    if (!this.#running.has(path)) void this.#run(path);
    return batch.promise;
  }

  async #run(path: string): Promise<void> {
    this.#running.add(path);
    for (let batch = this.#waiting.get(path); batch; batch = this.#waiting.get(path)) {
      this.#waiting.delete(path);
      await this.#flush(path, batch.items).then(batch.resolve, batch.reject);
    }
    this.#running.delete(path);
  }
}

/** Offsets of marks whose bytes are written at the same time. */
const writesAtOnce = 16;
const done = Buffer.from('D');

/** The files of one queue. */
export class RecipientFiles {
  readonly #layout: QueueLayout;
  readonly #directorySync: DirectorySync;
  readonly #marks = new FileBatches<number>((path, offsets) => this.#writeMarks(path, offsets));
  readonly #bounces = new FileBatches<string>((path, texts) => this.#writeBounces(path, texts));

  constructor(layout: QueueLayout, directorySync: DirectorySync) {
    this.#layout = layout;
    this.#directorySync = directorySync;
  }

  /** Marks the recipient at this offset done (security.md D3). */
  markDone(channel: 'local' | 'remote', id: string, offset: number): Promise<void> {
    return this.#marks.add(this.#layout.path(channel, id), offset);
  }

  /** Appends the paragraph of a failure to bounce/ID. */
  appendBounce(id: string, text: string): Promise<void> {
    return this.#bounces.add(this.#layout.path('bounce', id), text);
  }

  async #writeMarks(path: string, offsets: readonly number[]): Promise<void> {
    const isOne = offsets.length === 1;
    const fd = await openFile(path, constants.O_WRONLY | (isOne ? O_SYNC : 0));
    try {
      for (let at = 0; at < offsets.length; at += writesAtOnce)
        await Promise.all(offsets.slice(at, at + writesAtOnce).map((offset) => writeAll(fd, [done], offset)));
      if (!isOne) await syncFile(fd);
    } finally {
      await closeFile(fd);
    }
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
