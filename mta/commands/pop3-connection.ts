// A POP3 conversation on a command's standard input and output (RFC 1939 3): command lines in, replies out, one idle
// limit. Reads no further than it must: after `pause` the input belongs to whoever is run next.
import { once } from 'node:events';

/** One command line: the word in lower case and what follows it. */
export interface Pop3Command {
  readonly verb: string;
  readonly argument: string;
}

/** RFC 2449 4: 255 bytes; passwords may be longer. */
const LINE_LIMIT = 1024;

export class Pop3Connection {
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  readonly #idle: number;
  #held = '';
  #isOver = false;
  #wake: () => void = () => undefined;

  /** `idle` in milliseconds. */
  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, idle = 1_200_000) {
    this.#input = input;
    this.#output = output;
    this.#idle = idle;
    const end = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    input.on('end', end).on('error', end).on('close', end);
    input.on('data', (bytes: Buffer) => {
      this.#held += bytes.toString('latin1');
      this.#wake();
    });
    input.pause();
    output.on('error', end);
  }

  /** The next command; undefined when the client is gone, silent for too long, or sends lines without end. */
  async readCommand(): Promise<Pop3Command | undefined> {
    for (;;) {
      const end = this.#held.indexOf('\n');
      if (end >= 0) {
        const line = this.#held.slice(0, end).replace(/\r$/, '');
        this.#held = this.#held.slice(end + 1);
        return parseCommand(line);
      }
      if (this.#isOver || this.#held.length > LINE_LIMIT || !(await this.#more())) return undefined;
    }
  }

  /** Waits for bytes; false after the idle limit. */
  #more(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#input.pause();
        resolve(false);
      }, this.#idle);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        this.#input.pause();
        resolve(true);
      };
      this.#input.resume();
    });
  }

  /** Stops reading for good. False: the client has sent more than was asked for. */
  async pause(): Promise<boolean> {
    this.#input.pause();
    // The stream stops its descriptor one turn later.
    await new Promise((resolve) => setImmediate(resolve));
    return this.#held === '';
  }

  /** Sends `+OK TEXT` or `-ERR TEXT` and the like, a whole line. */
  reply(line: string): Promise<void> {
    return this.send(Buffer.from(`${line}\r\n`, 'latin1'));
  }

  /** Sends bytes; waits while the client is slow, but no longer than the idle limit. */
  async send(bytes: Buffer): Promise<void> {
    if (this.#isOver || bytes.length === 0 || this.#output.write(bytes)) return;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#idle);
    await once(this.#output, 'drain', { signal: limit.signal }).catch(() => {
      this.#isOver = true;
    });
    clearTimeout(timer);
  }

  /** The client is gone: nothing that is sent arrives. */
  get isOver(): boolean {
    return this.#isOver;
  }
}

function parseCommand(line: string): Pop3Command {
  const space = line.indexOf(' ');
  if (space < 0) return { verb: line.toLowerCase(), argument: '' };
  return { verb: line.slice(0, space).toLowerCase(), argument: line.slice(space).replace(/^ +/, '') };
}
