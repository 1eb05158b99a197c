// The socket of one IMAP session: clear text, TLS from the first byte or by STARTTLS, compression, and how long a client
// may be silent or let us wait. Holds no buffer while nothing happens, and no timer: the door looks at all connections
// once a second.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import { isLoopback } from '../../mta/listening.ts';
import { offeredMechanisms } from '../../mta/smtpd/auth.ts';
import type { DoorConnection, Visit } from '../door/mail-door.ts';
import { endClearText, secureSocket } from '../door/secure-socket.ts';
import { capabilityWords } from './capability.ts';
import { Output } from './output.ts';
import type { ImapServer } from './server.ts';
import { Session, type SessionPort } from './session.ts';
import { appendLimit } from './settings.ts';

/** Seconds that a client has to take its last answer. */
const closeSeconds = 10;

export class ImapConnection implements SessionPort, DoorConnection {
  readonly ip: string;
  readonly out: Output;
  readonly session: Session;
  isSecure: boolean;
  isCompressed = false;
  readonly #server: ImapServer;
  readonly #visit: Visit;
  #socket: Socket;
  /** Where bytes come from, and may be held. */
  #source: Duplex;
  readonly #since = performance.now();
  #heardAt = this.#since;
  #wroteAt = this.#since;
  #written = 0;
  #closingSince = 0;
  #isHeld = false;
  #isServing = true;

  constructor(socket: Socket, server: ImapServer, visit: Visit) {
    this.#server = server;
    this.#visit = visit;
    this.ip = visit.ip;
    this.isSecure = visit.isSecure;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    this.#socket = socket;
    if (visit.isSecure) this.#socket = this.#secure(socket);
    this.#source = this.#socket;
    this.out = new Output(this.#socket);
    this.session = new Session(server, this);
    this.#listen(this.#socket);
  }

  /** Serves until the end. Never rejects. */
  async serve(): Promise<void> {
    await this.session.serve(`* OK [CAPABILITY ${this.#capabilities()}] Ready\r\n`);
    this.#isServing = false;
    this.close();
  }

  #capabilities(): string {
    const { canStartTls, mayLogin } = this;
    const limit = appendLimit(this.#server.settings());
    return capabilityWords({
      isSignedIn: false,
      canStartTls,
      mayLogin,
      canCompress: false,
      mechanisms: offeredMechanisms(this.#server.settings(), this.#server.accounts.scram),
      appendLimit: limit,
    });
  }

  get canStartTls(): boolean {
    return !this.isSecure && this.#visit.secureContext() !== undefined;
  }

  /** As at submission: over TLS, or from this machine; or the site says so. */
  get mayLogin(): boolean {
    return this.isSecure || isLoopback(this.ip) || this.#server.settings().cleartextlogin === 1;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#heardAt = performance.now();
    this.session.reader.push(chunk);
  };
  readonly #onEnd = (): void => this.session.reader.end();

  #listen(source: Duplex): void {
    source.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd);
    source.on('error', () => undefined);
  }

  #unlisten(source: Duplex): void {
    source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd);
  }

  #secure(socket: Socket): Socket {
    return secureSocket(socket, this.#visit.secureContext, 'imap');
  }

  /** The answer to STARTTLS is on its way: what comes from here on is the handshake. */
  async startTls(): Promise<void> {
    const plain = this.#socket;
    plain.pause();
    this.#unlisten(plain);
    await endClearText(plain);
    this.session.reader.dropPending();
    if (plain.destroyed) return this.session.reader.end();
    const secure = this.#secure(plain);
    this.#socket = this.#source = secure;
    this.isSecure = true;
    this.out.redirect(secure);
    this.#listen(secure);
  }

  /** RFC 4978: both ways from here on; every piece is flushed, so that the client sees it at once. */
  compress(): void {
    const socket = this.#socket;
    const deflate = createDeflateRaw({
      flush: constants.Z_SYNC_FLUSH,
      windowBits: 13,
      memLevel: 5,
      level: 3,
    });
    const inflate = createInflateRaw({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
    this.out.redirect(deflate);
    deflate.pipe(socket);
    // Who waits for room in it waits for a client that is gone.
    socket.once('close', () => deflate.destroy());
    this.#unlisten(socket);
    socket.on('close', this.#onEnd);
    this.#listen(inflate);
    inflate.on('error', () => socket.destroy());
    // What came compressed behind the command.
    const early = this.session.reader.takePending();
    if (early.length > 0) inflate.write(early);
    socket.pipe(inflate);
    this.#source = inflate;
    this.isCompressed = true;
  }

  patience(): void {
    this.#heardAt = performance.now();
  }

  hold(): void {
    this.#isHeld = true;
    this.#source.pause();
  }

  flow(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#source.resume();
  }

  close(): void {
    if (this.#closingSince > 0) return;
    this.#closingSince = performance.now();
    this.out.end();
    // What the client still sends is not read any more, but must not keep the socket.
    this.#source.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get isOver(): boolean {
    return this.#socket.destroyed && !this.#isServing;
  }

  /** Ends the session with a word, as the role closes; a command that runs is let end. */
  async shutDown(): Promise<void> {
    if (this.session.isBusy) await this.session.rested();
    // What is being told to one that idles comes before the last word.
    else await this.session.telling.stop();
    this.session.bye('The server is shutting down', 'UNAVAILABLE');
    this.session.reader.end();
  }

  /** Ends it when its time is over. `now`: performance.now(). */
  checkDeadline(now: number): void {
    const { limits } = this.#visit;
    const { bytesWritten } = this.#socket;
    if (bytesWritten !== this.#written || this.#socket.writableLength === 0) {
      this.#written = bytesWritten;
      this.#wroteAt = now;
    }
    if (this.#closingSince > 0) {
      if (now - this.#closingSince > closeSeconds * 1000) this.destroy();
      return;
    }
    if (this.session.account === undefined) {
      if (now - this.#since > limits.loginSeconds * 1000 && !this.session.isBusy)
        this.#expire('Sign in sooner');
    } else if (now - this.#wroteAt > limits.stallSeconds * 1000) this.destroy();
    else if (now - this.#heardAt > limits.idleSeconds * 1000 && !this.session.isBusy)
      this.#expire('Silent for too long');
  }

  #expire(words: string): void {
    this.session.bye(words, 'UNAVAILABLE');
    this.out.flush();
    this.session.reader.end();
    // Before TLS is there nobody hears anything.
    this.close();
  }
}
