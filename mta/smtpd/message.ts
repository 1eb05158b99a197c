// One message on its way from DATA into the queue: the Received line on top, the limits while it passes, and the
// reply at its end. Streams into the injection with back-pressure and keeps nothing but a header to be completed;
// whatever goes wrong, the rest is still read, nothing is queued, and the client is told why.
import type { DsnRequest } from '../formats/dsn.ts';
import type { Injection, Injector, Origin } from '../inject/types.ts';
import { HeaderScan } from './header-scan.ts';
import { JudgedInjection, type JudgedOptions } from './judged.ts';
import type { LocalMailbox } from './mailbox.ts';
import { isLooping } from './mailbox.ts';
import type { Reply } from './reply.ts';
import { queueReply, replies } from './reply.ts';
import type { SmtpdLimits } from './settings.ts';

/** Who sends to whom. */
export interface MessageEnvelope {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Wishes about notifications (RFC 3461), parallel to the recipients. */
  readonly dsn?: DsnRequest | undefined;
  /** The only recipient, when it is one of ours. */
  readonly mailbox?: LocalMailbox | undefined;
}

/** What is fixed when the message begins. */
export interface MessageOptions {
  readonly injector: Injector;
  readonly origin: Origin;
  readonly received: string;
  /** The message is held and judged; the queue's Received line is then the judge's to put on top. */
  readonly judged?: JudgedOptions | undefined;
  /** Sender and recipient when there is but one. */
  readonly expected: { readonly sender: string; readonly recipient: string } | undefined;
  /** Bytes, 0 for no limit; the Received line is not counted (qmail-smtpd, databytes). */
  readonly databytes: number;
  readonly limits: SmtpdLimits;
  /**
   * Given the beginning of the message, its whole header at least, gives what takes its place (submission-header.ts).
   * With it the header is held until it has ended: `limits.headerBytes` and a chunk at most.
   */
  readonly completeHeader?: ((beginning: Buffer) => Buffer) | undefined;
  /** Looks at what completeHeader gave, and says why it may not be sent. Never rejects. */
  readonly approveHeader?: ((beginning: Buffer) => Promise<Reply | undefined>) | undefined;
}

/** Most headers fit. */
const HELD_BYTES = 16_384;

export class IncomingMessage {
  /** Message bytes so far, LF line ends. */
  size = 0;
  readonly #options: MessageOptions;
  readonly #header = new HeaderScan();
  #injection: Injection | undefined;
  #refusal: Reply | undefined;
  /** The header so far while it waits for its completion, in the first bytes of a buffer that grows. */
  #held: Buffer | undefined;
  #heldBytes = 0;

  constructor(options: MessageOptions) {
    this.#options = options;
    if (options.completeHeader !== undefined) this.#held = Buffer.allocUnsafe(HELD_BYTES);
    this.#attempt(() => {
      this.#injection = options.judged
        ? new JudgedInjection(options.origin, options.judged)
        : options.injector.open(options.origin);
      if (!options.judged) this.#injection.write(Buffer.from(options.received, 'latin1'));
      const { expected } = options;
      if (expected) this.#injection.expect?.(expected.sender, expected.recipient);
    });
  }

  /** What the message will get instead of being queued, as far as is known. */
  get refusal(): Reply | undefined {
    return this.#refusal;
  }

  /** R9, R10: would its delivery find that it was there before? Known when the header has ended. */
  loopsTo(mailbox: LocalMailbox): boolean {
    return isLooping(this.#header.delivered, mailbox);
  }

  /** Takes decoded bytes. A promise: wait for it before giving more. */
  take(chunk: Buffer): Promise<void> | undefined {
    this.size += chunk.length;
    if (this.#refusal !== undefined || chunk.length === 0) return undefined;
    const { databytes, limits } = this.#options;
    if (databytes > 0 && this.size > databytes) this.refuse(replies.tooBig);
    else if (!this.#header.ended) {
      this.#header.push(chunk);
      if (this.#header.bytes > limits.headerBytes || this.#header.lines > limits.headerLines)
        this.refuse(replies.headerTooBig);
      else if (this.#header.hops >= limits.hops) this.refuse(replies.tooManyHops);
    }
    if (this.#refusal !== undefined) return undefined;
    if (this.#held === undefined) return this.#write(chunk);
    this.#hold(this.#held, chunk);
    return this.#header.ended ? this.#writeHeld() : undefined;
  }

  /** Copies, so that a header which comes byte by byte takes no more room than another. */
  #hold(held: Buffer, chunk: Buffer): void {
    const bytes = this.#heldBytes + chunk.length;
    if (bytes > held.length) {
      this.#held = Buffer.allocUnsafe(Math.max(bytes, 2 * held.length));
      held.copy(this.#held, 0, 0, this.#heldBytes);
    }
    chunk.copy(this.#held ?? held, this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #write(chunk: Buffer): Promise<void> | undefined {
    let wait: Promise<void> | undefined;
    this.#attempt(() => {
      if (this.#injection?.write(chunk) === false) wait = this.#injection.drained();
    });
    return wait?.catch(() => this.refuse(replies.queueFailed));
  }

  #writeHeld(): Promise<void> | undefined {
    const beginning = this.#held?.subarray(0, this.#heldBytes);
    this.#held = undefined;
    if (beginning === undefined) return undefined;
    const complete = this.#options.completeHeader?.(beginning) ?? beginning;
    return this.#options.approveHeader === undefined ? this.#write(complete) : this.#writeApproved(complete);
  }

  async #writeApproved(beginning: Buffer): Promise<void> {
    const refusal = await this.#options.approveHeader?.(beginning);
    if (refusal === undefined) await this.#write(beginning);
    else this.refuse(refusal);
  }

  /** The message will get this reply; the first reason stands. Nothing is queued. */
  refuse(reply: Reply): void {
    this.#refusal ??= reply;
    this.abort();
  }

  /** The end was seen: hands over the envelope and waits until the message is durable. */
  async finish(envelope: MessageEnvelope): Promise<Reply> {
    // A message without a blank line.
    if (this.#refusal === undefined) await this.#writeHeld();
    if (envelope.mailbox && this.loopsTo(envelope.mailbox)) this.refuse(replies.looping);
    if (this.#refusal !== undefined || this.#injection === undefined)
      return this.#refusal ?? replies.queueFailed;
    const injection = this.#injection;
    this.#injection = undefined;
    try {
      const outcome = await injection.finish(envelope.sender, envelope.recipients, envelope.dsn);
      if (injection instanceof JudgedInjection && injection.refusal !== undefined)
        return { text: injection.refusal };
      if (outcome.code !== 'K') return queueReply(outcome.code === 'D' ? 554 : 451, outcome.text);
      return { text: `250 ${outcome.text.replace(/[^\x20-\x7e]+/g, ' ')}` };
    } catch {
      // No answer: the message may be queued or not, and only a temporary reply is safe.
      return replies.queueFailed;
    }
  }

  /** Gives up, as when the client went away. Without effect after finish. */
  abort(): void {
    const injection = this.#injection;
    this.#injection = undefined;
    this.#held = undefined;
    injection?.abort();
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch {
      this.refuse(replies.queueFailed);
    }
  }
}
