// One mail transaction after another (RFC 5321 3.3): the envelope from MAIL on, its message by DATA or in chunks (RFC 3030),
// and what becomes of it at its end. Whether a command may come now, what it is answered and what it costs the client is
// the session's.
import { ChunkedMessage } from './chunking.ts';
import type { Door } from './door.ts';
import type { Envelope } from './envelope.ts';
import { bytesInMailbox, judgeMailbox } from './mailbox.ts';
import type { IncomingMessage } from './message.ts';
import type { Reply } from './reply.ts';

export class Transaction {
  /** From MAIL to the end of the envelope's message. */
  envelope: Envelope | undefined;
  readonly #door: Door;
  readonly #openMessage: (envelope: Envelope) => IncomingMessage;
  /** The message of this envelope that comes in chunks, from its first chunk to its last. */
  #chunked: ChunkedMessage | undefined;
  /** That of the message that is being read by DATA, or was just read. */
  #last: Envelope | undefined;
  /** Bytes of the message that was finished last. */
  size = 0;

  /** @param openMessage makes the message of an envelope */
  constructor(door: Door, openMessage: (envelope: Envelope) => IncomingMessage) {
    this.#door = door;
    this.#openMessage = openMessage;
  }

  /** Has a message begun with BDAT that waits for its next chunk? */
  get hasChunks(): boolean {
    return this.#chunked !== undefined;
  }

  /** What log lines are about: the envelope, or that of the message under way. */
  get subject(): Envelope | undefined {
    return this.envelope ?? this.#last;
  }

  /** Forgets the envelope and what came of its message. */
  end(): void {
    this.#chunked?.message.abort();
    this.#chunked = undefined;
    this.envelope = undefined;
  }

  /** DATA was accepted: the message to fill. The transaction is over with it. */
  openData(): IncomingMessage {
    return this.#openMessage(this.#takeEnvelope());
  }

  /** The message that the next chunk belongs to. */
  openChunk(envelope: Envelope): ChunkedMessage {
    this.#chunked ??= new ChunkedMessage(this.#openMessage(envelope));
    return this.#chunked;
  }

  /** The last chunk is there. */
  async finishChunks(chunked: ChunkedMessage): Promise<Reply> {
    this.#takeEnvelope();
    this.#chunked = undefined;
    await chunked.end();
    return this.finish(chunked.message);
  }

  /** The end of a message: hands it over to the queue. */
  async finish(message: IncomingMessage): Promise<Reply> {
    const envelope = this.#last;
    if (envelope === undefined) throw new Error('the end of DATA without a message');
    this.size = message.size;
    if (message.refusal === undefined) {
      const refusal = await this.#checkRoom(envelope, message.size);
      if (refusal !== undefined) message.refuse(refusal);
    }
    return message.finish(envelope);
  }

  /** The message is done with: log lines no longer speak of it. */
  forget(): void {
    this.#last = undefined;
  }

  #takeEnvelope(): Envelope {
    const { envelope } = this;
    if (envelope === undefined) throw new Error('DATA without an envelope');
    this.envelope = undefined;
    this.#last = envelope;
    return envelope;
  }

  /** R9: a message larger than MAIL said may not fit where a smaller one did. Only of one recipient can it be said now. */
  async #checkRoom({ mailbox, size }: Envelope, bytes: number): Promise<Reply | undefined> {
    if (mailbox === undefined || !mailbox.hasQuota || bytes <= size) return undefined;
    const { accounts, settings } = this.#door;
    try {
      const state = await accounts.examineRecipient(mailbox.lookup, bytesInMailbox(bytes));
      return judgeMailbox(state, settings.overquotadefer === 1);
    } catch {
      // It was known to exist: delivery will see.
      return undefined;
    }
  }
}
