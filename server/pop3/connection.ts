// The socket of one POP3 session: clear text, TLS from the first byte or by STLS, and how long a client may be silent or
// let us wait. Holds no buffer while nothing happens, and no timer: the door looks at all connections once a second.
import type { Socket } from 'node:net';
import { isLoopback } from '../../mta/listening.ts';
import type { DoorConnection, Visit } from '../door/mail-door.ts';
import { endClearText, secureSocket } from '../door/secure-socket.ts';
import { LineReader } from './reader.ts';
import type { Pop3Server, SessionPort } from './server.ts';
import { Session } from './session.ts';

/** Seconds that a client has to take its last answer. */
const closeSeconds = 10;
/** Bytes of small answers that go out together. */
const mostCollected = 32 * 1024;

export class Pop3Connection implements SessionPort, DoorConnection {
  readonly ip: string;
  readonly reader: LineReader;
  readonly session: Session;
  isSecure: boolean;
  readonly #server: Pop3Server;
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

  constructor(socket: Socket, server: Pop3Server, visit: Visit) {
    this.#server = server;
    this.#visit = visit;
    this.ip = visit.ip;
    this.isSecure = visit.isSecure;
    socket.setNoDelay(true);
    this.reader = new LineReader(
      () => this.#socket.pause(),
      () => this.#socket.resume(),
    );
    this.#socket = visit.isSecure ? this.#secure(socket) : socket;
    this.session = new Session(server, this);
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
    return this.isSecure || isLoopback(this.ip) || this.#server.settings().cleartextlogin === 1;
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
    return secureSocket(socket, this.#visit.secureContext, 'pop3');
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

  /** Ends the session with a word, as the role closes; a command that runs, a QUIT that removes, has its answer first. */
  async shutDown(): Promise<void> {
    await this.session.part('[SYS/TEMP] the server is shutting down');
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
    // RFC 1939 3: the session ends without UPDATE, nothing is removed. Before TLS is there nobody hears the words.
    void this.session.bye('[SYS/TEMP] silent for too long');
    this.reader.end();
    this.#close();
  }
}
