// A stored message as POP3 sends it (RFC 1939 3): every line ends in CR LF, leading dots are doubled, `.` ends it. With a
// number of lines only the header and so many lines of the body (TOP). Works on chunks of any size.

export interface Pop3Encoder {
  write(chunk: Buffer): Buffer;
  /** The missing last line end, and the final dot. */
  end(): Buffer;
  /** All that was asked for has been written. */
  readonly isDone: boolean;
}

const CR = 13;
const LF = 10;
const DOT = 46;

export function createPop3Encoder(bodyLines: number | undefined): Pop3Encoder {
  let atLineStart = true;
  let lastByte = LF;
  /** Bytes of the line so far, without its line end. */
  let lineBytes = 0;
  let isBody = false;
  let left = bodyLines ?? Number.POSITIVE_INFINITY;
  let isDone = false;

  /** A line has ended. */
  const countLine = (): void => {
    if (isBody) left -= 1;
    else if (lineBytes === 0) isBody = true;
    lineBytes = 0;
    if (isBody && left <= 0) isDone = true;
  };

  const write = (chunk: Buffer): Buffer => {
    const out = Buffer.allocUnsafe(chunk.length * 2);
    let length = 0;
    for (let i = 0; i < chunk.length && !isDone; i++) {
      const byte = chunk[i]!;
      if (atLineStart && byte === DOT) out[length++] = DOT;
      if (byte === LF) {
        if (lastByte === CR) lineBytes -= 1;
        else out[length++] = CR;
        atLineStart = true;
        countLine();
      } else {
        atLineStart = false;
        lineBytes += 1;
      }
      out[length++] = byte;
      lastByte = byte;
    }
    return out.subarray(0, length);
  };

  return {
    write,
    end: () => Buffer.from(atLineStart ? '.\r\n' : '\r\n.\r\n', 'latin1'),
    get isDone() {
      return isDone;
    },
  };
}

/** A whole message as RETR sends it, with the final dot: what `createPop3Encoder` writes for it, at a fraction of the cost. */
export function encodePop3(message: Buffer): Buffer {
  if (message.includes(CR)) {
    const encoder = createPop3Encoder(undefined);
    return Buffer.concat([encoder.write(message), encoder.end()]);
  }
  let text = message.toString('latin1').replace(/\n/g, '\r\n');
  if (text.startsWith('.')) text = `.${text}`;
  if (text.includes('\n.')) text = text.replaceAll('\n.', '\n..');
  const isEnded = text === '' || text.endsWith('\n');
  return Buffer.from(`${text}${isEnded ? '' : '\r\n'}.\r\n`, 'latin1');
}
