// The socket of one session whose commands are lines (POP3, ManageSieve): clear text, TLS from the first byte or by STLS or
// STARTTLS, and how long a client may be silent or let us wait. Holds no buffer while nothing happens, and no timer: the
// door looks at all connections once a second.
import type { Socket } from 'node:net';
import { isLoopback } from '../../mta/listening.ts';
import { LineReader } from './line-reader.ts';
import type { DoorConnection, Visit } from './mail-door.ts';
import { endClearText, secureSocket } from './secure-socket.ts';

/** The connection as its session sees it. */
export interface SessionPort {
  readonly ip: string;
  readonly isSecure: boolean;
  readonly canStartTls: boolean;
  /** Passwords may be said: over TLS, from this machine, or the site says so. */
  readonly mayLogin: boolean;
  readonly isGone: boolean;
  readonly reader: LineReader;
  /** Sends; small answers to pipelined commands go out together. Resolves when there is room for more. */
  write(bytes: string | Buffer): Promise<void>;
  /** What was written so far goes out now. */
  flush(): void;
  /** The answer to the command that starts TLS is written: what comes from here on is the handshake. */
  startTls(): Promise<void>;
  /** Cuts the connection: what was begun cannot be ended rightly. */
  destroy(): void;
}

/** The dialogue. */
export interface LineSession {
  /** Who signed in. */
  readonly account: object | undefined;
  /** A command runs. */
  readonly isBusy: boolean;
  /** Serves until the end. Never rejects. */
  serve(): Promise<void>;
  /** Ends the session; a command that runs has its answer first. */
  part(words: string): Promise<void>;
  /** Says why and ends. */
  bye(words: string): Promise<void>;
}

export interface LineProtocol {
  /** For ALPN. */
  readonly name: string;
  readonly settings: () => { readonly cleartextlogin: number };
  readonly words: { readonly closing: string; readonly silent: string };
  open(port: SessionPort): LineSession;
}

/** Seconds that a client has to take its last answer. */
const closeSeconds = 10;
/** Bytes of small answers that go out together. */
const mostCollected = 32 * 1024;

export class LineConnection implements SessionPort, DoorConnection {
  readonly ip: string;
  readonly reader: LineReader;
  readonly session: LineSession;
  isSecure: boolean;
  readonly #protocol: LineProtocol;
  readonly #visit: Visit;
  #socket: Socket;
  readonly #since = performance.now();
  #heardAt = this.#since;
  #wroteAt = this.#since;
  #written = 0;
  #closingSince = 0;
  /** Bytes that wait to go out together. */
  #collected = 0;
  #isServing = true;
  #served: (() => void) | undefined;

  constructor(socket: Socket, protocol: LineProtocol, visit: Visit) {
    this.#protocol = protocol;
    this.#visit = visit;
    this.ip = visit.ip;
    this.isSecure = visit.isSecure;
    socket.setNoDelay(true);
    this.reader = new LineReader(
      () => this.#socket.pause(),
      () => this.#socket.resume(),
    );
    this.#socket = visit.isSecure ? this.#secure(socket) : socket;
    this.session = protocol.open(this);
    this.#listen(this.#socket);
  }

  /** Serves until the end. Never rejects. */
  async serve(): Promise<void> {
    await this.session.serve();
    this.#close();
    this.#isServing = false;
    this.#served?.();
  }

  get canStartTls(): boolean {
    return !this.isSecure && this.#visit.secureContext() !== undefined;
  }

  /** As at submission: over TLS, or from this machine; or the site says so. */
  get mayLogin(): boolean {
    return this.isSecure || isLoopback(this.ip) || this.#protocol.settings().cleartextlogin === 1;
  }

  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  get isOver(): boolean {
    return this.isGone && !this.#isServing;
  }

  write(bytes: string | Buffer): Promise<void> {
    const socket = this.#socket;
    if (bytes.length === 0 || socket.destroyed || socket.writableEnded) return Promise.resolve();
    if (this.#collected === 0) socket.cork();
    this.#collected += bytes.length;
    const hasRoom = socket.write(bytes);
    if (!hasRoom || this.#collected >= mostCollected) this.flush();
    if (hasRoom || socket.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        socket.off('drain', go).off('close', go);
        resolve();
      };
      socket.on('drain', go).on('close', go);
    });
  }

  flush(): void {
    if (this.#collected === 0) return;
    this.#collected = 0;
    this.#socket.uncork();
  }

  readonly #onData = (piece: Buffer): void => {
    this.#heardAt = performance.now();
    this.reader.push(piece);
  };
  readonly #onEnd = (): void => this.reader.end();

  #listen(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd);
  }

  #secure(socket: Socket): Socket {
    return secureSocket(socket, this.#visit.secureContext, this.#protocol.name);
  }

  async startTls(): Promise<void> {
    const plain = this.#socket;
    plain.pause();
    plain.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd);
    await endClearText(plain);
    this.reader.drop();
    if (plain.destroyed) return this.reader.end();
    this.#socket = this.#secure(plain);
    this.isSecure = true;
    this.#written = 0;
    this.#listen(this.#socket);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #close(): void {
    if (this.#closingSince > 0) return;
    this.#closingSince = performance.now();
    this.flush();
    this.reader.end();
    this.reader.drop();
    this.#socket.end();
    // What the client still sends is not read any more, but must not keep the socket.
    this.#socket.resume();
  }

  /** Ends the session with a word, as the role closes. */
  async shutDown(): Promise<void> {
    await this.session.part(this.#protocol.words.closing);
    if (!this.session.isBusy) this.reader.end();
    if (!this.#isServing) return;
    await new Promise<void>((resolve) => {
      this.#served = resolve;
    });
  }

  /** Ends it when its time is over. `now`: performance.now(). */
  checkDeadline(now: number): void {
    const { limits } = this.#visit;
    const { bytesWritten, writableLength } = this.#socket;
    if (bytesWritten !== this.#written || writableLength === 0) {
      this.#written = bytesWritten;
      this.#wroteAt = now;
    }
    if (this.#closingSince > 0) {
      if (now - this.#closingSince > closeSeconds * 1000) this.destroy();
      return;
    }
    if (this.session.isBusy) this.#heardAt = now;
    if (now - this.#wroteAt > limits.stallSeconds * 1000) return this.destroy();
    const isLate =
      this.session.account === undefined
        ? now - this.#since > limits.loginSeconds * 1000 && !this.session.isBusy
        : now - this.#heardAt > limits.idleSeconds * 1000;
    if (!isLate) return;
    // Before TLS is there nobody hears the words.
    void this.session.bye(this.#protocol.words.silent);
    this.reader.end();
    this.#close();
  }
}
