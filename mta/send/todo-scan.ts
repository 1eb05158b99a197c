// Scans of todo/ (qmail-send's todo_do): messages that another program's qmail-queue put there, or that a crash or a
// trouble left there, are read and handed to the scheduler. What cannot be read is logged, left as it is and met again
// by the next scan; it holds up no other message.
import { type Log, quoted } from '../log.ts';
import type { QueuedMessage } from '../queue/entry.ts';
import type { Queue } from '../queue/queue.ts';

export interface TodoScanOptions {
  readonly queue: Queue;
  /** Is somebody of this program at work on the message? */
  readonly isKnown: (id: string) => boolean;
  readonly isStopping: () => boolean;
  readonly accept: (message: QueuedMessage) => void;
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
    const { queue, isKnown, accept, log } = this.#options;
    try {
      const [envelope, stats] = await Promise.all([queue.readTodo(id), queue.statMessage(id)]);
      if (!envelope || isKnown(id)) return;
      if (!stats) return log(`warning: unable to stat mess/${id}; will try again later`);
      accept({
        id,
        size: stats.size,
        uid: envelope.uid,
        qp: envelope.pid,
        sender: envelope.sender,
        recipients: envelope.recipients,
        birth: Math.floor(stats.mtime),
        message: undefined,
        state: 'S4',
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log(`warning: trouble reading todo/${id}; will try again later: ${quoted(why)}`);
    }
  }
}
