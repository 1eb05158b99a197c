// A POP3 conversation on a command's standard input and output (RFC 1939 3): command lines in, replies out, one idle
// limit. Reads no further than it must: after `pause` the input belongs to whoever is run next.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

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
  /** No more commands come; those that have come are still answered. */
  #isEnded = false;
  /** No reply arrives any more. */
  #isBroken = false;
  #wake: () => void = () => undefined;

  /** `idle` in milliseconds. */
  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, idle = 1_200_000) {
    this.#input = input;
    this.#output = output;
    this.#idle = idle;
    const end = (): void => {
      this.#isEnded = true;
      this.#wake();
    };
    input.on('end', end).on('error', end).on('close', end);
    input.on('data', (bytes: Buffer) => {
      this.#held += bytes.toString('latin1');
      this.#wake();
    });
    input.pause();
    output.on('error', () => {
      this.#isBroken = true;
      end();
    });
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
      if (this.#isEnded || this.#held.length > LINE_LIMIT || !(await this.#more())) return undefined;
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

  /** Stops reading for good, so that the process can end or hand over. False: the client has sent more than was asked for. */
  async pause(): Promise<boolean> {
    // A stream that was paused by its reader reads once more in advance, which would take what is the program's. Paused
    // a second time, with nothing on its way, standard input leaves its descriptor alone.
    await nextTurn();
    this.#input.resume();
    this.#input.pause();
    await nextTurn();
    return this.#held === '' && ((this.#input as Readable).readableLength ?? 0) === 0;
  }

  /** Sends `+OK TEXT` or `-ERR TEXT` and the like, a whole line. */
  reply(line: string): Promise<void> {
    return this.send(Buffer.from(`${line}\r\n`, 'latin1'));
  }

  /** Sends bytes; waits while the client is slow, but no longer than the idle limit. */
  async send(bytes: Buffer): Promise<void> {
    if (this.#isBroken || bytes.length === 0 || this.#output.write(bytes)) return;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#idle);
    await once(this.#output, 'drain', { signal: limit.signal }).catch(() => {
      this.#isBroken = true;
    });
    clearTimeout(timer);
  }

  /** The client takes nothing any more. */
  get isBroken(): boolean {
    return this.#isBroken;
  }
}

function parseCommand(line: string): Pop3Command {
  const space = line.indexOf(' ');
  if (space < 0) return { verb: line.toLowerCase(), argument: '' };
  return { verb: line.slice(0, space).toLowerCase(), argument: line.slice(space).replace(/^ +/, '') };
}
