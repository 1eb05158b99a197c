// STATUS of folders for many sessions at once: who asks while the same question is under way shares its answer, unless
// something was heard of the folder since it was put. So a delivery costs one look, however many are to be told of it.
import type { FolderStatus, UidMailbox } from '../mailbox/uid-types.ts';

type Answer = Promise<FolderStatus | undefined>;

export class StatusQuestions {
  readonly #mailbox: Pick<UidMailbox, 'status'>;
  readonly #asked = new Map<string, Answer>();

  constructor(mailbox: Pick<UidMailbox, 'status'>) {
    this.#mailbox = mailbox;
  }

  /** As UidMailbox.status, of this moment or later. */
  ask(folder: string): Answer {
    const asked = this.#asked.get(folder);
    if (asked !== undefined) return asked;
    const answer = this.#mailbox.status(folder).finally(() => {
      if (this.#asked.get(folder) === answer) this.#asked.delete(folder);
    });
    this.#asked.set(folder, answer);
    return answer;
  }

  /** Something happened there: the answers that are under way are older. */
  changed(folder: string): void {
    this.#asked.delete(folder);
  }
}
