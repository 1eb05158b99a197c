// When passes over preprocessed messages start (qmail-send's pass_selprep): the earliest due first, as many at once as
// slots can use, few of them reading their files at the same time, so that thousands of old messages that are due
// together do not stand in the way of new mail. What a pass does is pass.ts; what follows it is the scheduler's.
import type { Channel, Queue } from '../queue/queue.ts';
import { systemFailure } from './clock.ts';
import type { Deliveries } from './deliveries.ts';
import type { Expiry } from './expiry.ts';
import type { Job, Jobs } from './jobs.ts';
import type { DelayedRecipient } from './notice-message.ts';
import { PassError, runPass } from './pass.ts';
import type { SendSettings } from './settings.ts';
import type { Waiting } from './waiting.ts';

/** Passes that may be open at once in a channel with so many slots: some wait for a destination. */
const passesFor = (slots: number): number => 4 * slots + 1;
/** Passes that may read their files at once, while new mail comes in and else. */
const fewReaders = 4;
const manyReaders = 16;

export interface PassesOptions {
  readonly queue: Queue;
  readonly deliveries: Deliveries;
  readonly jobs: Jobs;
  readonly settings: () => SendSettings;
  readonly expiry: Expiry;
  /** Is new mail under way? */
  readonly isBusy: () => boolean;
  /** Nothing is left of the message on any channel. */
  readonly finish: (job: Job) => void;
  /** Recipients wait of whose delay the sender wants to hear. */
  readonly delayed: (job: Job, recipients: readonly DelayedRecipient[]) => void;
  /** Trouble with the queue's own files, for the log; the message is tried again later. */
  readonly tell: (line: string, error: unknown) => void;
  readonly waiting: Waiting;
  /** A pass has ended, whatever came of it. */
  readonly settled: (id: string) => void;
  /** Work that a stop waits for. */
  readonly track: (work: Promise<unknown>) => void;
}

/** The passes of both channels. */
export class Passes {
  readonly #options: PassesOptions;
  #wakeTimer: NodeJS.Timeout | undefined;
  #reading = 0;
  #isStopped = false;
  /** How often ALRM has come: a clock is too coarse to tell a try that it began from one that it came into. */
  #alarms = 0;

  constructor(options: PassesOptions) {
    this.#options = options;
  }

  get alarms(): number {
    return this.#alarms;
  }

  /** When a try that failed for now comes again: at once, if ALRM came since it began, when `alarms` had come. */
  dueAfter(alarms: number, due: number): number {
    return this.#alarms > alarms ? Date.now() / 1000 : due;
  }

  /** ALRM. */
  retryNow(): void {
    this.#alarms++;
    this.#options.jobs.allDue(Date.now() / 1000);
    this.wake();
  }

  /** @param due seconds since 1970 */
  schedule(job: Job, channel: Channel, due: number): void {
    this.#options.jobs.schedule(job, channel, due);
    this.wake();
  }

  /** Starts every pass that is due, as far as slots go, and sets the clock for the next. */
  wake(): void {
    if (this.#isStopped) return;
    const { deliveries, jobs, expiry } = this.#options;
    clearTimeout(this.#wakeTimer);
    const now = Date.now() / 1000;
    expiry.look();
    let next = Number.POSITIVE_INFINITY;
    for (const channel of ['local', 'remote'] as const) {
      const { limit } = deliveries.slots(channel);
      if (limit <= 0) continue;
      const isFull = (recipient: string): boolean => deliveries.isFull(channel, recipient);
      while (this.#reading < this.#readers && jobs.passes(channel) < passesFor(limit)) {
        const job = jobs.takeDue(channel, now, isFull);
        if (!job) break;
        this.start(job, channel);
      }
      next = Math.min(next, jobs.nextDue(channel) ?? next);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    // One that is overdue waits for the end of a pass, which wakes again.
    const wait = Math.min(Math.max(next - now, 1), 3600) * 1000;
    this.#wakeTimer = setTimeout(() => this.wake(), wait);
  }

  get #readers(): number {
    return this.#options.isBusy() ? fewReaders : manyReaders;
  }

  /** Starts one. `failure`: the report of the only recipient's first delivery, which failed for good. */
  start(job: Job, channel: Channel, failure?: string): void {
    const { queue, deliveries, jobs, settings, expiry, waiting, finish, delayed, tell, settled, track } =
      this.#options;
    jobs.passStarted(job, channel);
    if (failure === undefined) waiting.attempted(job.id, channel);
    this.#reading += 1;
    const alarms = this.#alarms;
    const pass = runPass({
      queue,
      deliveries,
      job,
      channel,
      settings,
      expiry,
      unmarked: jobs.unmarked(job, channel),
      firstFailure: failure,
      isHalted: () => jobs.isHalted(job.id),
      onDeferred: (address, text) => waiting.deferred(job.id, channel, address, text),
      onRead: () => {
        this.#reading -= 1;
        if (this.#reading < this.#readers) this.wake();
      },
    }).then(
      (result) => {
        const again = jobs.passEnded(job, channel);
        if (result.state === 'stopped') return;
        if (result.state === 'again') {
          delayed(job, result.delayed);
          this.schedule(job, channel, again ? Date.now() / 1000 : this.dueAfter(alarms, result.due));
        } else if (jobs.channelDone(job, channel)) finish(job);
        settled(job.id);
        this.wake();
      },
      (error: unknown) => {
        jobs.passEnded(job, channel);
        if (error instanceof PassError) tell(error.message, error.cause);
        else tell(`warning: trouble with ${queue.layout.name(channel, job.id)}; will try again later`, error);
        this.schedule(job, channel, Date.now() / 1000 + systemFailure);
        settled(job.id);
      },
    );
    track(pass);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#wakeTimer);
  }
}
