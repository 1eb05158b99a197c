// The line ends of a message that comes in a netstring (QMTP, QMQP): three forms go in, LF goes out. A CR or LF that is
// no line end of its form, and NUL, are faults: kept, they would become line ends on the next host and let a message
// hide a second one (spec/security.md R2, S1). Works on whole chunks, whatever their borders; holds one CR at most.

/**
 * `lf`: lines end with LF and there is no CR. `crlf`: CR LF becomes LF. `as is`: LF, and CR LF stays what it is
 * (QMQP, whose clients may have queued a text with such lines).
 */
export type LineEndForm = 'lf' | 'crlf' | 'as is';

export type LineEndFault = 'bare CR' | 'bare LF' | 'NUL';

const CR = 13;
const LF = 10;
const EMPTY = Buffer.alloc(0);
const HELD_CR = Buffer.from('\r');

/** Decodes one message; make a new one for each. */
export class LineEndDecoder {
  /** The first thing in the message that may not be there; nothing is given out after it. */
  fault: LineEndFault | undefined;
  readonly #form: LineEndForm;
  #heldCr = false;

  constructor(form: LineEndForm) {
    this.#form = form;
  }

  /** Message bytes out of the next raw bytes; a part of `chunk`, which is the decoder's from now on, or a copy. */
  decode(chunk: Buffer): Buffer {
    if (this.fault !== undefined || chunk.length === 0) return EMPTY;
    if (chunk.includes(0)) return this.#fail('NUL');
    if (this.#form === 'lf') return chunk.includes(CR) ? this.#fail('bare CR') : chunk;
    const bytes = this.#heldCr ? Buffer.concat([HELD_CR, chunk]) : chunk;
    this.#heldCr = bytes[bytes.length - 1] === CR;
    const whole = this.#heldCr ? bytes.subarray(0, -1) : bytes;
    for (let cr = whole.indexOf(CR); cr >= 0; cr = whole.indexOf(CR, cr + 1))
      if (bytes[cr + 1] !== LF) return this.#fail('bare CR');
    return this.#form === 'crlf' ? this.#dropCr(whole) : whole;
  }

  /** The message has ended: a CR that was held back has no LF. */
  end(): void {
    if (this.#heldCr) this.fault ??= 'bare CR';
  }

  /** Moves the lines towards the front of the chunk; every LF must have its CR. */
  #dropCr(bytes: Buffer): Buffer {
    let written = 0;
    let at = 0;
    for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, at)) {
      if (lf === at || bytes[lf - 1] !== CR) return this.#fail('bare LF');
      bytes.copyWithin(written, at, lf);
      written += lf - at;
      bytes[written - 1] = LF;
      at = lf + 1;
    }
    bytes.copyWithin(written, at);
    return bytes.subarray(0, written + bytes.length - at);
  }

  #fail(fault: LineEndFault): Buffer {
    this.fault = fault;
    this.#heldCr = false;
    return EMPTY;
  }
}
