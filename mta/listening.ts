// Listening sockets of the roles that take strangers in: bound at a place, told as an address, and who has come. What is
// done with a client is the role's.
import type { Server, Socket } from 'node:net';
import { type ListenAddress, type ListenPlace, listenOptions } from './service.ts';

/** Binds it there. Rejects when that cannot be. */
export function listenAt(server: Server, place: ListenPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...listenOptions(place), backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** `HOST:PORT` of a bound server, an IPv6 address in brackets. */
export function addressOf(server: Server, name: string): ListenAddress {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return { name, address: String(bound) };
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { name, address: `${host}:${bound.port}`, port: bound.port };
}

/** The client's address, an IPv4 one as such; '' when it has gone already. */
export const clientAddress = (socket: Socket): string =>
  (socket.remoteAddress ?? '').replace(/^::ffff:(?=[0-9.]+$)/i, '');

/** This machine: no wire that a stranger could listen at. */
export const isLoopback = (ip: string): boolean => ip === '::1' || ip.startsWith('127.');
