// pop3d: the POP3 role (qmail-popup, qmail-pop3d and Courier's pop3d under tcpserver). Listens on pop3 and pop3s, lets
// clients in or turns them away, and sees to it that none stays for ever. Owns nothing on disk: mail is the mailboxes',
// passwords are the accounts'.
import { constants } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type ListenAddress, type ListenPlace, listenOptions, type Service } from '../../mta/service.ts';
import { CrowdTable, networkOf } from '../../mta/smtpd/crowd.ts';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';
import { type ConnectionLimits, defaultLimits, Pop3Connection } from './connection.ts';
import type { Pop3Server } from './server.ts';

export interface Pop3dOptions extends Omit<Pop3Server, 'logOf'> {
  /** `pop3s` needs a certificate. */
  readonly listeners: readonly (ListenPlace & { readonly name: 'pop3' | 'pop3s' })[];
  /** The certificate of the moment: a new one holds for connections from then on. */
  readonly tls: () => DoorTls | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** Seconds that commands under way have when the role closes. */
const closeSeconds = 10;
/** security.md R5, for all doors. */
const connectionsPerSecond = 20;

const isLoopback = (ip: string): boolean => ip === '::1' || ip.startsWith('127.');

/** Starts it. Rejects when an address cannot be bound, or pop3s is asked for without a certificate. */
export async function startPop3d(options: Pop3dOptions): Promise<Service> {
  const { settings, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Set<Pop3Connection>();
  const crowd = new CrowdTable(log, 'pop3d');
  const secureContext = keepContext(options.tls);
  const clock = (): number => performance.now() / 1000;
  const { accounts, mailboxes } = options;
  const server: Pop3Server = {
    accounts,
    mailboxes,
    settings,
    log,
    logOf: (ip, line) => crowd.log(networkOf(ip), clock(), line),
  };
  let isClosing = false;

  /** Why a client is not let in; undefined: it is. */
  const refuse = (ip: string): string | undefined => {
    const { total, fromAddress, thisSecond } = crowd.look(networkOf(ip), clock());
    if (isClosing) return 'the server is shutting down';
    if (total >= settings().maxpop3connections) return 'too many connections; try again later';
    // A webmail or a fetching program on this machine speaks for many.
    if (isLoopback(ip)) return undefined;
    if (fromAddress >= settings().maxpop3connectionsperip) return 'too many connections from your address';
    return thisSecond >= connectionsPerSecond ? 'too many connections in a second' : undefined;
  };

  const accept = (socket: Socket, isSecure: boolean): void => {
    const ip = (socket.remoteAddress ?? '').replace(/^::ffff:(?=[0-9.]+$)/i, '');
    socket.on('error', () => undefined);
    if (ip === '') return void socket.destroy();
    const network = networkOf(ip);
    const refusal = refuse(ip);
    if (refusal !== undefined) {
      crowd.log(network, clock(), `pop3d: ip=${ip} result=refused reason=${refusal}`);
      if (isSecure) socket.destroy();
      else socket.end(`-ERR [SYS/TEMP] ${refusal}\r\n`, () => socket.destroy());
      return;
    }
    crowd.enter(network, clock());
    const connection = new Pop3Connection(socket, { server, ip, isSecure, secureContext, limits });
    connections.add(connection);
    socket.on('close', () => {
      connections.delete(connection);
      crowd.leave(network, clock());
    });
    void connection.serve();
  };

  const servers: { readonly server: Server; readonly name: string }[] = [];
  const stopListening = (): Promise<unknown> =>
    Promise.all(servers.map((each) => new Promise((resolve) => each.server.close(resolve))));
  try {
    for (const { name, ...place } of options.listeners) {
      if (name === 'pop3s' && secureContext() === undefined)
        throw new Error('pop3d: the listener pop3s needs a certificate');
      const listening = createServer({ allowHalfOpen: true }, (socket) => accept(socket, name === 'pop3s'));
      servers.push({ server: listening, name });
      await listen(listening, place);
      listening.on('error', (error) => log(`pop3d: ${name}: ${error.message}`));
    }
  } catch (error) {
    await stopListening();
    throw error;
  }

  const watch = (): void => {
    const now = performance.now();
    for (const connection of connections) connection.checkDeadline(now);
    crowd.sweep(clock());
  };
  // Deadlines are seconds; a test's fractions of a second are seen in time too.
  const shortest = Math.min(limits.loginSeconds, limits.idleSeconds, limits.stallSeconds);
  const timer = setInterval(watch, Math.min(1000, Math.max(20, shortest * 250)));
  timer.unref();

  const close = async (): Promise<void> => {
    isClosing = true;
    const stopped = stopListening();
    for (const connection of connections) void connection.shutDown();
    const cut = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, closeSeconds * 1000);
    await stopped;
    clearTimeout(cut);
    clearInterval(timer);
  };
  let closed: Promise<void> | undefined;
  return {
    addresses: servers.map(addressOf),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function listen(server: Server, place: ListenPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...listenOptions(place), backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Made anew only when the certificate changed. */
function keepContext(read: () => DoorTls | undefined): () => SecureContext | undefined {
  let known: { readonly tls: DoorTls; readonly context: SecureContext } | undefined;
  return () => {
    const tls = read();
    if (tls === undefined) return undefined;
    if (known?.tls !== tls) {
      const context = createSecureContext({
        cert: tls.cert,
        key: tls.key,
        minVersion: 'TLSv1.2',
        ciphers: 'ECDHE+AESGCM:ECDHE+CHACHA20',
        honorCipherOrder: true,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      });
      known = { tls, context };
    }
    return known.context;
  };
}

function addressOf(each: { readonly server: Server; readonly name: string }): ListenAddress {
  const bound = each.server.address();
  if (bound === null || typeof bound === 'string') return { name: each.name, address: String(bound) };
  const host = bound.address.includes(':') ? `[${bound.address}]` : bound.address;
  return { name: each.name, address: `${host}:${bound.port}`, port: bound.port };
}
