// A message as RETR and TOP send it (RFC 1939 3, 7): every line ends with CRLF, the last one too, a dot at the start of a
// line is doubled, and a line with one dot ends it all. Works on pieces of any size; nothing of a message is held.
const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;

export class MessageEncoder {
  /** Body lines still to send; undefined: all. */
  #left: number | undefined;
  #previous = LF;
  #isLineStart = true;
  #isInHeader = true;
  /** Nothing of this line but perhaps its CR was seen. */
  #isBlank = true;
  #isDone = false;

  /** @param bodyLines how many lines of the body TOP asks for; undefined: the whole message */
  constructor(bodyLines?: number) {
    this.#left = bodyLines;
  }

  /** What TOP asks for is complete: the rest of the file need not be read. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The next piece of the file as it goes over the wire. */
  encode(piece: Buffer): Buffer {
    if (this.#isDone) return Buffer.alloc(0);
    // Twice as long at most: a piece of dots or of line feeds.
    const out = Buffer.allocUnsafe(piece.length * 2);
    let to = 0;
    let previous = this.#previous;
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i]!;
      if (byte === LF) {
        if (previous !== CR) out[to++] = CR;
        out[to++] = LF;
        this.#isLineStart = true;
        previous = LF;
        if (this.#endsTop()) break;
        continue;
      }
      // RFC 1939 3: byte-stuffing.
      if (this.#isLineStart && byte === DOT) out[to++] = DOT;
      this.#isLineStart = false;
      if (byte !== CR) this.#isBlank = false;
      out[to++] = byte;
      previous = byte;
    }
    this.#previous = previous;
    return out.subarray(0, to);
  }

  /** What ends the answer. */
  end(): Buffer {
    const rest = this.#previous === LF ? '' : this.#previous === CR ? '\n' : '\r\n';
    return Buffer.from(`${rest}.\r\n`, 'latin1');
  }

  /** A line has ended: is what TOP asked for complete? */
  #endsTop(): boolean {
    const isBlank = this.#isBlank;
    this.#isBlank = true;
    if (this.#left === undefined) return false;
    if (this.#isInHeader) this.#isInHeader = !isBlank;
    else this.#left -= 1;
    this.#isDone = !this.#isInHeader && this.#left <= 0;
    return this.#isDone;
  }
}
