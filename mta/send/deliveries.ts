// Running deliveries: takes a slot, writes qmail-send's log lines around it, asks the agent, gives back the outcome
// (spec/qmail.md 7.3, 7.4). Each delivery is one recipient; numbers count from 1 in each run of the program.
import type { Delivered, DeliveryAgent, DeliveryRequest, Destination } from '../delivery.ts';
import { type Log, quoted, safe } from '../log.ts';
import { temporary } from '../outcome.ts';
import type { Channel } from '../queue/queue.ts';
import { dyingText, expandVerp } from './schedule.ts';
import { Slots } from './slots.ts';

/** qmail-send keeps at most this much of a report. */
const reportLimit = 10_000;

export interface DeliveriesOptions {
  readonly agents: Readonly<Record<Channel, DeliveryAgent>>;
  readonly concurrency: (channel: Channel) => number;
  readonly log: Log;
}

/** The deliveries of both channels. */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #slots: Readonly<Record<Channel, Slots>>;
  /** Each with what ends the wait for it: what it does afterwards counts as not done. */
  readonly #running = new Map<Promise<unknown>, () => void>();
  #number = 0;
  #stopping = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#slots = {
      local: new Slots(() => (this.#stopping ? 0 : options.concurrency('local'))),
      remote: new Slots(() => (this.#stopping ? 0 : options.concurrency('remote'))),
    };
  }

  slots(channel: Channel): Slots {
    return this.#slots[channel];
  }

  /**
   * Delivers when a slot is free.
   * @param isDying a temporary failure becomes permanent (the message is too old)
   * @returns undefined when the program stops before the delivery started, or will not wait for its end
   */
  deliver(channel: Channel, request: DeliveryRequest, isDying: boolean): Promise<Delivered | undefined> {
    if (this.#stopping) return Promise.resolve(undefined);
    const destination = this.#options.agents[channel].destinationOf?.(request.recipient);
    return new Promise((resolve) => {
      const start = (): void => {
        const abandon = (): void => resolve(undefined);
        const work = this.#run(channel, request, isDying, destination).then(resolve);
        this.#running.set(work, abandon);
        work.finally(() => this.#running.delete(work));
      };
      this.#slots[channel].whenFree(destination, start, () => resolve(undefined));
    });
  }

  /** Would one more delivery to this recipient's destination only wait in memory? */
  isFull(channel: Channel, recipient: string): boolean {
    return this.#slots[channel].isFull(this.#options.agents[channel].destinationOf?.(recipient));
  }

  async #run(
    channel: Channel,
    request: DeliveryRequest,
    isDying: boolean,
    destination: Destination | undefined,
  ): Promise<Delivered> {
    const { log, agents } = this.#options;
    this.#number += 1;
    const number = this.#number;
    log(`starting delivery ${number}: msg ${request.id} to ${channel} ${safe(request.recipient)}`);
    this.logStatus();
    const startedAt = performance.now();
    let outcome: Delivered;
    try {
      outcome = await agents[channel].deliver({
        ...request,
        sender: expandVerp(request.sender, request.recipient),
      });
    } catch (error) {
      // An agent answers with outcomes; an exception is our bug, and the message waits for its fix.
      log(
        `alert: bug in ${channel} delivery ${number}: ${quoted(error instanceof Error ? (error.stack ?? '') : '')}`,
      );
      outcome = temporary('Internal error in delivery. (#4.3.0)');
    }
    const { isTooMuch = false } = outcome;
    let text = outcome.text.slice(0, reportLimit);
    if (outcome.code === 'Z' && isDying) {
      text = `${text}${text.endsWith('\n') ? '' : '\n'}${dyingText}`;
      outcome = { code: 'D', text };
    }
    const word = outcome.code === 'K' ? 'success' : outcome.code === 'Z' ? 'deferral' : 'failure';
    // Reports end with a line feed in qmail; it shows as the last `/` of the line that log tools know.
    log(`delivery ${number}: ${word}: ${safe(text === '' || text.endsWith('\n') ? text : `${text}\n`)}`);
    this.#slots[channel].release(destination, isTooMuch, startedAt);
    this.logStatus();
    return { ...outcome, text };
  }

  /** qmail-send's status line: used and allowed deliveries of each channel. */
  logStatus(): void {
    const { local, remote } = this.#slots;
    const { concurrency } = this.#options;
    this.#options.log(
      `status: local ${local.used}/${concurrency('local')} remote ${remote.used}/${concurrency('remote')}${
        this.#stopping ? ' exitasap' : ''
      }`,
    );
  }

  /**
   * Starts no more deliveries; resolves when the running ones are over, or after `patience` milliseconds: the message
   * of one that still runs then is tried again by the next start, as after a crash.
   */
  async stop(patience: number): Promise<void> {
    this.#stopping = true;
    this.#slots.local.clear();
    this.#slots.remote.clear();
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patience);
    });
    await Promise.race([Promise.allSettled([...this.#running.keys()]), enough]);
    clearTimeout(timer);
    if (this.#running.size === 0) return;
    this.#options.log(`warning: ${this.#running.size} deliveries did not end in time; will try again later`);
    for (const abandon of this.#running.values()) abandon();
  }
}
