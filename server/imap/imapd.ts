// imapd: the IMAP role (Courier's imapd under couriertcpd). Listens on imap and imaps, lets clients in or turns them away,
// and sees to it that none stays for ever. Owns nothing on disk: mail is the mailboxes', passwords are the accounts'.
import { constants } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Accounts } from '../../mta/accounts/types.ts';
import type { Log } from '../../mta/log.ts';
import { type ListenAddress, type ListenPlace, listenOptions, type Service } from '../../mta/service.ts';
import { CrowdTable, networkOf } from '../../mta/smtpd/crowd.ts';
import type { DoorTls } from '../../mta/smtpd/smtpd.ts';
import type { Mailboxes } from '../mailbox/types.ts';
import { AccountDesks } from './account-desk.ts';
import { type ConnectionLimits, defaultLimits, ImapConnection } from './connection.ts';
import { explainError, type ImapServer } from './server.ts';
import type { ImapSettings } from './settings.ts';

export interface ImapdOptions {
  /** `imaps` needs a certificate. */
  readonly listeners: readonly (ListenPlace & { readonly name: 'imap' | 'imaps' })[];
  /** The certificate of the moment: a new one holds for connections from then on. */
  readonly tls: () => DoorTls | undefined;
  readonly settings: () => ImapSettings;
  readonly accounts: Pick<Accounts, 'authenticate' | 'findAccount'>;
  readonly mailboxes: Mailboxes;
  readonly log: Log;
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** Seconds that commands under way have when the role closes. */
const closeSeconds = 10;
/** security.md R5, for all doors. */
const connectionsPerSecond = 20;

const isLoopback = (ip: string): boolean => ip === '::1' || ip.startsWith('127.');

/** Starts it. Rejects when an address cannot be bound. */
export async function startImapd(options: ImapdOptions): Promise<Service> {
  const { accounts, mailboxes, settings, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Set<ImapConnection>();
  const crowd = new CrowdTable(log, 'imapd');
  const desks = new AccountDesks(mailboxes);
  const secureContext = keepContext(options.tls);
  const clock = (): number => performance.now() / 1000;
  const server: ImapServer = {
    accounts,
    desks,
    settings,
    log,
    logOf: (ip, line) => crowd.log(networkOf(ip), clock(), line),
    explain: (error) => explainError(error, log),
  };
  let isClosing = false;

  /** Why a client is not let in; undefined: it is. */
  const refuse = (ip: string): string | undefined => {
    const { total, fromAddress, thisSecond } = crowd.look(networkOf(ip), clock());
    if (isClosing) return 'The server is shutting down';
    if (total >= settings().maximapconnections) return 'Too many connections; try again later';
    // A webmail on this machine speaks for many.
    if (isLoopback(ip)) return undefined;
    if (fromAddress >= settings().maximapconnectionsperip) return 'Too many connections from your address';
    return thisSecond >= connectionsPerSecond ? 'Too many connections in a second' : undefined;
  };

  const accept = (socket: Socket, isSecure: boolean): void => {
    const ip = (socket.remoteAddress ?? '').replace(/^::ffff:(?=[0-9.]+$)/i, '');
    socket.on('error', () => undefined);
    if (ip === '') return void socket.destroy();
    const network = networkOf(ip);
    const refusal = refuse(ip);
    if (refusal !== undefined) {
      crowd.log(network, clock(), `imapd: ip=${ip} result=refused reason=${refusal}`);
      if (isSecure) socket.destroy();
      else socket.end(`* BYE [UNAVAILABLE] ${refusal}\r\n`, () => socket.destroy());
      return;
    }
    crowd.enter(network, clock());
    const connection = new ImapConnection(socket, { server, ip, isSecure, secureContext, limits });
    connections.add(connection);
    socket.on('close', () => {
      connections.delete(connection);
      crowd.leave(network, clock());
    });
    void connection.serve();
  };

  const servers: { readonly server: Server; readonly name: string; readonly host: string }[] = [];
  const stopListening = (): Promise<unknown> =>
    Promise.all(servers.map((each) => new Promise((resolve) => each.server.close(resolve))));
  try {
    for (const { name, ...place } of options.listeners) {
      if (name === 'imaps' && secureContext() === undefined)
        throw new Error('imapd: the listener imaps needs a certificate');
      const listening = createServer({ allowHalfOpen: true }, (socket) => accept(socket, name === 'imaps'));
      servers.push({ server: listening, name, host: place.host });
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject);
        listening.listen({ ...listenOptions(place), backlog: 1024 }, () => {
          listening.off('error', reject);
          listening.on('error', (error) => log(`imapd: ${name}: ${error.message}`));
          resolve();
        });
      });
    }
  } catch (error) {
    await stopListening();
    throw error;
  }

  let ticks = 0;
  const shortest = Math.min(limits.loginSeconds, limits.idleSeconds, limits.stallSeconds);
  const timer = setInterval(
    () => {
      const now = performance.now();
      for (const connection of connections) connection.checkDeadline(now);
      crowd.sweep(clock());
      if (++ticks % 30 === 0) desks.sweep(now).catch((error) => log(`imapd: ${String(error)}`));
    },
    Math.min(1000, Math.max(20, shortest * 250)),
  );
  timer.unref();

  const close = async (): Promise<void> => {
    isClosing = true;
    const stopped = stopListening();
    const cut = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, closeSeconds * 1000);
    await Promise.all([...connections].map((connection) => connection.shutDown()));
    // A moment for the last words to be read.
    const linger = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, 500);
    await stopped;
    clearTimeout(cut);
    clearTimeout(linger);
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
        // Keys of the handshake stay in memory as long as the connection: those of ML-KEM are ten kilobytes each.
        ecdhCurve: 'X25519:P-256:P-384',
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
