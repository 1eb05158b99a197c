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
  /** What Undo is handed, as for `rememberUndo`; undefined: nothing can be put back. */
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
  /** The operation that remembers what it did (`?u=`, the activity page), once it is done. */
  readonly op?: string | undefined;
  /** Words for a person, when it failed; '' when nobody foresaw that. */
  readonly failure?: string | undefined;
  readonly endedAt?: number | undefined;
}

/** Thrown by work that failed for a reason a person can be told. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
}

export const isRunning = ({ state }: JobState): boolean => state === 'running' || state === 'cancelling';

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
  /** Cancels and forgets the jobs of an account that is gone, and waits until they have ended. */
  forget(address: string): Promise<void>;
  /** Cancels all, and waits until they have ended. */
  close(): Promise<void>;
}

const mostOfAccount = 3;
/** How long the end of a job is told, milliseconds. */
const keptFor = 3600_000;

/** Where the end of a job goes besides its own page. */
export interface JobEnds {
  /** Called at every change of a job, at most four times a second and at its end. */
  readonly tell: (address: string, job: JobState) => void;
  /** Keeps words and what puts the work back; gives the id of the operation. */
  readonly remember: (address: string, words: string, undo: unknown) => string;
}

export function createJobs(log: Log, now: () => number, { tell, remember }: JobEnds): Jobs {
  interface Entry {
    state: JobState;
    readonly address: string;
    readonly stop: AbortController;
    ended: Promise<void>;
  }
  const jobs = new Map<string, Entry>();
  const of = (address: string): Entry[] => {
    for (const [id, { state }] of jobs)
      if (state.endedAt !== undefined && now() - state.endedAt > keptFor) jobs.delete(id);
    return [...jobs.values()].filter((job) => job.address === address);
  };
  const findJob = (address: string, id: string): Entry | undefined => {
    const job = jobs.get(id);
    return job?.address === address ? job : undefined;
  };

  return {
    start(address, title, work, onEnd) {
      if (of(address).filter(({ state }) => isRunning(state)).length >= mostOfAccount) return undefined;
      const id = randomBytes(9).toString('base64url');
      const entry: Entry = {
        state: { id, title, startedAt: now(), done: 0, total: 0, state: 'running' },
        address,
        stop: new AbortController(),
        ended: Promise.resolve(),
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
          const op = remember(address, outcome.words, outcome.undo);
          onEnd?.(outcome);
          change({ state: 'done', endedAt: now(), outcome, op });
        } catch (error) {
          log(`web: job failed: ${quoted(String(error))}`);
          change({
            state: 'failed',
            endedAt: now(),
            failure: error instanceof JobFailure ? error.message : '',
          });
        }
      };
      entry.ended = run();
      return id;
    },
    find: (address, id) => findJob(address, id)?.state,
    list: (address) =>
      of(address)
        .map(({ state }) => state)
        .sort((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.startedAt - a.startedAt),
    cancel(address, id) {
      const job = findJob(address, id);
      if (!job || !isRunning(job.state)) return false;
      job.state = { ...job.state, state: 'cancelling' };
      tell(address, job.state);
      job.stop.abort();
      return true;
    },
    async forget(address) {
      const gone = of(address);
      for (const { stop } of gone) stop.abort();
      await Promise.all(gone.map(({ ended }) => ended));
      for (const { state } of gone) jobs.delete(state.id);
    },
    async close() {
      for (const job of jobs.values()) job.stop.abort();
      await Promise.all([...jobs.values()].map((job) => job.ended));
    },
  };
}
