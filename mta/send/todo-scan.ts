// Scans of todo/ (qmail-send's todo_do): messages that another program's qmail-queue put there, or that a crash or a
// trouble left there, are read and handed to the scheduler. What cannot be read is logged, left as it is and met again
// by the next scan, until it is too old (security.md D8); it holds up no other message.
import { type Log, quoted } from '../log.ts';
import type { QueuedMessage } from '../queue/entry.ts';
import { EnvelopeError } from '../queue/envelope.ts';
import type { Queue } from '../queue/queue.ts';
import { describeUnreadable, giveUpTodo } from './damage.ts';
import type { Expiry } from './expiry.ts';
import type { Job } from './jobs.ts';
import type { SendSettings } from './settings.ts';

export interface TodoScanOptions {
  readonly queue: Queue;
  /** Is somebody of this program at work on the message? */
  readonly isKnown: (id: string) => boolean;
  readonly isStopping: () => boolean;
  readonly accept: (message: QueuedMessage) => void;
  readonly settings: () => SendSettings;
  readonly expiry: Expiry;
  /** A message was given up (S5, without recipients): its bounce is to be sent. */
  readonly finish: (job: Job) => void;
  readonly warn: (words: string, error: unknown) => void;
  /** Asks for one more scan after a while. */
  readonly scanLater: () => void;
  readonly log: Log;
}

/** One scan at a time. */
export class TodoScan {
  readonly #options: TodoScanOptions;
  #scanning: Promise<void> | undefined;
  #scanAgain = false;

  constructor(options: TodoScanOptions) {
    this.#options = options;
  }

  /** Calls during a scan cause one more: something may have come behind its back. */
  scan(): Promise<void> {
    if (this.#scanning) {
      this.#scanAgain = true;
      return this.#scanning;
    }
    this.#scanning = this.#scanNow()
      .catch((error: unknown) => {
        this.#options.log(`alert: unable to opendir todo, sleeping...: ${quoted(String(error))}`);
        this.#options.scanLater();
      })
      .finally(() => {
        this.#scanning = undefined;
      });
    return this.#scanning;
  }

  async #scanNow(): Promise<void> {
    const { queue, isKnown, isStopping } = this.#options;
    do {
      this.#scanAgain = false;
      for (const id of await queue.listTodo()) {
        if (isStopping()) return;
        if (!isKnown(id)) await this.#take(id);
      }
    } while (this.#scanAgain);
  }

  async #take(id: string): Promise<void> {
    const { queue, isKnown, accept, warn } = this.#options;
    try {
      const [envelope, stats] = await Promise.all([queue.readTodo(id), queue.statMessage(id)]);
      if (!envelope || isKnown(id)) return;
      if (!stats)
        return warn(`unable to stat ${queue.layout.name('mess', id)}; will try again later`, undefined);
      accept({
        id,
        size: stats.size,
        uid: envelope.uid,
        isOfSite: false,
        qp: envelope.pid,
        sender: envelope.sender,
        recipients: envelope.recipients,
        birth: Math.floor(stats.mtime),
        message: undefined,
        state: 'S4',
      });
    } catch (error) {
      await this.#refuse(id, error);
    }
  }

  async #refuse(id: string, error: unknown): Promise<void> {
    const { queue, settings, expiry, finish, log, warn } = this.#options;
    warn(describeUnreadable(queue, 'todo', id, error), error);
    if (!(error instanceof EnvelopeError)) return;
    try {
      const stats = await queue.statMessage(id);
      if (!stats || !expiry.isDying(stats.mtime, settings().queuelifetime)) return;
      const birth = Math.floor(stats.mtime);
      const sender = await giveUpTodo(queue, id, birth);
      if (sender === undefined)
        log(`alert: no sender in ${queue.layout.name('todo', id)}: message ${id} is now in queue/aside`);
      else finish({ id, sender, birth, size: stats.size, isOfSite: false });
    } catch (problem) {
      warn(`unable to give up msg ${id}; will try again later`, problem);
    }
  }
}
