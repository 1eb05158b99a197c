// The message body as SMTP carries it (RFC 5321 2.3.8, 4.5.2): every line ends in CR LF, leading dots are doubled, and
// CR LF . CR LF comes once, at the end. This is the only code that turns stored bytes into wire bytes.
// Two stages in a fixed order: first all line ends become LF, only then are dots doubled and CR LF written. A bare CR
// that became a line end after the dots were doubled would let a message hide a second one (security.md S1).
// Header and body take the same way. A last line without LF gets one.

const CR = 13;
const LF = 10;
const DOT = 46;
const NUL = 0;
const QUESTION_MARK = 63;
const END_OF_DATA = Buffer.from('.\r\n', 'latin1');

/** First stage: CR LF becomes LF, any other CR becomes LF, NUL becomes `?` (RFC 5321 4.5.2 allows no NUL). */
export interface LineEndNormaliser {
  /** May hold a final CR back until it sees the next byte. May give `chunk` itself. */
  write(chunk: Buffer): Buffer;
  end(): Buffer;
}

export function createLineEndNormaliser(): LineEndNormaliser {
  let heldCr = false;
  return {
    write(chunk) {
      if (chunk.length === 0) return chunk;
      if (!heldCr && chunk.indexOf(CR) < 0 && chunk.indexOf(NUL) < 0) return chunk;
      const out = Buffer.allocUnsafe(chunk.length + 1);
      let length = 0;
      for (const byte of chunk) {
        if (heldCr) {
          heldCr = false;
          out[length++] = LF;
          if (byte === LF) continue;
        }
        if (byte === CR) heldCr = true;
        else out[length++] = byte === NUL ? QUESTION_MARK : byte;
      }
      return out.subarray(0, length);
    },
    end() {
      const rest = heldCr ? Buffer.from([LF]) : Buffer.alloc(0);
      heldCr = false;
      return rest;
    },
  };
}

/** Encodes one message; used once. */
export interface BodyEncoder {
  /** The wire form of the next bytes of the stored message; chunk borders may lie anywhere. */
  write(chunk: Buffer): Buffer;
  /** What is held back, the missing last line end, and the end of data. */
  end(): Buffer;
}

export function createBodyEncoder(): BodyEncoder {
  const normaliser = createLineEndNormaliser();
  let atLineStart = true;

  /** Second stage: `lines` holds no CR. */
  const stuff = (lines: Buffer): Buffer => {
    // Worst case: every byte a dot at a line start, or a line feed.
    const out = Buffer.allocUnsafe(lines.length * 2);
    let length = 0;
    let from = 0;
    while (from < lines.length) {
      if (atLineStart && lines[from] === DOT) out[length++] = DOT;
      const lf = lines.indexOf(LF, from);
      const to = lf < 0 ? lines.length : lf;
      length += lines.copy(out, length, from, to);
      if (lf < 0) {
        atLineStart = false;
        break;
      }
      out[length++] = CR;
      out[length++] = LF;
      atLineStart = true;
      from = lf + 1;
    }
    return out.subarray(0, length);
  };

  return {
    write: (chunk) => stuff(normaliser.write(chunk)),
    end() {
      const rest = stuff(normaliser.end());
      const lineEnd = Buffer.from(atLineStart ? '' : '\r\n', 'latin1');
      return Buffer.concat([rest, lineEnd, END_OF_DATA]);
    },
  };
}
