// The listener of vpopmail's line protocol: `vpopmaild` in control/listen, which nothing lists by itself. Passwords cross
// it in clear, so it belongs on 127.0.0.1; who listens elsewhere is told once. Twenty clients at a time, the rest wait
// outside. What is said is the session's (session.ts).
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { openAccounts } from '../accounts/accounts.ts';
import type { Administration } from '../accounts/administration.ts';
import { openAccountStore } from '../accounts/open-store.ts';
import { createPasswordHasher } from '../accounts/password.ts';
import { openSecondFactor } from '../accounts/second-factor.ts';
import type { Home } from '../home.ts';
import { clientAddress } from '../listening.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { type ListenPlace, listenOptions, type Service } from '../service.ts';
import { serveVpopmaild } from './session.ts';

const MOST_CLIENTS = 20;
const CLOSE_MS = 2000;

export interface VpopmaildOptions {
  readonly home: Home;
  readonly place: ListenPlace;
  readonly administration: Administration;
  readonly log: Log;
}

/** Starts one listener. Throws when it cannot be bound. */
export async function startVpopmaild({
  home,
  place,
  administration,
  log,
}: VpopmaildOptions): Promise<Service> {
  const store = openAccountStore(home);
  const hasher = createPasswordHasher();
  const accounts = openAccounts({ home, store, hasher, writesLogins: true, log });
  const site = { home, store, accounts, secondFactor: openSecondFactor(), administration, log };
  const sockets = new Map<Socket, Promise<void>>();
  const serve = async (socket: Socket): Promise<void> => {
    const ip = clientAddress(socket);
    try {
      await serveVpopmaild(socket, ip, site);
    } catch (error) {
      // A bug of ours ends this session, never the server.
      log(`vpopmaild: alert: ${quoted(error instanceof Error ? (error.stack ?? '') : String(error))}`);
    }
    socket.end();
    setTimeout(() => socket.destroy(), CLOSE_MS).unref();
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    sockets.set(socket, serve(socket));
  });
  server.maxConnections = MOST_CLIENTS;
  const parts = async (): Promise<void> => {
    await accounts.close();
    await hasher.close();
    await store.close();
  };
  try {
    server.listen(listenOptions(place));
    await once(server, 'listening');
  } catch (error) {
    await parts();
    throw error;
  }
  if (!/^(?:127\.|::1$|localhost$)/.test(place.host))
    log(`vpopmaild: warning: passwords cross ${quoted(place.host)} in clear; expected 127.0.0.1`);
  const { port } = server.address() as AddressInfo;
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // A command under way is finished; a client that waits is sent away.
    for (const socket of sockets.keys()) socket.end();
    const cut = setTimeout(() => {
      for (const socket of sockets.keys()) socket.destroy();
    }, CLOSE_MS);
    await closed;
    clearTimeout(cut);
    await Promise.allSettled([...sockets.values()]);
    await parts();
  };
  return {
    addresses: [{ name: 'vpopmaild', address: `${host}:${port}`, port }],
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
