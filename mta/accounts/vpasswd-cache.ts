// The vpasswd texts of a process's domains, each with its index (vpasswd-index.ts) for as long as the file is the same:
// whoever changes it, by whatever way, is noticed at the next question. A change of our own tells what it did, and the
// index follows without another look. Nothing but the indexes is held; a question opens the file and closes it.
import { CachedPaths } from '../control/cached-file.ts';
import { sourceOfBytes } from '../formats/byte-source.ts';
import { stampOf } from './durable.ts';
import type { OpenedFile, TextChange } from './vpasswd.ts';
import { openToRead } from './vpasswd.ts';
import { VpasswdIndex } from './vpasswd-index.ts';
import { VpasswdReader } from './vpasswd-reader.ts';

/** A file that is younger may still change within one tick of its clock, and look the same. */
const SETTLED_MS = 100;
/** Domains whose index is held. */
const DOMAINS = 20;

export class VpasswdCache {
  readonly #texts = new CachedPaths((path) => new CachedText(path), DOMAINS);

  /** Asks something of the text as it is now; none yet is an empty one. The reader ends with the answer. */
  async read<T>(path: string, ask: (reader: VpasswdReader) => T | Promise<T>): Promise<T> {
    const opened = await this.#texts.get(path).open();
    try {
      return await ask(opened.reader);
    } finally {
      await opened.close();
    }
  }

  /** For a question that is asked bit by bit; the caller closes it. */
  open(path: string): Promise<OpenedText> {
    return this.#texts.get(path).open();
  }

  /** A change was made in this process. */
  follow(path: string, change: TextChange): void {
    this.#texts.get(path).follow(change);
  }
}

export interface OpenedText {
  readonly reader: VpasswdReader;
  close(): Promise<void>;
}

class CachedText {
  readonly #path: string;
  #kept: { readonly stamp: string; readonly index: VpasswdIndex } | undefined;
  /** A look at the file that is under way, for others who ask. */
  #looking: { readonly stamp: string; readonly index: Promise<VpasswdIndex> } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<OpenedText> {
    const file = await openToRead(this.#path);
    if (file === undefined) {
      const none = sourceOfBytes(Buffer.alloc(0));
      return { reader: new VpasswdReader(none, await VpasswdIndex.of(none)), close: async () => undefined };
    }
    try {
      const reader = new VpasswdReader(file.source, await this.#indexOf(file));
      return { reader, close: () => file.file.close() };
    } catch (error) {
      await file.file.close();
      throw error;
    }
  }

  follow({ before, after, ...splice }: TextChange): void {
    // Of a file that we have just put in place under its lock: the stamp is of these bytes, young as it is.
    const index = this.#kept?.stamp === before ? this.#kept.index.splice(splice) : undefined;
    // What we knew is of an older text; much of it is in this one too.
    this.#kept = index ? { stamp: after, index } : this.#kept && { ...this.#kept, stamp: '' };
  }

  async #indexOf(file: OpenedFile): Promise<VpasswdIndex> {
    const stamp = stampOf(file.stats);
    if (this.#kept?.stamp === stamp) return this.#kept.index;
    if (this.#looking?.stamp !== stamp) {
      const looking = { stamp, index: VpasswdIndex.of(file.source, this.#kept?.index) };
      this.#looking = looking;
      const end = (): void => {
        if (this.#looking === looking) this.#looking = undefined;
      };
      looking.index.then(end, end);
    }
    const isSettled = Math.abs(Date.now() - Number(file.stats.ctimeNs / 1_000_000n)) >= SETTLED_MS;
    const index = await this.#looking.index;
    if (isSettled) this.#kept = { stamp, index };
    return index;
  }
}
