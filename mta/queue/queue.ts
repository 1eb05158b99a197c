// The queue on disk: qmail's seven places, its states S1 to S5 and its order of operations (spec/qmail.md 2), with the
// directory fsyncs that ext4 needs (security.md D1 to D6). Nobody else touches queue/.
//
//   state  mess intd todo info local remote bounce
//   S1      -    -    -    -    -     -      -      does not exist
//   S2      +    -    -    -    -     -      -      being received, or being eliminated
//   S3      +    +    -    -    -     -      -      envelope being written
//   S4      +    ?    +    ?    ?     ?      -      queued: acknowledged
//   S5      +    -    -    +    ?     ?      ?      preprocessed
//
// A message is acknowledged only in S4 or S5, with the files and the directories that hold their names on disk.
import type { Origin } from '../inject/types.ts';
import type { DirectorySync } from '../maildir/directory-sync.ts';
import { claimMessageFile } from './claim.ts';
import { DsnFiles } from './dsn-file.ts';
import { type EntryOptions, EntryWriter, type QueuedMessage, uidOf, writeEnvelope } from './entry.ts';
import {
  type ChannelRecipient,
  decodeChannel,
  decodeInfo,
  decodeTodo,
  encodeChannel,
  encodeInfo,
  encodeTodo,
  salvage,
  type TodoEnvelope,
} from './envelope.ts';
import { mergeExtraChannels } from './extra-channels.ts';
import {
  closeFile,
  createFile,
  O_SYNC,
  readSmallFile,
  renameFile,
  setTimes,
  setTimesOf,
  statFile,
  syncFile,
  unlinkFile,
  writeAll,
} from './files.ts';
import { Holds } from './hold.ts';
import { Journal } from './journal.ts';
import type { JournalLetter } from './journal-format.ts';
import { type QueueLayout, readQueueLayout } from './layout.ts';
import { lockFile, type QueueLock } from './lock.ts';
import { RecipientFiles } from './recipient-files.ts';
import { removeMessage } from './removal.ts';
import { findWrongNames, listPlace, setMessageAside, sweepLeftovers } from './sweep.ts';

export type Channel = 'local' | 'remote';

export interface QueueOptions {
  /** QMAIL/queue. */
  readonly directory: string;
  readonly directorySync: DirectorySync;
  /** Called as soon as a message is durable, before its injector hears of it. */
  readonly onQueued: (message: QueuedMessage) => void;
  /** Called when a message for one recipient begins to become durable. */
  readonly onExpected?: EntryOptions['onExpected'];
  /** A message that was refused could not be taken out of todo: a scan shall find it. */
  readonly onLeft?: () => void;
  /** Bytes of one message that are kept in memory for its first delivery; longer ones are read from the file. */
  readonly keepInMemory?: number;
  /** A line for the log: a file that counts as absent. */
  readonly warn?: (words: string) => void;
  /** control/queuejournal: short letters for one recipient are made durable in the journal first. */
  readonly journal?: boolean;
}

/** What one recipient's record becomes at preprocessing. */
export interface PlannedRecipient {
  readonly channel: Channel;
  readonly address: string;
  readonly done: boolean;
}

/** An open, locked queue. */
export class Queue {
  readonly layout: QueueLayout;
  /** What senders asked about notifications. */
  readonly dsn: DsnFiles;
  /** Messages that are not to be tried. */
  readonly holds: Holds;
  readonly #recipientFiles: RecipientFiles;
  readonly #options: QueueOptions;
  readonly #lock: QueueLock;
  readonly #committing = new Set<string>();
  /** Letters whose only durable place is the journal. */
  readonly #journaled = new Map<string, QueuedMessage>();
  #journal: Journal | undefined;
  /** Letters that a crash had left in the journal and that are ordinary entries now. */
  restored = 0;
  /** Messages found in todo. A foreign qmail-queue leaves intd beside todo, where ours renames it. */
  readonly #scanned = new Set<string>();
  #isConsistent = false;
  #sequence = 0;
  readonly #started = Math.floor(Date.now() / 1000);

  private constructor(
    options: QueueOptions,
    layout: QueueLayout,
    lock: QueueLock,
    ours: { readonly dsn: DsnFiles; readonly holds: Holds },
  ) {
    this.#options = options;
    this.layout = layout;
    this.dsn = ours.dsn;
    this.holds = ours.holds;
    this.#recipientFiles = new RecipientFiles(layout, options.directorySync);
    this.#lock = lock;
  }

  /**
   * Opens a queue: checks its structure and takes lock/sendmutex.
   * @throws QueueLayoutError, QueueLockError
   */
  static async open(options: QueueOptions): Promise<Queue> {
    const layout = await readQueueLayout(options.directory);
    const lock = await lockFile(`${options.directory}/lock/sendmutex`);
    try {
      const { directorySync, warn = () => undefined } = options;
      await mergeExtraChannels(layout, directorySync, warn);
      const dsn = await DsnFiles.open(layout, directorySync, warn);
      const holds = await Holds.open(layout, directorySync);
      const queue = new Queue(options, layout, lock, { dsn, holds });
      await queue.#openJournal();
      return queue;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Resolves when the lock was lost: another runner may come, so this one must stop. */
  get lockLost(): Promise<void> {
    return this.#lock.lost;
  }

  /** Leaves the queue at rest as qmail knows it: nothing stays in the journal. */
  async close(): Promise<void> {
    let left = 0;
    for (const { id } of [...this.#journaled.values()]) await this.writeOut(id).catch(() => left++);
    // What the disk does not take stays in the journal, durable, for the next start; the lock goes all the same.
    if (left > 0) this.#options.warn?.(`unable to write out ${left} letters, which stay in the journal`);
    await this.#journal?.close();
    await this.#lock.release();
  }

  /** A journal is read whether or not it is used now: what a crash left in it was acknowledged. */
  async #openJournal(): Promise<void> {
    const { directory, directorySync, warn = () => undefined } = this.#options;
    // Nobody is at work on what is restored: the first scan of todo shall find it.
    const restore = async (letter: JournalLetter) => void this.#committing.delete(await this.#store(letter));
    const { journal, restored } = await Journal.open(directory, directorySync, restore, warn);
    this.restored = restored;
    if (this.#options.journal) this.#journal = journal;
    else await journal.close();
  }

  /** Makes an ordinary entry (S4) of a letter with all its bytes. @returns its number */
  async #store({ message, envelope }: JournalLetter): Promise<string> {
    const { layout } = this;
    this.#sequence += 1;
    const pid = `${layout.directory}/pid/${process.pid}.${this.#started}.${this.#sequence}`;
    const { id, fd } = await claimMessageFile(layout, pid, this.#isConsistent, O_SYNC);
    try {
      try {
        await writeAll(fd, [message]);
      } finally {
        await closeFile(fd);
      }
      await this.#options.directorySync.sync(layout.directoryOf('mess', id));
      await writeEnvelope(layout, id, envelope);
      this.#committing.add(id);
      await renameFile(layout.path('intd', id), layout.path('todo', id));
      await this.#options.directorySync.sync(layout.directoryOf('todo', id));
      return id;
    } catch (error) {
      await this.#unstore(id);
      throw error;
    }
  }

  /** Takes back an entry that did not become durable; what stays in todo all the same is a message, and comes twice. */
  async #unstore(id: string): Promise<void> {
    const remove = (place: 'todo' | 'intd' | 'mess'): Promise<boolean> =>
      unlinkFile(this.layout.path(place, id)).then(
        () => true,
        () => false,
      );
    const isGone = await remove('todo');
    this.#committing.delete(id);
    if (!isGone) return this.#options.onLeft?.();
    await remove('intd');
    await remove('mess');
  }

  /**
   * Gives a letter of the journal an ordinary entry (S4) and strikes it.
   * @returns the letter as it is now, with its new number; undefined when it is not in the journal (any more)
   */
  async writeOut(id: string): Promise<QueuedMessage | undefined> {
    const letter = this.#journaled.get(id);
    if (!letter?.message) return undefined;
    this.#journaled.delete(id);
    const { uid, qp, sender, recipients, message } = letter;
    try {
      const stored = await this.#store({
        id,
        message,
        envelope: encodeTodo({ uid, pid: qp, sender, recipients }),
      });
      this.#journal?.strike(id);
      return { ...letter, id: stored, state: 'S4' };
    } catch (error) {
      this.#journaled.set(id, letter);
      throw error;
    }
  }

  isJournaled(id: string): boolean {
    return this.#journaled.has(id);
  }

  /** The letter is delivered: the journal may forget it. */
  strike(id: string): void {
    if (this.#journaled.delete(id)) this.#journal?.strike(id);
  }

  /** A written-out letter is in the scheduler's hands: scans of todo may see it as known. */
  adopted(id: string): void {
    this.#committing.delete(id);
  }

  /**
   * Starts a new message (S1). Nothing is on disk until bytes are written or the entry is finished.
   * @param whenQueued called with its number when it is durable, before the scheduler hears of it
   */
  createEntry(origin: Origin, whenQueued?: (qp: string) => void, uid?: number): EntryWriter {
    this.#sequence += 1;
    return new EntryWriter({
      layout: this.layout,
      directorySync: this.#options.directorySync,
      pidPath: `${this.layout.directory}/pid/${process.pid}.${this.#started}.${this.#sequence}`,
      origin,
      uid: uidOf(origin, uid),
      keepInMemory: this.#options.keepInMemory ?? 256 * 1024,
      isConsistent: this.#isConsistent,
      journal: this.#journal,
      onExpected: this.#options.onExpected,
      dsn: this.dsn,
      onQueued: (message) => {
        whenQueued?.(message.qp);
        if (message.state === 'journal') this.#journaled.set(message.id, message);
        this.#committing.delete(message.id);
        this.#options.onQueued(message);
      },
      onLeft: () => this.#options.onLeft?.(),
      onCommitting: (id, committing) => {
        if (committing) this.#committing.add(id);
        else this.#committing.delete(id);
      },
    });
  }

  /** Is todo/ID one of ours that is just becoming durable? A scan of todo leaves it alone. */
  isCommitting(id: string): boolean {
    return this.#committing.has(id);
  }

  /**
   * Compares every name in mess/ with its inode number (spec/qmail.md 2.1). In a queue that was copied or restored
   * they differ; its messages are kept and delivered under the names that they have.
   * @returns the names that are wrong
   */
  async checkNames(): Promise<string[]> {
    const wrong = await findWrongNames(this.layout);
    this.#isConsistent = wrong.length === 0;
    return wrong;
  }

  /** Ids in todo/: queued, not preprocessed (S4). */
  listTodo(): Promise<string[]> {
    return listPlace(this.layout, 'todo');
  }

  /** Ids in info/: preprocessed (S5), or S4 with stale preprocessing. */
  listInfo(): Promise<string[]> {
    return listPlace(this.layout, 'info');
  }

  /** Size in bytes and time of arrival of mess/ID; undefined when there is none. */
  async statMessage(id: string): Promise<{ size: number; mtime: number } | undefined> {
    return statFile(this.layout.path('mess', id));
  }

  /** Envelope of todo/ID; undefined when it is gone. @throws EnvelopeError when torn */
  async readTodo(id: string): Promise<TodoEnvelope | undefined> {
    const bytes = await readSmallFile(this.layout.path('todo', id));
    if (bytes) this.#scanned.add(id);
    return bytes && decodeTodo(bytes);
  }

  /** What can be read of a damaged envelope file. */
  async salvage(
    place: 'todo' | 'info' | Channel,
    id: string,
  ): Promise<{ sender: string | undefined; recipients: readonly string[] }> {
    return salvage((await readSmallFile(this.layout.path(place, id))) ?? Buffer.alloc(0));
  }

  /** Takes a message that nobody can deal with out of the queue, into queue/aside. */
  setAside(id: string): Promise<void> {
    return setMessageAside(this.layout, this.#options.directorySync, id);
  }

  /** Sender of info/ID and the message's birth (arrival, seconds): info's mtime. */
  async readInfo(id: string): Promise<{ sender: string; birth: number } | undefined> {
    const path = this.layout.path('info', id);
    const bytes = await readSmallFile(path);
    const stats = await statFile(path);
    return bytes && stats && { sender: decodeInfo(bytes), birth: stats.mtime };
  }

  /** Recipients of local/ID or remote/ID with the time of their next try (the file's mtime, seconds). */
  async readChannel(
    channel: Channel,
    id: string,
  ): Promise<{ recipients: ChannelRecipient[]; due: number } | undefined> {
    const path = this.layout.path(channel, id);
    const bytes = await readSmallFile(path);
    const stats = await statFile(path);
    return bytes && stats && { recipients: decodeChannel(bytes), due: stats.mtime };
  }

  /** When the next try of a channel is due, without reading its recipients; undefined: nothing left on it. */
  async channelDue(channel: Channel, id: string): Promise<number | undefined> {
    return (await statFile(this.layout.path(channel, id)))?.mtime;
  }

  /**
   * Preprocesses (S4 to S5): removes what an interrupted preprocessing left, writes info, local and remote durably,
   * then unlinks intd and todo, in qmail's order.
   */
  async record(
    id: string,
    sender: string,
    birth: number,
    recipients: readonly PlannedRecipient[],
  ): Promise<void> {
    for (const place of ['local', 'remote', 'info'] as const) await unlinkFile(this.layout.path(place, id));
    await this.#writeDurably('info', id, encodeInfo(sender), birth);
    const directories = new Set([this.layout.directoryOf('info', id)]);
    for (const channel of ['local', 'remote'] as const) {
      const planned = recipients.filter((recipient) => recipient.channel === channel);
      if (planned.every((recipient) => recipient.done)) continue;
      await this.#writeDurably(channel, id, encodeChannel(planned));
      directories.add(this.layout.directoryOf(channel, id));
    }
    await Promise.all([...directories].map((directory) => this.#options.directorySync.sync(directory)));
    await unlinkFile(this.layout.path('intd', id));
    await unlinkFile(this.layout.path('todo', id));
    this.#scanned.delete(id);
  }

  /** `time`: the mtime that the file shall carry (a birth), seconds since 1970. */
  async #writeDurably(place: 'info' | Channel, id: string, bytes: Buffer, time?: number): Promise<void> {
    const isTimed = time !== undefined;
    const flags = isTimed ? 0 : O_SYNC;
    const fd = await createFile(this.layout.path(place, id), 0o600, this.layout.ownerOf(place), flags);
    try {
      await writeAll(fd, [bytes]);
      if (isTimed) {
        await setTimesOf(fd, time);
        await syncFile(fd);
      }
    } finally {
      await closeFile(fd);
    }
  }

  /** Marks recipients done: a single byte of each in place, on disk before it counts (security.md D3). */
  markDone(channel: Channel, id: string, offsets: readonly number[]): Promise<void> {
    return this.#recipientFiles.markDone(channel, id, offsets);
  }

  /** Nothing is left to do on this channel. */
  async finishChannel(channel: Channel, id: string): Promise<void> {
    await unlinkFile(this.layout.path(channel, id));
  }

  /** Notes the next try of a channel in its file's mtime, as qmail-send does at a clean stop. */
  async saveDue(channel: Channel, id: string, seconds: number): Promise<void> {
    await setTimes(this.layout.path(channel, id), seconds);
  }

  /** Appends failures to bounce/ID, durably: they are on disk before their recipients are marked done. */
  appendBounce(id: string, text: string): Promise<void> {
    return this.#recipientFiles.appendBounce(id, text);
  }

  readBounce(id: string): Promise<Buffer | undefined> {
    return readSmallFile(this.layout.path('bounce', id));
  }

  async removeBounce(id: string): Promise<void> {
    await unlinkFile(this.layout.path('bounce', id));
  }

  /**
   * Eliminates a message whose recipients are all done: S5 to S1 (info first), or S4 to S1 (todo first).
   * @param forget called when no scan can find the message any more and before its number can be given to a new one
   */
  async eliminate(id: string, state: 'S4' | 'S5', forget: () => void): Promise<void> {
    const wasScanned = this.#scanned.delete(id);
    // What an interrupted preprocessing left beside todo; without mess it would belong to the next of this number.
    if (wasScanned && state === 'S4')
      for (const place of ['local', 'remote', 'info'] as const) await unlinkFile(this.layout.path(place, id));
    await unlinkFile(this.layout.path(state === 'S5' ? 'info' : 'todo', id));
    // An intd that stays makes qmail-queue fail (exit 65) when the number comes again.
    if (wasScanned || state === 'S5') await unlinkFile(this.layout.path('intd', id));
    await this.#removeOurs(id);
    forget();
    await unlinkFile(this.layout.path('mess', id));
  }

  /**
   * Takes a message out whose recipients are not done (removal.ts).
   * @param gone called as soon as it is no message any more
   * @returns false when it is not there
   */
  drop(id: string, gone: () => void): Promise<boolean> {
    const { layout } = this;
    const { directorySync } = this.#options;
    return removeMessage(id, { layout, directorySync, gone, clean: () => this.#removeOurs(id) });
  }

  async #removeOurs(id: string): Promise<void> {
    this.#scanned.delete(id);
    await this.dsn.remove(id);
    await this.holds.remove(id);
  }

  /** Removes what crashes left (sweep.ts). @param now seconds since 1970. @returns the ids removed */
  sweep(now: number): Promise<string[]> {
    return sweepLeftovers(this.layout, this.dsn, now);
  }
}
