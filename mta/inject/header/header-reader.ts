// Where the header of a message for qmail-inject ends (headerbody.c): at an empty line, before a line that is no header
// line, or with the input. Takes the message as it comes, holds only the header, and passes the rest on untouched but for
// its last line, which gets its line feed. A message whose first line ends in CR LF has all its line ends made LF.
import { fieldName } from './fields.ts';

/** Bytes of header that are held; more is refused. */
export const headerLimit = 4 * 1024 * 1024;

/** The header is longer than headerLimit. */
export class HeaderTooLong extends Error {
  override name = 'HeaderTooLong';
}

/** Splits a message into header fields and the rest. */
export class HeaderReader {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #isOver = false;
  /** Undefined until the first line was seen. */
  #isCrLf: boolean | undefined;
  #heldCr = false;
  #lastByte = 0x0a;
  readonly #fields: string[] = [];

  /** Fields so far as byte strings, folded lines included, each with its line feed. Complete once `push` gave a rest. */
  get fields(): readonly string[] {
    return this.#fields;
  }

  /**
   * Takes the next bytes.
   * @returns undefined inside the header; then the bytes that follow it, first the blank line
   * @throws HeaderTooLong
   */
  push(given: Buffer): Buffer | undefined {
    const bytes = this.#withoutCr(given);
    if (this.#isOver) return this.#note(bytes);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (bytes.includes(0x0a)) {
      const all = this.#pending.length === 1 ? bytes : Buffer.concat(this.#pending);
      const body = this.#readLines(all);
      if (body) return this.#note(body);
    }
    if (this.#pendingBytes > headerLimit) throw new HeaderTooLong();
    return undefined;
  }

  /** The input has ended. @returns what is still to be written behind the header and the rest so far */
  end(): Buffer {
    const cr = this.#heldCr ? carriageReturn : nothing;
    this.#heldCr = false;
    if (!this.#isOver) {
      const left = Buffer.concat([...this.#pending, cr]);
      const body = left.length > 0 ? this.#readLines(Buffer.concat([left, lineFeed])) : undefined;
      this.#isOver = true;
      return body ?? nothing;
    }
    this.#note(cr);
    // A partial last line gets its line feed.
    return this.#lastByte === 0x0a ? cr : Buffer.concat([cr, lineFeed]);
  }

  #note(bytes: Buffer): Buffer {
    if (bytes.length > 0) this.#lastByte = bytes[bytes.length - 1]!;
    return bytes;
  }

  #readLines(bytes: Buffer): Buffer | undefined {
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      const body = this.#readLine(bytes.toString('latin1', from, end + 1), bytes.subarray(from));
      if (body) return body;
      from = end + 1;
    }
    const rest = bytes.subarray(from);
    this.#pending = rest.length > 0 ? [rest] : [];
    return undefined;
  }

  #readLine(line: string, rest: Buffer): Buffer | undefined {
    const last = this.#fields.length - 1;
    if (last >= 0 && (line.startsWith(' ') || line.startsWith('\t'))) this.#fields[last] += line;
    else if (line.startsWith('From ')) this.#fields.push(`MBOX-Line: ${line}`);
    else if (fieldName(line) !== undefined) this.#fields.push(line);
    else {
      this.#isOver = true;
      this.#pending = [];
      // qmail-inject: what is no header line begins the body, behind a blank line.
      return line === '\n' ? rest : Buffer.concat([lineFeed, rest]);
    }
    return undefined;
  }

  /** Postfix's rule for messages from a pipe: CR LF in the first line means CR LF in all. */
  #withoutCr(given: Buffer): Buffer {
    if (this.#isCrLf === undefined) {
      const end = given.indexOf(0x0a);
      // The first line is not all here: its last byte so far may be the CR of its CR LF.
      if (end < 0) return this.#holdCr(given);
      this.#isCrLf = end > 0 ? given[end - 1] === 0x0d : this.#heldCr;
      if (!this.#isCrLf) {
        const held = this.#heldCr ? Buffer.concat([carriageReturn, given]) : given;
        this.#heldCr = false;
        return held;
      }
    }
    return this.#isCrLf ? dropCr(this.#holdCr(given)) : given;
  }

  /** Puts a held CR in front and holds one at the end back. */
  #holdCr(given: Buffer): Buffer {
    const bytes = this.#heldCr ? Buffer.concat([carriageReturn, given]) : given;
    this.#heldCr = bytes[bytes.length - 1] === 0x0d;
    return this.#heldCr ? bytes.subarray(0, -1) : bytes;
  }
}

const nothing = Buffer.alloc(0);
const lineFeed = Buffer.from('\n');
const carriageReturn = Buffer.from('\r');

/** Every CR LF as LF. */
function dropCr(bytes: Buffer): Buffer {
  if (!bytes.includes('\r\n')) return bytes;
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let from = 0;
  for (let at = bytes.indexOf('\r\n'); at >= 0; at = bytes.indexOf('\r\n', from)) {
    length += bytes.copy(out, length, from, at);
    from = at + 1;
  }
  length += bytes.copy(out, length, from);
  return out.subarray(0, length);
}
