// The preprocessed messages that the scheduler knows (S5), with the times of their next tries: qmail-send's pqchan.
// Recipients are not held in memory; a pass reads them from the channel file.
import type { Channel } from '../queue/queue.ts';
import { DueHeap } from './due-heap.ts';

/** A preprocessed message. */
export interface Job {
  readonly id: string;
  readonly sender: string;
  /** Arrival, seconds since 1970. */
  readonly birth: number;
  readonly size: number;
}

const channels: readonly Channel[] = ['local', 'remote'];

interface KnownJob {
  readonly job: Job;
  readonly open: Set<Channel>;
  /** Recipients, by the offsets of their marks, that are done and could not be marked so on disk. */
  readonly unmarked: Readonly<Record<Channel, Set<number>>>;
}

/** All jobs, their open channels and their due times. */
export class Jobs {
  readonly #jobs = new Map<string, KnownJob>();
  #heaps: Record<Channel, DueHeap> = { local: new DueHeap(), remote: new DueHeap() };
  readonly #passes: Record<Channel, number> = { local: 0, remote: 0 };

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  add(job: Job, open: readonly Channel[]): void {
    this.#jobs.set(job.id, { job, open: new Set(open), unmarked: { local: new Set(), remote: new Set() } });
  }

  /** The recipients that the next pass marks instead of delivering to them again. */
  unmarked(job: Job, channel: Channel): Set<number> {
    return this.#jobs.get(job.id)?.unmarked[channel] ?? new Set();
  }

  forget(job: Job): void {
    this.#jobs.delete(job.id);
  }

  schedule(job: Job, channel: Channel, due: number): void {
    this.#heaps[channel].push({ id: job.id, due });
  }

  /** Takes the earliest job whose time has come. */
  takeDue(channel: Channel, now: number): Job | undefined {
    const heap = this.#heaps[channel];
    for (let first = heap.peek(); first && first.due <= now; first = heap.peek()) {
      heap.pop();
      const known = this.#jobs.get(first.id);
      if (known) return known.job;
    }
    return undefined;
  }

  nextDue(channel: Channel): number | undefined {
    return this.#heaps[channel].peek()?.due;
  }

  /** Notes that nothing is left on this channel; true when it was the last one. */
  channelDone(job: Job, channel: Channel): boolean {
    const open = this.#jobs.get(job.id)?.open;
    open?.delete(channel);
    return open?.size === 0;
  }

  /** Open passes of a channel. */
  passes(channel: Channel): number {
    return this.#passes[channel];
  }

  passStarted(channel: Channel): void {
    this.#passes[channel] += 1;
  }

  passEnded(channel: Channel): void {
    this.#passes[channel] -= 1;
  }

  /** Makes every waiting job due at `now`. */
  allDue(now: number): void {
    for (const channel of channels) {
      const heap = new DueHeap();
      for (const item of this.#heaps[channel].items())
        heap.push({ id: item.id, due: Math.min(item.due, now) });
      this.#heaps[channel] = heap;
    }
  }

  /** What waits, for saving at a stop. */
  *scheduled(): Generator<{ id: string; channel: Channel; due: number }> {
    for (const channel of channels)
      for (const { id, due } of this.#heaps[channel].items()) yield { id, channel, due };
  }
}
