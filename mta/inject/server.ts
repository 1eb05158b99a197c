// The injection interface's server: packages from the Unix socket run/inject go into the queue, answers come back.
// K is written only after the queue says that the message is durable. A connection that ends before its package is
// complete queues nothing. In a home of one user the socket file's mode decides who may connect, and the origin that a
// client names only chooses words of a Received line. Where the roles have users of their own, everybody may connect,
// proves who they are first (identity.ts), and an origin that is not theirs is refused.
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { limitLog } from '../log-limit.ts';
import { type Outcome, permanent, temporary } from '../outcome.ts';
import type { Service } from '../service.ts';
import { InjectCrowd, type InjectLimits } from './crowd.ts';
import { allowedOrigin, checkProof, type InjectRights, readProofPrefix, sweepProofs } from './identity.ts';
import type { Injection, Injector, Origin } from './types.ts';
import { PackageDecoder, type PackageSink } from './wire.ts';

/** The server of a site whose roles have users of their own. */
export interface InjectIdentities extends InjectRights {
  /** Roles: their connections are not counted. */
  readonly roles: readonly number[];
  readonly limits?: InjectLimits | undefined;
  /** Seconds a client has to say who it is, and that a package may stand still. */
  readonly patience?: number | undefined;
}

export interface InjectServerOptions {
  /** Path of the socket; a left-over file of an ended server is replaced. */
  readonly path: string;
  /** The socket of that path, bound by the parent: nothing is made or replaced here. */
  readonly descriptor?: number | undefined;
  /** Mode of the socket file: connecting needs write permission. */
  readonly mode?: number;
  /** Clients must prove who they are. */
  readonly identities?: InjectIdentities | undefined;
  readonly open: Injector['open'];
  readonly log: Log;
}

const originPattern = /^(?:uid \d{1,10} for )?(network|relay|bounce|alias|uid \d{1,10})$/;
const patienceSeconds = 300;
const sweepMilliseconds = 60_000;
/** Bytes of addresses that one package of a user may hold in memory. */
const userEnvelopeLimit = 2 * 1024 * 1024;

/** Starts answering on the socket. */
export async function startInjectServer(options: InjectServerOptions): Promise<Service> {
  const sockets = new Set<Socket>();
  const busy = new Set<Promise<unknown>>();
  const crowd = new InjectCrowd(options.identities?.limits);
  // Everybody on this machine may cause these lines.
  const clientLog = options.identities ? limitLog(options.log, 'inject') : options.log;
  const forClients = { ...options, log: clientLog };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (options.identities) identify(socket, forClients, options.identities, crowd, busy);
    else serve(socket, forClients, (claimed) => trustClaim(claimed), busy);
  });
  if (options.descriptor === undefined) {
    await rm(options.path, { force: true });
    await listen(server, options.path);
    await chmod(options.path, options.mode ?? 0o600);
  } else await listen(server, { fd: options.descriptor });
  const sweep = (): void => void sweepProofs(options.path).catch(() => undefined);
  const timer = options.identities ? setInterval(sweep, sweepMilliseconds) : undefined;
  timer?.unref();
  return {
    addresses: [{ name: 'inject', address: options.path }],
    close: async () => {
      clearInterval(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.allSettled(busy);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, where: string | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Who may connect is who may say this. */
const trustClaim = (claimed: string | undefined): Origin =>
  (originPattern.exec(claimed ?? '')?.[1] as Origin | undefined) ?? `uid ${process.getuid?.() ?? 0}`;

const frame = ({ code, text }: Outcome): string => {
  const line = `${code}${text}`;
  return `${Buffer.byteLength(line)}:${line},`;
};

/** Reads the proof at the start of a connection, then serves it. */
function identify(
  socket: Socket,
  options: InjectServerOptions,
  identities: InjectIdentities,
  crowd: InjectCrowd,
  busy: Set<Promise<unknown>>,
): void {
  const refuse = (outcome: Outcome): void => {
    // Read on, or the answer is lost in the reset of a connection with unread bytes.
    socket.resume();
    socket.end(frame(outcome));
    socket.setTimeout(5000, () => socket.destroy());
  };
  socket.on('error', () => undefined);
  const giveUp = (): void => void socket.destroy();
  const know = (): void => crowd.leaveUnknown(giveUp);
  crowd.enterUnknown(giveUp);
  socket.once('close', know);
  const patience = (identities.patience ?? patienceSeconds) * 1000;
  socket.setTimeout(patience, () => socket.destroy());
  let gathered: Buffer = Buffer.alloc(0);
  const take = (bytes: Buffer): void => {
    gathered = Buffer.concat([gathered, bytes]);
    const prefix = readProofPrefix(gathered);
    if (prefix.state === 'more') return;
    socket.off('data', take);
    socket.pause();
    const checked = prefix.state === 'named' ? checkProof(options.path, prefix.name) : undefined;
    void Promise.resolve(checked).then((uid) => {
      know();
      if (prefix.state !== 'named' || uid === undefined)
        return refuse(permanent('this mail system could not tell whose message this is (#5.7.1)'));
      if (!identities.roles.includes(uid)) {
        if (!crowd.enter(uid)) return refuse(temporary('too many connections, try again later (#4.3.2)'));
        let isCounted = true;
        const leave = (): void => {
          if (isCounted) crowd.leave(uid);
          isCounted = false;
        };
        socket.once('close', leave);
        if (socket.destroyed) return leave();
      } else socket.setTimeout(0);
      const proved = { uid, envelopeLimit: userEnvelopeLimit };
      serve(socket, options, (claimed) => allowedOrigin(uid, claimed, identities), busy, proved);
      if (prefix.rest.length > 0) socket.unshift(prefix.rest);
      socket.resume();
    });
  };
  socket.on('data', take);
}

/** @param decide the origin of a package by what the client says; undefined: refused */
function serve(
  socket: Socket,
  options: InjectServerOptions,
  decide: (claimed: string | undefined) => Origin | undefined,
  busy: Set<Promise<unknown>>,
  proved?: { readonly uid: number; readonly envelopeLimit: number },
): void {
  let injection: Injection | undefined;
  let isClassic = false;
  const answer = (outcome: Outcome): void => {
    if (socket.destroyed) return;
    socket.write(frame(outcome));
    if (isClassic) socket.end();
  };
  const sink: PackageSink = {
    begin: (claimed) => {
      isClassic = claimed === undefined;
      const origin = decide(claimed);
      if (origin !== undefined) {
        injection = options.open(origin, undefined, proved?.uid);
        return;
      }
      options.log(`inject: refused: a client says that it is ${quoted(claimed ?? '')} and is not`);
    },
    chunk: (bytes) => {
      const current = injection;
      if (!current || current.write(bytes)) return;
      socket.pause();
      current.drained().then(() => socket.resume());
    },
    end: (sender, recipients, dsn) => {
      const current = injection;
      injection = undefined;
      if (!current) return answer(permanent('this message says it comes from somebody else (#5.7.1)'));
      const work = current.finish(sender, recipients, dsn).then(answer, (error: unknown) => {
        options.log(
          `inject: alert: bug while queueing: ${quoted(error instanceof Error ? (error.stack ?? '') : '')}`,
        );
        answer({ code: 'Z', text: 'qq internal bug (#4.3.0)' });
      });
      busy.add(work);
      work.finally(() => busy.delete(work));
    },
  };
  const decoder = new PackageDecoder(sink, proved?.envelopeLimit);
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
