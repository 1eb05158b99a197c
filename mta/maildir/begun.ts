// A copy that is begun before its message is durable in the queue: written into tmp, where nobody looks, while the queue's
// journal is on its way to disk. The delivery of the same message takes it over, so both waits are one; it alone puts the
// file into new. What no delivery takes is removed; what a crash leaves is old tmp, which every reader clears.
import type { MaildirAnchor } from './anchor.ts';
import { unlinkFile } from './calls.ts';

/** A file in tmp with all its bytes on disk; its name in new is the caller's to make. */
export interface WrittenFile {
  readonly base: string;
  readonly path: string;
  /** Size with CRLF line ends. */
  readonly wireSize: number;
  /** The close, which tells write errors late on NFS. */
  readonly closed: Promise<void>;
}

/** What makes a copy the same: the very message in memory, and where and how it is stored. */
export interface CopyKey {
  readonly home: string;
  readonly maildir: string;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly prefix: Buffer;
  readonly message?: Buffer | undefined;
}

interface Begun {
  readonly key: CopyKey;
  readonly work: Promise<{ readonly anchor: MaildirAnchor; readonly file: WrittenFile } | undefined>;
  timer: NodeJS.Timeout;
}

/** Milliseconds that a copy waits for its delivery. */
const patience = 2000;

const isSame = (a: CopyKey, b: CopyKey): boolean =>
  a.message === b.message &&
  a.home === b.home &&
  a.maildir === b.maildir &&
  a.owner?.uid === b.owner?.uid &&
  a.owner?.gid === b.owner?.gid &&
  a.prefix.equals(b.prefix);

/** Holds one begun copy: it is for a queue that is idle but for this message. */
export class BegunCopy {
  #begun: Begun | undefined;

  /**
   * @param acquire opens the Maildir
   * @param write puts the whole copy into its tmp
   */
  begin(
    key: CopyKey,
    acquire: () => Promise<MaildirAnchor>,
    write: (anchor: MaildirAnchor) => Promise<WrittenFile>,
  ): void {
    this.drop();
    const work = async (): Promise<Awaited<Begun['work']>> => {
      const anchor = await acquire();
      try {
        return { anchor, file: await write(anchor) };
      } catch (error) {
        anchor.release();
        throw error;
      }
    };
    const timer = setTimeout(() => this.drop(), patience);
    timer.unref();
    // What goes wrong now goes wrong again in the delivery, which tells it.
    this.#begun = { key, timer, work: work().catch(() => undefined) };
  }

  /** The copy of this message, when it was begun in the Maildir behind `anchor`; the caller's from now on. */
  async take(key: CopyKey, anchor: MaildirAnchor): Promise<WrittenFile | undefined> {
    const begun = this.#begun;
    if (begun === undefined || key.message === undefined || !isSame(begun.key, key)) return undefined;
    this.#begun = undefined;
    clearTimeout(begun.timer);
    const copy = await begun.work;
    if (copy === undefined) return undefined;
    try {
      if (copy.anchor.tmp === anchor.tmp) return copy.file;
      await unlinkFile(copy.file.path).catch(() => undefined);
      return undefined;
    } finally {
      copy.anchor.release();
    }
  }

  /** Removes what nobody took. */
  drop(): void {
    const begun = this.#begun;
    if (begun === undefined) return;
    this.#begun = undefined;
    clearTimeout(begun.timer);
    void begun.work.then(async (copy) => {
      if (copy === undefined) return;
      // Cleared after 36 hours when it cannot be removed now.
      await unlinkFile(copy.file.path).catch(() => undefined);
      copy.anchor.release();
    });
  }
}
