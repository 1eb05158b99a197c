// The load client: opens SMTP connections, sends letters on them as fast as the answers come, and notes how long each
// answer to the final dot took. Bounded in letters and time.
import { connect, type Socket } from 'node:net';

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  /** Letters in all. */
  readonly count: number;
  readonly connections: number;
  /** Size of each letter in bytes, headers included. */
  readonly size: number;
  /** Of all letters, or of letter n. */
  readonly sender: string | ((n: number) => string);
  /** Recipient of letter n. */
  readonly recipient: (n: number) => string;
  /** Called with n when letter n was acknowledged. */
  readonly acknowledged?: ((n: number) => void) | undefined;
  /** Marks the letters of one run in their headers. */
  readonly tag?: string | undefined;
  /** Letter n with CRLF line ends and its closing dot; default: `makeLetter`. */
  readonly letter?: ((n: number) => Buffer) | undefined;
  /** Letters of a connection before the next one is opened; default: all. */
  readonly perConnection?: number | undefined;
  /** Address of our side of connection i (0 to `connections`). */
  readonly from?: ((i: number) => string) | undefined;
}

export interface LoadResult {
  readonly accepted: number;
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds from the final dot to its answer, sorted. */
  readonly latencies: readonly number[];
}

/** One letter of about `size` bytes with CRLF line ends and its closing dot. */
export function makeLetter(n: number, size: number, tag: string): Buffer {
  const head =
    `From: Load <load@sender.example>\r\nTo: Reader <reader@bench.example>\r\nSubject: letter ${n} ${tag}\r\n` +
    `Message-ID: <${tag}.${n}@sender.example>\r\nX-Letter: ${tag}-${n}\r\nMIME-Version: 1.0\r\n\r\n`;
  const line = `${'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, 74)}\r\n`;
  const lines = Math.max(1, Math.floor((size - head.length) / line.length));
  return Buffer.from(`${head}${line.repeat(lines)}.\r\n`);
}

/** Sends `count` letters over `connections` connections. A connection that is refused or dies counts as failures. */
export async function sendLetters(options: LoadOptions): Promise<LoadResult> {
  const { count, connections, sender, perConnection = count } = options;
  const letterOf = options.letter ?? ((n) => makeLetter(n, options.size, options.tag ?? 'run'));
  let next = 0;
  let failed = 0;
  const latencies: number[] = [];
  const started = performance.now();
  /** One connection; false: it could not be used. */
  const sendOver = async (i: number): Promise<boolean> => {
    const client = await Client.open(options.host, options.port, options.from?.(i)).catch(() => undefined);
    if (!client) return false;
    try {
      await client.command('EHLO load.example');
      for (let sent = 0; sent < perConnection && next < count; sent++) {
        const n = next;
        next += 1;
        await client.command(`MAIL FROM:<${typeof sender === 'string' ? sender : sender(n)}>`);
        await client.command(`RCPT TO:<${options.recipient(n)}>`);
        await client.command('DATA');
        const letter = letterOf(n);
        const began = performance.now();
        const answer = await client.send(letter);
        if (answer.startsWith('250')) {
          latencies.push(performance.now() - began);
          options.acknowledged?.(n);
        } else failed += 1;
      }
      await client.command('QUIT');
      return true;
    } catch {
      failed += 1;
      return false;
    } finally {
      client.close();
    }
  };
  const work = async (_: unknown, i: number): Promise<void> => {
    while (next < count) if (!(await sendOver(i))) return;
  };
  await Promise.all(Array.from({ length: connections }, work));
  return {
    accepted: latencies.length,
    failed,
    seconds: (performance.now() - started) / 1000,
    latencies: latencies.sort((a, b) => a - b),
  };
}

/** A minimal SMTP client: one command, one answer. */
class Client {
  readonly #socket: Socket;
  #buffer = '';
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#buffer += text;
      this.#answer();
    });
    const end = (): void => {
      this.#ended ??= new Error('the connection was closed');
      this.#waiting?.reject(this.#ended);
      this.#waiting = undefined;
    };
    socket.on('error', end);
    socket.on('close', end);
  }

  static open(host: string, port: number, localAddress?: string): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
      socket.once('error', reject);
      socket.once('connect', () => {
        const client = new Client(socket);
        client.#next().then((greeting) => {
          if (greeting.startsWith('220')) resolve(client);
          else reject(new Error(greeting));
        }, reject);
      });
    });
  }

  #answer(): void {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end < 0) return;
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + 2);
      if (line[3] === '-') continue;
      this.#waiting?.resolve(line);
      this.#waiting = undefined;
    }
  }

  #next(): Promise<string> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  send(bytes: Buffer | string): Promise<string> {
    const answer = this.#next();
    this.#socket.write(bytes);
    return answer;
  }

  async command(line: string): Promise<void> {
    const answer = await this.send(`${line}\r\n`);
    if (!/^[23]/.test(answer)) throw new Error(`${line}: ${answer}`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
