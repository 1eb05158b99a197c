// A POP3 server over a real Maildir, and a client that shows every byte. Accounts are one name with a password;
// mailboxes, message reader and server are the real ones.
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { LoginThrottled } from '../../mta/accounts/login-throttle.ts';
import type { Account } from '../../mta/accounts/types.ts';
import type { Service } from '../../mta/service.ts';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';
import type { ConnectionLimits } from '../../server/door/mail-door.ts';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import { createMessageReader } from '../../server/message/reader.ts';
import { startPop3d } from '../../server/pop3/pop3d.ts';
import type { Pop3Settings } from '../../server/pop3/settings.ts';
import { createFixture, type Fixture } from './maildir.ts';

export const testUser = 'user@example.net';
export const testPassword = 'secret word';

export interface Pop3Site {
  readonly fixture: Fixture;
  readonly maildir: string;
  readonly service: Service;
  readonly log: string[];
  readonly port: number;
  readonly tlsPort: number;
  /** What tests change while it runs. */
  readonly world: { isClosed: boolean; isThrottled: boolean };
  connect(): Promise<Pop3Client>;
  signIn(): Promise<Pop3Client>;
  /** Ends server and mailboxes; the fixture stays when it was given. */
  close(): Promise<void>;
}

export interface Pop3SiteOptions {
  readonly settings?: Partial<Pop3Settings>;
  readonly limits?: Partial<ConnectionLimits>;
  readonly tls?: DoorTls | undefined;
  readonly fixture?: Fixture;
  readonly host?: string;
}

export const testSettings: Pop3Settings = {
  me: 'mail.example.net',
  cleartextlogin: 0,
  dovecotuidl: '%08Xu%08Xv',
  maxpop3connections: 1000,
  maxpop3connectionsperip: 50,
  pop3marksread: 1,
};

export async function startPop3Site(options: Pop3SiteOptions = {}): Promise<Pop3Site> {
  const fixture = options.fixture ?? (await createFixture());
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  const world = { isClosed: false, isThrottled: false };
  const reader = createMessageReader({ log: note });
  const mailboxes = createMailboxes({
    state: fixture.state,
    reader,
    log: note,
    hostname: 'test.example',
    workers: 1,
  });
  const account: Account = {
    name: 'user',
    domain: 'example.net',
    address: testUser,
    gecos: '',
    directory: fixture.root,
    maildir: fixture.maildir,
    quota: '',
    flags: 0,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
  };
  const settings = { ...testSettings, ...options.settings };
  const host = options.host ?? '127.0.0.1';
  const service = await startPop3d({
    listeners: [
      { name: 'pop3', host, port: 0 },
      ...(options.tls ? [{ name: 'pop3s' as const, host, port: 0 }] : []),
    ],
    tls: () => options.tls,
    settings: () => settings,
    accounts: {
      findAccount: async (address) => (address === testUser && !world.isClosed ? account : undefined),
      authenticate: async (address, password, service) => {
        if (world.isThrottled) throw new LoginThrottled(60);
        return address === testUser && password === testPassword && service === 'pop3' ? account : undefined;
      },
    },
    mailboxes,
    log: note,
    limits: options.limits,
  });
  const port = service.addresses[0]?.port ?? 0;
  const clients: Pop3Client[] = [];
  const connect = async (): Promise<Pop3Client> => {
    const client = await Pop3Client.connect(port, host);
    clients.push(client);
    return client;
  };
  return {
    fixture,
    maildir: fixture.maildir,
    service,
    log,
    port,
    tlsPort: service.addresses[1]?.port ?? 0,
    world,
    connect,
    signIn: async () => {
      const client = await connect();
      await client.signIn();
      return client;
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await service.close();
      await mailboxes.close();
      await reader.close();
      if (!options.fixture) await fixture.remove();
    },
  };
}

/** Runs a test on a site of its own. */
export async function withPop3(
  work: (site: Pop3Site) => Promise<void>,
  options: Pop3SiteOptions = {},
): Promise<void> {
  const site = await startPop3Site(options);
  try {
    await work(site);
  } finally {
    await site.close();
  }
}

/** Bytes are characters (latin1). */
export class Pop3Client {
  greeting = '';
  #socket: Socket;
  #text = '';
  #isOver = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<Pop3Client> {
    const client = new Pop3Client(createConnection({ port, host }));
    client.greeting = await client.line();
    return client;
  }

  static async connectTls(port: number): Promise<Pop3Client> {
    const client = new Pop3Client(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    client.greeting = await client.line();
    return client;
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    const wake = (): void => {
      this.#wake?.();
      this.#wake = undefined;
    };
    socket.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1');
      wake();
    });
    const over = (): void => {
      this.#isOver = true;
      wake();
    };
    socket.on('end', over).on('close', over).on('error', over);
  }

  get socket(): Socket {
    return this.#socket;
  }

  async startTls(): Promise<void> {
    this.#socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
    this.#socket = secure;
    this.#listen(secure);
  }

  write(text: string | Buffer): void {
    this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  async #more(): Promise<void> {
    if (this.#isOver)
      throw new Error(`the server closed the connection; left: ${JSON.stringify(this.#text)}`);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** One line without its CRLF. */
  async line(): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf('\r\n');
      if (at >= 0) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 2);
        return line;
      }
      await this.#more();
    }
  }

  /** Sends a command; gives its first line. */
  async send(command: string): Promise<string> {
    this.write(`${command}\r\n`);
    return this.line();
  }

  /** The same, and it must be +OK. */
  async ok(command: string): Promise<string> {
    const line = await this.send(command);
    if (!line.startsWith('+OK')) throw new Error(`${command}: ${line}`);
    return line;
  }

  /** The lines of an answer up to its dot, as they stand on the wire. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === '.') return lines;
      lines.push(line);
    }
  }

  /** Sends a command whose answer ends with a dot; gives its lines without the first. */
  async list(command: string): Promise<string[]> {
    await this.ok(command);
    return this.rest();
  }

  async signIn(): Promise<string> {
    await this.ok(`USER ${testUser}`);
    return this.ok(`PASS ${testPassword}`);
  }

  /** Waits until the server ends the connection; gives what it said until then. */
  async end(): Promise<string> {
    while (!this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#text;
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
