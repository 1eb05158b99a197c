// Bytes of an IMAP client made into commands: lines and literals (RFC 9051 4.3, RFC 7888 LITERAL+), as they come, however
// they were cut. The limits of security.md I1 hold before a byte is kept: a line or literal that is too long is refused
// unread and dropped up to its end. Literals of messages (APPEND, REPLACE) are handed on as a stream. What a command
// means is cursor.ts and the commands' business.

/** `{n}`, `{n+}` and `~{n}` at the end of a line. */
export interface LiteralHeader {
  readonly size: number;
  /** The client waits for our `+`. */
  readonly isSync: boolean;
  /** RFC 3516 literal8. */
  readonly isBinary: boolean;
}

/** A command, or the next piece of one that has messages in it. */
export interface WireCommand {
  /** Bytes as characters; a literal is its header and a line feed. */
  readonly text: string;
  readonly literals: readonly Buffer[];
  /** A message follows: `readMessage`, then `readMore`, or `dropRest`. */
  readonly message: LiteralHeader | undefined;
}

/** What cannot be taken; the rest of the command is dropped. */
export interface WireFault {
  readonly fault: string;
  readonly tag: string;
  /** The stream cannot be followed any further. */
  readonly isFatal: boolean;
}

export interface ReaderLimits {
  /** Bytes of a command without what is in its literals. */
  readonly lineBytes: number;
  readonly literalBytes: number;
  /** Sum of the literals of one command. */
  readonly literalsBytes: number;
  /** Are there messages to be taken? */
  readonly takesMessages: boolean;
}

/** security.md I1. */
export const limitsBeforeLogin: ReaderLimits = {
  lineBytes: 8 * 1024,
  literalBytes: 64 * 1024,
  literalsBytes: 128 * 1024,
  takesMessages: false,
};
export const limitsAfterLogin: ReaderLimits = {
  lineBytes: 64 * 1024,
  literalBytes: 64 * 1024,
  literalsBytes: 512 * 1024,
  takesMessages: true,
};

/** The other side of the reader. */
export interface ReaderPort {
  /** Sends `+` for a literal. */
  askForLiteral(): void;
  /** Nothing goes on without more bytes: what was answered goes out, and the socket flows. */
  wantBytes(): void;
  /** They came. */
  hasBytes(): void;
  /** Enough bytes wait: the socket is held. */
  holdBytes(): void;
}

/** Bytes that may wait unread. */
const mostPending = 128 * 1024;
/** Bytes of a refused literal that are read and dropped; with more the connection ends. */
const mostDropped = 64 * 1024 * 1024;
const none = Buffer.alloc(0);

const tagOf = (text: string): string =>
  /^[!#$&',\-./0-9:;<=>?@A-Z[^_`a-z|}~]{1,64}(?= |$)/.exec(text)?.[0] ?? '*';

/** The literal header that ends a line. */
export function parseLiteralHeader(text: string): LiteralHeader | undefined {
  if (!text.endsWith('}')) return undefined;
  const found = /(~?)\{(\d{1,20})(\+?)\}$/.exec(text.slice(-26));
  if (!found) return undefined;
  return { size: Number(found[2]), isSync: found[3] === '', isBinary: found[1] === '~' };
}

/** ID with all that RFC 2971 allows: 30 pairs of 30 and 1024 bytes. Also before login. */
const mostId = 40 * 1024;
const isId = (text: string): boolean => /^[^ ]{1,64} ID /i.test(text);

/** Does the literal after this text hold a message? Not the mailbox name, which may be one too. */
const isMessageNext = (text: string): boolean => {
  const found = /^[^ ]+ (?:UID )?(?:APPEND |REPLACE [^ ]+ )/i.exec(text);
  return found !== null && text.length > found[0].length;
};

export class CommandReader {
  limits: ReaderLimits = limitsBeforeLogin;
  readonly #port: ReaderPort;
  #buffer: Buffer = none;
  #start = 0;
  #end = 0;
  #searched = 0;
  #isOver = false;
  #wake: (() => void) | undefined;
  /** What is left of a refused command. */
  #drop: LiteralHeader | 'line' | undefined;

  constructor(port: ReaderPort) {
    this.#port = port;
  }

  /** Bytes from the client. */
  push(chunk: Buffer): void {
    const waiting = this.#end - this.#start;
    if (waiting === 0) {
      this.#buffer = chunk;
      this.#start = this.#searched = 0;
      this.#end = chunk.length;
    } else {
      // What was given away of the old buffer stays untouched: room is made in a new one.
      if (this.#buffer.length - this.#end < chunk.length || this.#buffer.length === this.#end) {
        const grown = Buffer.allocUnsafeSlow(Math.max(1024, 2 * (waiting + chunk.length)));
        this.#buffer.copy(grown, 0, this.#start, this.#end);
        this.#buffer = grown;
        this.#searched -= this.#start;
        this.#start = 0;
        this.#end = waiting;
      }
      chunk.copy(this.#buffer, this.#end);
      this.#end += chunk.length;
    }
    if (this.#end - this.#start > mostPending) this.#port.holdBytes();
    this.#wakeUp();
  }

  /** The client sends no more. */
  end(): void {
    this.#isOver = true;
    this.#wakeUp();
  }

  /** Forgets what was sent in clear text before TLS (security.md I2). */
  dropPending(): void {
    this.#buffer = none;
    this.#start = this.#end = this.#searched = 0;
  }

  /** What came behind a command that changes what bytes mean (RFC 4978). */
  takePending(): Buffer {
    const bytes = this.#buffer.subarray(this.#start, this.#end);
    this.dropPending();
    return bytes;
  }

  /** The next command; undefined: the client is gone. */
  async next(): Promise<WireCommand | WireFault | undefined> {
    if (this.#drop !== undefined && !(await this.#dropCommand())) return undefined;
    return this.#readCommand(false);
  }

  /** The piece of a command after a message. */
  readMore(): Promise<WireCommand | WireFault | undefined> {
    return this.#readCommand(true);
  }

  /** The bytes of a message, asked for with the first. Ends early when the client goes: `isGone` then. */
  async *readMessage({ size, isSync }: LiteralHeader): AsyncGenerator<Buffer> {
    if (isSync) this.#port.askForLiteral();
    let left = size;
    while (left > 0) {
      const bytes = await this.#take(left);
      if (bytes === undefined) throw new ClientGone();
      left -= bytes.length;
      yield bytes;
    }
  }

  /** A whole literal that is held. @throws ClientGone */
  async readLiteral(header: LiteralHeader): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.readMessage(header)) parts.push(part);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Gives the rest of a command up whose message has not been asked for. False: the connection must end. */
  dropRest(header: LiteralHeader | undefined): boolean {
    if (header === undefined || header.isSync) return true;
    if (header.size > mostDropped) return false;
    this.#drop = header;
    return true;
  }

  /** One line that is no command: DONE, an answer of SASL. Undefined: gone, or longer than `limit`. */
  async readLine(limit: number): Promise<string | undefined> {
    const line = await this.#readLine(limit);
    if (line === 'long') {
      this.#drop = 'line';
      return undefined;
    }
    return line;
  }

  /** @param isInside behind a message: the next literal is one too */
  async #readCommand(isInside: boolean): Promise<WireCommand | WireFault | undefined> {
    let text = '';
    const literals: Buffer[] = [];
    let sum = 0;
    for (;;) {
      const { lineBytes, literalBytes, literalsBytes, takesMessages } = this.limits;
      let line = await this.#readLine(lineBytes - text.length);
      if (line === 'long' && text === '' && isId(this.#peek())) line = await this.#readLine(mostId);
      if (line === undefined) return undefined;
      if (line === 'long') {
        this.#drop = 'line';
        return { fault: 'Command line too long', tag: tagOf(text || this.#peek()), isFatal: false };
      }
      const header = parseLiteralHeader(line);
      text += line;
      if (header === undefined) return { text, literals, message: undefined };
      const isMessage = takesMessages && (isInside || isMessageNext(text.slice(0, text.lastIndexOf('{'))));
      text += '\n';
      if (isMessage) return { text, literals, message: header };
      sum += header.size;
      if (header.size > literalBytes || sum > literalsBytes) {
        const isFatal = !this.dropRest(header);
        return { fault: 'Literal too large', tag: tagOf(text), isFatal };
      }
      if (header.isSync) this.#port.askForLiteral();
      const literal = await this.#readExactly(header.size);
      if (literal === undefined) return undefined;
      literals.push(literal);
    }
  }

  async #readExactly(size: number): Promise<Buffer | undefined> {
    const whole = Buffer.allocUnsafeSlow(size);
    for (let at = 0; at < size; ) {
      const bytes = await this.#take(size - at);
      if (bytes === undefined) return undefined;
      at += bytes.copy(whole, at);
    }
    return whole;
  }

  /** Some bytes, at most so many. */
  async #take(most: number): Promise<Buffer | undefined> {
    while (this.#end === this.#start) if (!(await this.#wait())) return undefined;
    const to = Math.min(this.#end, this.#start + most);
    const bytes = this.#buffer.subarray(this.#start, to);
    this.#consume(to);
    return bytes;
  }

  /** A line without its end; bytes as characters. A bare LF ends one too. */
  async #readLine(limit: number): Promise<string | 'long' | undefined> {
    for (;;) {
      const at =
        this.#searched < this.#end ? this.#buffer.subarray(0, this.#end).indexOf(10, this.#searched) : -1;
      const length = (at < 0 ? this.#end : at) - this.#start;
      // Two more for CR, and for what a limit of no bytes is: an empty line.
      if (length > limit + 1) return 'long';
      if (at >= 0) {
        const end = at > this.#start && this.#buffer[at - 1] === 13 ? at - 1 : at;
        const line = this.#buffer.toString('latin1', this.#start, end);
        this.#consume(at + 1);
        return line;
      }
      this.#searched = this.#end;
      if (!(await this.#wait())) return undefined;
    }
  }

  /** Reads and drops to the end of a refused command. False: the client is gone. */
  async #dropCommand(): Promise<boolean> {
    let dropped = 0;
    while (this.#drop !== undefined) {
      if (this.#drop !== 'line') {
        for (let left = this.#drop.size; left > 0; ) {
          const bytes = await this.#take(left);
          if (bytes === undefined) return false;
          left -= bytes.length;
        }
      }
      const end = await this.#dropLine();
      if (end === undefined) return false;
      const header = parseLiteralHeader(end);
      // Nobody asks for a synchronising one: the command ends there.
      this.#drop = header === undefined || header.isSync ? undefined : header;
      dropped += header?.size ?? 0;
      if (dropped > mostDropped) return false;
    }
    return true;
  }

  /** Drops a line of any length; gives its last bytes. */
  async #dropLine(): Promise<string | undefined> {
    let last = '';
    for (;;) {
      while (this.#end === this.#start) if (!(await this.#wait())) return undefined;
      const at = this.#buffer.subarray(0, this.#end).indexOf(10, this.#start);
      const to = at < 0 ? this.#end : at;
      last = (last + this.#buffer.toString('latin1', Math.max(this.#start, to - 32), to)).slice(-32);
      this.#consume(at < 0 ? to : to + 1);
      if (at >= 0) return last.endsWith('\r') ? last.slice(0, -1) : last;
    }
  }

  #peek(): string {
    return this.#buffer.toString('latin1', this.#start, Math.min(this.#end, this.#start + 80));
  }

  #consume(to: number): void {
    this.#start = this.#searched = to;
    // An idle client holds no buffer.
    if (this.#start === this.#end) this.dropPending();
  }

  /** Waits for more bytes; false: there are none. */
  async #wait(): Promise<boolean> {
    if (this.#isOver) return false;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#port.wantBytes();
    });
    return true;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    if (wake === undefined) return;
    this.#port.hasBytes();
    wake();
  }
}

/** The client closed the connection in the middle of a command. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
  constructor() {
    super('the client closed the connection');
  }
}
