// Password checks off the event loop: two worker threads and a queue of a hundred (security.md A2), so that a flood of
// logins cannot take the processor from mail. A full queue is an exception for the caller to answer 421 or 503.
// A worker that takes longer than its time is ended and replaced: a stored string from a foreign file cannot hang us.
import { Worker } from 'node:worker_threads';
import type { PasswordScheme } from './new-hash.ts';
import type { PasswordAnswer, PasswordJob } from './password-worker.ts';

/** More checks wait than the queue takes. */
export class PasswordQueueError extends Error {
  constructor() {
    super('too many password checks are waiting; try again later');
    this.name = 'PasswordQueueError';
  }
}

/** Checks and makes hashes. */
export interface PasswordHasher {
  /** Throws PasswordQueueError when too busy; Error when a check takes too long. */
  verify(password: string, stored: string): Promise<boolean>;
  /**
   * `isPatient`: for a job in the background. It goes when nobody else waits, and is not refused by a full queue: whoever
   * asks for many bounds how many.
   */
  hash(password: string, scheme: PasswordScheme, isPatient?: boolean): Promise<string>;
  /** How many are done side by side. */
  readonly threads: number;
  /** Ends the threads. Waiting jobs fail. */
  close(): Promise<void>;
}

export interface PasswordHasherOptions {
  readonly threads?: number | undefined;
  readonly queue?: number | undefined;
  /** Milliseconds for one job. */
  readonly timeout?: number | undefined;
  /** Milliseconds after which a thread without a job ends; it is started again in some 50. */
  readonly rest?: number | undefined;
}

/** A hasher with threads of its own. */
export interface PasswordThreads extends PasswordHasher {
  /** Threads that are there at the moment. */
  readonly running: number;
}

interface Waiting {
  readonly job: PasswordJob;
  readonly resolve: (value: boolean | string) => void;
  readonly reject: (error: Error) => void;
}

const suffix = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

/** Threads start with the first job, do not keep the process alive when idle, and end after a minute of it. */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordThreads {
  const { threads = 2, queue = 100, timeout = 10_000, rest = 60_000 } = options;
  const idle: Worker[] = [];
  const resting = new Map<Worker, NodeJS.Timeout>();
  const all = new Set<Worker>();
  const waiting: Waiting[] = [];
  /** Those that let all others go first. */
  const patient: Waiting[] = [];
  let closed = false;

  function startWorker(): Worker {
    const worker = new Worker(new URL(`./password-worker.${suffix}`, import.meta.url), {
      // Not the options of the main program: some of them are wrong for a thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
    });
    all.add(worker);
    // Also between jobs: a worker that ends then must neither end us nor be used again.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at >= 0) idle.splice(at, 1);
    });
    return worker;
  }

  function drop(worker: Worker): void {
    all.delete(worker);
    void worker.terminate();
  }

  /** Until its next job, or for good when none comes. */
  function lieDown(worker: Worker): void {
    worker.unref();
    idle.push(worker);
    const timer = setTimeout(() => {
      resting.delete(worker);
      const at = idle.indexOf(worker);
      if (at < 0) return;
      idle.splice(at, 1);
      drop(worker);
    }, rest);
    timer.unref();
    resting.set(worker, timer);
  }

  function wake(): Worker | undefined {
    const worker = idle.pop();
    if (worker) clearTimeout(resting.get(worker));
    if (worker) resting.delete(worker);
    return worker;
  }

  function dispatch(): void {
    for (let next = waiting[0] ?? patient[0]; next !== undefined; next = waiting[0] ?? patient[0]) {
      const worker = wake() ?? (all.size < threads ? startWorker() : undefined);
      if (worker === undefined) return;
      (waiting.length > 0 ? waiting : patient).shift();
      run(worker, next);
    }
  }

  function run(worker: Worker, { job, resolve, reject }: Waiting): void {
    const finish = (settle: () => void, keep: boolean): void => {
      clearTimeout(timer);
      // One by one: removeAllListeners would take the Worker's own listeners too, and no answer would ever come.
      worker.off('message', answered);
      worker.off('error', broke);
      worker.off('exit', ended);
      if (keep && !closed) lieDown(worker);
      else drop(worker);
      settle();
      if (!closed) dispatch();
    };
    const fail = (words: string): void => finish(() => reject(new Error(words)), false);
    const timer = setTimeout(() => fail('a password check took too long'), timeout);
    const answered = (answer: PasswordAnswer): void => {
      if ('value' in answer) finish(() => resolve(answer.value), true);
      else finish(() => reject(new Error(`a password check failed: ${answer.error}`)), true);
    };
    const broke = (error: Error): void => fail(`a password worker failed: ${error.message}`);
    const ended = (): void => fail('a password worker ended');
    worker.on('message', answered);
    worker.on('error', broke);
    worker.on('exit', ended);
    worker.ref();
    worker.postMessage(job);
  }

  function ask(job: PasswordJob, lane = waiting): Promise<boolean | string> {
    if (closed) return Promise.reject(new Error('the password workers are closed'));
    if (lane === waiting && waiting.length >= queue) return Promise.reject(new PasswordQueueError());
    return new Promise((resolve, reject) => {
      lane.push({ job, resolve, reject });
      dispatch();
    });
  }

  return {
    verify: async (password, stored) => (await ask({ kind: 'verify', password, stored })) === true,
    hash: async (password, scheme, isPatient = false) =>
      String(await ask({ kind: 'hash', password, scheme }, isPatient ? patient : waiting)),
    threads,
    get running() {
      return all.size;
    },
    close: async () => {
      closed = true;
      for (const { reject } of [...waiting.splice(0), ...patient.splice(0)])
        reject(new Error('the password workers are closed'));
      await Promise.all([...all].map((worker) => worker.terminate()));
      all.clear();
      idle.length = 0;
      for (const timer of resting.values()) clearTimeout(timer);
      resting.clear();
    },
  };
}
