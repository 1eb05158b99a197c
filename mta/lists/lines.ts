// The lines of a body in pieces, for programs that look at each: with their LF, long ones cut. Memory is one line.

const LF = 10;
/** Bytes of a line; what is longer comes as several pieces without LF. */
const LINE_LIMIT = 65_536;

export async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  for await (const bytes of body) {
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      const line = bytes.subarray(from, end + 1);
      yield held.length === 0 ? line : Buffer.concat([held, line]);
      held = Buffer.alloc(0);
      from = end + 1;
    }
    held = Buffer.concat([held, bytes.subarray(from)]);
    if (held.length > LINE_LIMIT) {
      yield held;
      held = Buffer.alloc(0);
    }
  }
  if (held.length > 0) yield held;
}
