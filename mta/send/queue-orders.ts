// What people ask of the queue: what waits and why, and orders about one message or all. One interface for a queue that runs
// (orders.ts, asked over run/orders: calls/order-calls.ts) and for one that nobody serves (stopped-orders.ts).
//   drop       the message goes, nobody hears of it
//   bounceNow  whoever has not got it yet counts as failed: its sender gets the bounce
//   retryNow   it is due now
//   hold       nothing of it is tried until `release`, over stops and crashes too. Time goes on meanwhile, but nothing is
//              given up while it is held; when it is older than queuelifetime, the try after its release is the last one.
import type { ListedMessage, ListedRecipient } from '../queue/listing.ts';

export const orderNames = ['drop', 'bounceNow', 'retryNow', 'hold', 'release'] as const;
export type OrderName = (typeof orderNames)[number];

/** What became of an order. */
export type OrderAnswer =
  | { readonly state: 'done' }
  /** Deliveries of the message are running: it is carried out when they have ended, unless they settle it. */
  | { readonly state: 'later' }
  /** `why` is for the person who gave it. */
  | { readonly state: 'refused'; readonly why: string };

export interface QueueRecipient extends ListedRecipient {
  /** Why it waits: the last report, as far as it is remembered. */
  readonly report?: { readonly at: number; readonly text: string };
}

/** Which message an order means, beside its number: numbers come again. */
export interface ExpectedMessage {
  readonly sender: string;
  /** Arrival as a list of the queue gave it, seconds since 1970. */
  readonly birth: number;
}

/** A message with what the scheduler knows of it; times in seconds since 1970. */
export interface QueueEntry extends Omit<ListedMessage, 'recipients'> {
  readonly recipients: readonly QueueRecipient[];
  readonly isHeld: boolean;
  /** Of each channel with recipients left: the next try, undefined while one is under way. */
  readonly next: { readonly local?: number; readonly remote?: number };
  /** Tries in this run of the program; undefined: not known. */
  readonly attempts?: { readonly local: number; readonly remote: number };
  /** Deliveries of it are under way. */
  readonly isRunning: boolean;
}

export interface QueuePage {
  readonly entries: readonly QueueEntry[];
  /** Where to go on; undefined at the end. */
  readonly next?: string;
}

export interface QueueStatus {
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  /** How many messages are in the queue; letters in the journal, on their first try, are not counted. */
  readonly messages: number;
  /** Of the process that serves the queue. */
  readonly pid: number;
  /** Seconds since 1970. */
  readonly since: number;
}

/** Is this the message that an order means? */
export const isExpected = (
  { sender, birth }: Pick<ListedMessage, 'sender' | 'birth'>,
  expected: ExpectedMessage,
): boolean => sender === expected.sender && birth === expected.birth;

/** Messages a page, recipients of each in a list, and in a page of one message. */
export const pageLimits = { entries: 50, recipients: 20, recipientsOfOne: 200 } as const;

/** Every method may reject with the system's error, and over a socket when the server goes away. */
export interface QueueOrders {
  status(): Promise<QueueStatus>;
  /** @param after `next` of the page before */
  list(after?: string): Promise<QueuePage>;
  /** @param skip recipients left out before those that are listed */
  show(id: string, skip?: number): Promise<QueueEntry | undefined>;
  /** Bytes of the message from an offset, as many as come at once; empty at the end; undefined: no such message. */
  read(id: string, offset: number): Promise<Buffer | undefined>;
  /**
   * @param by who gives it, for the log
   * @param expected the order is refused when the number has another message by the time it is carried out
   */
  give(order: OrderName, id: string, by: string, expected?: ExpectedMessage): Promise<OrderAnswer>;
  /** Everything is due now (ALRM). */
  retryAll(by: string): Promise<void>;
  /** No delivery is begun until `resume`, or until the server starts again; mail comes in. */
  pause(by: string): Promise<void>;
  resume(by: string): Promise<void>;
  close(): Promise<void>;
}
