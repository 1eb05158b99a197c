// smtpd: the SMTP role (qmail-smtpd under tcpserver). Listens, lets clients in or turns them away, and sees to it that
// none stays for ever. Owns nothing on disk: mail goes to the injector, questions about recipients to the accounts.
// Engine: the package smtp-server, with its parser, commands and replies replaced (connection.ts says why).

import type { Socket } from 'node:net';
import type { SMTPServer } from 'smtp-server';
import type { DoorTls } from '../certificates/door-tls.ts';
import { addressOf, clientAddress } from '../listening.ts';
import { type ListenPlace, listenOptions, type Service } from '../service.ts';
import { DoorConnection } from './connection.ts';
import { networkOf } from './crowd.ts';
import type { DoorOptions } from './door.ts';
import { Door } from './door.ts';
import type { DoorName } from './policy.ts';
import { decideConnect } from './policy.ts';
import { replies } from './reply.ts';
import { TlsServer } from './tls-server.ts';

/** What startSmtpd needs. */
export interface SmtpdOptions extends DoorOptions {
  /** Port 0 picks a free one. `submissions` needs `tls`. */
  readonly listeners: readonly (ListenPlace & { readonly name: DoorName })[];
  /** The certificates of the moment: new ones hold for handshakes from then on. */
  readonly tls?: (() => DoorTls | undefined) | undefined;
}

/** Seconds that messages under way have when the role closes. */
const CLOSE_SECONDS = 10;

/** The same with our connections behind its listening socket. */
class DoorServer extends TlsServer {
  readonly #door: Door;
  readonly #name: DoorName;
  #count = 0;

  constructor(door: Door, name: DoorName, tls: () => DoorTls | undefined) {
    super(door, name === 'submissions', tls, name === 'smtp');
    this.#door = door;
    this.#name = name;
  }

  override connect(socket: Socket): void {
    const door = this.#door;
    const ip = clientAddress(socket);
    socket.on('error', () => undefined);
    if (ip === '') {
      socket.destroy();
      return;
    }
    const network = networkOf(ip);
    const now = door.clock();
    const crowd = door.crowd.look(network, now);
    const refusal = door.isClosing
      ? replies.shuttingDown
      : decideConnect(
          crowd,
          door.isLikelyRelay(this.#name, ip),
          door.settings,
          door.limits,
          this.#name === 'smtp' ? door.gate?.standing(ip) : undefined,
        );
    if (refusal !== undefined) {
      door.crowd.log(network, now, `smtpd: ip=${ip} result=refused reason=${refusal.text}`);
      if (this.#name === 'submissions') socket.destroy();
      // Written and closed at once: a refused client costs no session.
      else socket.end(`${refusal.text}\r\n`, () => socket.destroy());
      return;
    }
    const connection = new DoorConnection(this, socket, door, {
      name: this.#name,
      hasTls: this.renewContext(),
      secure: this.#name === 'submissions',
      id: String(++this.#count),
    });
    this.connections.add(connection);
    connection.init();
  }

  *doorConnections(): Generator<DoorConnection> {
    for (const connection of this.connections) if (connection instanceof DoorConnection) yield connection;
  }
}

function listen(server: SMTPServer, place: ListenPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenOptions(place), () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Starts the SMTP listeners. Throws when one cannot be bound, or `submissions` is asked for without a certificate.
 * @returns the running service; `close()` finishes messages under way for at most 10 s and tells idle clients 421.
 */
export async function startSmtpd(options: SmtpdOptions): Promise<Service> {
  const door = new Door(options);
  const tls = options.tls ?? (() => undefined);
  if (tls() === undefined && options.listeners.some((one) => one.name === 'submissions'))
    throw new Error('smtpd: the listener submissions needs a certificate');
  if (door.settings.rcpthosts === undefined)
    options.log('smtpd: warning: control/rcpthosts is missing: no mail is accepted from strangers');
  const servers: { readonly server: DoorServer; readonly name: DoorName }[] = [];
  const stopListening = () =>
    Promise.all(servers.map(({ server }) => new Promise<void>((resolve) => server.close(resolve))));
  try {
    for (const { name, ...place } of options.listeners) {
      const server = new DoorServer(door, name, tls);
      servers.push({ server, name });
      await listen(server, place);
      server.on('error', (error) => options.log(`smtpd: ${name}: ${error.message}`));
    }
  } catch (error) {
    await stopListening();
    throw error;
  }
  const connections = () => servers.flatMap(({ server }) => [...server.doorConnections()]);

  const watch = () => {
    const now = door.clock();
    const isCrowded = door.crowd.total > door.settings.maxconnections * 0.8;
    for (const connection of connections()) connection.checkDeadline(now, isCrowded);
    door.crowd.sweep(now);
  };
  // Deadlines are seconds; a test's fractions of a second are seen in time too.
  const shortest = Math.min(
    door.settings.timeoutsmtpd,
    door.limits.firstCommandSeconds,
    door.limits.slowAfterSeconds,
  );
  const timer = setInterval(watch, Math.min(1000, Math.max(20, shortest * 250)));
  timer.unref();

  let closed: Promise<void> | undefined;
  const close = async () => {
    door.isClosing = true;
    for (const connection of connections())
      if (!connection.isInTransaction) connection.hangUp(replies.shuttingDown);
    const deadline = setTimeout(() => {
      door.stopPrograms();
      for (const connection of connections()) connection.hangUp(replies.shuttingDown);
    }, CLOSE_SECONDS * 1000);
    await stopListening();
    door.stopPrograms();
    clearTimeout(deadline);
    clearInterval(timer);
  };
  return {
    addresses: servers.map(({ server, name }) => addressOf(server.server, name)),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
