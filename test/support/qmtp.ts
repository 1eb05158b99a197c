// A raw client of QMTP and QMQP for tests, packages as bytes, and a way to start the two servers with few words.
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after } from 'node:test';
import { encodeNetstring, NetstringReader } from '../../mta/formats/netstring.ts';
import type { Service } from '../../mta/service.ts';
import type { NetstringServiceOptions } from '../../mta/smtpd/netstring-service.ts';
import { startQmqpd } from '../../mta/smtpd/qmqpd.ts';
import { startQmtpd } from '../../mta/smtpd/qmtpd.ts';
import type { SmtpdSettings } from '../../mta/smtpd/settings.ts';
import { CapturingInjector, listedAccounts, testSettings } from './smtp.ts';

const bytesOf = (text: string | Buffer): Buffer =>
  typeof text === 'string' ? Buffer.from(text, 'latin1') : text;

/** A QMTP package; `message` with its first byte. */
export const qmtpPackage = (
  message: string | Buffer,
  sender: string | Buffer,
  recipients: readonly (string | Buffer)[],
): Buffer =>
  Buffer.concat([
    encodeNetstring(bytesOf(message)),
    encodeNetstring(sender),
    encodeNetstring(Buffer.concat(recipients.map(encodeNetstring))),
  ]);

/** A connection whose every byte the test decides. */
export class NetstringClient {
  readonly socket: Socket;
  readonly #reader = new NetstringReader(10_000);
  readonly #answers: string[] = [];
  readonly #changes = new EventEmitter();
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#changes.setMaxListeners(0);
    const end = () => {
      this.isClosed = true;
      this.#changes.emit('change');
    };
    socket.on('end', end).on('close', end).on('error', end);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      for (let one = this.#reader.next(); one; one = this.#reader.next()) this.#answers.push(one.toString());
      this.#changes.emit('change');
    });
  }

  static async connect(port: number): Promise<NetstringClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    return new NetstringClient(socket);
  }

  /** Resolves when the kernel has the bytes, or the server is gone. */
  send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (!this.socket.writable) return resolve();
      this.socket.write(bytesOf(bytes), () => resolve());
    });
  }

  /** The next answers; fewer when the server closes. */
  async read(count = 1, timeoutMs = 10_000): Promise<string[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (this.#answers.length < count && !this.isClosed) await once(this.#changes, 'change', { signal });
    return this.#answers.splice(0, count);
  }

  /** All answers until the server closes. */
  async readToEnd(timeoutMs = 10_000): Promise<string[]> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!this.isClosed) await once(this.#changes, 'change', { signal });
    return this.#answers.splice(0);
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface TestNetstringServer {
  readonly service: Service;
  readonly injector: CapturingInjector;
  readonly lines: string[];
  readonly port: number;
  connect(): Promise<NetstringClient>;
}

/** Starts one of the two on a free port, over the small site of test/support/smtp.ts. */
export async function startTestServer(
  protocol: 'qmtp' | 'qmqp',
  settings: Partial<SmtpdSettings> = {},
  options: Partial<Omit<NetstringServiceOptions, 'settings' | 'listeners'>> = {},
): Promise<TestNetstringServer> {
  const injector = new CapturingInjector();
  const lines: string[] = [];
  const all: SmtpdSettings = {
    ...testSettings,
    ...settings,
    limits: { connectionsPerSecond: 0, errorDelay: 0, ...settings.limits },
  };
  const start = protocol === 'qmtp' ? startQmtpd : startQmqpd;
  const service = await start({
    listeners: [{ host: '127.0.0.1', port: 0 }],
    settings: () => all,
    accounts: listedAccounts({ 'u@our.test': 'secret', 'v@our.test': '', 'postmaster@our.test': '' }),
    injector,
    log: (line) => lines.push(line),
    ...options,
  });
  // A test that fails half-way leaves nothing running.
  after(() => service.close());
  const port = service.addresses[0]!.port!;
  return { service, injector, lines, port, connect: () => NetstringClient.connect(port) };
}
