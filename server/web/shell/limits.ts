// Limits of the HTTP server that Node does not have itself (security.md W11): how long a request's body may take, and
// how many connections one address may hold. A proxy in front is one address for many people and is not counted.
import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';

/** Time allowed for a body: 60 s and one more for each 100 KiB announced (or for 50 MiB when nothing is). */
export function bodyTime(announced: number | undefined): number {
  const bytes = Math.min(announced ?? 50 * 1024 * 1024, 100 * 1024 * 1024);
  return 60_000 + Math.ceil(bytes / (100 * 1024)) * 1000;
}

/** Cuts the connection of a request whose body takes too long. */
export function limitRequestTime(req: IncomingMessage): void {
  if (req.method === 'GET' || req.method === 'HEAD') return;
  const announced = Number(req.headers['content-length']);
  const timer = setTimeout(
    () => {
      if (!req.complete) req.socket.destroy();
    },
    bodyTime(Number.isFinite(announced) ? announced : undefined),
  );
  timer.unref();
  req.once('close', () => clearTimeout(timer));
}

/** Refuses an address its connection over `most`. */
export function limitConnections(
  server: Pick<Server, 'on'>,
  most: number,
  isUncounted: (address: string) => boolean,
): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    if (isUncounted(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > most) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  });
}
