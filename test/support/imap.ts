// An IMAP server over a real Maildir, and a client that shows every byte: tests speak to it as a mail program would, over
// a real socket. Accounts are two names with a password each; mailboxes, message reader and server are the real ones.
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';
import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { Service } from '../../mta/service.ts';
import type { ConnectionLimits } from '../../server/door/mail-door.ts';
import { startImapd } from '../../server/imap/imapd.ts';
import type { ImapSettings } from '../../server/imap/settings.ts';
import type { Mailboxes } from '../../server/mailbox/types.ts';
import { openRooms, testPassword, testUser } from './door-site.ts';
import { LineClient, openSocket } from './line-client.ts';
import type { Fixture } from './maildir.ts';

export { testPassword, testUser };

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
  scram: false,
};

/** Starts a server over an empty Maildir of its own, or over the one given. */
export async function startImapSite(options: ImapSiteOptions = {}): Promise<ImapSite> {
  const rooms = await openRooms(options.fixture);
  const { fixture, account, mailboxes, log, note } = rooms;
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
      isShut: async () => false,
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
      await rooms.close();
    },
  };
}

/** What came back for one command: untagged lines, and the tagged one without its tag. */
export interface ImapReply {
  readonly lines: readonly string[];
  /** `OK ...`, `NO ...`, `BAD ...`. */
  readonly tagged: string;
}

/** A line holds its literals. */
export class ImapClient extends LineClient {
  #inflate: InflateRaw | undefined;
  #deflate: DeflateRaw | undefined;
  #tag = 0;

  static connect(port: number, host = '127.0.0.1'): Promise<ImapClient> {
    return new ImapClient(openSocket(port, false, host)).greeted();
  }

  static connectTls(port: number): Promise<ImapClient> {
    return new ImapClient(openSocket(port, true)).greeted();
  }

  /** Asks for compression, and goes on compressed (RFC 4978). */
  async compress(): Promise<void> {
    await this.ok('COMPRESS DEFLATE');
    const flush = constants.Z_SYNC_FLUSH;
    this.#inflate = createInflateRaw({ flush });
    this.#deflate = createDeflateRaw({ flush });
    this.#inflate.on('data', (bytes: Buffer) => super.heard(bytes));
    this.#deflate.on('data', (bytes: Buffer) => this.socket.write(bytes));
  }

  protected override heard(bytes: Buffer): void {
    if (this.#inflate) this.#inflate.write(bytes);
    else super.heard(bytes);
  }

  protected override ended(): void {
    // What came last may still be on its way through the decompression.
    if (this.#inflate) this.#inflate.flush(() => super.ended());
    else super.ended();
  }

  override write(text: string | Buffer): void {
    if (this.#deflate) this.#deflate.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    else super.write(text);
  }

  protected override lengthOfLine(text: string): number | undefined {
    for (let from = 0; ; ) {
      const at = text.indexOf('\r\n', from);
      if (at < 0) return undefined;
      const literal = /\{(\d+)\}$/.exec(text.slice(Math.max(0, at - 20), at));
      if (!literal) return at;
      from = at + 2 + Number(literal[1]);
      if (text.length < from) return undefined;
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
}
