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
  readonly sender: string;
  /** Recipient of letter n. */
  readonly recipient: (n: number) => string;
  /** Called with n when letter n was acknowledged. */
  readonly acknowledged?: ((n: number) => void) | undefined;
  /** Marks the letters of one run in their headers. */
  readonly tag?: string | undefined;
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
  const { count, connections } = options;
  let next = 0;
  let failed = 0;
  const latencies: number[] = [];
  const started = performance.now();
  const work = async (): Promise<void> => {
    const client = await Client.open(options.host, options.port).catch(() => undefined);
    if (!client) return;
    try {
      await client.command('EHLO load.example');
      while (next < count) {
        const n = next;
        next += 1;
        await client.command(`MAIL FROM:<${options.sender}>`);
        await client.command(`RCPT TO:<${options.recipient(n)}>`);
        await client.command('DATA');
        const letter = makeLetter(n, options.size, options.tag ?? 'run');
        const sent = performance.now();
        const answer = await client.send(letter);
        if (answer.startsWith('250')) {
          latencies.push(performance.now() - sent);
          options.acknowledged?.(n);
        } else failed += 1;
      }
      await client.command('QUIT');
    } catch {
      failed += 1;
    } finally {
      client.close();
    }
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

  static open(host: string, port: number): Promise<Client> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
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
