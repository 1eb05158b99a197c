// CHUNKING (RFC 3030): BDAT sends a message in chunks whose sizes it says, so nothing in a chunk can end it. The command
// is parsed here, and chunks become lines: CR LF to LF whatever the borders; a bare CR, a bare LF or a NUL is refused as
// in DATA (spec/security.md R2). The octets of a chunk are read whatever becomes of it; a BDAT whose size cannot be known
// ends the session, since what follows it could be taken for commands. BINARYMIME is not offered.
import { LineEndDecoder } from './line-ends.ts';
import type { IncomingMessage } from './message.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';

/** What a BDAT command says. */
export interface ChunkSize {
  /** Octets that follow. */
  readonly size: number;
  readonly isLast: boolean;
}

/** Shorter chunks that are not the last cost more than they carry: they count as commands without mail (R5). */
export const smallChunk = 512;

// RFC 3030 2: `BDAT` SP 1*DIGIT [SP `LAST`].
const BDAT = /^BDAT ([0-9]{1,20})( LAST)?$/i;

/** Reads a command line. Undefined: it is no BDAT; a reply: its size cannot be used, and the session ends. */
export function parseBdat(line: string): ChunkSize | Reply | undefined {
  if (!/^BDAT(?![^ \t])/i.test(line)) return undefined;
  const match = BDAT.exec(line);
  if (match === null) return replies.chunkSyntax;
  const size = Number(match[1]);
  return size > Number.MAX_SAFE_INTEGER ? replies.chunkTooBig : { size, isLast: match[2] !== undefined };
}

/** A message that comes in chunks. */
export class ChunkedMessage {
  readonly message: IncomingMessage;
  readonly #decoder = new LineEndDecoder('crlf');
  #isAtLineStart = true;

  constructor(message: IncomingMessage) {
    this.message = message;
  }

  /** Takes the next octets; they are the decoder's from now on. A promise: wait for it before giving more. */
  take(octets: Buffer): Promise<void> | undefined {
    const lines = this.#decoder.decode(octets);
    if (this.#decoder.fault !== undefined) this.message.refuse(replies.strayByte);
    if (lines.length > 0) this.#isAtLineStart = lines.at(-1) === 10;
    return this.message.take(lines);
  }

  /** The last chunk has ended. A last line without an end gets one, as after DATA. */
  async end(): Promise<void> {
    this.#decoder.end();
    if (this.#decoder.fault !== undefined) this.message.refuse(replies.strayByte);
    if (!this.#isAtLineStart) await this.message.take(Buffer.from('\n'));
  }
}

/** One chunk whose octets are awaited. */
export interface OpenChunk extends ChunkSize {
  /** Undefined: they belong to no message. */
  readonly into: ChunkedMessage | undefined;
  /** The answer when they do not. */
  readonly refusal: Reply | undefined;
}
