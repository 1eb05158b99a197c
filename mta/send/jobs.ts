// The preprocessed messages that the scheduler knows (S5), with the times of their next tries: qmail-send's pqchan.
// Recipients are not held in memory; a pass reads them from the channel file. Only where a message goes whose one
// recipient is left is known: one that is due while enough wait for that destination stands aside, and those for other
// destinations come first (security.md X8).
import type { ServedRecipient } from '../queue/dsn-file.ts';
import type { Channel } from '../queue/queue.ts';
import { DueHeap, type DueItem } from './due-heap.ts';
import { Fifo } from './fifo.ts';

/** A preprocessed message. */
export interface Job {
  readonly id: string;
  readonly sender: string;
  /** Arrival, seconds since 1970. */
  readonly birth: number;
  readonly size: number;
  /** The only remote recipient that is left, once that is known. */
  onlyRemote?: string | undefined;
}

/**
 * Recipients, by the offsets of their marks, that are done and could not be marked so on disk; with what the sender is to
 * hear of them and could not be noted.
 */
export type Unmarked = Map<number, ServedRecipient | undefined>;

const channels: readonly Channel[] = ['local', 'remote'];

interface KnownJob {
  readonly job: Job;
  readonly open: Set<Channel>;
  readonly unmarked: Readonly<Record<Channel, Unmarked>>;
}

/** All jobs, their open channels and their due times. */
export class Jobs {
  readonly #jobs = new Map<string, KnownJob>();
  #heaps: Record<Channel, DueHeap> = { local: new DueHeap(), remote: new DueHeap() };
  readonly #passes: Record<Channel, number> = { local: 0, remote: 0 };
  /** Remote jobs that are due and stand aside, by recipient's domain. */
  readonly #aside = new Map<string, Fifo<DueItem>>();

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  add(job: Job, open: readonly Channel[]): void {
    this.#jobs.set(job.id, { job, open: new Set(open), unmarked: { local: new Map(), remote: new Map() } });
  }

  /** The recipients that the next pass marks instead of delivering to them again. */
  unmarked(job: Job, channel: Channel): Unmarked {
    return this.#jobs.get(job.id)?.unmarked[channel] ?? new Map();
  }

  forget(job: Job): void {
    this.#jobs.delete(job.id);
  }

  schedule(job: Job, channel: Channel, due: number): void {
    this.#heaps[channel].push({ id: job.id, due });
  }

  /**
   * Takes the earliest job whose time has come.
   * @param isFull do enough wait for this remote recipient's destination?
   */
  takeDue(channel: Channel, now: number, isFull: (recipient: string) => boolean): Job | undefined {
    if (channel === 'remote') {
      for (const [domain, items] of this.#aside) {
        if (isFull(domain)) continue;
        const item = items.shift();
        if (items.size === 0) this.#aside.delete(domain);
        const known = item && this.#jobs.get(item.id);
        if (known) return known.job;
      }
    }
    for (let first = this.#heaps[channel].peek(); first && first.due <= now; ) {
      this.#heaps[channel].pop();
      const known = this.#jobs.get(first.id);
      const recipient = channel === 'remote' ? known?.job.onlyRemote : undefined;
      if (known && (recipient === undefined || !isFull(recipient))) return known.job;
      if (known && recipient !== undefined) this.#putAside(recipient, first);
      first = this.#heaps[channel].peek();
    }
    return undefined;
  }

  /** Do some stand aside? Then the end of any delivery may be the turn of one of them. */
  get hasAside(): boolean {
    return this.#aside.size > 0;
  }

  #putAside(recipient: string, item: DueItem): void {
    const domain = recipient.slice(recipient.lastIndexOf('@')).toLowerCase();
    const items = this.#aside.get(domain) ?? new Fifo();
    items.push(item);
    this.#aside.set(domain, items);
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
    for (const items of this.#aside.values())
      for (const { id, due } of items) yield { id, channel: 'remote', due };
  }
}
