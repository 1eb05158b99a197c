// What the queue asks of local and remote, and what it gets back: qmail's spawn protocol as a call.
// One request is one recipient. The answer's text is what qmail-local or qmail-remote would have reported; it ends
// up in the delivery log line and, when permanent, in the bounce.
import type { DsnRecipient } from './formats/dsn.ts';
import type { Outcome } from './outcome.ts';

/** What the sender asked about notifications for this recipient (RFC 3461). */
export interface DeliveryDsn extends DsnRecipient {
  readonly ret?: 'FULL' | 'HDRS' | undefined;
  /** xtext. */
  readonly envid?: string | undefined;
  /** RFC 8689: it goes on only over TLS to a server that is proved and does the same. */
  readonly requireTls?: true | undefined;
}

/** Deliver one queued message to one recipient. */
export interface DeliveryRequest {
  /** The message's number in the queue (decimal inode number of mess/N/id). */
  readonly id: string;
  /** The queue file that holds the message; LF line ends; never changes while the request runs. */
  readonly path: string;
  /** The message has no file yet (it is in the journal and in memory): makes one and gives its path. */
  readonly file?: (() => Promise<string>) | undefined;
  /** Size of that file in bytes. */
  readonly size: number;
  /** The same bytes, when the queue still has them in memory (small, just injected). */
  readonly message?: Buffer | undefined;
  /** Envelope sender; '' is the null sender, '#@[]' the double-bounce sender. VERP is already expanded. */
  readonly sender: string;
  /** Local: the rewritten address (prepend-user@domain). Remote: the address to give in RCPT. */
  readonly recipient: string;
  /** Goes on with the message where it can. */
  readonly dsn?: DeliveryDsn | undefined;
}

/** What became of a delivery. */
export interface Delivered extends Outcome {
  /** The destination could not be reached, did not answer or sent us away: it may want fewer deliveries at once. */
  readonly isTooMuch?: boolean | undefined;
  /**
   * Of a success, as far as the sender's wishes go. `passed on`: the next host has them and tells the sender; `relayed`:
   * it does not know of such things; `expanded`: the message went on to several addresses; undefined: it is in a mailbox.
   */
  readonly fate?: 'passed on' | 'relayed' | 'expanded' | undefined;
}

/** Where mail goes: deliveries to one destination stand in one line. */
export interface Destination {
  /** A mail domain, or a relay. */
  readonly name: string;
  /** Deliveries at once at the most. */
  readonly limit: number;
  /** All mail goes there (a relay for everything): nothing need be kept free for others. */
  readonly isOnlyWay: boolean;
}

/** A message with one recipient that is not queued yet. */
export interface ExpectedLetter {
  readonly sender: string;
  readonly recipient: string;
  /** As it will be queued: the request of its delivery has this very buffer. Undefined while it comes. */
  readonly message: Buffer | undefined;
}

/** One way of delivering. Never throws for what the world does: an unexpected error is a temporary outcome. */
export interface DeliveryAgent {
  deliver(request: DeliveryRequest): Promise<Delivered>;
  /** The destination of a recipient's mail; undefined: every delivery may run whatever others do. */
  destinationOf?(recipient: string): Destination | undefined;
  /**
   * A hint: this message is coming, or becoming durable, and its delivery follows within milliseconds. What can be looked up, or
   * written where nobody sees it, is meanwhile; nothing is done that is not undone by forgetting it. Never fails.
   */
  prepare?(letter: ExpectedLetter): void;
}

/** A success with what became of the message; nothing is added for a mailbox. */
export const withFate = (outcome: Outcome, fate: Delivered['fate']): Delivered =>
  fate === undefined ? outcome : { ...outcome, fate };
