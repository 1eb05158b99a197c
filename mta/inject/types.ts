// The injection interface as its callers see it (the server side is in inject/server.ts, the client in inject/client.ts).
// Wire form: QMQP (spec/qmail.md 11) on the Unix socket run/inject, plus a streamed form of ours for senders that do
// not know the length yet. K is answered only when the message is durable in the queue.
import type { DsnRequest } from '../formats/dsn.ts';
import type { Outcome } from '../outcome.ts';

/**
 * Who injects; chooses the words of the queue's Received line: `from network`, `for bounce`, `by alias`, `by uid N`.
 * `relay` is the network too: somebody of the site's own, who logged in or may relay.
 */
export type Origin = 'network' | 'relay' | 'bounce' | 'alias' | `uid ${number}`;

/**
 * Variable by which a program in the queue's place hands on whose message it has, when it ends in our qmail-queue: an
 * origin that its user may not name counts as none, so it grants nothing.
 */
export const originVariable = 'FACTEUR_ORIGIN';

/** What qmail-queue says to the queue: who it is, and of whom the program that called it had the message. */
export type OriginClaim = Origin | `uid ${number} for ${'network' | 'relay' | 'bounce'}`;

/** A message on its way into the queue. Nothing is queued unless `finish` answers K. */
export interface Injection {
  /** Hands over the next bytes (LF line ends). False: wait for `drained` before more. */
  write(chunk: Buffer): boolean;
  drained(): Promise<void>;
  /** It will be for this recipient alone, if it comes: a queue beside us looks its way up while the bytes come. */
  expect?(sender: string, recipient: string): void;
  /**
   * Ends the message and gives the envelope. K text is `ok UNIXTIME qp NUMBER`. A lost queue is Z. Call once.
   * @param dsn the sender's wishes about notifications, parallel to `recipients`; QMQP and a program in the queue's place
   *   cannot carry them, and drop them
   */
  finish(sender: string, recipients: readonly string[], dsn?: DsnRequest): Promise<Outcome>;
  /** Gives up: nothing is queued. */
  abort(): void;
}

/** Opens injections; held by everyone who sends (smtpd, web, local forwards, bounces, commands). */
export interface Injector {
  /**
   * @param whenQueued the queue itself calls it with the message's number as soon as the message is durable, before
   *   anybody else hears of it; others may not know it
   * @param uid of who injects, for the envelope and the log, where it is proved and the origin does not say it; ours else
   */
  open(origin: Origin, whenQueued?: (qp: string) => void, uid?: number): Injection;
  /** The whole message at once. */
  inject(
    origin: Origin,
    message: Buffer,
    sender: string,
    recipients: readonly string[],
    dsn?: DsnRequest,
  ): Promise<Outcome>;
  /** Closes kept connections. */
  close(): void;
}
