// A POP3 server over a real Maildir, and a client that shows every byte. Accounts are one name with a password;
// mailboxes, message reader and server are the real ones.
import { LoginThrottled } from '../../mta/accounts/login-throttle.ts';
import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import type { Service } from '../../mta/service.ts';
import type { ConnectionLimits } from '../../server/door/mail-door.ts';
import { startPop3d } from '../../server/pop3/pop3d.ts';
import type { Pop3Settings } from '../../server/pop3/settings.ts';
import { openRooms, testPassword, testUser } from './door-site.ts';
import { LineClient, openSocket } from './line-client.ts';
import type { Fixture } from './maildir.ts';

export { testPassword, testUser };

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
  readonly tls?: () => DoorTls | undefined;
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
  scram: false,
};

export async function startPop3Site(options: Pop3SiteOptions = {}): Promise<Pop3Site> {
  const rooms = await openRooms(options.fixture);
  const { fixture, account, mailboxes, log, note } = rooms;
  const world = { isClosed: false, isThrottled: false };
  const settings = { ...testSettings, ...options.settings };
  const host = options.host ?? '127.0.0.1';
  const service = await startPop3d({
    listeners: [
      { name: 'pop3', host, port: 0 },
      ...(options.tls ? [{ name: 'pop3s' as const, host, port: 0 }] : []),
    ],
    tls: options.tls ?? (() => undefined),
    settings: () => settings,
    accounts: {
      isShut: async () => false,
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
      await rooms.close();
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

export class Pop3Client extends LineClient {
  static connect(port: number, host = '127.0.0.1'): Promise<Pop3Client> {
    return new Pop3Client(openSocket(port, false, host)).greeted();
  }

  static connectTls(port: number): Promise<Pop3Client> {
    return new Pop3Client(openSocket(port, true)).greeted();
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
}
