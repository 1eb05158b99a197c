// An IMAP server over a real Maildir, and a client that shows every byte: tests speak to it as a mail program would, over
// a real socket. Accounts are two names with a password each; mailboxes, message reader and server are the real ones.
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';
import type { Account } from '../../mta/accounts/types.ts';
import type { Service } from '../../mta/service.ts';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';
import type { ConnectionLimits } from '../../server/door/mail-door.ts';
import { startImapd } from '../../server/imap/imapd.ts';
import type { ImapSettings } from '../../server/imap/settings.ts';
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Mailboxes } from '../../server/mailbox/types.ts';
import { createMessageReader } from '../../server/message/reader.ts';
import { createFixture, type Fixture } from './maildir.ts';

export const testUser = 'user@example.net';
export const testPassword = 'secret word';

export interface ImapSite {
  readonly fixture: Fixture;
  readonly maildir: string;
  readonly service: Service;
  readonly mailboxes: Mailboxes;
  readonly log: string[];
  readonly port: number;
  readonly tlsPort: number;
  /** Connects and reads the greeting. */
  connect(): Promise<ImapClient>;
  /** Connects and signs in. */
  signIn(): Promise<ImapClient>;
  close(): Promise<void>;
}

export interface ImapSiteOptions {
  readonly settings?: Partial<ImapSettings>;
  readonly limits?: Partial<ConnectionLimits>;
  readonly remindSeconds?: number;
  readonly tls?: () => DoorTls | undefined;
  readonly fixture?: Fixture;
}

export const testSettings: ImapSettings = {
  cleartextlogin: 0,
  databytes: 10_000_000,
  imapcomment: '',
  imapprefix: '',
  maximapconnections: 5000,
  maximapconnectionsperip: 50,
  sharedindex: '',
};

/** Starts a server over an empty Maildir of its own, or over the one given. */
export async function startImapSite(options: ImapSiteOptions = {}): Promise<ImapSite> {
  const fixture = options.fixture ?? (await createFixture());
  const log: string[] = [];
  const note = (line: string): void => {
    log.push(line);
    // A fault of ours: whatever the test makes of it, its cause is told.
    if (line.startsWith('alert: bug')) console.error(line);
  };
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
  const tls = options.tls ?? (() => undefined);
  const service = await startImapd({
    listeners: [
      { name: 'imap', host: '127.0.0.1', port: 0 },
      ...(tls() ? [{ name: 'imaps' as const, host: '127.0.0.1', port: 0 }] : []),
    ],
    tls,
    settings: () => settings,
    accounts: {
      findAccount: async (address) => (address === testUser ? account : undefined),
      authenticate: async (address, password) =>
        address === testUser && password === testPassword ? account : undefined,
    },
    mailboxes,
    log: note,
    limits: options.limits,
    remindSeconds: options.remindSeconds,
  });
  const port = service.addresses[0]?.port ?? 0;
  const clients: ImapClient[] = [];
  const connect = async (): Promise<ImapClient> => {
    const client = await ImapClient.connect(port);
    clients.push(client);
    return client;
  };
  return {
    fixture,
    maildir: fixture.maildir,
    service,
    mailboxes,
    log,
    port,
    tlsPort: service.addresses[1]?.port ?? 0,
    connect,
    signIn: async () => {
      const client = await connect();
      await client.ok(`LOGIN ${testUser} "${testPassword}"`);
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

/** What came back for one command: untagged lines, and the tagged one without its tag. */
export interface ImapReply {
  readonly lines: readonly string[];
  /** `OK ...`, `NO ...`, `BAD ...`. */
  readonly tagged: string;
}

/** Bytes are characters (latin1); a line holds its literals. */
export class ImapClient {
  greeting = '';
  #socket: Socket | TLSSocket;
  #inflate: InflateRaw | undefined;
  #deflate: DeflateRaw | undefined;
  #text = '';
  #isOver = false;
  #wake: (() => void) | undefined;
  #tag = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<ImapClient> {
    const client = new ImapClient(createConnection({ port, host }));
    client.greeting = await client.line();
    return client;
  }

  static async connectTls(port: number): Promise<ImapClient> {
    const client = new ImapClient(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    client.greeting = await client.line();
    return client;
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    const wake = (): void => {
      this.#wake?.();
      this.#wake = undefined;
    };
    const hear = (bytes: Buffer): void => {
      this.#text += bytes.toString('latin1');
      wake();
    };
    this.#inflate?.on('data', hear);
    socket.on('data', (bytes: Buffer) => {
      if (this.#inflate) this.#inflate.write(bytes);
      else hear(bytes);
    });
    const end = (): void => {
      this.#isOver = true;
      wake();
    };
    // What came last may still be on its way through the decompression.
    const over = (): void => {
      if (this.#inflate) this.#inflate.flush(end);
      else end();
    };
    socket.on('end', over).on('close', over).on('error', over);
  }

  /** Goes on over TLS. */
  async startTls(): Promise<void> {
    this.#socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    const secure = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
    this.#socket = secure;
    this.#listen(secure);
  }

  /** Asks for compression, and goes on compressed (RFC 4978). */
  async compress(): Promise<void> {
    await this.ok('COMPRESS DEFLATE');
    const flush = constants.Z_SYNC_FLUSH;
    this.#inflate = createInflateRaw({ flush });
    this.#deflate = createDeflateRaw({ flush });
    const socket = this.#socket;
    this.#deflate.on('data', (bytes: Buffer) => socket.write(bytes));
    socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    this.#listen(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Takes the socket away from this client: what comes is somebody else's to read. */
  detach(): Socket {
    this.#socket.removeAllListeners('data');
    return this.#socket;
  }

  write(text: string | Buffer): void {
    (this.#deflate ?? this.#socket).write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  async #more(): Promise<void> {
    if (this.#isOver)
      throw new Error(`the server closed the connection; left: ${JSON.stringify(this.#text)}`);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** One line with its literals, without its last CRLF. */
  async line(): Promise<string> {
    let from = 0;
    for (;;) {
      const at = this.#text.indexOf('\r\n', from);
      if (at < 0) {
        await this.#more();
        continue;
      }
      const literal = /\{(\d+)\}$/.exec(this.#text.slice(Math.max(0, at - 20), at));
      if (!literal) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 2);
        return line;
      }
      const end = at + 2 + Number(literal[1]);
      while (this.#text.length < end) await this.#more();
      from = end;
    }
  }

  /** Sends a command with a tag of its own and reads up to its answer. `+` lines are among the untagged ones. */
  async send(command: string): Promise<ImapReply> {
    const tag = this.begin(command);
    return this.answer(tag);
  }

  /** Sends without waiting; gives the tag. */
  begin(command: string): string {
    const tag = `a${++this.#tag}`;
    this.write(`${tag} ${command}\r\n`);
    return tag;
  }

  async answer(tag: string): Promise<ImapReply> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line.startsWith(`${tag} `)) return { lines, tagged: line.slice(tag.length + 1) };
      lines.push(line);
    }
  }

  /** The same, and it must be OK; gives the untagged lines. */
  async ok(command: string): Promise<readonly string[]> {
    const { lines, tagged } = await this.send(command);
    if (!tagged.startsWith('OK')) throw new Error(`${command}: ${tagged}`);
    return lines;
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
