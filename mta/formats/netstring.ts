// Netstrings, the framing of QMTP, QMQP and our injection socket: `12:hello world!,`.
// The reader takes bytes as they come, in pieces of any size, and holds at most one string of the given limit.
// A wrong form is an exception: the stream has no more meaning after it and its owner closes the connection.

/** The stream is not netstrings, or a string is longer than the reader allows. */
export class NetstringError extends Error {
  /** True when the form is right but the string is longer than the limit. */
  readonly tooLong: boolean;

  constructor(message: string, tooLong = false) {
    super(message);
    this.name = 'NetstringError';
    this.tooLong = tooLong;
  }
}

/** One string with its length and comma. */
export function encodeNetstring(b: Buffer | string): Buffer {
  const bytes = typeof b === 'string' ? Buffer.from(b, 'utf8') : b;
  return Buffer.concat([Buffer.from(`${bytes.length}:`, 'latin1'), bytes, Buffer.from(',')]);
}

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;

/** Incremental decoder: `push` what arrived, then call `next` until it gives undefined. */
export class NetstringReader {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  #digits = 0;
  #length = 0;
  #inHeader = true;

  /** @param limit longest string accepted, in bytes; a longer one is refused as soon as its length is read. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes pushed and not yet given out, without those of a length already read. */
  get buffered(): number {
    return this.#size;
  }

  /** True between two strings: a stream may end here without loss. */
  get atBoundary(): boolean {
    return this.#size === 0 && this.#inHeader && this.#digits === 0;
  }

  /** Adds bytes. They are kept, not copied: the caller does not change them. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole string, or undefined when more bytes are needed. Throws NetstringError. */
  next(): Buffer | undefined {
    if (this.#inHeader && !this.#readHeader()) return undefined;
    if (this.#size < this.#length + 1) return undefined;
    const string = this.#take(this.#length);
    const comma = this.#take(1);
    if (comma[0] !== COMMA) throw new NetstringError('netstring does not end in a comma');
    this.#inHeader = true;
    this.#digits = 0;
    this.#length = 0;
    return string;
  }

  #readHeader(): boolean {
    while (this.#size > 0) {
      const byte = this.#take(1)[0]!;
      if (byte === COLON) {
        if (this.#digits === 0) throw new NetstringError('netstring without a length');
        this.#inHeader = false;
        return true;
      }
      if (byte < ZERO || byte > ZERO + 9) throw new NetstringError('netstring length is not a number');
      // cr.yp.to netstrings: no zeros in front of a length.
      if (this.#digits === 1 && this.#length === 0)
        throw new NetstringError('netstring length starts with a zero');
      this.#digits++;
      this.#length = this.#length * 10 + (byte - ZERO);
      if (this.#length > this.#limit)
        throw new NetstringError(`netstring is longer than ${this.#limit} bytes`, true);
    }
    return false;
  }

  /** Takes exactly `count` bytes; the caller made sure that they are there. */
  #take(count: number): Buffer {
    this.#size -= count;
    const first = this.#chunks[0];
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const parts: Buffer[] = [];
    let missing = count;
    let used = 0;
    while (missing > 0) {
      const chunk = this.#chunks[used]!;
      if (chunk.length > missing) {
        parts.push(chunk.subarray(0, missing));
        this.#chunks[used] = chunk.subarray(missing);
        missing = 0;
      } else {
        parts.push(chunk);
        missing -= chunk.length;
        used++;
      }
    }
    this.#chunks.splice(0, used);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, count);
  }
}
