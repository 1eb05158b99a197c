// The injection interface's server: packages from the Unix socket run/inject go into the queue, answers come back.
// K is written only after the queue says that the message is durable. A connection that ends before its package is
// complete queues nothing. Who may connect is decided by the socket file's mode; the origin that a client names only
// chooses words of a Received line.
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import type { Outcome } from '../outcome.ts';
import type { Service } from '../service.ts';
import type { Injection, Origin } from './types.ts';
import { PackageDecoder } from './wire.ts';

export interface InjectServerOptions {
  /** Path of the socket; a left-over file of an ended server is replaced. */
  readonly path: string;
  /** Mode of the socket file: connecting needs write permission. */
  readonly mode?: number;
  readonly open: (origin: Origin) => Injection;
  readonly log: Log;
}

const originPattern = /^(network|bounce|alias|uid \d{1,10})$/;

/** Starts answering on the socket. */
export async function startInjectServer(options: InjectServerOptions): Promise<Service> {
  const sockets = new Set<Socket>();
  const busy = new Set<Promise<unknown>>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, options, busy);
  });
  await rm(options.path, { force: true });
  await listen(server, options.path);
  await chmod(options.path, options.mode ?? 0o600);
  return {
    addresses: [{ name: 'inject', address: options.path }],
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.allSettled(busy);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function serve(socket: Socket, options: InjectServerOptions, busy: Set<Promise<unknown>>): void {
  let injection: Injection | undefined;
  let isClassic = false;
  const answer = (outcome: Outcome): void => {
    const text = Buffer.from(`${outcome.code}${outcome.text}`, 'utf8');
    if (socket.destroyed) return;
    socket.write(`${text.length}:${text.toString('utf8')},`);
    if (isClassic) socket.end();
  };
  const decoder = new PackageDecoder({
    begin: (origin) => {
      isClassic = origin === undefined;
      const known = origin !== undefined && originPattern.test(origin) ? (origin as Origin) : undefined;
      injection = options.open(known ?? `uid ${process.getuid?.() ?? 0}`);
    },
    chunk: (bytes) => {
      const current = injection;
      if (!current || current.write(bytes)) return;
      socket.pause();
      current.drained().then(() => socket.resume());
    },
    end: (sender, recipients) => {
      const current = injection;
      injection = undefined;
      if (!current) return;
      const work = current.finish(sender, recipients).then(answer, (error: unknown) => {
        options.log(
          `inject: alert: bug while queueing: ${quoted(error instanceof Error ? (error.stack ?? '') : '')}`,
        );
        answer({ code: 'Z', text: 'qq internal bug (#4.3.0)' });
      });
      busy.add(work);
      work.finally(() => busy.delete(work));
    },
  });
  socket.on('data', (bytes) => {
    try {
      decoder.push(bytes);
    } catch (error) {
      options.log(`inject: bad package: ${quoted(error instanceof Error ? error.message : String(error))}`);
      injection?.abort();
      injection = undefined;
      socket.destroy();
    }
  });
  const giveUp = (): void => {
    injection?.abort();
    injection = undefined;
  };
  socket.on('end', () => {
    giveUp();
    socket.end();
  });
  socket.on('error', giveUp);
  socket.on('close', giveUp);
}
