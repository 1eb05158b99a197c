// A lane: a few threads of one role behind one queue. Each job has a wall-clock limit; a thread that exceeds it, dies or
// runs out of memory is terminated and replaced, and its job fails alone. Threads start at the first need, do not keep
// the process alive when idle, and are replaced after a number of jobs so that nothing can pile up in them.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Log, quoted } from '../../mta/log.ts';
import type { Finding, Job, JobResult, Report, WorkerRole } from './jobs.ts';

// The same name beside us: worker.ts among the sources, worker.js in dist/.
const entry = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** How long a thread may take to load before its start counts as failed, milliseconds. */
const startLimit = 30_000;

export interface LaneOptions {
  readonly role: WorkerRole;
  readonly threads: number;
  /** Wall clock for one job, or for one message of a batch, milliseconds. */
  readonly limit: (job: Job) => number;
  readonly heapMiB: number;
  /** Jobs after which a thread is replaced. */
  readonly jobsPerThread: number;
  /** Milliseconds without a job after which a thread ends; it stays when not given. */
  readonly idleLimit?: number | undefined;
  readonly log: Log;
}

/** Why a job has no result. */
export type Failure = 'slow' | 'failed' | 'closed';

/** What becomes of a job. */
export type JobOutcome<K extends Job['kind']> =
  | { readonly ok: true; readonly result: JobResult[K] }
  | { readonly ok: false; readonly failure: Failure };

interface Queued {
  readonly id: number;
  readonly job: Job;
  readonly transfer: ArrayBuffer[];
  readonly onFinding: ((finding: Finding) => void) | undefined;
  settle(outcome: JobOutcome<Job['kind']>): void;
}

interface Thread {
  readonly worker: Worker;
  ready: boolean;
  job: Queued | undefined;
  jobs: number;
  timer: NodeJS.Timeout | undefined;
}

/** Runs jobs of one role. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue: Queued[] = [];
  #ids = 0;
  #startFailures = 0;
  #closed = false;
  #isWarm = false;
  #practises = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Starts one thread ahead of need, and from now on another one when the last has ended. */
  warm(): void {
    this.#isWarm = true;
    if (this.#threads.size === 0 && !this.#closed) this.#start();
  }

  /** Has threads do ahead what they do slowly the first times, this one and all that come after it. */
  practise(): void {
    if (this.#practises) return;
    this.#practises = true;
    for (const { worker } of this.#threads) worker.postMessage({ practise: true });
  }

  /** Queues a job; never rejects. */
  run<K extends Job['kind']>(
    job: Extract<Job, { kind: K }>,
    onFinding?: (finding: Finding) => void,
  ): Promise<JobOutcome<K>> {
    return new Promise((resolve) => {
      const transfer = 'message' in job ? [job.message.buffer as ArrayBuffer] : [];
      const settle = (outcome: JobOutcome<Job['kind']>): void => resolve(outcome as JobOutcome<K>);
      if (this.#closed) return settle({ ok: false, failure: 'closed' });
      this.#queue.push({ id: ++this.#ids, job, transfer, onFinding, settle });
      this.#dispatch();
    });
  }

  /** Ends all threads; jobs in hand fail as closed. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { settle } of this.#queue.splice(0)) settle({ ok: false, failure: 'closed' });
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, 'closed')));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const threads = [...this.#threads];
      const idle = threads.find((thread) => thread.ready && !thread.job);
      if (!idle) {
        const starting = threads.filter((thread) => !thread.ready).length;
        if (threads.length < this.#options.threads && starting < this.#queue.length) this.#start();
        return;
      }
      const queued = this.#queue.shift()!;
      idle.job = queued;
      idle.jobs++;
      idle.worker.ref();
      this.#arm(idle);
      idle.worker.postMessage({ id: queued.id, job: queued.job }, queued.transfer);
    }
  }

  /** Starts or restarts the clock of the job in hand. */
  #arm(thread: Thread): void {
    clearTimeout(thread.timer);
    if (!thread.job) return;
    thread.timer = setTimeout(() => void this.#end(thread, 'slow'), this.#options.limit(thread.job.job));
  }

  #start(): void {
    const { role, heapMiB } = this.#options;
    const worker = new Worker(entry, {
      workerData: { role, practises: this.#practises },
      name: `message-${role}`,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 },
      // Libraries' words about foreign input go nowhere (an unread stream does not hold the process; a read one
      // would); our own come back as reports.
      stdout: true,
      stderr: true,
    });
    const thread: Thread = { worker, ready: false, job: undefined, jobs: 0, timer: undefined };
    this.#threads.add(thread);
    thread.timer = setTimeout(() => void this.#end(thread, 'slow'), startLimit);
    if (this.#queue.length === 0) {
      worker.unref();
      thread.timer.unref();
    }
    worker.on('message', (report: Report) => this.#take(thread, report));
    worker.on('error', (error) => {
      this.#options.log(`message reader: ${role} worker stopped: ${quoted(error.message)}`);
      void this.#end(thread, 'failed');
    });
    worker.on('exit', () => void this.#end(thread, 'failed'));
  }

  #take(thread: Thread, report: Report): void {
    if (!this.#threads.has(thread)) return;
    if (report.type === 'ready') {
      thread.ready = true;
      this.#startFailures = 0;
      clearTimeout(thread.timer);
      thread.worker.unref();
      return this.#dispatch();
    }
    const job = thread.job;
    if (!job || job.id !== report.id) return;
    if (report.type === 'finding') {
      job.onFinding?.(report.finding);
      return this.#arm(thread);
    }
    clearTimeout(thread.timer);
    thread.job = undefined;
    thread.worker.unref();
    if (report.type === 'done') job.settle({ ok: true, result: report.result });
    else {
      this.#options.log(`message reader: ${job.job.kind} failed: ${quoted(report.error)}`);
      job.settle({ ok: false, failure: 'failed' });
    }
    if (thread.jobs >= this.#options.jobsPerThread) void this.#end(thread, 'closed');
    this.#dispatch();
    const { idleLimit } = this.#options;
    if (idleLimit !== undefined && !thread.job && this.#threads.has(thread))
      thread.timer = setTimeout(() => void this.#end(thread, 'closed'), idleLimit).unref();
  }

  /** Terminates a thread and fails its job. Safe to call twice. */
  async #end(thread: Thread, failure: Failure): Promise<void> {
    clearTimeout(thread.timer);
    if (!this.#threads.delete(thread)) return;
    const { job } = thread;
    thread.job = undefined;
    if (job) {
      // A program that ends has no news for anybody.
      if (failure !== 'closed')
        this.#options.log(`message reader: ${job.job.kind} worker killed: ${failure}`);
      job.settle({ ok: false, failure });
    } else if (!thread.ready && failure !== 'closed') {
      // A thread that cannot start fails those who wait for it; after three in a row none is tried for them.
      this.#startFailures++;
      this.#options.log(`message reader: ${this.#options.role} worker did not start: ${failure}`);
      if (this.#startFailures >= 3) {
        for (const { settle } of this.#queue.splice(0)) settle({ ok: false, failure: 'failed' });
        this.#startFailures = 0;
      }
    }
    const terminated = thread.worker.terminate();
    if (!this.#closed) this.#dispatch();
    // One that could not start is not tried again before somebody needs it.
    if (this.#isWarm && thread.ready && !this.#closed) this.warm();
    await terminated;
  }
}
