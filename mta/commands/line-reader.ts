// Lines from a connection, one by one, with a limit of their length and one of the wait for them. Lines end with LF; a CR
// before it belongs to the line end.
import type { Duplex } from 'node:stream';

const LF = 0x0a;
const CR = 0x0d;

export class LineReader {
  readonly #stream: Duplex;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #idle: number;
  #bytes: Buffer = Buffer.alloc(0);

  /** `idle` in milliseconds: after so long without a byte the stream is destroyed. */
  constructor(stream: Duplex, idle: number) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#idle = idle;
  }

  /** Has a whole line arrived already? */
  get hasLine(): boolean {
    return this.#bytes.includes(LF);
  }

  /**
   * The next line without its end; undefined when there is none any more.
   * @param limit bytes; a longer line is cut there, and `isCut` says so
   */
  async next(limit: number): Promise<{ readonly line: Buffer; readonly isCut: boolean } | undefined> {
    let kept: Buffer[] = [];
    let size = 0;
    for (;;) {
      const end = this.#bytes.indexOf(LF);
      const piece = end < 0 ? this.#bytes : this.#bytes.subarray(0, end);
      if (size < limit + 1) kept.push(piece.subarray(0, limit + 1 - size));
      size += piece.length;
      this.#bytes = end < 0 ? this.#bytes.subarray(this.#bytes.length) : this.#bytes.subarray(end + 1);
      if (end >= 0) {
        const whole = kept.length === 1 ? kept[0]! : Buffer.concat(kept);
        const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole;
        return { line: line.subarray(0, limit), isCut: line.length > limit || size > limit + 1 };
      }
      // Kept pieces are joined now and then, so that a line that comes byte by byte takes no more room.
      if (kept.length > 64) kept = [Buffer.concat(kept)];
      const more = await this.#more();
      if (more === undefined) return undefined;
      this.#bytes = more;
    }
  }

  async #more(): Promise<Buffer | undefined> {
    const timer = setTimeout(() => this.#stream.destroy(), this.#idle);
    try {
      const { value, done } = await this.#chunks.next();
      return done ? undefined : value;
    } catch {
      return undefined; // the connection is gone
    } finally {
      clearTimeout(timer);
    }
  }
}
