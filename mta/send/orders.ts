// Orders about messages of the running scheduler (queue-orders.ts). One that cannot be carried out while deliveries of its
// message run keeps further ones from beginning and waits for their end; a stop forgets it, and the message stays as it was.
// Every order is a line in the log that names the message.
import { stripPrepend } from '../control/match.ts';
import { addressFromBytes } from '../formats/address-bytes.ts';
import { wants } from '../formats/dsn.ts';
import { type Log, quoted } from '../log.ts';
import { isQueueName } from '../queue/layout.ts';
import { readListed } from '../queue/listing.ts';
import type { Queue } from '../queue/queue.ts';
import { appendFailure } from './bounce-message.ts';
import type { Job, Jobs } from './jobs.ts';
import { hasReturnAddress } from './notices.ts';
import { type ExpectedMessage, isExpected, type OrderAnswer, type OrderName } from './queue-orders.ts';
import type { SendSettings } from './settings.ts';
import { createWishes } from './wishes.ts';

export interface OrdersOptions {
  readonly queue: Queue;
  readonly jobs: Jobs;
  readonly settings: () => SendSettings;
  /** Its first delivery, its preprocessing or its end is under way. */
  readonly isBusy: (id: string) => boolean;
  /** Keeps scans away from a message of todo while it is removed. */
  readonly guard: (id: string, isGuarded: boolean) => void;
  /** Reads todo/: what is there becomes known. */
  readonly scan: () => Promise<void>;
  /** Nothing is left of the message on any channel. */
  readonly finish: (job: Job) => void;
  /** The message is gone. */
  readonly forget: (job: Job | undefined, id: string) => void;
  /** Something is due. */
  readonly wake: () => void;
  readonly log: Log;
}

interface Pending {
  readonly order: 'drop' | 'bounceNow';
  readonly by: string;
  readonly expected: ExpectedMessage | undefined;
}

const words: Readonly<Record<OrderName, string>> = {
  drop: 'drop',
  bounceNow: 'bounce now',
  retryNow: 'retry now',
  hold: 'hold',
  release: 'release',
};

/** What the sender of a message reads that somebody sent back. */
export const returnedText =
  "The administrator of this mail system took your message out of the queue; I'm not going to try again. (#5.0.0)";

const none = Buffer.alloc(0);

const refuse = (why: string): OrderAnswer => ({ state: 'refused', why });
const done: OrderAnswer = { state: 'done' };

/** The orders of one run of the scheduler. */
export class Orders {
  readonly #options: OrdersOptions;
  /** Orders that wait for the end of deliveries. */
  readonly #pending = new Map<string, Pending>();
  /** Those that are being carried out. */
  readonly #active = new Map<string, Promise<OrderAnswer>>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** Is nothing more of the message to be begun? */
  isHalted(id: string): boolean {
    return this.#pending.has(id) || this.#active.has(id) || this.#options.queue.holds.has(id);
  }

  async give(order: OrderName, id: string, by: string, expected?: ExpectedMessage): Promise<OrderAnswer> {
    if (!isQueueName(id)) return refuse(`${quoted(id)} is no message number`);
    // Its only delivery is under way, and it has no number that lasts.
    if (this.#options.queue.isJournaled(id)) return refuse(`there is no message ${id} in the queue`);
    if (this.#active.has(id)) return refuse(`another order for message ${id} is being carried out`);
    const waiting = this.#pending.get(id);
    if (waiting) return refuse(`message ${id} already waits for the order: ${words[waiting.order]}`);
    const work = this.#carryOut(order, id, by, expected);
    this.#active.set(id, work);
    try {
      return await work;
    } catch (error) {
      // Not carried out: as before, except what somebody holds.
      if (!this.#options.queue.holds.has(id)) this.#options.jobs.resume(id, Date.now() / 1000);
      this.#options.wake();
      throw error;
    } finally {
      this.#active.delete(id);
      this.settle(id);
    }
  }

  /** Something that was at work on the message has ended: an order may have waited for it. */
  settle(id: string): void {
    const pending = this.#pending.get(id);
    if (!pending || this.#active.has(id) || this.#isBusy(id)) return;
    this.#pending.delete(id);
    this.give(pending.order, id, pending.by, pending.expected).catch((error: unknown) => {
      this.#tell(id, `cannot be carried out: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  #tell(id: string, what: string): void {
    this.#options.log(`order: msg ${id} ${quoted(what)}`);
  }

  #isBusy(id: string): boolean {
    return this.#options.isBusy(id) || this.#options.jobs.isRunning(id);
  }

  async #carryOut(
    order: OrderName,
    id: string,
    by: string,
    expected: ExpectedMessage | undefined,
  ): Promise<OrderAnswer> {
    const { queue, jobs } = this.#options;
    // What another program has just put into todo.
    if (!jobs.has(id) && !this.#isBusy(id)) await this.#options.scan();
    if (!jobs.has(id) && !this.#isBusy(id) && !(await this.#exists(id)))
      return refuse(`there is no message ${id} in the queue`);
    if (expected && !(await this.#isStill(id, expected)))
      return refuse(`message ${id} has just left the queue`);
    this.#tell(id, `${words[order]} (by ${by})`);
    switch (order) {
      case 'hold':
        return this.#hold(id);
      case 'release':
        if (!queue.holds.has(id)) return refuse(`message ${id} is not held`);
        await queue.holds.remove(id);
        jobs.resume(id, Date.now() / 1000);
        jobs.dueNow(id, Date.now() / 1000);
        this.#options.wake();
        return done;
      case 'retryNow':
        return this.#retry(id);
      default:
        return this.#end(order, id, by, expected);
    }
  }

  async #exists(id: string): Promise<boolean> {
    const { queue } = this.#options;
    return (await readListed(queue.layout, id, { limit: 0 })) !== undefined;
  }

  async #isStill(id: string, expected: ExpectedMessage): Promise<boolean> {
    const listed = await readListed(this.#options.queue.layout, id, { limit: 0 });
    return listed !== undefined && isExpected(listed, expected);
  }

  async #hold(id: string): Promise<OrderAnswer> {
    const { queue, jobs } = this.#options;
    if (queue.holds.has(id)) return refuse(`message ${id} is held already`);
    // Before the marker is on disk nothing more may begin that the person would not expect any more.
    jobs.halt(id);
    if (!(await queue.holds.add(id))) return refuse(`there is no message ${id} in the queue`);
    if (!jobs.has(id) && !this.#isBusy(id) && !(await this.#exists(id))) {
      // Its last delivery ended meanwhile, and with it the message.
      await queue.holds.remove(id);
      return refuse(`message ${id} has just left the queue`);
    }
    return this.#isBusy(id) ? { state: 'later' } : done;
  }

  #retry(id: string): OrderAnswer {
    const { queue, jobs } = this.#options;
    if (queue.holds.has(id)) return refuse(`message ${id} is held; release it`);
    const job = jobs.get(id);
    if (job && jobs.openChannels(id).length === 0 && !this.#options.isBusy(id)) this.#options.finish(job);
    const wasBusy = this.#isBusy(id);
    jobs.dueNow(id, Date.now() / 1000);
    this.#options.wake();
    return wasBusy ? { state: 'later' } : done;
  }

  async #end(
    order: 'drop' | 'bounceNow',
    id: string,
    by: string,
    expected: ExpectedMessage | undefined,
  ): Promise<OrderAnswer> {
    const { queue, jobs, guard, forget, wake } = this.#options;
    jobs.halt(id);
    if (this.#isBusy(id)) {
      this.#pending.set(id, { order, by, expected });
      return { state: 'later' };
    }
    // Nothing of it can begin or end any more: what the number has now is what the order is carried out on.
    if (expected && !(await this.#isStill(id, expected))) {
      if (!queue.holds.has(id)) jobs.resume(id, Date.now() / 1000);
      wake();
      return refuse(`message ${id} has just left the queue`);
    }
    const job = jobs.get(id);
    if (order === 'bounceNow') {
      if (!job) {
        return refuse(`the envelope of message ${id} cannot be read: mend its file, or drop the message`);
      }
      await this.#bounce(job);
      return done;
    }
    guard(id, true);
    try {
      const isGone = await queue.drop(id, () => forget(job, id));
      if (!isGone) return refuse(`message ${id} has just left the queue`);
    } finally {
      guard(id, false);
    }
    this.#tell(id, 'dropped');
    this.#options.log(`end msg ${id}`);
    return done;
  }

  /** Everybody who waits has failed. Cut short, it says the same once when it is done again. */
  async #bounce(job: Job): Promise<void> {
    const { queue, jobs, settings, finish } = this.#options;
    await queue.holds.remove(job.id);
    for (const channel of jobs.openChannels(job.id)) {
      await noteReturned(queue, channel, job, settings());
      await queue.finishChannel(channel, job.id);
      jobs.channelDone(job, channel);
    }
    finish(job);
  }
}

/** Notes in bounce/ID that the recipients left on a channel do not get the message, as their sender's wishes are. */
export async function noteReturned(
  queue: Queue,
  channel: 'local' | 'remote',
  job: Pick<Job, 'id' | 'sender'>,
  settings: SendSettings,
): Promise<void> {
  const file = await queue.readChannel(channel, job.id);
  const stored = await queue.dsn.read(job.id, true);
  const wishes = stored && createWishes(stored, settings);
  const before = new Set(addressFromBytes((await queue.readBounce(job.id)) ?? none).split(/(?<=\n\n)/));
  let text = '';
  for (const { address, done } of file?.recipients ?? []) {
    if (done || (hasReturnAddress(job.sender) && !wants(wishes?.of(address), 'FAILURE'))) continue;
    const paragraph = appendFailure(stripPrepend(address, settings.virtualdomains), returnedText);
    if (!before.has(paragraph)) text += paragraph;
  }
  if (text !== '') await queue.appendBounce(job.id, text);
}
