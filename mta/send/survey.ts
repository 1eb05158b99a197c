// What is in the queue when the scheduler starts: messages that are preprocessed (S5) are listed before the first new one
// comes and taken up afterwards, while mail comes in already. An envelope in todo that has no message is set aside: it can
// belong to nobody, and its number will come again.
import type { Log } from '../log.ts';
import type { Channel, Queue } from '../queue/queue.ts';
import { describeUnreadable } from './damage.ts';
import type { Job, Jobs } from './jobs.ts';
import { readPreprocessed } from './preprocessed.ts';

export interface SurveyOptions {
  readonly queue: Queue;
  readonly jobs: Jobs;
  /** Is somebody of this program at work on the message? */
  readonly isKnown: (id: string) => boolean;
  /** It is held. */
  readonly isHalted: (id: string) => boolean;
  /** @param at seconds since 1970 */
  readonly schedule: (job: Job, channel: Channel, at: number) => void;
  /** Nothing is left of the message on any channel. */
  readonly finish: (job: Job) => void;
  readonly warn: (words: string, error: unknown) => void;
  /** Tries again after a system error. */
  readonly again: (act: () => unknown) => void;
  readonly log: Log;
}

/** Messages that are read at once. */
const width = 64;

/** The messages of a start. */
export class Survey {
  readonly #options: SurveyOptions;
  #preprocessed: readonly string[] = [];

  constructor(options: SurveyOptions) {
    this.#options = options;
  }

  /**
   * Lists them. Before the first new message: from then on info/ also holds messages of which only a part is written,
   * and to take one of those for an old one would be to lose it.
   */
  async look(): Promise<void> {
    const { queue, log } = this.#options;
    const todo = new Set(await queue.listTodo());
    for (const id of todo) {
      if (await queue.statMessage(id)) continue;
      await queue.setAside(id);
      todo.delete(id);
      log(`alert: no message file for ${queue.layout.name('todo', id)}: it is now in queue/aside`);
    }
    this.#preprocessed = (await queue.listInfo()).filter((id) => !todo.has(id));
  }

  /** Reads info/, local/ and remote/ of them: mtimes are the times of the next tries. */
  async load(): Promise<void> {
    const ids = this.#preprocessed;
    this.#preprocessed = [];
    for (let at = 0; at < ids.length; at += width)
      await Promise.all(ids.slice(at, at + width).map((id) => this.#loadOne(id)));
  }

  async #loadOne(id: string): Promise<void> {
    const { queue, jobs, isKnown, isHalted, schedule, finish, warn, again } = this.#options;
    // Its number is another message's by now.
    if (isKnown(id)) return;
    try {
      const found = await readPreprocessed(queue, id);
      if (!found) return warn(`no message file for info/${id}; left alone`, undefined);
      const { job, due } = found;
      jobs.add(
        job,
        due.map(({ channel }) => channel),
      );
      if (isHalted(id)) jobs.halt(id);
      for (const { channel, at } of due) schedule(job, channel, at);
      if (due.length === 0) finish(job);
    } catch (error) {
      warn(describeUnreadable(queue, 'info', id, error), error);
      again(() => this.#loadOne(id));
    }
  }
}
