// DATA on the wire to a message in the queue: finds the end, removes stuffed dots, turns CR LF into LF (RFC 5321
// 4.5.2). Only CR LF `.` CR LF ends a message; a bare CR, a bare LF or a NUL is a fault, after which nothing more is
// given out and only those five raw bytes are looked for (spec/security.md R2). Works on whole chunks, whatever their
// borders, and in place: the message never grows, so its bytes move towards the front of the chunk they came in.

/** What one chunk gave. `output` is a part of that chunk. */
export interface DecodedChunk {
  /** Message bytes with LF line ends; empty after a fault. */
  readonly output: Buffer;
  /** Bytes of the chunk that belong to the message; the rest are commands. */
  readonly consumed: number;
  readonly ended: boolean;
}

const LF = 10;
const CR = 13;
const DOT = 46;
const EMPTY = Buffer.alloc(0);
const END = Buffer.from('\r\n.\r\n');

export type DataFault = 'bare CR' | 'bare LF' | 'NUL';

/** Decodes one message; make a new one for each DATA. */
export class DataDecoder {
  /** The first thing in the message that may not be there. */
  fault: DataFault | undefined;
  // The position in the line at the border of two chunks: `dot` is a dot that began a line, `dotcr` that dot and CR.
  #state: 'start' | 'middle' | 'cr' | 'dot' | 'dotcr' = 'start';
  // After a fault: the last four raw bytes.
  #tail: Buffer = EMPTY;

  /** Decodes the next bytes. The chunk is the decoder's from now on, up to `consumed`. */
  decode(chunk: Buffer): DecodedChunk {
    if (this.fault !== undefined) return this.#seekEnd(chunk, 0);
    if (chunk.length === 0) return { output: EMPTY, consumed: 0, ended: false };
    const first = chunk[0];
    let at = 0;
    let written = 0;
    if (this.#state === 'dot') {
      if (first === CR) {
        this.#state = 'dotcr';
        at = 1;
      } else this.#state = 'middle';
    }
    if (this.#state === 'dotcr' && at < chunk.length) {
      if (chunk[at] !== LF) return this.#fail('bare CR', chunk, at);
      this.#state = 'start';
      return { output: EMPTY, consumed: at + 1, ended: true };
    }
    if (this.#state === 'cr') {
      if (first !== LF) return this.#fail('bare CR', chunk, 0);
      chunk[written++] = LF;
      at = 1;
      this.#state = 'start';
    }
    while (at < chunk.length) {
      const lf = chunk.indexOf(LF, at);
      const cr = chunk.indexOf(CR, at);
      if (lf < 0) return this.#takeRest(chunk, at, cr, written);
      if (cr !== lf - 1 || lf === at)
        return cr >= 0 && cr < lf - 1 ? this.#fail('bare CR', chunk, cr) : this.#fail('bare LF', chunk, lf);
      let from = at;
      // RFC 5321 4.5.2: a dot that begins a line ends the message when alone, and else is dropped.
      if (this.#state === 'start' && chunk[at] === DOT) {
        if (cr === at + 1) return this.#give(chunk, written, lf + 1, true);
        from++;
      }
      chunk.copyWithin(written, from, lf);
      written += lf - from;
      // The moved CR becomes the LF.
      chunk[written - 1] = LF;
      this.#state = 'start';
      at = lf + 1;
    }
    return this.#give(chunk, written, chunk.length, false);
  }

  /** The end of a chunk that has no line end any more. */
  #takeRest(chunk: Buffer, at: number, cr: number, written: number): DecodedChunk {
    let from = at;
    if (this.#state === 'start' && chunk[at] === DOT) {
      from++;
      this.#state = 'dot';
      if (from === chunk.length) return this.#give(chunk, written, chunk.length, false);
      if (cr === from && cr === chunk.length - 1) {
        this.#state = 'dotcr';
        return this.#give(chunk, written, chunk.length, false);
      }
    }
    if (cr >= 0 && cr !== chunk.length - 1) return this.#fail('bare CR', chunk, cr);
    this.#state = cr < 0 ? 'middle' : 'cr';
    const end = cr < 0 ? chunk.length : cr;
    chunk.copyWithin(written, from, end);
    return this.#give(chunk, written + end - from, chunk.length, false);
  }

  #give(chunk: Buffer, written: number, consumed: number, ended: boolean): DecodedChunk {
    const output = chunk.subarray(0, written);
    // Looked for in what was decoded: bytes behind the end are not the message's.
    if (output.includes(0)) {
      this.fault = 'NUL';
      if (!ended) this.#tail = this.#rawTail();
      return { output: EMPTY, consumed, ended };
    }
    return { output, consumed, ended };
  }

  /** What the state says about the last raw bytes, for the search that follows a NUL. */
  #rawTail(): Buffer {
    const tails = { start: '\r\n', middle: '', cr: '\r', dot: '\r\n.', dotcr: '\r\n.\r' };
    return Buffer.from(tails[this.#state]);
  }

  #fail(fault: DataFault, chunk: Buffer, at: number): DecodedChunk {
    this.fault = fault;
    return this.#seekEnd(chunk, at);
  }

  #seekEnd(chunk: Buffer, at: number): DecodedChunk {
    const rest = chunk.subarray(at);
    // A border may cut the end in two: first the join, then the chunk itself.
    const join = Buffer.concat([this.#tail, rest.subarray(0, 4)]);
    const inJoin = join.indexOf(END);
    if (inJoin >= 0)
      return { output: EMPTY, consumed: at + inJoin + END.length - this.#tail.length, ended: true };
    const found = rest.indexOf(END);
    if (found >= 0) return { output: EMPTY, consumed: at + found + END.length, ended: true };
    const last = rest.length >= 4 ? rest : join;
    this.#tail = Buffer.from(last.subarray(-4));
    return { output: EMPTY, consumed: chunk.length, ended: false };
  }
}
