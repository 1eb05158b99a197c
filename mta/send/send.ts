// qmail-send: what happens to a message from the moment it is durable until it is gone (spec/qmail.md 2.4, 5.1, 7).
// Preprocessing: a message for one recipient is tried at once from S4, its todo file standing until it is delivered;
// everything else is recorded first (S5). Then passes over its channel files by qmail's schedule, marks, bounce, end.
// Whatever fails on disk concerns one message: it is logged, left as it is and tried again after 123 seconds.
import { rewriteRecipient } from '../control/match.ts';
import type { DeliveryAgent, ExpectedLetter } from '../delivery.ts';
import type { Injector } from '../inject/types.ts';
import { type Log, quoted, safe } from '../log.ts';
import type { QueuedMessage } from '../queue/entry.ts';
import { EnvelopeError } from '../queue/envelope.ts';
import type { Channel, PlannedRecipient, Queue } from '../queue/queue.ts';
import { BounceLimit } from './bounce-limit.ts';
import { Clock } from './clock.ts';
import { Deliveries } from './deliveries.ts';
import { Expiry } from './expiry.ts';
import { finishMessage } from './finish.ts';
import { tryFirst } from './first-try.ts';
import { type Job, Jobs } from './jobs.ts';
import { Notices } from './notices.ts';
import { Orders } from './orders.ts';
import { Passes } from './passes.ts';
import type { QueueOrders } from './queue-orders.ts';
import { createRunningOrders } from './running-orders.ts';
import { nextRetry } from './schedule.ts';
import type { SendSettings } from './settings.ts';
import { Survey } from './survey.ts';
import { TodoScan } from './todo-scan.ts';
import { Waiting } from './waiting.ts';

/** SLEEP_TODO: seconds between scans of todo without a trigger. */
const todoInterval = 1500;
/** SLEEP_CLEANUP: seconds between sweeps of old leftovers. */
const sweepInterval = 76_431;
/** Seconds between looks at the clock. */
const clockInterval = 600;

export interface SendOptions {
  readonly queue: Queue;
  readonly agents: Readonly<Record<Channel, DeliveryAgent>>;
  readonly injector: Injector;
  /** Read at every use, so that a reload counts at once. */
  readonly settings: () => SendSettings;
  readonly log: Log;
}

/** The running scheduler. */
export class Send {
  readonly #options: SendOptions;
  readonly #deliveries: Deliveries;
  readonly #jobs = new Jobs();
  /** Messages in S4 that are being worked on, so that a scan of todo leaves them alone. */
  readonly #preprocessing = new Set<string>();
  readonly #bounceLimit = new BounceLimit();
  readonly #clock = new Clock();
  readonly #expiry = new Expiry((seconds) => this.#clockJumped(seconds));
  readonly #memory = { used: 0 };
  readonly #passes: Passes;
  readonly #todo: TodoScan;
  readonly #survey: Survey;
  readonly #waiting = new Waiting();
  readonly #ordered: Orders;
  /** What people ask and order. */
  readonly orders: QueueOrders;
  /** Messages whose end is under way. */
  readonly #finishing = new Set<string>();
  #isPaused = false;
  #stopping = false;
  #stopped: Promise<void> | undefined;
  readonly #notices = new Notices((words, error) => this.#warn(words, error));
  readonly #work = new Set<Promise<unknown>>();

  constructor(options: SendOptions) {
    this.#options = options;
    this.#todo = new TodoScan({
      queue: options.queue,
      isKnown: (id) => this.#isKnown(id),
      isStopping: () => this.#stopping,
      settings: options.settings,
      expiry: this.#expiry,
      finish: (job) => {
        this.#jobs.add(job, []);
        this.#finish(job);
      },
      warn: (words, error) => this.#warn(words, error),
      accept: (message) => this.accept(message),
      scanLater: () => this.scanLater(),
      log: options.log,
    });
    this.#survey = new Survey({
      ...options,
      jobs: this.#jobs,
      isKnown: (id) => this.#isKnown(id),
      isHalted: (id) => this.#ordered.isHalted(id),
      schedule: (job, channel, at) => this.#passes.schedule(job, channel, at),
      finish: (job) => this.#finish(job),
      warn: (words, error) => this.#warn(words, error),
      again: (act) => this.#clock.again(act),
    });
    this.#deliveries = new Deliveries({
      agents: options.agents,
      log: options.log,
      concurrency: (channel) => {
        if (this.#isPaused) return 0;
        return channel === 'local'
          ? options.settings().concurrencylocal
          : options.settings().concurrencyremote;
      },
    });
    this.#passes = new Passes({
      ...options,
      deliveries: this.#deliveries,
      jobs: this.#jobs,
      expiry: this.#expiry,
      isBusy: () => this.#preprocessing.size > 0,
      finish: (job) => this.#finish(job),
      delayed: (job, recipients) => {
        const { queue, injector, settings, log } = options;
        if (queue.dsn.has(job.id))
          this.#track(this.#notices.tell({ queue, injector, job, settings: settings(), log }, recipients));
      },
      tell: (line, error) => this.#tell(line, error),
      waiting: this.#waiting,
      settled: (id) => this.#ordered.settle(id),
      track: (work) => this.#track(work),
    });
    this.#ordered = new Orders({
      ...options,
      jobs: this.#jobs,
      isBusy: (id) =>
        this.#preprocessing.has(id) || this.#finishing.has(id) || options.queue.isCommitting(id),
      guard: (id, isGuarded) =>
        void (isGuarded ? this.#preprocessing.add(id) : this.#preprocessing.delete(id)),
      scan: () => this.scanTodo(),
      finish: (job) => this.#finish(job),
      forget: (job, id) => {
        if (job) this.#jobs.forget(job);
        this.#waiting.forget(id);
      },
      wake: () => this.#passes.wake(),
    });
    this.orders = createRunningOrders({
      ...options,
      jobs: this.#jobs,
      waiting: this.#waiting,
      orders: this.#ordered,
      isBusy: (id) => this.#preprocessing.has(id) || this.#finishing.has(id),
      retryAll: () => this.retryNow(),
      isPaused: () => this.#isPaused,
      setPaused: (isPaused) => {
        this.#isPaused = isPaused;
        this.#deliveries.logStatus();
        this.settingsChanged();
      },
    });
  }

  /** Takes up what was surveyed and starts the clocks. New messages may come in before it is done. */
  async start(): Promise<void> {
    this.#deliveries.logStatus();
    await this.#survey.load();
    await this.scanTodo();
    this.#clock.every(todoInterval, () => this.#track(this.scanTodo()));
    this.#clock.every(clockInterval, () => this.#passes.wake());
    this.#clock.every(sweepInterval, () => this.#track(this.#sweep()));
    this.#track(this.#sweep());
  }

  /** A message of ours has just become durable (S4). */
  accept(message: QueuedMessage): void {
    if (this.#stopping) return; // it is in the queue; the next start finds it in todo
    this.#logNew(message);
    this.#preprocessing.add(message.id);
    this.#track(this.#preprocess(message));
  }

  /** A message is becoming durable: with nothing else to do, its delivery is prepared meanwhile. */
  expect({ sender, recipient, message }: ExpectedLetter): void {
    if (this.#work.size > 0 || this.#stopping) return;
    const { agents, settings } = this.#options;
    const { channel, address } = rewriteRecipient(recipient, settings());
    agents[channel].prepare?.({ sender, recipient: address, message });
  }

  #logNew({ id, size, sender, qp, uid }: QueuedMessage): void {
    this.#options.log(`new msg ${id}`);
    this.#options.log(`info msg ${id}: bytes ${size} from <${safe(sender)}> qp ${qp} uid ${uid}`);
  }

  async #preprocess(message: QueuedMessage): Promise<void> {
    const { settings } = this.#options;
    const planned: PlannedRecipient[] = message.recipients.map((recipient) => ({
      ...rewriteRecipient(recipient, settings()),
      done: false,
    }));
    const [only] = planned;
    // A letter of the journal may get an ordinary entry, with another number, before the trouble comes.
    const ids = [message.id];
    try {
      // What becomes of a message whose sender has wishes is kept beside it; a pass does that.
      if (planned.length === 1 && only && !this.#options.queue.dsn.has(message.id))
        await this.#tryAtOnce(message, only, ids);
      else await this.#record(message, planned, { alarms: this.#passes.alarms, due: message.birth });
    } catch (error) {
      for (const id of ids) this.#preprocessing.delete(id);
      this.#warn(`trouble preprocessing msg ${ids.at(-1)}; will try again later`, error);
      // What is still in the journal only is nowhere to be found by a scan.
      if (this.#options.queue.isJournaled(message.id))
        this.#clock.again(() => this.#track(this.#preprocess(message)));
      else this.scanLater();
    } finally {
      for (const id of ids) this.#ordered.settle(id);
    }
  }

  /** The first delivery of a message with one recipient; what it leaves is recorded. `ids` gets its numbers. */
  async #tryAtOnce(message: QueuedMessage, planned: PlannedRecipient, ids: string[]): Promise<void> {
    const { queue, log } = this.#options;
    const alarms = this.#passes.alarms;
    const adopt = (stored: QueuedMessage): QueuedMessage => {
      ids.push(stored.id);
      return this.#adopt(message, stored);
    };
    const isKept = this.#isPaused || this.#ordered.isHalted(message.id);
    if (isKept || this.#deliveries.isFull(planned.channel, planned.address)) {
      // It would only wait in memory.
      const stored = await queue.writeOut(message.id);
      const entry = stored ? adopt(stored) : message;
      return this.#record(entry, [planned], { alarms, due: message.birth });
    }
    this.#waiting.attempted(message.id, planned.channel);
    const result = await tryFirst({
      queue,
      deliveries: this.#deliveries,
      message,
      planned,
      memory: this.#memory,
      adopt,
      forget: (id) => {
        this.#preprocessing.delete(id);
        this.#waiting.forget(id);
      },
      warn: (words, error) => this.#warn(words, error),
    });
    if (this.#jobs.hasAside) this.#passes.wake();
    if (result.state === 'stopped') return; // S4 is a legal resting place, and the queue empties its journal
    if (result.state === 'gone') return log(`end msg ${result.id}`);
    if (result.state === 'delivered') return this.#eliminate(result.id);
    const { left, outcome } = result;
    const now = Date.now() / 1000;
    if (outcome.code === 'Z') this.#waiting.deferred(left.id, planned.channel, planned.address, outcome.text);
    const due = outcome.code === 'Z' ? nextRetry(planned.channel, left.birth, now) : now;
    await this.#record(left, [planned], { alarms, due }, outcome.code === 'D' ? outcome.text : undefined);
  }

  /** The end of a message whose first delivery did it. What is delivered is never tried again because of a bad disk. */
  async #eliminate(id: string): Promise<void> {
    const { queue, log } = this.#options;
    try {
      await queue.eliminate(id, 'S4', () => {
        this.#preprocessing.delete(id);
        this.#waiting.forget(id);
      });
      log(`end msg ${id}`);
    } catch (error) {
      this.#warn(`unable to eliminate msg ${id}, which is delivered; will try again later`, error);
      this.#clock.again(() => this.#track(this.#eliminate(id)));
    }
  }

  /** A letter of the journal has its ordinary entry: from here on it goes by that number, in the log too. */
  #adopt(before: QueuedMessage, stored: QueuedMessage): QueuedMessage {
    this.#preprocessing.add(stored.id);
    this.#preprocessing.delete(before.id);
    this.#waiting.rename(before.id, stored.id);
    this.#options.queue.adopted(stored.id);
    this.#logNew(stored);
    this.#options.log(`end msg ${before.id}`);
    return stored;
  }

  /**
   * S4 to S5. `next`: when the next try is due, and how often ALRM had come when the last one began: one since then
   * comes first, also while this is written. `failure`: the report of the only recipient's first delivery, when it
   * failed for good.
   */
  async #record(
    message: QueuedMessage,
    planned: readonly PlannedRecipient[],
    next: { readonly alarms: number; readonly due: number },
    failure?: string,
  ): Promise<void> {
    const { queue } = this.#options;
    await queue.record(message.id, message.sender, message.birth, planned);
    const remote = planned.filter((recipient) => recipient.channel === 'remote');
    const job: Job = {
      id: message.id,
      sender: message.sender,
      birth: message.birth,
      size: message.size,
      isOfSite: message.isOfSite,
      onlyRemote: remote.length === 1 ? remote[0]?.address : undefined,
    };
    const channels = (['local', 'remote'] as const).filter((channel) =>
      planned.some((recipient) => recipient.channel === channel),
    );
    this.#jobs.add(job, channels);
    this.#preprocessing.delete(message.id);
    const isHalted = this.#ordered.isHalted(job.id);
    if (isHalted) this.#jobs.halt(job.id);
    for (const channel of channels) {
      if (failure === undefined || isHalted)
        this.#passes.schedule(job, channel, this.#passes.dueAfter(next.alarms, next.due));
      else this.#passes.start(job, channel, failure);
    }
    if (channels.length === 0) this.#finish(job);
  }

  /** Lists what is preprocessed already; before the first new message. */
  survey(): Promise<void> {
    return this.#survey.look();
  }

  /** Preprocesses what others (or we, before a crash) left in todo/. Calls during a scan cause one more. */
  scanTodo(): Promise<void> {
    return this.#todo.scan();
  }

  /** There is a message in todo that could not be dealt with now. */
  scanLater(): void {
    this.#clock.again(() => this.scanTodo());
  }

  /** Is somebody of this program at work on the message? True as long as it has a todo or info file of ours. */
  #isKnown(id: string): boolean {
    return this.#preprocessing.has(id) || this.#jobs.has(id) || this.#options.queue.isCommitting(id);
  }

  /** The clock was set by more than a day. */
  #clockJumped(seconds: number): void {
    const way = seconds < 0 ? 'back' : 'forward';
    this.#options.log(
      `warning: the clock was set ${way} by ${Math.abs(Math.round(seconds))} s; in the next hour no message is given up for its age`,
    );
    // What was due tomorrow would wait for the old time to come again.
    if (seconds < 0) this.#jobs.allDue(Date.now() / 1000);
  }

  /** All recipients are done: the bounce, then the end. */
  #finish(job: Job): void {
    const { queue, injector, settings, log } = this.#options;
    const end = () =>
      finishMessage({
        bounceLimit: this.#bounceLimit,
        queue,
        injector,
        job,
        settings: settings(),
        log,
        forget: () => {
          this.#jobs.forget(job);
          this.#waiting.forget(job.id);
        },
      });
    // An order may have come first, and the number may be another message's by now.
    if (!this.#jobs.isCurrent(job) || this.#finishing.has(job.id)) return;
    this.#finishing.add(job.id);
    const work = (this.#notices.underWay(job.id)?.then(end) ?? end()).then(
      (isFinished) => {
        if (!isFinished) this.#clock.again(() => this.#finish(job));
      },
      (error: unknown) => {
        this.#warn(`trouble finishing msg ${job.id}; will try again later`, error);
        this.#clock.again(() => this.#finish(job));
      },
    );
    this.#track(
      work.finally(() => {
        this.#finishing.delete(job.id);
        this.#ordered.settle(job.id);
      }),
    );
  }

  async #sweep(): Promise<void> {
    try {
      for (const id of await this.#options.queue.sweep(Date.now() / 1000))
        this.#options.log(`removed the leftover of an unfinished message ${id}`);
    } catch (error) {
      this.#warn('trouble sweeping the queue; will try again later', error);
    }
  }

  /** ALRM: everything is due now, also what is just being tried: it is tried once more when it fails. */
  retryNow(): void {
    this.#passes.retryNow();
    this.#clock.retryNow();
  }

  /** A reload: slots that a raised concurrency gives are used at once. */
  settingsChanged(): void {
    for (const channel of ['local', 'remote'] as const) this.#deliveries.slots(channel).wake();
    this.#passes.wake();
  }

  /** TERM: starts nothing more, waits for running deliveries (10 s at most), saves the times of the next tries. */
  stop(patience = 10_000): Promise<void> {
    this.#stopped ??= this.#stop(patience);
    return this.#stopped;
  }

  async #stop(patience: number): Promise<void> {
    this.#stopping = true;
    this.#passes.stop();
    this.#clock.stop();
    await this.#deliveries.stop(patience);
    // What ends may begin something more: a bounce, an end. Nothing may touch the queue once the lock is given back.
    while (this.#work.size > 0) await Promise.allSettled([...this.#work]);
    for (const { id, channel, due } of this.#jobs.scheduled()) {
      await this.#options.queue.saveDue(channel, id, due).catch((error: unknown) => {
        this.#warn(`unable to utime ${channel}/${id}; message will be retried too soon`, error);
      });
    }
    this.#options.log('status: exiting');
  }

  #warn(words: string, error: unknown): void {
    this.#tell(`warning: ${words}`, error);
  }

  #tell(line: string, error: unknown): void {
    const isSaid = error instanceof EnvelopeError && error.isUnknownType;
    const why = error instanceof Error && !isSaid ? `: ${quoted(error.message)}` : '';
    this.#options.log(`${line}${why}`);
  }

  #track(work: Promise<unknown>): void {
    this.#work.add(work);
    work.finally(() => this.#work.delete(work));
  }
}
