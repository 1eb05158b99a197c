// Binds sockets for roles that may not: the parent opens them as root, holds them for as long as the system runs, and
// hands their descriptors down. It never listens or accepts itself, so no byte of the network comes to it; what
// connects while a role is started again waits in the socket.
// Node offers no bind without listen but the call its own cluster module is made of, net._createServerHandle.
import { chmod, chown, rm } from 'node:fs/promises';
import * as net from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { ListenEntry } from '../../mta/control/network.ts';
import { StartError, startListening } from './start-error.ts';

/** Node's own object around a socket. */
interface Handle {
  readonly fd: number;
  close(): void;
  getsockname?(into: { address?: string; port?: number; family?: string }): number;
}

/** A socket that the parent holds. */
export interface BoundSocket {
  readonly descriptor: number;
  close(): void;
}

/** A port that the parent holds. */
export interface BoundPort extends BoundSocket {
  readonly entry: ListenEntry;
  /** The port that was bound; entry.port may be 0. */
  readonly port: number;
}

type CreateServerHandle = (address: string, port: number, addressType: number) => Handle | number;

function createHandle(address: string, port: number, type: number): Handle {
  const create = (net as unknown as { _createServerHandle?: CreateServerHandle })._createServerHandle;
  if (!create)
    throw new StartError('this version of Node cannot bind sockets for others; start with --one-process');
  const handle = create(address, port, type);
  if (typeof handle === 'number')
    throw Object.assign(new Error(`cannot bind ${address}`), { code: getSystemErrorName(handle) });
  return handle;
}

/** Binds the port of a listener. @throws StartError */
export async function bindPort(entry: ListenEntry): Promise<BoundPort> {
  const address = await startListening(entry, () => findAddress(entry.host));
  return startListening(entry, async () => {
    const handle = createHandle(address, entry.port, net.isIPv6(address) ? 6 : 4);
    const bound: { port?: number } = {};
    handle.getsockname?.(bound);
    // libuv keeps this error until somebody listens; a socket without its port must not come so far.
    if (!bound.port || (entry.port !== 0 && bound.port !== entry.port)) {
      handle.close();
      throw Object.assign(new Error('not bound'), { code: 'EADDRINUSE' });
    }
    return { entry, port: bound.port, descriptor: handle.fd, close: () => handle.close() };
  });
}

async function findAddress(host: string): Promise<string> {
  if (net.isIP(host)) return host;
  const { lookup } = await import('node:dns/promises');
  return (await lookup(host)).address;
}

/**
 * Binds a Unix socket in a directory that only root may write. A left-over of an ended server is replaced.
 * @param mode connecting needs write permission
 */
export async function bindSocket(
  path: string,
  mode: number,
  owner: { readonly uid: number; readonly gid: number },
): Promise<BoundSocket> {
  await rm(path, { force: true });
  const handle = createHandle(path, -1, -1);
  await chown(path, owner.uid, owner.gid);
  await chmod(path, mode);
  return { descriptor: handle.fd, close: () => handle.close() };
}
