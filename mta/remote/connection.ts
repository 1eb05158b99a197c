// One TCP connection to an SMTP server, with a time limit on everything the other side can make us wait for
// (RFC 5321 4.5.3.2, security.md S3). It moves lines, replies and body bytes and upgrades to TLS; it knows nothing of
// the order of a dialogue. Results are values; a lost connection is a result.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { type Outcome, temporary } from '../outcome.ts';
import { type Reply, ReplyReader } from './replies.ts';

/**
 * Why a wait ended without what was waited for. `silent`: the connection stands, but nothing came in time. `invalid`:
 * the server does not speak SMTP; `said` is what it sent.
 */
export type Trouble =
  | { readonly trouble: 'lost'; readonly silent: boolean }
  | { readonly trouble: 'invalid'; readonly said: string };

/** How a TLS handshake ended: not at all, or with a certificate that proves the name, or does not and why. */
export type TlsResult =
  | 'failed'
  | {
      readonly certificateProblem: string | undefined;
      /** The certificates that were shown (DER), the host's own first. */
      readonly chain: () => readonly Buffer[];
    };

/** How to make a TLS handshake. */
export interface TlsTerms {
  /** Host name or address: said to the server, and held against its certificate. */
  readonly serverName: string;
  /** Certificates (PEM) that are believed; undefined: those of Node. */
  readonly authorities?: readonly string[] | undefined;
  /** OpenSSL's list for TLS 1.2; undefined: that of the library. */
  readonly ciphers?: string | undefined;
  /** Shown to a server that asks for one: chain and key (PEM). */
  readonly identity?: Buffer | undefined;
  /** The authorities need not be roots, and the name is compared by who asked (DANE). */
  readonly isChainOnly?: boolean | undefined;
}

/** An open connection. After `close` or any trouble it is of no more use. */
export interface Connection {
  /** Waits for one whole reply, at most `seconds`. */
  readReply(seconds: number): Promise<Reply | Trouble>;
  /** Did the server speak before it was asked? A command would then be paired with the wrong reply. */
  readonly hasUnaskedInput: boolean;
  /** Has the other side hung up, or we? */
  readonly isOver: boolean;
  /** Sends command lines in one write; CR LF is added to each. */
  sendLines(...lines: readonly string[]): void;
  /** Sends body bytes and waits until the network took them, at most `seconds`. True when they are gone. */
  sendBody(bytes: Buffer, seconds: number): Promise<boolean>;
  /** Drops what lies in the input, then makes the TLS handshake. A certificate is judged, not demanded. */
  startTls(terms: TlsTerms, seconds: number): Promise<TlsResult>;
  /** Calls once when anything happens to the connection that nobody waits for: bytes, or its end. */
  whenDisturbed(act: (() => void) | undefined): void;
  /** Says QUIT; resolves when the connection is gone, 2 s at most. Nobody need wait for that (qmail-remote). */
  quit(): Promise<void>;
  close(): void;
}

/** Our own address of each family for connections to other hosts (control/outgoingip); undefined: any. */
export interface LocalAddresses {
  readonly four?: string | undefined;
  readonly six?: string | undefined;
}

/** Why there is no connection; `unbindable`: control/outgoingip is none of our addresses, and the mail waits for it. */
export type NoConnection = 'timeout' | 'refused' | { readonly unbindable: Outcome };

/** Connects to a numeric address. `signal` cuts the attempt at once. */
export function connectSocket(
  address: string,
  port: number,
  seconds: number,
  signal: AbortSignal,
  local: LocalAddresses,
): Promise<Socket | NoConnection> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve('refused');
      return;
    }
    const localAddress = isIP(address) === 6 ? local.six : local.four;
    const socket = connectTcp({
      host: address,
      port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    const finish = (result: NoConnection) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(result);
    };
    const abort = () => finish('refused');
    const timer = setTimeout(finish, seconds * 1000, 'timeout');
    const onError = (error: NodeJS.ErrnoException) => {
      if (localAddress !== undefined && error.code === 'EADDRNOTAVAIL')
        finish({
          unbindable: temporary(
            `control/outgoingip: ${localAddress} is no address of this machine. (#4.3.5)`,
          ),
        });
      else finish(error.code === 'ETIMEDOUT' ? 'timeout' : 'refused');
    };
    const onClose = () => finish('refused');
    signal.addEventListener('abort', abort);
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('connect', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      resolve(socket);
    });
  });
}

/** Connects, for SMTP. `signal` cuts the connection at once, also later. */
export async function openConnection(
  address: string,
  port: number,
  seconds: number,
  signal: AbortSignal,
  local: LocalAddresses,
): Promise<Connection | NoConnection> {
  const socket = await connectSocket(address, port, seconds, signal, local);
  if (typeof socket === 'string' || 'unbindable' in socket) return socket;
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort);
  const detach = () => signal.removeEventListener('abort', abort);
  socket.once('close', detach);
  return wrapSocket(socket, detach);
}

/** Certificates of one chain that are looked at. */
const MOST_CERTIFICATES = 20;

/** What the other side showed (DER), its own first. */
function shownCertificates(socket: TLSSocket): readonly Buffer[] {
  const shown: Buffer[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // A root is its own issuer.
  while (certificate?.raw !== undefined && !shown.some((each) => each.equals(certificate!.raw))) {
    shown.push(certificate.raw);
    if (shown.length >= MOST_CERTIFICATES) break;
    certificate = certificate.issuerCertificate;
  }
  return shown;
}

/** Milliseconds that the server has to take our QUIT and hang up. */
const QUIT_PATIENCE = 2000;

function wrapSocket(tcp: Socket, detach: () => void): Connection {
  let socket = tcp;
  let reader = new ReplyReader();
  let ended = false;
  let wake: (() => void) | undefined;
  let disturbed: (() => void) | undefined;

  const disturb = () => {
    const act = disturbed;
    disturbed = undefined;
    act?.();
  };

  const onData = (chunk: Buffer) => {
    reader.feed(chunk);
    wake?.();
    disturb();
  };
  const onEnd = () => {
    ended = true;
    wake?.();
    disturb();
  };
  const listen = () => {
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    // 'close' follows and ends the waits.
    socket.on('error', () => {});
  };
  listen();

  /** Waits until `isOver` gives true, the connection ended, or the time is up. */
  const waitUntil = (isOver: () => boolean, seconds: number): Promise<void> => {
    if (isOver() || ended) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        wake = undefined;
        resolve();
      };
      const timer = setTimeout(stop, seconds * 1000);
      wake = () => {
        if (isOver() || ended) stop();
      };
    });
  };

  return {
    async readReply(seconds) {
      await waitUntil(() => reader.hasReply || reader.broken !== undefined, seconds);
      const reply = reader.take();
      if (reply) return reply;
      if (reader.broken !== undefined) return { trouble: 'invalid', said: reader.broken };
      return { trouble: 'lost', silent: !ended };
    },

    get hasUnaskedInput() {
      return reader.hasInput;
    },

    get isOver() {
      return ended;
    },

    sendLines(...lines) {
      socket.write(`${lines.join('\r\n')}\r\n`, 'utf8');
    },

    async sendBody(bytes, seconds) {
      let gone = false;
      socket.write(bytes, (error) => {
        gone = !error;
        wake?.();
      });
      // A reply in the middle of the body stops us: the server has made up its mind.
      await waitUntil(() => gone || reader.hasInput, seconds);
      return gone;
    },

    startTls({ serverName, authorities, ciphers, identity, isChainOnly = false }, seconds) {
      // RFC 3207 6: what came before the handshake was not protected and is forgotten.
      reader = new ReplyReader();
      socket.removeListener('data', onData);
      socket.removeListener('end', onEnd);
      socket.removeListener('close', onEnd);
      return new Promise((resolve) => {
        const secure = connectTls({
          socket: tcp,
          rejectUnauthorized: false,
          minVersion: 'TLSv1.2',
          // RFC 6066 3: an address is no server name; the certificate is held against it all the same.
          ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
          ...(authorities === undefined ? {} : { ca: [...authorities] }),
          ...(ciphers === undefined ? {} : { ciphers }),
          ...(identity === undefined ? {} : { cert: identity, key: identity }),
          ...(isChainOnly ? { allowPartialTrustChain: true, checkServerIdentity: () => undefined } : {}),
        });
        const timer = setTimeout(() => finish(false), seconds * 1000);
        const finish = (stands: boolean) => {
          clearTimeout(timer);
          secure.removeListener('close', onFailure);
          if (stands) {
            socket = secure;
            listen();
          } else {
            ended = true;
            secure.destroy();
            tcp.destroy();
          }
          const problem = secure.authorized ? undefined : String(secure.authorizationError ?? 'unknown');
          resolve(
            stands ? { certificateProblem: problem, chain: () => shownCertificates(secure) } : 'failed',
          );
        };
        const onFailure = () => finish(false);
        secure.on('error', () => {});
        secure.once('close', onFailure);
        secure.once('secureConnect', () => finish(true));
      });
    },

    quit() {
      disturbed = undefined;
      // From here on it ends by itself.
      detach();
      if (ended || tcp.destroyed) {
        tcp.destroy();
        return Promise.resolve();
      }
      socket.end('QUIT\r\n');
      socket.resume();
      return new Promise((resolve) => {
        const timer = setTimeout(() => tcp.destroy(), QUIT_PATIENCE);
        timer.unref();
        tcp.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },

    whenDisturbed(act) {
      disturbed = act;
    },

    close() {
      ended = true;
      socket.destroy();
      tcp.destroy();
    },
  };
}
