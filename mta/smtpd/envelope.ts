// The envelope of one transaction, from MAIL to the end of its message (RFC 5321 3.3).
import type { DsnRecipient, DsnRequest } from '../formats/dsn.ts';
import type { LocalMailbox } from './mailbox.ts';
import type { MailParameters } from './parameters.ts';

export class Envelope {
  readonly sender: string;
  /** MAIL said SMTPUTF8. */
  readonly utf8: boolean;
  readonly recipients: string[] = [];
  #mailbox: LocalMailbox | undefined;
  readonly #parameters: MailParameters;
  readonly #wishes: (DsnRecipient | undefined)[] = [];

  constructor(sender: string, parameters: MailParameters) {
    this.sender = sender;
    this.utf8 = parameters.utf8;
    this.#parameters = parameters;
  }

  /** Bytes that MAIL declared, 0 for none. */
  get size(): number {
    return this.#parameters.size;
  }

  /** The only recipient, when it is one of ours. */
  get mailbox(): LocalMailbox | undefined {
    return this.recipients.length === 1 ? this.#mailbox : undefined;
  }

  add(recipient: string, wish: DsnRecipient | undefined, mailbox: LocalMailbox | undefined): void {
    this.recipients.push(recipient);
    this.#mailbox = mailbox;
    this.#wishes.push(wish);
  }

  /** What the sender asked about notifications (RFC 3461) and TLS (RFC 8689). */
  get dsn(): DsnRequest {
    const { ret, envid, requireTls } = this.#parameters;
    return { ret, envid, requireTls, recipients: this.#wishes };
  }
}
