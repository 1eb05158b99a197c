// A raw SMTP client for tests: it sends exactly the bytes it is told to, in the pieces it is told to, and reads whole
// replies. Beside it an injector that keeps what it is given, and a way to start smtpd with few words.
import { EventEmitter, once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { after } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Account, Accounts } from '../../mta/accounts/types.ts';
import type { BadList } from '../../mta/control/bad-list.ts';
import { readBadList } from '../../mta/control/bad-list.ts';
import type { Definitions, Entry } from '../../mta/control/definitions/entry.ts';
import { junkSettings } from '../../mta/control/definitions/junk.ts';
import { policySettings } from '../../mta/control/definitions/policy.ts';
import { hasWishes } from '../../mta/formats/dsn.ts';
import type { Injection, Injector, Origin } from '../../mta/inject/types.ts';
import type { Outcome } from '../../mta/outcome.ts';
import { success } from '../../mta/outcome.ts';
import type { Service } from '../../mta/service.ts';
import type { SmtpdSettings } from '../../mta/smtpd/settings.ts';
import { type SmtpdOptions, startSmtpd } from '../../mta/smtpd/smtpd.ts';

/** One reply: all its lines without CRLF, joined with LF. `code` 0: the server closed instead. */
export interface ReceivedReply {
  readonly code: number;
  readonly text: string;
}

/** A connection whose every byte the test decides. */
export class RawSmtpClient {
  #socket: Socket | TLSSocket;
  #received = '';
  #ended = false;
  readonly #changes = new EventEmitter();

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#attach();
  }

  #attach(): void {
    this.#changes.setMaxListeners(0);
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#changes.emit('change');
    });
    const end = () => {
      this.#ended = true;
      this.#changes.emit('change');
    };
    this.#socket.on('end', end);
    this.#socket.on('close', end);
    this.#socket.on('error', end);
  }

  /** Connects; the greeting is not read yet. */
  static async connect(port: number, host = '127.0.0.1', localAddress?: string): Promise<RawSmtpClient> {
    const socket = connectSocket({ port, host, noDelay: true, ...(localAddress && { localAddress }) });
    await once(socket, 'connect');
    return new RawSmtpClient(socket);
  }

  /** Connects with TLS from the first byte, whatever the certificate. */
  static async connectTls(port: number, host = '127.0.0.1'): Promise<RawSmtpClient> {
    const socket = connectTls({ port, host, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return new RawSmtpClient(socket);
  }

  get isClosed(): boolean {
    return this.#ended;
  }

  /** Bytes that were received and not read as replies. */
  get unread(): string {
    return this.#received;
  }

  /** Sends bytes as they are; a string is Latin-1 bytes. Resolves when the kernel has them. */
  send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed || !this.#socket.writable) return resolve();
      this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, () => resolve());
    });
  }

  /** The next whole reply; code 0 with what there was when the server closed. */
  async read(timeoutMs = 10_000): Promise<ReceivedReply> {
    const deadline = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\r\n)*(\d{3})(?: [^\n]*)?\r\n/.exec(this.#received);
      if (match !== null) {
        this.#received = this.#received.slice(match[0].length);
        return { code: Number(match[1]), text: match[0].trimEnd().replaceAll('\r\n', '\n') };
      }
      if (this.#ended) return { code: 0, text: this.#received };
      try {
        await once(this.#changes, 'change', { signal: deadline });
      } catch {
        throw new Error(
          `no reply within ${timeoutMs} ms; received so far: ${JSON.stringify(this.#received)}`,
        );
      }
    }
  }

  /** Sends one line with CRLF and reads its reply. */
  async command(line: string): Promise<ReceivedReply> {
    await this.send(`${line}\r\n`);
    return this.read();
  }

  /** Greeting, EHLO, and the EHLO reply. */
  async hello(name = 'client.test'): Promise<ReceivedReply> {
    await this.read();
    return this.command(`EHLO ${name}`);
  }

  /**
   * MAIL, RCPT for each, DATA, the message with CRLF line ends and no end, then the end: the last reply.
   * @param parameters of each RCPT, with a blank before them
   */
  async sendMessage(
    from: string,
    to: readonly string[],
    message: string,
    parameters: readonly string[] = [],
  ): Promise<ReceivedReply> {
    const rcpts = to.map((one, i) => `RCPT TO:<${one}>${parameters[i] ?? ''}`);
    for (const line of [`MAIL FROM:<${from}>`, ...rcpts, 'DATA']) {
      const reply = await this.command(line);
      if (reply.code >= 400 || reply.code === 0) return reply;
    }
    await this.send(`${message}\r\n.\r\n`);
    return this.read();
  }

  /** STARTTLS and the handshake; afterwards all bytes go through TLS. */
  async startTls(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const reply = await this.command('STARTTLS');
    if (reply.code !== 220) throw new Error(`STARTTLS: ${reply.text}`);
    this.#socket.removeAllListeners();
    const socket = connectTls({ ...options, socket: this.#socket, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    this.#socket = socket;
    this.#attach();
    return socket;
  }

  /** Waits until the server has closed, and gives everything that it still said. */
  async readToEnd(timeoutMs = 10_000): Promise<string> {
    const deadline = AbortSignal.timeout(timeoutMs);
    while (!this.#ended) await once(this.#changes, 'change', { signal: deadline });
    return this.#received;
  }

  /** Closes our side only. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** What the capturing injector was given and answered K. */
export interface CapturedMessage {
  readonly origin: Origin;
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly message: Buffer;
  /** What the sender asked about notifications, without what was not said. */
  readonly dsn: unknown;
}

/** An injector that keeps messages in memory; `answer` chooses the outcome (default: K like qmail-queue). */
export class CapturingInjector implements Injector {
  readonly messages: CapturedMessage[] = [];
  opened = 0;
  aborted = 0;
  answer: (message: CapturedMessage) => Outcome | Promise<Outcome> = () => success('ok 1732290000 qp 123');

  open(origin: Origin): Injection {
    this.opened++;
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
        return true;
      },
      drained: () => Promise.resolve(),
      finish: async (sender, recipients, dsn) => {
        const message = Buffer.concat(chunks);
        const wishes: unknown = dsn && hasWishes(dsn) ? JSON.parse(JSON.stringify(dsn)) : undefined;
        const captured = { origin, sender, recipients: [...recipients], message, dsn: wishes };
        const outcome = await this.answer(captured);
        if (outcome.code === 'K') this.messages.push(captured);
        return outcome;
      },
      abort: () => {
        this.aborted++;
      },
    };
  }

  inject(origin: Origin, message: Buffer, sender: string, recipients: readonly string[]): Promise<Outcome> {
    const injection = this.open(origin);
    injection.write(message);
    return injection.finish(sender, recipients);
  }

  close(): void {}
}

/** Accounts in memory: addresses that exist, with the password of each ('' for none). */
export function listedAccounts(passwords: Readonly<Record<string, string>>): Accounts {
  const account = (address: string, flags = 0): Account => {
    const [name = '', domain = ''] = address.split('@');
    const directory = `/nonexistent/${domain}/${name}`;
    return {
      name,
      domain,
      address,
      gecos: '',
      directory,
      maildir: `${directory}/Maildir`,
      quota: '',
      flags,
      uid: 1,
      gid: 1,
    };
  };
  const known = (address: string) => Object.hasOwn(passwords, address.toLowerCase());
  return {
    findDomain: async () => undefined,
    findAccount: async (address) => (known(address) ? account(address.toLowerCase()) : undefined),
    recipientExists: async (address) => known(address),
    examineRecipient: async (address) => ({ exists: known(address) }),
    authenticate: async (address, password) =>
      known(address) && password !== '' && passwords[address.toLowerCase()] === password
        ? account(address.toLowerCase())
        : undefined,
  };
}

/** What settings of one room are without their files. */
const withoutFiles = <S>(room: Definitions<S>): S =>
  Object.fromEntries(
    Object.entries<Entry<unknown>>(room).map(([name, entry]) => [
      name,
      entry.read({ path: name, text: undefined, me: 'mx.our.test' }),
    ]),
  ) as S;

/** A list as control/badmailfrom has it. */
export const badList = (...lines: readonly string[]): BadList =>
  readBadList({ path: 'control/badlist', text: lines.map((line) => `${line}\n`).join(''), me: undefined });

/** Settings of a small site: our.test is local, and nothing is relayed. */
export const testSettings: SmtpdSettings = {
  me: 'mx.our.test',
  smtpgreeting: 'mx.our.test',
  databytes: 52_428_800,
  dsn: 1,
  timeoutsmtpd: 1200,
  ...withoutFiles(policySettings),
  ...withoutFiles(junkSettings),
  rcpthosts: new Set(['our.test']),
  disableddomains: new Set(),
  overquotadefer: 0,
  qlog: 0,
  qmailqueue: '',
  timeoutqmailqueue: 300,
  locals: new Set(['our.test']),
  virtualdomains: new Map(),
  percenthack: new Set(),
  envnoathost: 'our.test',
  localiphost: 'our.test',
  rewrite: undefined,
  defaulthost: 'our.test',
  defaultdomain: 'our.test',
  plusdomain: 'our.test',
  maxrcpt: 1000,
  maxconnections: 1000,
  maxconnectionsperip: 50,
  scram: false,
};

/** A running smtpd with what it was given. */
export interface TestSmtpd {
  readonly service: Service;
  readonly injector: CapturingInjector;
  readonly lines: string[];
  /** The port of a listener, the first by default. */
  port(name?: 'smtp' | 'submission' | 'submissions'): number;
  connect(name?: 'smtp' | 'submission'): Promise<RawSmtpClient>;
}

/** Starts smtpd on free ports of 127.0.0.1. Without rate limits unless the test sets them: all clients are one address. */
export async function startTestSmtpd(
  settings: Partial<SmtpdSettings> = {},
  options: Partial<Omit<SmtpdOptions, 'settings' | 'listeners'>> & {
    readonly names?: readonly ('smtp' | 'submission' | 'submissions')[];
  } = {},
): Promise<TestSmtpd> {
  const injector = new CapturingInjector();
  const lines: string[] = [];
  const { names = ['smtp'], ...others } = options;
  const all: SmtpdSettings = {
    ...testSettings,
    ...settings,
    limits: { connectionsPerSecond: 0, errorDelay: 0, ...settings.limits },
  };
  const service = await startSmtpd({
    listeners: names.map((name) => ({ name, host: '127.0.0.1', port: 0 })),
    settings: () => all,
    accounts: listedAccounts({ 'u@our.test': 'secret', 'postmaster@our.test': '' }),
    injector,
    log: (line) => lines.push(line),
    ...others,
  });
  // A test that fails half-way leaves nothing running.
  after(() => service.close());
  const port = (name: string = names[0]!) => {
    const found = service.addresses.find((one) => one.name === name)?.port;
    if (found === undefined) throw new Error(`no listener ${name}`);
    return found;
  };
  return { service, injector, lines, port, connect: (name) => RawSmtpClient.connect(port(name)) };
}
