// One TCP connection to an SMTP server, with a time limit on everything the other side can make us wait for
// (RFC 5321 4.5.3.2, security.md S3). It moves lines, replies and body bytes and upgrades to TLS; it knows nothing of
// the order of a dialogue. Results are values; a lost connection is a result.
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Reply, ReplyReader } from './replies.ts';

/** Why a wait ended without what was waited for. `invalid`: the server does not speak SMTP; `said` is what it sent. */
export type Trouble = { readonly trouble: 'lost' } | { readonly trouble: 'invalid'; readonly said: string };

const LOST: Trouble = { trouble: 'lost' };

/** An open connection. After `close` or any trouble it is of no more use. */
export interface Connection {
  /** Waits for one whole reply, at most `seconds`. */
  readReply(seconds: number): Promise<Reply | Trouble>;
  /** Did the server speak before it was asked? A command would then be paired with the wrong reply. */
  readonly hasUnaskedInput: boolean;
  /** Sends one command line; CR LF is added. */
  sendLine(line: string): void;
  /** Sends body bytes and waits until the network took them, at most `seconds`. True when they are gone. */
  sendBody(bytes: Buffer, seconds: number): Promise<boolean>;
  /** Drops what lies in the input, then makes the TLS handshake; certificates are not checked. True when it stands. */
  startTls(serverName: string, seconds: number): Promise<boolean>;
  /** Says QUIT and does not wait for the answer (qmail-remote). */
  quit(): void;
  close(): void;
}

export type ConnectResult = Connection | 'timeout' | 'refused';

/** Connects to a numeric address. `signal` cuts the connection at once, also later. */
export function openConnection(
  address: string,
  port: number,
  seconds: number,
  signal: AbortSignal,
): Promise<ConnectResult> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve('refused');
      return;
    }
    const socket = connectTcp({ host: address, port, noDelay: true });
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort);
    socket.once('close', () => signal.removeEventListener('abort', abort));
    const timer = setTimeout(() => finish('timeout'), seconds * 1000);
    const finish = (result: 'timeout' | 'refused') => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const onError = (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ETIMEDOUT' ? 'timeout' : 'refused');
    const onClose = () => finish('refused');
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeListener('error', onError);
      socket.removeListener('close', onClose);
      resolve(wrapSocket(socket));
    });
  });
}

/** Milliseconds that the server has to take our QUIT and hang up. */
const QUIT_PATIENCE = 2000;

function wrapSocket(tcp: Socket): Connection {
  let socket = tcp;
  let reader = new ReplyReader();
  let ended = false;
  let wake: (() => void) | undefined;

  const onData = (chunk: Buffer) => {
    reader.feed(chunk);
    wake?.();
  };
  const onEnd = () => {
    ended = true;
    wake?.();
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
      return LOST;
    },

    get hasUnaskedInput() {
      return reader.hasInput;
    },

    sendLine(line) {
      socket.write(`${line}\r\n`, 'utf8');
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

    startTls(serverName, seconds) {
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
          ...(serverName === '' ? {} : { servername: serverName }),
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
          resolve(stands);
        };
        const onFailure = () => finish(false);
        secure.on('error', () => {});
        secure.once('close', onFailure);
        secure.once('secureConnect', () => finish(true));
      });
    },

    quit() {
      if (ended) {
        tcp.destroy();
        return;
      }
      socket.end('QUIT\r\n');
      socket.resume();
      const timer = setTimeout(() => tcp.destroy(), QUIT_PATIENCE);
      timer.unref();
      tcp.once('close', () => clearTimeout(timer));
    },

    close() {
      ended = true;
      socket.destroy();
      tcp.destroy();
    },
  };
}
