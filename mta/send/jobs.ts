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
  /** It came from somebody who logged in or may relay; false where that was forgotten in a restart. */
  readonly isOfSite: boolean;
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
  /** When each channel is tried next; none while it is tried. An item of a heap with another time counts no more. */
  readonly due: Map<Channel, number>;
  /** Channels that are tried now, and whether each shall be tried again at once when it fails. */
  readonly running: Map<Channel, { again: boolean }>;
  /** It is held, or an order about it waits: nothing of it is begun. */
  isHalted: boolean;
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

  /** Numbers come again: is this the message of its number still? */
  isCurrent(job: Job): boolean {
    return this.#jobs.get(job.id)?.job === job;
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id)?.job;
  }

  add(job: Job, open: readonly Channel[]): void {
    this.#jobs.set(job.id, {
      job,
      open: new Set(open),
      unmarked: { local: new Map(), remote: new Map() },
      due: new Map(),
      running: new Map(),
      isHalted: false,
    });
  }

  /** Channels on which something is left to do. */
  openChannels(id: string): readonly Channel[] {
    return [...(this.#jobs.get(id)?.open ?? [])];
  }

  /** When a channel is tried next, seconds since 1970; undefined while it is tried, and where nothing is left. */
  dueOf(id: string, channel: Channel): number | undefined {
    return this.#jobs.get(id)?.due.get(channel);
  }

  isRunning(id: string): boolean {
    return (this.#jobs.get(id)?.running.size ?? 0) > 0;
  }

  isHalted(id: string): boolean {
    return this.#jobs.get(id)?.isHalted === true;
  }

  /** Nothing more of it is begun; what runs goes on. */
  halt(id: string): void {
    const known = this.#jobs.get(id);
    if (known) known.isHalted = true;
  }

  /** It may be tried again. What was due meanwhile is due now. */
  resume(id: string, now: number): void {
    const known = this.#jobs.get(id);
    if (!known) return;
    known.isHalted = false;
    // Items whose time came meanwhile were dropped from the heaps.
    for (const [channel, due] of known.due) this.#push(known, channel, Math.max(due, now));
  }

  /** One message is due now; a try that runs is followed by another one if it fails. */
  dueNow(id: string, now: number): void {
    const known = this.#jobs.get(id);
    if (!known) return;
    for (const run of known.running.values()) run.again = true;
    for (const [channel, due] of known.due) if (due > now) this.#push(known, channel, now);
  }

  /** The recipients that the next pass marks instead of delivering to them again. */
  unmarked(job: Job, channel: Channel): Unmarked {
    return this.#jobs.get(job.id)?.unmarked[channel] ?? new Map();
  }

  forget(job: Job): void {
    this.#jobs.delete(job.id);
  }

  schedule(job: Job, channel: Channel, due: number): void {
    const known = this.#jobs.get(job.id);
    if (known) this.#push(known, channel, due);
  }

  #push(known: KnownJob, channel: Channel, due: number): void {
    known.due.set(channel, due);
    this.#heaps[channel].push({ id: known.job.id, due });
  }

  /** The job of an item of a heap, if it still says when that job is due. */
  #valid({ id, due }: DueItem, channel: Channel): KnownJob | undefined {
    const known = this.#jobs.get(id);
    return known && !known.isHalted && known.due.get(channel) === due ? known : undefined;
  }

  /**
   * Takes the earliest job whose time has come.
   * @param isFull do enough wait for this remote recipient's destination?
   */
  takeDue(channel: Channel, now: number, isFull: (recipient: string) => boolean): Job | undefined {
    if (channel === 'remote') {
      for (const [domain, items] of this.#aside) {
        if (isFull(domain)) continue;
        let known: KnownJob | undefined;
        while (!known && items.size > 0) known = this.#valid(items.shift() as DueItem, channel);
        if (items.size === 0) this.#aside.delete(domain);
        if (known) return this.#take(known, channel);
      }
    }
    for (let first = this.#heaps[channel].peek(); first && first.due <= now; ) {
      this.#heaps[channel].pop();
      const known = this.#valid(first, channel);
      const recipient = channel === 'remote' ? known?.job.onlyRemote : undefined;
      if (known && (recipient === undefined || !isFull(recipient))) return this.#take(known, channel);
      if (known && recipient !== undefined) this.#putAside(recipient, first);
      first = this.#heaps[channel].peek();
    }
    return undefined;
  }

  #take({ job, due }: KnownJob, channel: Channel): Job {
    due.delete(channel);
    return job;
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

  passStarted(job: Job, channel: Channel): void {
    this.#passes[channel] += 1;
    const known = this.#jobs.get(job.id);
    known?.due.delete(channel);
    known?.running.set(channel, { again: false });
  }

  /** @returns whether it shall be tried again at once if something is left */
  passEnded(job: Job, channel: Channel): boolean {
    this.#passes[channel] -= 1;
    const running = this.#jobs.get(job.id)?.running;
    const again = running?.get(channel)?.again === true;
    running?.delete(channel);
    return again;
  }

  /** Makes every waiting job due at `now`. */
  allDue(now: number): void {
    for (const channel of channels) {
      const heap = new DueHeap();
      for (const item of this.#heaps[channel].items()) {
        const known = this.#valid(item, channel);
        if (!known) continue;
        const due = Math.min(item.due, now);
        known.due.set(channel, due);
        heap.push({ id: item.id, due });
      }
      this.#heaps[channel] = heap;
    }
  }

  /** What waits, for saving at a stop. */
  *scheduled(): Generator<{ id: string; channel: Channel; due: number }> {
    for (const { job, due } of this.#jobs.values())
      for (const [channel, at] of due) yield { id: job.id, channel, due: at };
  }
}
