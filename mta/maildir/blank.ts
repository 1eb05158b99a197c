// An empty file in tmp, made while its message is still on its way (from DATA on): making a file and giving it to its
// owner are two waits that the message is spared then. Whichever short letter for the same Maildir and owner is written
// next takes it; what none takes in time is removed, and what a crash leaves is old tmp, which every reader clears.
import type { MaildirAnchor } from './anchor.ts';
import { type Descriptor, dropFile, unlinkFile } from './calls.ts';

/** A file in tmp, open for synchronous writes and its owner's, without bytes yet. */
export interface CreatedFile {
  readonly base: string;
  readonly path: string;
  readonly descriptor: Descriptor;
}

/** Whose file it is to be. */
type Owner = { readonly uid: number; readonly gid: number } | undefined;

interface Blank {
  readonly owner: Owner;
  readonly work: Promise<{ readonly anchor: MaildirAnchor; readonly file: CreatedFile } | undefined>;
  readonly timer: NodeJS.Timeout;
}

/** Milliseconds that a file waits for its message. */
const patience = 2000;

/** Holds one such file: it is for a queue that is idle but for one message. */
export class BlankFile {
  #blank: Blank | undefined;

  /**
   * Makes one, unless one waits: those who send at once are not idle.
   * @param acquire opens the Maildir
   * @param create makes the file in its tmp
   */
  make(
    owner: Owner,
    acquire: () => Promise<MaildirAnchor>,
    create: (anchor: MaildirAnchor) => Promise<CreatedFile>,
  ): void {
    if (this.#blank) return;
    const work = async (): Promise<Awaited<Blank['work']>> => {
      const anchor = await acquire();
      try {
        return { anchor, file: await create(anchor) };
      } catch (error) {
        anchor.release();
        throw error;
      }
    };
    const timer = setTimeout(() => this.drop(), patience);
    timer.unref();
    // What goes wrong now goes wrong again in the delivery, which tells it.
    this.#blank = { owner, timer, work: work().catch(() => undefined) };
  }

  /** The file in the Maildir behind `anchor`, the caller's from now on; undefined: there is none for this owner. */
  async take(owner: Owner, anchor: MaildirAnchor): Promise<CreatedFile | undefined> {
    const blank = this.#blank;
    if (blank === undefined || blank.owner?.uid !== owner?.uid || blank.owner?.gid !== owner?.gid)
      return undefined;
    this.#blank = undefined;
    clearTimeout(blank.timer);
    const made = await blank.work;
    if (made === undefined) return undefined;
    try {
      if (made.anchor.tmp === anchor.tmp) return made.file;
      await remove(made.file);
      return undefined;
    } finally {
      made.anchor.release();
    }
  }

  /** Removes what nobody took. */
  drop(): void {
    const blank = this.#blank;
    if (blank === undefined) return;
    this.#blank = undefined;
    clearTimeout(blank.timer);
    void blank.work.then(async (made) => {
      if (made === undefined) return;
      await remove(made.file);
      made.anchor.release();
    });
  }
}

async function remove({ path, descriptor }: CreatedFile): Promise<void> {
  dropFile(descriptor);
  // Cleared after 36 hours when it cannot be removed now.
  await unlinkFile(path).catch(() => undefined);
}
