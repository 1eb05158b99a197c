// One message entering the queue (S1 to S4): qmail-queue's work. The order of operations is security.md D1:
//   create pid/x, take its inode number, link it to mess/N, unlink pid/x, write, fsync, fsync of the directory of mess/N,
//   create intd/N, write, fsync; dsn/N if the sender has wishes; rename intd/N to todo/N (the commit point), fsync of todo;
//   only then K.
// A message that is not finished leaves nothing behind that could be delivered. Bytes go to disk as they come;
// a short message also stays in memory for its first delivery.

import type { ExpectedLetter } from '../delivery.ts';
import { formatQmailDate } from '../formats/date.ts';
import { type DsnRequest, hasWishes } from '../formats/dsn.ts';
import type { Injection, Origin } from '../inject/types.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';
import { claimMessageFile } from './claim.ts';
import type { DsnFiles } from './dsn-file.ts';
import { encodeTodo } from './envelope.ts';
import {
  closeFile,
  createFile,
  errorCode,
  O_SYNC,
  renameFile,
  syncFile,
  unlinkFile,
  writeAll,
} from './files.ts';
import type { Journal } from './journal.ts';
import type { QueueLayout } from './layout.ts';
import { nextQp } from './qp.ts';

/** A message that has just become durable. */
export interface QueuedMessage {
  readonly id: string;
  /** Size of mess/ID in bytes, the queue's Received line included. */
  readonly size: number;
  readonly uid: number;
  /** From the network, of somebody who logged in or may relay. Known only while this process runs. */
  readonly isOfSite: boolean;
  readonly qp: string;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Arrival, seconds since 1970. */
  readonly birth: number;
  /** The bytes of mess/ID when they are still in memory. */
  readonly message: Buffer | undefined;
  /** Where it is durable: in todo (S4), or in the journal, with all its bytes in memory. */
  readonly state: 'S4' | 'journal';
}

export interface EntryOptions {
  readonly layout: QueueLayout;
  readonly directorySync: DirectorySync;
  readonly pidPath: string;
  /** Every name in mess/ is its file's inode number. */
  readonly isConsistent: boolean;
  readonly origin: Origin;
  /** Of the one who injects. */
  readonly uid: number;
  readonly keepInMemory: number;
  readonly onQueued: (message: QueuedMessage) => void;
  /** Called when a message for one recipient begins to come, and again when it begins to become durable. */
  readonly onExpected: ((letter: ExpectedLetter) => void) | undefined;
  /** The message was refused, but could not be taken out of todo. */
  readonly onLeft: () => void;
  /** Called before todo/ID appears, so that nobody takes it for a stranger's; `onQueued` or this with false follows. */
  readonly onCommitting: (id: string, committing: boolean) => void;
  /** Letters for one recipient that fit in memory go here first, when there is one. */
  readonly journal: Journal | undefined;
  readonly dsn: DsnFiles;
}

/** qmail-queue refuses addresses above this, counted with the closing NUL (spec/qmail.md 1.3). */
const addressLimit = 1003;
/** Bytes that wait in memory before they are written. */
const writeAt = 64 * 1024;
const waitAt = 256 * 1024;

/** Resolves when all that can go on without waiting has gone on. */
const afterMicrotasks = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** The queue's side of an injection. */
export class EntryWriter implements Injection {
  readonly #options: EntryOptions;
  #fd: number | undefined;
  #id = '';
  readonly #qp = nextQp();
  #birth = 0;
  #size = 0;
  /** Bytes not yet on their way to disk. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** All bytes so far, as long as they are few. */
  #kept: Buffer[] | undefined = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #over = false;
  /** Every write goes to disk by itself. */
  #isSynced = false;

  constructor(options: EntryOptions) {
    this.#options = options;
  }

  write(chunk: Buffer): boolean {
    if (this.#over || this.#failure !== undefined) return true;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= this.#patience) this.#startWriting();
    return this.#waitingBytes < waitAt;
  }

  /** A message that may yet go to the journal waits for its end; begun on disk, it is an ordinary entry. */
  get #patience(): number {
    const { journal, keepInMemory } = this.#options;
    return journal && this.#fd === undefined && !this.#writing ? Math.min(keepInMemory, waitAt) : writeAt;
  }

  expect(sender: string, recipient: string): void {
    if (this.#options.journal) this.#options.onExpected?.({ sender, recipient, message: undefined });
  }

  async drained(): Promise<void> {
    while (this.#waitingBytes >= waitAt && this.#failure === undefined) {
      this.#startWriting();
      await this.#writing;
    }
  }

  #startWriting(): void {
    if (this.#writing || this.#failure !== undefined) return;
    this.#writing = this.#writeOut().then(
      () => {
        this.#writing = undefined;
        if (this.#waitingBytes >= writeAt) this.#startWriting();
      },
      (error: unknown) => {
        this.#failure = error;
        this.#writing = undefined;
        this.#waiting = [];
        this.#waitingBytes = 0;
      },
    );
  }

  async #writeOut(): Promise<void> {
    if (this.#fd === undefined) await this.#create();
    const chunks = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const chunk of chunks) this.#size += chunk.length;
    if (this.#kept && this.#size <= this.#options.keepInMemory) this.#kept.push(...chunks);
    else this.#kept = undefined;
    await writeAll(this.#fd as number, chunks);
  }

  /** pid/x, its inode number, mess/N, and the queue's own Received line as the first bytes. */
  async #create(): Promise<void> {
    const { layout, pidPath, origin, isConsistent } = this.#options;
    // A message that is complete before its file is made is written by one call.
    this.#isSynced = this.#over;
    const { id, fd } = await claimMessageFile(layout, pidPath, isConsistent, this.#isSynced ? O_SYNC : 0);
    this.#id = id;
    this.#fd = fd;
    this.#addReceived(origin);
  }

  /** qmail-queue: `(qmail PID invoked by uid N)`. */
  #addReceived(origin: Origin): void {
    this.#birth = Math.floor(Date.now() / 1000);
    const by = originWords(origin);
    this.#waiting.unshift(
      Buffer.from(`Received: (qmail ${this.#qp} invoked ${by}); ${formatQmailDate(this.#birth)}\n`),
    );
  }

  /** The short way: durable with the next flush of the journal. */
  async #commitToJournal(journal: Journal, sender: string, recipients: readonly string[]): Promise<Outcome> {
    const { origin, onQueued, onExpected } = this.#options;
    const id = journal.nextId();
    this.#addReceived(origin);
    const message = Buffer.concat(this.#waiting);
    const [recipient] = recipients;
    if (recipient !== undefined) onExpected?.({ sender, recipient, message });
    const { uid } = this.#options;
    await journal.append({ id, message, envelope: encodeTodo({ uid, pid: this.#qp, sender, recipients }) });
    onQueued({
      id,
      size: message.length,
      uid,
      isOfSite: this.#options.origin === 'relay',
      qp: this.#qp,
      sender,
      recipients,
      birth: this.#birth,
      message,
      state: 'journal',
    });
    await afterMicrotasks();
    return success(`ok ${this.#birth} qp ${this.#qp}`);
  }

  async finish(sender: string, recipients: readonly string[], dsn?: DsnRequest): Promise<Outcome> {
    if (this.#over) return temporary('qq internal bug (#4.3.0)');
    this.#over = true;
    const refusal = checkEnvelope(sender, recipients);
    try {
      while (this.#writing) await this.#writing;
      if (this.#failure !== undefined) throw this.#failure;
      if (refusal) return refusal;
      const { journal, keepInMemory } = this.#options;
      const wishes = dsn && hasWishes(dsn) ? dsn : undefined;
      const isShort = this.#fd === undefined && this.#waitingBytes <= keepInMemory;
      // Wishes about notifications live in a file beside an ordinary entry.
      if (journal && isShort && recipients.length === 1 && wishes === undefined)
        return await this.#commitToJournal(journal, sender, recipients);
      await this.#writeOut();
      return await this.#commit(sender, recipients, wishes);
    } catch (error) {
      return describeFailure(error);
    } finally {
      if (this.#fd !== undefined) await this.#discard();
    }
  }

  /** From a written message to S4. Leaves #fd undefined when it is done: nothing to discard then. */
  async #commit(
    sender: string,
    recipients: readonly string[],
    wishes: DsnRequest | undefined,
  ): Promise<Outcome> {
    const { layout, directorySync, onQueued, onCommitting, onLeft } = this.#options;
    const id = this.#id;
    const { uid } = this.#options;
    const intd = layout.path('intd', id);
    const envelope = encodeTodo({ uid, pid: this.#qp, sender, recipients });
    const [message, written] = await Promise.allSettled([
      this.#syncMessage(),
      writeEnvelope(layout, id, envelope),
    ]);
    if (message.status === 'rejected') throw message.reason;
    if (written.status === 'rejected') throw written.reason;
    if (wishes) await this.#options.dsn.write(id, recipients, wishes);
    onCommitting(id, true);
    try {
      await renameFile(intd, layout.path('todo', id));
      await directorySync.sync(layout.directoryOf('todo', id));
    } catch (error) {
      // Not durable, so not acknowledged; what can be seen must go before the injector tries again.
      const isGone = await unlinkFile(layout.path('todo', id)).then(
        () => true,
        () => false,
      );
      onCommitting(id, false);
      // Still there, it is a message (S4): without its files it would be a riddle for ever. It may come twice.
      if (!isGone) {
        this.#fd = undefined;
        onLeft();
      }
      throw error;
    }
    this.#fd = undefined;
    const kept = this.#kept;
    onQueued({
      id,
      size: this.#size,
      uid,
      isOfSite: this.#options.origin === 'relay',
      qp: this.#qp,
      sender,
      recipients,
      birth: this.#birth,
      message: kept && (kept.length === 1 ? kept[0] : Buffer.concat(kept)),
      state: 'S4',
    });
    return success(`ok ${this.#birth} qp ${this.#qp}`);
  }

  async #syncMessage(): Promise<void> {
    const fd = this.#fd as number;
    if (!this.#isSynced) await syncFile(fd);
    // Closed whatever close says: a second close could hit a descriptor that is another's by then.
    this.#fd = -1;
    await closeFile(fd);
    await this.#options.directorySync.sync(this.#options.layout.directoryOf('mess', this.#id));
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    const settle = async (): Promise<void> => {
      while (this.#writing) await this.#writing;
      if (this.#fd !== undefined) await this.#discard();
    };
    // What cannot be removed now is S2 on disk: never delivered, swept after 36 hours.
    settle().catch(() => undefined);
  }

  /** Back to S1: truncating first gives the space back even if the unlink fails. */
  async #discard(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    const { layout } = this.#options;
    if (fd !== undefined && fd >= 0) await closeFile(fd).catch(() => undefined);
    if (this.#id === '') return;
    await unlinkFile(layout.path('intd', this.#id)).catch(() => false);
    await this.#options.dsn.remove(this.#id).catch(() => undefined);
    await unlinkFile(layout.path('mess', this.#id)).catch(() => false);
  }
}

const originWords = (origin: Origin): string => {
  if (origin === 'network' || origin === 'relay') return 'from network';
  return origin === 'bounce' ? 'for bounce' : `by ${origin}`;
};

/** Whose uid qmail-queue would have had: the origin's, else the proved one (qmaild for the network), else ours. */
export const uidOf = (origin: Origin, proved?: number): number =>
  origin.startsWith('uid ') ? Number(origin.slice(4)) : (proved ?? process.getuid?.() ?? 0);

/**
 * Creates intd/ID with these bytes, on disk when it resolves (its name is not: that is the directory's). qmail-queue: mode
 * 0644, because qmail-send reads it under another user; intd and todo themselves are closed to strangers.
 */
export async function writeEnvelope(layout: QueueLayout, id: string, bytes: Buffer): Promise<void> {
  const fd = await createFile(layout.path('intd', id), 0o644, layout.ownerOf('intd'), O_SYNC);
  try {
    await writeAll(fd, [bytes]);
  } finally {
    await closeFile(fd);
  }
}

function checkEnvelope(sender: string, recipients: readonly string[]): Outcome | undefined {
  for (const address of [sender, ...recipients]) {
    if (Buffer.byteLength(address) + 1 > addressLimit)
      return permanent('envelope address too long for qq (#5.1.3)');
    if (address.includes('\0')) return permanent('envelope address holds a NUL (#5.1.3)');
  }
  return undefined;
}

/** qmail.c's words for qmail-queue's exit codes 53, 54 and 62 (spec/qmail.md 1.3). */
function describeFailure(error: unknown): Outcome {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
    case 'EIO':
      return temporary('qq write error or disk full (#4.3.0)');
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return temporary('qq out of memory (#4.3.0)');
    default:
      // Not the system's word: a bug of ours, which must not look like a full disk.
      if (errorCode(error) === '' || errorCode(error).startsWith('ERR_')) throw error;
      return temporary('qq trouble creating files in queue (#4.3.0)');
  }
}
