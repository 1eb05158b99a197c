// mboxrd quoting (mbox(5)): a `>` before every line that matches `>*From `, an LF to a partial last line, and the empty
// line that ends a message. Works on chunks of any size and holds back five bytes at most: since the new `>` joins
// a run of `>`, it may as well stand at the end of that run.

export interface MboxQuoter {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

const from = Buffer.from('From ', 'latin1');

export function createMboxQuoter(): MboxQuoter {
  /** True: at the start of a line, or in its run of `>`. */
  let atStart = true;
  /** Bytes of `From ` that were seen and not given out. */
  let matched = 0;
  let last = 10;

  function push(chunk: Buffer): Buffer {
    const parts: Buffer[] = [];
    let given = 0;
    let at = 0;
    if (matched > 0) {
      // The beginning of the word came with the chunk before.
      while (at < chunk.length && matched < from.length && chunk[at] === from[matched]) {
        at += 1;
        matched += 1;
      }
      if (matched < from.length && at === chunk.length) return Buffer.alloc(0);
      parts.push(Buffer.from(matched === from.length ? '>' : ''), from.subarray(0, matched));
      given = at;
      atStart = false;
      last = from[matched - 1]!;
      matched = 0;
    }
    while (at < chunk.length) {
      if (!atStart) {
        const lineFeed = chunk.indexOf(10, at);
        if (lineFeed < 0) break;
        at = lineFeed + 1;
        atStart = true;
        continue;
      }
      const byte = chunk[at]!;
      if (byte === 62) {
        at += 1;
        continue;
      }
      if (byte === 10) {
        at += 1;
        continue;
      }
      let length = 0;
      while (length < from.length && at + length < chunk.length && chunk[at + length] === from[length]) {
        length += 1;
      }
      if (length === from.length) {
        parts.push(chunk.subarray(given, at), Buffer.from('>'));
        given = at;
      } else if (length > 0 && at + length === chunk.length) {
        parts.push(chunk.subarray(given, at));
        if (at > 0) last = chunk[at - 1]!;
        matched = length;
        return Buffer.concat(parts);
      }
      atStart = false;
    }
    parts.push(chunk.subarray(given));
    if (chunk.length > given) last = chunk.at(-1)!;
    return Buffer.concat(parts);
  }

  function end(): Buffer {
    const rest = from.subarray(0, matched);
    if (matched > 0) last = rest.at(-1)!;
    matched = 0;
    return Buffer.concat([rest, Buffer.from(last === 10 ? '\n' : '\n\n')]);
  }

  return { push, end };
}
