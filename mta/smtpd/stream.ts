// One connection of a door on a stream that somebody else accepted (qmail-smtpd, qmail-qmtpd and qmail-qmqpd under
// tcpserver or inetd): the sessions of the listening doors, without the crowd that those count. The stream is served to
// its end; the deadlines are those of the doors (spec/security.md R5).
import type { Socket } from 'node:net';
import type { DoorTls } from '../certificates/door-tls.ts';
import { NetstringError } from '../formats/netstring.ts';
import type { PasswordProgram } from './auth.ts';
import { DoorConnection } from './connection.ts';
import { Door, type DoorOptions } from './door.ts';
import type { ClientEnvironment } from './environment.ts';
import { ConnectionLost, NetstringConnection, type NetstringStream } from './netstring-connection.ts';
import { replies } from './reply.ts';
import { TlsServer } from './tls-server.ts';

/** A stream that says when it is over. */
export type ServedStream = NetstringStream & { readonly gone: Promise<void> };

export interface StreamDoorOptions extends DoorOptions {
  readonly stream: ServedStream;
  readonly client: ClientEnvironment;
}

export interface SmtpStreamOptions extends StreamDoorOptions {
  readonly tls?: DoorTls | undefined;
  /** SMTPS: TLS from the first byte. Needs `tls`. */
  readonly secure?: boolean | undefined;
  readonly program?: PasswordProgram | undefined;
  /** See ConnectionFacts. */
  readonly mayTalkAhead?: boolean | undefined;
}

const WATCH_MS = 1000;

/** Serves one SMTP connection. @returns true when the client ended it with QUIT */
export async function serveSmtpStream(options: SmtpStreamOptions): Promise<boolean> {
  const { stream, client, tls, program, mayTalkAhead, secure = false } = options;
  const door = new Door(options);
  const server = new TlsServer(door, secure, () => tls, true);
  // The library wants of a socket what every duplex stream has.
  const connection = new DoorConnection(server, stream as unknown as Socket, door, {
    name: 'smtp',
    hasTls: tls !== undefined,
    secure,
    client,
    program,
    mayTalkAhead,
    id: '1',
  });
  server.connections.add(connection);
  const watch = setInterval(() => connection.checkDeadline(door.clock(), false), WATCH_MS);
  const leave = (): void => connection.hangUp(replies.shuttingDown);
  process.once('SIGTERM', leave);
  connection.init();
  await stream.gone;
  process.off('SIGTERM', leave);
  clearInterval(watch);
  return connection.smtp.hasQuit;
}

/** How a connection of netstrings ended. */
export type NetstringEnd = 'done' | 'lost' | 'bad protocol' | 'too long' | 'timeout';

/** Serves one connection of QMTP (`takePackages`) or QMQP (`takePackage`). */
export async function serveNetstringStream(
  options: StreamDoorOptions,
  converse: (connection: NetstringConnection, door: Door) => Promise<void>,
): Promise<NetstringEnd> {
  const { stream, client } = options;
  const door = new Door(options);
  const connection = new NetstringConnection(stream, door, client.remoteIp, client);
  const identity = await door.identify('', connection.tcp, client);
  if (typeof identity === 'object') connection.checks.policy = identity;
  let end: NetstringEnd = 'done';
  const watch = setInterval(() => {
    if (connection.findTimeout(door.clock(), false) === undefined) return;
    end = 'timeout';
    connection.destroy();
  }, WATCH_MS);
  const leave = (): void => connection.stop();
  process.once('SIGTERM', leave);
  try {
    await converse(connection, door);
  } catch (error) {
    if (error instanceof NetstringError) end = error.tooLong ? 'too long' : 'bad protocol';
    else if (!(error instanceof ConnectionLost)) throw error;
    else if (end === 'done') end = 'lost';
  } finally {
    connection.end();
    clearInterval(watch);
    process.off('SIGTERM', leave);
  }
  await stream.gone;
  return end;
}
