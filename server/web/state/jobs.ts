// Work that takes longer than an answer may: select all of a large folder, import, export (webmail.md 2.6). A job runs in
// this process, tells how far it is, can be cancelled, and says at its end what it did, with what puts it back. It ends
// with the process: whatever a job has done until then is done, the rest is not.
import { randomBytes } from 'node:crypto';
import { type Log, quoted } from '../../../mta/log.ts';

/** What the work of a job is handed. */
export interface Job {
  /** The work looks at it between its steps, and ends with what it has done so far. */
  readonly signal: AbortSignal;
  /** How far it is. */
  step(done: number, total: number): void;
}

/** What a job did. */
export interface JobOutcome {
  /** For the toast: "812 messages moved to Archive." */
  readonly words: string;
  /** For `rememberUndo`; undefined: nothing can be put back. */
  readonly undo?: unknown;
  /** A page with the result: a file to download, a report. */
  readonly href?: string;
}

export interface JobState {
  readonly id: string;
  readonly title: string;
  readonly startedAt: number;
  readonly done: number;
  /** 0: not known yet. */
  readonly total: number;
  readonly state: 'running' | 'cancelling' | 'done' | 'failed';
  readonly outcome?: JobOutcome | undefined;
  /** Words for a person, when it failed. */
  readonly failure?: string | undefined;
}

export interface Jobs {
  /**
   * Starts work for an account. `onEnd` is called once with the outcome, also of a cancelled one; not when it failed.
   * @returns its id; undefined when the account has too many running
   */
  start(
    address: string,
    title: string,
    work: (job: Job) => Promise<JobOutcome>,
    onEnd?: (outcome: JobOutcome) => void,
  ): string | undefined;
  find(address: string, id: string): JobState | undefined;
  /** The account's jobs, running ones first, then what ended in the last hour. */
  list(address: string): readonly JobState[];
  cancel(address: string, id: string): boolean;
  /** Cancels all, and waits until they have ended. */
  close(): Promise<void>;
}

const mostOfAccount = 3;
/** How long the end of a job is told, milliseconds. */
const keptFor = 3600_000;

/** @param tell is called at every change of a job, at most four times a second and at its end */
export function createJobs(
  log: Log,
  now: () => number,
  tell: (address: string, job: JobState) => void,
): Jobs {
  interface Entry {
    state: JobState;
    readonly address: string;
    readonly stop: AbortController;
    ended: Promise<void>;
    endedAt: number;
  }
  const jobs = new Map<string, Entry>();
  const isRunning = ({ state }: Entry): boolean => state.state === 'running' || state.state === 'cancelling';
  const of = (address: string): Entry[] => {
    for (const [id, job] of jobs) if (!isRunning(job) && now() - job.endedAt > keptFor) jobs.delete(id);
    return [...jobs.values()].filter((job) => job.address === address);
  };
  const findJob = (address: string, id: string): Entry | undefined => {
    const job = jobs.get(id);
    return job?.address === address ? job : undefined;
  };

  return {
    start(address, title, work, onEnd) {
      if (of(address).filter(isRunning).length >= mostOfAccount) return undefined;
      const id = randomBytes(9).toString('base64url');
      const entry: Entry = {
        state: { id, title, startedAt: now(), done: 0, total: 0, state: 'running' },
        address,
        stop: new AbortController(),
        ended: Promise.resolve(),
        endedAt: 0,
      };
      jobs.set(id, entry);
      const change = (changes: Partial<JobState>): void => {
        entry.state = { ...entry.state, ...changes };
        tell(address, entry.state);
      };
      let told = Number.NEGATIVE_INFINITY;
      const run = async (): Promise<void> => {
        try {
          const outcome = await work({
            signal: entry.stop.signal,
            step(done, total) {
              entry.state = { ...entry.state, done, total };
              if (performance.now() - told < 250) return;
              told = performance.now();
              tell(address, entry.state);
            },
          });
          onEnd?.(outcome);
          entry.endedAt = now();
          change({ state: 'done', outcome });
        } catch (error) {
          log(`web: job failed: ${quoted(String(error))}`);
          entry.endedAt = now();
          change({ state: 'failed', failure: error instanceof Error ? error.message : String(error) });
        }
      };
      entry.ended = run();
      return id;
    },
    find: (address, id) => findJob(address, id)?.state,
    list: (address) =>
      of(address)
        .sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.state.startedAt - a.state.startedAt)
        .map(({ state }) => state),
    cancel(address, id) {
      const job = findJob(address, id);
      if (!job || !isRunning(job)) return false;
      job.state = { ...job.state, state: 'cancelling' };
      job.stop.abort();
      return true;
    },
    async close() {
      for (const job of jobs.values()) job.stop.abort();
      await Promise.all([...jobs.values()].map((job) => job.ended));
    },
  };
}
