// The door of a role that people's mail programs come to, imapd's and pop3d's (tcpserver's part of Courier's daemons):
// listens, lets clients in or turns them away (security.md R5), sees to it that none stays for ever, and closes so that
// what is under way ends first. Knows no protocol: a connection is made by the role, and has its own deadlines.
import { createServer, type Server, type Socket } from 'node:net';
import { type DoorTls, keepSecureContexts, type ReadSecureContext } from '../../mta/certificates/door-tls.ts';
import { addressOf, clientAddress, isLoopback, listenAt } from '../../mta/listening.ts';
import type { Log } from '../../mta/log.ts';
import type { ListenPlace, Service } from '../../mta/service.ts';
import { CrowdTable, networkOf } from '../../mta/smtpd/crowd.ts';

/** How long a client may keep us waiting, in seconds. */
export interface ConnectionLimits {
  /** From the connection to a login (security.md I5). */
  readonly loginSeconds: number;
  /** Silence of somebody who has signed in. */
  readonly idleSeconds: number;
  /** For a client that does not read what it asked for. */
  readonly stallSeconds: number;
}

/** A client that was let in. */
export interface Visit {
  readonly ip: string;
  /** TLS from the first byte. */
  readonly isSecure: boolean;
  readonly secureContext: ReadSecureContext;
  readonly limits: ConnectionLimits;
}

export interface DoorConnection {
  /** The session has ended, and so has the socket: a command may outlive its client, and the last words the session. */
  readonly isOver: boolean;
  /** Serves until the session's end. Never rejects. */
  serve(): Promise<void>;
  /** Ends it when its time is over. `now`: performance.now(). */
  checkDeadline(now: number): void;
  /** Ends the session with a word when the command that runs has ended, and resolves then. */
  shutDown(): Promise<void>;
  /** Cuts it. */
  destroy(): void;
}

/** Why a client is not let in. */
export type RefusalReason = 'closing' | 'crowd' | 'crowd of one address' | 'crowd of one second';

export interface MailDoorOptions {
  /** Of the role: begins its log lines. */
  readonly name: string;
  /** One that is secure, TLS from the first byte, needs a certificate. */
  readonly listeners: readonly (ListenPlace & { readonly name: string; readonly isSecure: boolean })[];
  /** The certificate of the moment: a new one holds for connections from then on. */
  readonly tls: () => DoorTls | undefined;
  readonly log: Log;
  readonly limits: ConnectionLimits;
  /** Connections in all, and from one address (IPv6: from one /64). Asked anew for each client. */
  readonly most: () => { readonly inAll: number; readonly perAddress: number };
  /** In the protocol's words. */
  readonly refusals: Readonly<Record<RefusalReason, string>>;
  /** The line that says so to the client. */
  readonly refuse: (words: string) => string;
  readonly open: (socket: Socket, visit: Visit) => DoorConnection;
  /** About once a second. `now`: performance.now(). */
  readonly tick?: ((now: number) => void) | undefined;
}

/** Writes a line that a client causes; too many of one are counted, not written (security.md L4). */
export type ClientLog = (ip: string, line: string) => void;

/** Seconds that commands under way have when the role closes. */
const closeSeconds = 10;
/** Milliseconds for the last words to be read. */
const lingerFor = 500;
/** security.md R5, for all doors. */
const connectionsPerSecond = 20;

const ignore = (): undefined => undefined;

export class MailDoor {
  readonly #options: MailDoorOptions;
  readonly #secureContext: ReadSecureContext;
  readonly #crowd: CrowdTable;
  readonly #connections = new Set<DoorConnection>();
  readonly #servers: { readonly server: Server; readonly name: string }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(options: MailDoorOptions) {
    this.#options = options;
    this.#secureContext = keepSecureContexts(options.tls);
    this.#crowd = new CrowdTable(options.log, options.name);
  }

  readonly clientLog: ClientLog = (ip, line) => this.#crowd.log(networkOf(ip), clock(), line);

  /** Rejects when an address cannot be bound, or a secure listener is asked for without a certificate. */
  async start(): Promise<Service> {
    const { name: role, listeners, log, limits } = this.#options;
    try {
      for (const { name, isSecure, ...place } of listeners) {
        if (isSecure && this.#secureContext() === undefined)
          throw new Error(`${role}: the listener ${name} needs a certificate`);
        const server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket, isSecure));
        this.#servers.push({ server, name });
        await listenAt(server, place);
        server.on('error', (error) => log(`${role}: ${name}: ${error.message}`));
      }
    } catch (error) {
      await this.#stopListening();
      throw error;
    }
    // Deadlines are seconds; a test's fractions of a second are seen in time too.
    const shortest = Math.min(limits.loginSeconds, limits.idleSeconds, limits.stallSeconds);
    this.#timer = setInterval(() => this.#look(), Math.min(1000, Math.max(20, shortest * 250)));
    this.#timer.unref();
    return {
      addresses: this.#servers.map(({ server, name }) => addressOf(server, name)),
      close: () => {
        this.#closed ??= this.#close();
        return this.#closed;
      },
    };
  }

  #accept(socket: Socket, isSecure: boolean): void {
    const ip = clientAddress(socket);
    socket.on('error', ignore);
    if (ip === '') return void socket.destroy();
    const network = networkOf(ip);
    const reason = this.#findRefusal(ip, network);
    if (reason !== undefined) {
      const { name, refusals, refuse } = this.#options;
      const words = refusals[reason];
      this.#crowd.log(network, clock(), `${name}: ip=${ip} result=refused reason=${words}`);
      // Written and closed at once: a client that is one too many costs no session. TLS would.
      if (isSecure) socket.destroy();
      else socket.end(refuse(words), () => socket.destroy());
      return;
    }
    this.#crowd.enter(network, clock());
    const { open, limits } = this.#options;
    const connection = open(socket, { ip, isSecure, secureContext: this.#secureContext, limits });
    this.#connections.add(connection);
    socket.on('close', () => this.#crowd.leave(network, clock()));
    void connection.serve();
  }

  /** Undefined: it may come in. */
  #findRefusal(ip: string, network: string): RefusalReason | undefined {
    if (this.#isClosing) return 'closing';
    const { total, fromAddress, thisSecond } = this.#crowd.look(network, clock());
    const { inAll, perAddress } = this.#options.most();
    if (total >= inAll) return 'crowd';
    // A webmail or a fetching program on this machine speaks for many.
    if (isLoopback(ip)) return undefined;
    if (fromAddress >= perAddress) return 'crowd of one address';
    return thisSecond >= connectionsPerSecond ? 'crowd of one second' : undefined;
  }

  #look(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      if (connection.isOver) this.#connections.delete(connection);
      else connection.checkDeadline(now);
    }
    this.#crowd.sweep(clock());
    this.#options.tick?.(now);
  }

  #stopListening(): Promise<unknown> {
    return Promise.all(this.#servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  }

  async #close(): Promise<void> {
    this.#isClosing = true;
    const stopped = this.#stopListening();
    const ended = Promise.all([...this.#connections].map((connection) => connection.shutDown()));
    await within(closeSeconds * 1000, ended);
    await within(lingerFor, stopped);
    for (const connection of this.#connections) connection.destroy();
    await stopped;
    clearInterval(this.#timer);
  }
}

const clock = (): number => performance.now() / 1000;

/** Waits for it, but no longer than so many milliseconds. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
