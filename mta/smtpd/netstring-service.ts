// The listeners of QMTP and QMQP: who may come in, how long one may stay, and the orderly close. What is said on a
// connection is the session's (qmtpd.ts, qmqpd.ts). The crowd is counted as by smtpd (spec/security.md R5).
import { createServer, type Server, type Socket } from 'node:net';
import { encodeNetstring, NetstringError } from '../formats/netstring.ts';
import { addressOf, clientAddress, listenAt } from '../listening.ts';
import { quoted } from '../log.ts';
import type { ListenPlace, Service } from '../service.ts';
import type { DoorOptions } from './door.ts';
import { Door } from './door.ts';
import { ConnectionLost, NetstringConnection } from './netstring-connection.ts';
import { outcomeOf } from './netstring-replies.ts';
import { decideConnect } from './policy.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import type { SessionPolicy } from './session-policy.ts';

export interface NetstringServiceOptions extends DoorOptions {
  /** Port 0 picks a free one. */
  readonly listeners: readonly ListenPlace[];
}

/** One of the two protocols. */
export interface NetstringProtocol {
  readonly name: 'qmtp' | 'qmqp';
  /** Is there an answer that is not to a package? QMTP has none: who is turned away is told nothing. */
  readonly canRefuse: boolean;
  /** Turns away a client for who it is. */
  readonly refuse?: (policy: SessionPolicy) => Reply | undefined;
  /** Reads packages and answers them until there is nothing more to say. Throws NetstringError, ConnectionLost. */
  readonly converse: (connection: NetstringConnection, door: Door) => Promise<void>;
}

/** Seconds that packages under way have when the role closes. */
const CLOSE_SECONDS = 10;

/** Starts the listeners of a protocol. Throws when one cannot be bound. */
export async function startNetstringService(
  options: NetstringServiceOptions,
  protocol: NetstringProtocol,
): Promise<Service> {
  const door = new Door(options);
  const role = `${protocol.name}d`;
  const connections = new Set<NetstringConnection>();
  const log = (connection: NetstringConnection, result: string, reason: string): void =>
    door.crowd.log(
      connection.network,
      door.clock(),
      `${role}: ip=${quoted(connection.remoteIp)} result=${result} reason=${quoted(reason)}`,
    );

  const converse = async (connection: NetstringConnection): Promise<void> => {
    try {
      const identity = await door.identify(protocol.name, connection.tcp);
      if (identity === 'denied') {
        // tcpserver closes without a word.
        log(connection, 'denied', 'by the rules of this door');
        return connection.destroy();
      }
      if (identity !== 'unreadable') connection.checks.policy = identity;
      const refusal = identity === 'unreadable' ? replies.noControls : protocol.refuse?.(identity);
      if (refusal !== undefined && !protocol.canRefuse) {
        log(connection, 'refused', refusal.text);
        return connection.destroy();
      }
      if (refusal !== undefined) {
        log(connection, 'refused', refusal.text);
        await connection.send(outcomeOf(refusal));
      } else await protocol.converse(connection, door);
    } catch (error) {
      // qmail-qmtpd badproto: nothing can be said to a stream without meaning; answers given before stay good.
      if (error instanceof NetstringError) log(connection, 'closed', error.message);
      else if (!(error instanceof ConnectionLost))
        log(connection, 'failed', error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    connection.end();
  };

  const admit = (socket: Socket): void => {
    socket.on('error', () => undefined);
    const ip = clientAddress(socket);
    if (ip === '') {
      socket.destroy();
      return;
    }
    const connection = new NetstringConnection(socket, door, ip);
    const { network } = connection;
    const refusal = door.isClosing
      ? replies.shuttingDown
      : decideConnect(
          door.crowd.look(network, door.clock()),
          door.isLikelyRelay(protocol.name, ip),
          door.settings,
          door.limits,
        );
    if (refusal !== undefined) {
      log(connection, 'refused', refusal.text);
      const { code, text } = outcomeOf(refusal);
      // Written and closed at once: a client that is one too many costs no session.
      if (protocol.canRefuse) socket.end(encodeNetstring(code + text), () => socket.destroy());
      else socket.destroy();
      return;
    }
    connections.add(connection);
    door.crowd.enter(network, door.clock());
    socket.once('close', () => {
      connections.delete(connection);
      door.crowd.leave(network, door.clock());
    });
    void converse(connection);
  };

  const servers: Server[] = [];
  const stopListening = () =>
    Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  try {
    for (const place of options.listeners) {
      // A client may close its side after its last package and still gets its answers.
      const server = createServer({ allowHalfOpen: true, noDelay: true }, admit);
      await listenAt(server, place);
      servers.push(server);
      server.on('error', (error) => options.log(`${role}: ${error.message}`));
    }
  } catch (error) {
    await stopListening();
    throw error;
  }

  const watch = () => {
    const now = door.clock();
    const isCrowded = door.crowd.total > door.settings.maxconnections * 0.8;
    for (const connection of connections) {
      const reason = connection.findTimeout(now, isCrowded);
      if (reason === undefined) continue;
      log(connection, 'closed', reason);
      connection.destroy();
    }
    door.crowd.sweep(now);
  };
  const { firstCommandSeconds, slowAfterSeconds } = door.limits;
  // Deadlines are seconds; a test's fractions of a second are seen in time too.
  const shortest = Math.min(door.settings.timeoutsmtpd, firstCommandSeconds, slowAfterSeconds);
  const timer = setInterval(watch, Math.min(1000, Math.max(20, shortest * 250)));
  timer.unref();

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    door.isClosing = true;
    for (const connection of connections) connection.stop();
    const deadline = setTimeout(() => {
      door.stopPrograms();
      for (const connection of connections) connection.destroy();
    }, CLOSE_SECONDS * 1000);
    await stopListening();
    door.stopPrograms();
    clearTimeout(deadline);
    clearInterval(timer);
  };
  return {
    addresses: servers.map((server) => addressOf(server, protocol.name)),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}
