// Messages that somebody keeps from being tried: queue/hold/ID, a folder that qmail's programs do not look at (they try
// such a message like any other). The marker outlives a stop and a crash. Message numbers come again, so it names its
// message by size and mtime of mess/ID, as dsn/ID does, and one that fits no message is removed at the start. Time goes on
// for a held message, but only a try gives it up: it stays for as long as it is held, and once released it is tried again.
import { makeDirectory } from '../maildir/calls.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { identifyMessage, isSameMessage } from './dsn-file.ts';
import {
  closeFile,
  createFile,
  errorCode,
  namesIn,
  O_SYNC,
  readSmallFile,
  unlinkFile,
  writeAll,
} from './files.ts';
import { isQueueName, type QueueLayout } from './layout.ts';

/** The folder hold/ of an open, locked queue. */
export class Holds {
  readonly #layout: QueueLayout;
  readonly #directorySync: DirectorySync;
  readonly #ids = new Set<string>();

  private constructor(layout: QueueLayout, directorySync: DirectorySync) {
    this.#layout = layout;
    this.#directorySync = directorySync;
  }

  static async open(layout: QueueLayout, directorySync: DirectorySync): Promise<Holds> {
    const holds = new Holds(layout, directorySync);
    for (const id of (await namesIn(holds.#directory)).filter(isQueueName)) {
      if (await isMarkerOf(layout, id)) holds.#ids.add(id);
      else await unlinkFile(layout.path('hold', id));
    }
    return holds;
  }

  get #directory(): string {
    return `${this.#layout.directory}/hold`;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Holds a message; on disk when it resolves. @returns false when there is no such message */
  async add(id: string): Promise<boolean> {
    const identity = await identifyMessage(this.#layout.path('mess', id));
    if (identity === undefined) return false;
    await makeDirectory(this.#directory, 0o700).then(
      () => this.#directorySync.sync(this.#layout.directory),
      (error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error;
      },
    );
    const path = this.#layout.path('hold', id);
    await unlinkFile(path);
    const fd = await createFile(path, 0o600, this.#layout.ownerOf('mess'), O_SYNC);
    try {
      await writeAll(fd, [Buffer.from(`${identity.size} ${identity.mtime}\n`)]);
    } finally {
      await closeFile(fd);
    }
    await this.#directorySync.sync(this.#directory);
    this.#ids.add(id);
    return true;
  }

  /** Holds it no longer; a power cut right after may bring the marker back. */
  async remove(id: string): Promise<void> {
    if (this.#ids.delete(id)) await unlinkFile(this.#layout.path('hold', id));
  }
}

async function isMarkerOf(layout: QueueLayout, id: string): Promise<boolean> {
  const text = (await readSmallFile(layout.path('hold', id)))?.toString('latin1') ?? '';
  const [, size, mtime] = /^(\d{1,19}) (\d{1,19})\n$/.exec(text) ?? [];
  const identity = await identifyMessage(layout.path('mess', id));
  if (size === undefined || mtime === undefined || identity === undefined) return false;
  return isSameMessage({ size: BigInt(size), mtime: BigInt(mtime) }, identity);
}
