// Lines of a client, asked for one after the other by the session (POP3: RFC 1939 3, RFC 2449 4; ManageSieve), and bytes
// that it announced: a line too long is passed over to its end and told as such, never kept. Holds at most what was asked
// for and the piece in hand; tells its connection to hold back what a client sends ahead (PIPELINING) beyond that.

/** What the client sent next. */
export type ClientLine =
  | { readonly kind: 'line'; readonly text: string }
  /** `end`: its last characters. */
  | { readonly kind: 'too long'; readonly end: string }
  /** The client closed, or the connection is lost. */
  | { readonly kind: 'end' };

const LF = 0x0a;
const CR = 0x0d;
/** Bytes that wait unread before the connection holds the client back. */
const mostWaiting = 32 * 1024;
/** Bytes at the end of a line too long that are told: a literal is announced there. */
const toldEnd = 16;

export class LineReader {
  #buffer: Buffer = Buffer.alloc(0);
  #isSkipping = false;
  #isEnded = false;
  #wanted: { readonly limit: number; readonly resolve: (line: ClientLine) => void } | undefined;
  #bytes:
    | {
        left: number;
        readonly kept: Buffer[] | undefined;
        readonly resolve: (bytes: Buffer | undefined) => void;
      }
    | undefined;
  readonly #hold: () => void;
  readonly #flow: () => void;

  /** @param hold stop reading from the client @param flow go on */
  constructor(hold: () => void, flow: () => void) {
    this.#hold = hold;
    this.#flow = flow;
  }

  /** Does something wait that the session has not seen? */
  get hasInput(): boolean {
    return this.#buffer.length > 0;
  }

  /** Is a whole line at hand? */
  get hasLine(): boolean {
    return this.#buffer.includes(LF);
  }

  /** First byte that waits; undefined: none. */
  get firstByte(): number | undefined {
    return this.#buffer[0];
  }

  push(piece: Buffer): void {
    if (this.#isEnded) return;
    this.#buffer = this.#buffer.length === 0 ? piece : Buffer.concat([this.#buffer, piece]);
    this.#settle();
    if (this.#buffer.length > mostWaiting) this.#hold();
  }

  /** The client closed its side: whole lines are still read, half a one is no command. */
  end(): void {
    this.#isEnded = true;
    this.#settle();
  }

  /** Forgets what waits. */
  drop(): void {
    this.#buffer = Buffer.alloc(0);
  }

  /** The next line without its end; `limit`: bytes of it. One call at a time. */
  readLine(limit: number): Promise<ClientLine> {
    return new Promise((resolve) => {
      this.#wanted = { limit, resolve };
      this.#settle();
      if (this.#buffer.length <= mostWaiting) this.#flow();
    });
  }

  /** The next `count` bytes as they are; undefined: the client went away before. One call at a time. */
  readBytes(count: number): Promise<Buffer | undefined> {
    return this.#takeBytes(count, []);
  }

  /** Passes over so many bytes. False: the client went away before. */
  async skipBytes(count: number): Promise<boolean> {
    return (await this.#takeBytes(count, undefined)) !== undefined;
  }

  #takeBytes(count: number, kept: Buffer[] | undefined): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      this.#bytes = { left: count, kept, resolve };
      this.#settle();
      this.#flow();
    });
  }

  #settleBytes(): void {
    const wanted = this.#bytes;
    if (!wanted) return;
    const piece = this.#buffer.subarray(0, wanted.left);
    this.#buffer = this.#buffer.subarray(piece.length);
    wanted.left -= piece.length;
    wanted.kept?.push(piece);
    if (wanted.left > 0 && !this.#isEnded) return;
    this.#bytes = undefined;
    wanted.resolve(wanted.left > 0 ? undefined : Buffer.concat(wanted.kept ?? []));
  }

  #settle(): void {
    this.#settleBytes();
    const wanted = this.#wanted;
    if (!wanted) return;
    const line = this.#take(wanted.limit);
    if (!line) return;
    this.#wanted = undefined;
    wanted.resolve(line);
  }

  #take(limit: number): ClientLine | undefined {
    const end = this.#buffer.indexOf(LF);
    if (end < 0) {
      if (this.#buffer.length > limit + 1) {
        this.#isSkipping = true;
        this.#buffer = this.#buffer.subarray(-toldEnd);
      }
      return this.#isEnded ? { kind: 'end' } : undefined;
    }
    const last = end > 0 && this.#buffer[end - 1] === CR ? end - 1 : end;
    const text = this.#buffer.toString('utf8', 0, Math.min(last, limit + 1));
    const isLong = last > limit || this.#isSkipping;
    const ending = isLong ? this.#buffer.toString('latin1', Math.max(0, last - toldEnd), last) : '';
    this.#isSkipping = false;
    this.#buffer = this.#buffer.subarray(end + 1);
    return isLong ? { kind: 'too long', end: ending } : { kind: 'line', text };
  }
}
