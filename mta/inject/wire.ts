// The bytes on run/inject. Two forms, told apart by the first byte:
//   a digit  QMQP as everyone speaks it (spec/qmail.md 11): one netstring around netstring(message), netstring(sender),
//            netstring(recipient)...; the whole length comes first
//   S        ours, for senders that do not know the length yet: netstring(origin), netstrings of message bytes, an empty
//            netstring, netstring(sender), netstring(recipient)..., an empty netstring; behind a NUL in sender and
//            recipient, as ESMTP parameters, what the sender asked about notifications (RFC 3461)
// Both are answered by one netstring, K, Z or D and text. Ours may be repeated on one connection; QMQP closes.
// The decoder is incremental: it hands message bytes on as they come and holds only the envelope.

import { addressFromBytes } from '../formats/address-bytes.ts';
import { type DsnRecipient, type DsnRequest, readWishes } from '../formats/dsn.ts';

/** What the decoder reports, in order; after `end` it is ready for the next package (streamed form). */
export interface PackageSink {
  begin(origin: string | undefined): void;
  /** Message bytes. */
  chunk(bytes: Buffer): void;
  end(sender: string, recipients: readonly string[], dsn: DsnRequest | undefined): void;
}

/** Bytes that are no package of either form; the connection is closed. */
export class WireError extends Error {
  override name = 'WireError';
}

/** Envelope bytes of one package that are held in memory. */
const envelopeLimit = 16 * 1024 * 1024;
/** qmail: netstrings above 200,000,000 bytes are refused. */
const packageLimit = 200_000_000;
const maxDigits = 10;

type State =
  | 'first'
  | 'outer length'
  | 'origin length'
  | 'origin'
  | 'message length'
  | 'message'
  | 'address length'
  | 'address'
  | 'comma'
  | 'last comma';

/** Decodes packages from a byte stream. */
export class PackageDecoder {
  readonly #sink: PackageSink;
  #state: State = 'first';
  #streamed = false;
  #digits = '';
  /** Bytes left in the netstring that is being read. */
  #left = 0;
  /** QMQP: bytes left in the outer netstring. */
  #outerLeft = 0;
  #afterComma: State = 'first';
  #held: Buffer[] = [];
  #sender: string | undefined;
  #recipients: string[] = [];
  #mailWishes: Pick<DsnRequest, 'ret' | 'envid' | 'requireTls'> | undefined;
  #wishes: (DsnRecipient | undefined)[] = [];
  #envelopeBytes = 0;
  readonly #envelopeLimit: number;

  /** @param limit bytes of addresses that one package may hold in memory */
  constructor(sink: PackageSink, limit = envelopeLimit) {
    this.#sink = sink;
    this.#envelopeLimit = limit;
  }

  /** True between packages: nothing of the next one has come. */
  get isIdle(): boolean {
    return this.#state === 'first';
  }

  /** Takes the next bytes. @throws WireError */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'first':
          this.#sender = undefined;
          this.#recipients = [];
          this.#mailWishes = undefined;
          this.#wishes = [];
          this.#envelopeBytes = 0;
          if (bytes[at] === 0x53) {
            at += 1;
            this.#streamed = true;
            this.#state = 'origin length';
          } else {
            this.#streamed = false;
            this.#state = 'outer length';
          }
          break;
        case 'outer length':
        case 'origin length':
        case 'message length':
        case 'address length':
          at = this.#readLength(bytes, at);
          break;
        case 'message': {
          const end = Math.min(bytes.length, at + this.#left);
          this.#sink.chunk(bytes.subarray(at, end));
          this.#left -= end - at;
          at = end;
          if (this.#left === 0) this.#expectComma(this.#streamed ? 'message length' : 'address length');
          break;
        }
        case 'origin':
        case 'address': {
          const end = Math.min(bytes.length, at + this.#left);
          this.#held.push(bytes.subarray(at, end));
          this.#left -= end - at;
          at = end;
          if (this.#left === 0) this.#endHeld();
          break;
        }
        case 'comma':
        case 'last comma':
          at = this.#readComma(bytes, at);
          break;
      }
    }
  }

  #readLength(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      at += 1;
      if (byte === 0x3a && this.#digits !== '') {
        this.#left = Number(this.#digits);
        this.#digits = '';
        this.#count(at - from);
        this.#startNetstring();
        return at;
      }
      if (byte < 0x30 || byte > 0x39 || this.#digits.length >= maxDigits)
        throw new WireError('expected the length of a netstring');
      this.#digits += String.fromCharCode(byte);
    }
    this.#count(at - from);
    return at;
  }

  /** QMQP: inner bytes must fit the outer netstring exactly. */
  #count(bytes: number): void {
    if (this.#streamed || this.#state === 'outer length') return;
    this.#outerLeft -= bytes;
    if (this.#outerLeft < 0) throw new WireError('a netstring is longer than the one around it');
  }

  #startNetstring(): void {
    if (this.#left > packageLimit)
      throw new WireError(`a netstring of ${this.#left} bytes is over the limit`);
    switch (this.#state) {
      case 'outer length':
        this.#outerLeft = this.#left;
        this.#sink.begin(undefined);
        this.#state = 'message length';
        return;
      case 'origin length':
        if (this.#left > 64) throw new WireError('the origin is too long');
        this.#state = 'origin';
        break;
      case 'message length':
        this.#count(this.#left);
        if (this.#left === 0) return this.#expectComma('address length');
        this.#state = 'message';
        return;
      default:
        this.#count(this.#left);
        this.#envelopeBytes += this.#left;
        if (this.#envelopeBytes > this.#envelopeLimit) throw new WireError('the envelope is over the limit');
        this.#state = 'address';
    }
    if (this.#left === 0) this.#endHeld();
  }

  #endHeld(): void {
    const text = addressFromBytes(Buffer.concat(this.#held));
    this.#held = [];
    if (this.#state === 'origin') {
      this.#sink.begin(text);
      return this.#expectComma('message length');
    }
    if (this.#streamed && this.#sender !== undefined && text === '') return this.#expectComma('first');
    const { address, wishes } = this.#splitWishes(text);
    if (this.#sender === undefined) {
      this.#sender = address;
      this.#mailWishes = wishes;
    } else {
      if (wishes !== undefined) this.#wishes[this.#recipients.length] = wishes;
      this.#recipients.push(address);
    }
    this.#expectComma('address length');
  }

  /** QMQP has no wishes: a NUL stays in the address, which the queue refuses. */
  #splitWishes(text: string): { address: string; wishes: ReturnType<typeof readWishes> } {
    const nul = this.#streamed ? text.indexOf('\0') : -1;
    if (nul < 0) return { address: text, wishes: undefined };
    const wishes = readWishes(text.slice(nul + 1));
    if (wishes === undefined) throw new WireError('a notification request that is none');
    return { address: text.slice(0, nul), wishes };
  }

  get #dsn(): DsnRequest | undefined {
    if (this.#mailWishes === undefined && this.#wishes.length === 0) return undefined;
    return {
      ...this.#mailWishes,
      recipients: this.#recipients.map((_, i) => this.#wishes[i]),
    };
  }

  #expectComma(then: State): void {
    this.#state = 'comma';
    this.#afterComma = then;
  }

  #readComma(bytes: Buffer, at: number): number {
    if (bytes[at] !== 0x2c) throw new WireError('expected the comma that ends a netstring');
    if (this.#state === 'last comma') return this.#endPackage(at + 1);
    this.#count(1);
    this.#state = this.#afterComma;
    if (this.#streamed && this.#state === 'first') return this.#endPackage(at + 1);
    if (!this.#streamed && this.#outerLeft === 0) this.#state = 'last comma';
    return at + 1;
  }

  #endPackage(at: number): number {
    if (this.#sender === undefined) throw new WireError('a package without a sender');
    this.#state = 'first';
    this.#sink.end(this.#sender, this.#recipients, this.#dsn);
    return at;
  }
}
