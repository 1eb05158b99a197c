// The maildrop of one session (RFC 1939 5): message numbers, which stay what they are for the whole session whatever
// becomes of the files, sizes, UIDLs, and what is marked as deleted. Pure; nothing is removed before QUIT.
import type { Pop3Maildrop } from '../mailbox/pop3-mailbox.ts';

/** One message; numbers begin with 1. */
export interface Pop3Message {
  readonly number: number;
  readonly uid: number;
  readonly size: number;
  readonly uidl: string;
}

export class Maildrop {
  readonly #listed: Pop3Maildrop;
  readonly #deleted = new Set<number>();
  #bytes: number;

  constructor(listed: Pop3Maildrop) {
    this.#listed = listed;
    this.#bytes = listed.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Messages that are not marked as deleted. */
  get count(): number {
    return this.#listed.uids.length - this.#deleted.size;
  }

  /** Their size, octets. */
  get bytes(): number {
    return this.#bytes;
  }

  get deletedCount(): number {
    return this.#deleted.size;
  }

  /** UIDs that QUIT removes. */
  get deletedUids(): readonly number[] {
    return [...this.#deleted].map((number) => this.#listed.uids[number - 1]!);
  }

  /** The message that a client names; undefined: there is none, or it is marked as deleted. */
  find(argument: string): Pop3Message | undefined {
    if (!/^\d{1,9}$/.test(argument)) return undefined;
    const number = Number(argument);
    if (number < 1 || number > this.#listed.uids.length || this.#deleted.has(number)) return undefined;
    return this.#at(number);
  }

  *messages(): Generator<Pop3Message> {
    for (let number = 1; number <= this.#listed.uids.length; number++)
      if (!this.#deleted.has(number)) yield this.#at(number);
  }

  #at(number: number): Pop3Message {
    const { uids, sizes, uidls } = this.#listed;
    return { number, uid: uids[number - 1]!, size: sizes[number - 1]!, uidl: uidls[number - 1]! };
  }

  /** UIDs of the next `count` numbers: clients fetch in order. */
  uidsAfter(message: Pop3Message, count: number): readonly number[] {
    return [...this.#listed.uids.subarray(message.number, message.number + count)];
  }

  delete(message: Pop3Message): void {
    if (this.#deleted.has(message.number)) return;
    this.#deleted.add(message.number);
    this.#bytes -= message.size;
  }

  /** RSET. */
  restore(): void {
    for (const number of this.#deleted) this.#bytes += this.#listed.sizes[number - 1]!;
    this.#deleted.clear();
  }
}
