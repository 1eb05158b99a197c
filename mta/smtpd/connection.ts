// One connection: smtp-server's SMTPConnection for the socket, STARTTLS and the orderly close, with our byte guard as
// its parser and our session as its commands. What it leaves of the library unused: its command handlers, its parser,
// its words, its idle timer and its fixed wait of 100 ms before the greeting.
import type { Socket } from 'node:net';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { OpenChunk } from './chunking.ts';
import type { DataDecoder } from './data.ts';
import type { Door } from './door.ts';
import type { SessionFacts } from './environment.ts';
import type { GuardedSession } from './guard.ts';
import { ByteGuard } from './guard.ts';
import type { IncomingMessage } from './message.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import type { Answer } from './session.ts';
import { SmtpSession } from './session.ts';
import { provedCertificate, type TlsServer } from './tls-server.ts';

/** Seconds that a client has for its TLS handshake. */
const HANDSHAKE_SECONDS = 30;
/** How long a client may take to read its last reply when the role closes. */
const CLOSING_LINGER_MS = 300;

/** What is known of a connection before its first byte. */
export interface ConnectionFacts
  extends Omit<SessionFacts, 'remoteIp' | 'remotePort' | 'localIp' | 'localPort'> {
  /** For the library. */
  readonly id: string;
  /** A program of this machine with a prepared text (sendmail -bs): it may send before it is asked. */
  readonly mayTalkAhead?: boolean | undefined;
}

export class DoorConnection extends SMTPConnection implements GuardedSession {
  isGreeted = false;
  readonly smtp: SmtpSession;
  readonly #server: TlsServer;
  readonly #door: Door;
  readonly #mayTalkAhead: boolean;
  #isIdentified = false;
  #earlyViolation: 'early' | 'tls' | 'bare LF' | undefined;
  #message: IncomingMessage | undefined;
  #chunk: OpenChunk | undefined;
  #replies = '';
  #hasCommand = false;
  #isBusy = false;
  /** When the client owes us something, since when; seconds of Door.clock. */
  #waitingSince: number;
  #dataSince = 0;
  #dataBytes = 0;
  #left = false;
  #wake: (() => void) | undefined;

  constructor(server: TlsServer, socket: Socket, door: Door, facts: ConnectionFacts) {
    super(server, socket, { id: facts.id });
    this.#server = server;
    this.#door = door;
    this.#mayTalkAhead = facts.mayTalkAhead === true;
    this.#waitingSince = door.clock();
    this.smtp = new SmtpSession(door, {
      ...facts,
      remoteIp: this.remoteAddress,
      remotePort: socket.remotePort ?? 0,
      localIp: this.localAddress,
      localPort: socket.localPort ?? 0,
    });
    door.crowd.enter(this.smtp.network, this.#waitingSince);
  }

  /** Is a message or its answer under way? */
  get isInTransaction(): boolean {
    return this.#message !== undefined || this.#isBusy || this.smtp.isInTransaction;
  }

  // The library's hooks.

  override _createParser(): ByteGuard {
    const guard = new ByteGuard(this);
    guard.on('error', (error) => this.takeFailure(error));
    return guard;
  }

  override init(): void {
    this._setListeners(() => {
      const refusal = this.smtp.identify();
      if (refusal instanceof Promise) void refusal.then((late) => this.#receive(late));
      else this.#receive(refusal);
    });
  }

  /** Turns the client away, or greets it in time. */
  #receive(refusal: Reply | 'denied' | undefined): void {
    this.#isIdentified = true;
    if (this._closing || this._closed) return;
    if (refusal === 'denied') {
      // tcpserver closes without a word.
      this.smtp.log('denied', 'by the rules of this door');
      this.close();
      this._socket.destroy();
      return;
    }
    if (refusal !== undefined) return this.hangUp(refusal);
    if (this.#earlyViolation !== undefined) return this.takeViolation(this.#earlyViolation);
    if (this.#mayTalkAhead) return this.#greet();
    const delay = Math.max(this.#door.limits.greetDelay, this.smtp.checks.policy.greetDelay);
    // Two turns of the event loop: bytes that came with the connection are read in between (R4).
    if (delay > 0) void this.#sleep(delay).then(() => this.#greet());
    else setImmediate(() => setImmediate(() => this.#greet()));
  }

  override _armTimeout(): void {
    // checkDeadline does it for all connections.
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.#server.renewContext();
    super.upgrade(callback, () => {
      this.smtp.startTls(provedCertificate(this._socket));
      secureCallback?.();
    });
  }

  override close(): void {
    this.#giveUpMessage();
    super.close();
  }

  /** A message whose end was not seen is given up at once; one that is being queued is not touched. */
  #giveUpMessage(): void {
    this.#message?.abort();
    this.smtp.endTransaction();
  }

  override _onClose(): void {
    super._onClose();
    this.#giveUpMessage();
    this.#message = undefined;
    this.smtp.checks.abandon();
    this.#wake?.();
    if (this.#left) return;
    this.#left = true;
    this.#door.crowd.leave(this.smtp.network, this.#door.clock());
  }

  override _onError(): void {
    // A reset or a failed handshake: the close that follows cleans up, and nobody is left to answer.
    this.close();
  }

  // What the guard calls.

  lineLimit(beginning: string): number {
    return this.smtp.lineLimit(beginning);
  }

  takeLine(line: Buffer): Promise<void> | undefined {
    this.#hasCommand = true;
    const isFirst = !this.smtp.hasChunks;
    const chunk = this.smtp.openChunk(line);
    if (chunk === undefined) return this.#answer(this.smtp.command(line));
    if ('reply' in chunk) return this.#answer(chunk);
    if (isFirst) this.#beginReceiving();
    this.#chunk = chunk;
    if (chunk.size === 0) return this.takeChunk(Buffer.alloc(0), true);
    const guard = this._parser;
    if (guard instanceof ByteGuard) guard.beginChunk(chunk.size);
    return undefined;
  }

  takeLongLine(): Promise<void> | undefined {
    return this.#answer(this.smtp.longLine());
  }

  takeStrayByte(): Promise<void> | undefined {
    return this.#answer(this.smtp.judge(replies.strayCommandByte));
  }

  takeViolation(kind: 'early' | 'tls' | 'bare LF'): void {
    if (!this.#isIdentified) {
      // Perhaps nobody is to be answered at all.
      this.#earlyViolation ??= kind;
      return;
    }
    const reply =
      kind === 'tls' ? replies.notTls : kind === 'early' ? replies.protocolViolation : replies.bareLf;
    this.hangUp(reply);
  }

  takeData(output: Buffer, taken: number, ended: boolean, decoder: DataDecoder): Promise<void> | undefined {
    const message = this.#message;
    if (message === undefined) return undefined;
    this.#waitingSince = this.#door.clock();
    this.#dataBytes += taken;
    // R2: the session ends with the message, as nobody can tell where the client thinks that it ended.
    if (decoder.fault !== undefined) message.refuse(replies.strayByte);
    const wait = message.take(output);
    if (!ended) return wait === undefined ? undefined : this.#whileBusy(wait);
    return this.#whileBusy(this.#finish(message, wait));
  }

  takeChunk(octets: Buffer, ended: boolean): Promise<void> | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined) return undefined;
    this.#waitingSince = this.#door.clock();
    this.#dataBytes += octets.length;
    const wait = chunk.into?.take(octets);
    if (!ended) return wait === undefined ? undefined : this.#whileBusy(wait);
    return this.#whileBusy(this.#endChunk(chunk, wait));
  }

  takePause(next: () => void): void {
    this.#flush();
    this._whenWritable(next);
  }

  takeEnd(): void {
    this.#flush();
    this.close();
  }

  takeFailure(error: unknown): void {
    this.smtp.log('failed', error instanceof Error ? (error.stack ?? error.message) : String(error));
    this.hangUp(replies.queueFailed);
  }

  // What the listener calls.

  /** Ends the session with a last reply; in a TLS handshake there is nobody to hear it. */
  hangUp(reply: Reply): void {
    if (this._closing) return;
    this.smtp.log('closed', reply.text);
    this.#replies += `${reply.text}\r\n`;
    this.#flush();
    this.close();
    if (this._upgrading) this._socket.destroy();
    else if (this.#door.isClosing) setTimeout(() => this._socket.destroy(), CLOSING_LINGER_MS).unref();
  }

  /** R5: ends the session of a client that lets us wait or drips. `isCrowded`: little time for everyone. */
  checkDeadline(now: number, isCrowded: boolean): void {
    if (this._closing || this.#isBusy) return;
    const { limits, settings } = this.#door;
    const waited = now - this.#waitingSince;
    if (this.#message !== undefined || this.#chunk !== undefined || this.smtp.hasChunks) {
      const taken = now - this.#dataSince;
      if (taken > limits.slowAfterSeconds && this.#dataBytes / taken < limits.slowBytes)
        this.hangUp(replies.tooSlow);
      else if (waited > settings.timeoutsmtpd) this.hangUp(replies.timeout);
      return;
    }
    const patience = this._upgrading
      ? HANDSHAKE_SECONDS
      : this.#hasCommand
        ? settings.timeoutsmtpd
        : limits.firstCommandSeconds;
    if (waited > (isCrowded ? Math.min(patience, limits.crowdedSeconds) : patience))
      this.hangUp(replies.timeout);
  }

  #greet(): void {
    if (this._closing || this._closed) return;
    this.isGreeted = true;
    this._ready = true;
    this.#waitingSince = this.#door.clock();
    this.#replies += `${this.smtp.greeting}\r\n`;
    this.#flush();
  }

  #answer(answer: Answer | Promise<Answer>): Promise<void> | undefined {
    // The time for the next command runs from here, whatever bytes of it come in between.
    this.#waitingSince = this.#door.clock();
    if (answer instanceof Promise) return this.#whileBusy(answer.then((late) => this.#give(late)));
    const wait = this.#give(answer);
    return wait === undefined ? undefined : this.#whileBusy(wait);
  }

  /** Sends a reply, late if it must be, and does what it says. */
  #give({ reply, delay }: Answer): Promise<void> | undefined {
    if (delay > 0) {
      this.#flush();
      return this.#sleep(delay).then(() => this.#give({ reply, delay: 0 }));
    }
    const guard = this._parser;
    if (this._closing || !(guard instanceof ByteGuard)) return undefined;
    if (reply.next === 'data' && guard.hasPendingInput && !this.#mayTalkAhead) {
      // R4: nobody may send the message before it was asked for.
      this.hangUp(replies.protocolViolation);
      return undefined;
    }
    if (reply.next === 'starttls' && guard.hasPendingInput) {
      // R3: what came in clear text is never executed.
      this.hangUp(replies.pipelinedStartTls);
      return undefined;
    }
    this.#replies += `${reply.text}\r\n`;
    if (reply.next === undefined) return undefined;
    if (reply.next === 'close') {
      this.#flush();
      this.close();
    } else if (reply.next === 'data') {
      this.#message = this.smtp.openMessage();
      this.#beginReceiving();
      guard.beginData();
    } else {
      this.#flush();
      this.upgrade(() => undefined);
    }
    return undefined;
  }

  /** The clock of R5's data rate starts. */
  #beginReceiving(): void {
    this.#dataSince = this.#door.clock();
    this.#dataBytes = 0;
  }

  async #endChunk(chunk: OpenChunk, wait: Promise<void> | undefined): Promise<void> {
    await wait;
    const answer = await this.smtp.endChunk(chunk);
    this.#chunk = undefined;
    await this.#give(answer);
    if (this.#door.isClosing && !this.smtp.hasChunks) this.hangUp(replies.shuttingDown);
  }

  async #finish(message: IncomingMessage, wait: Promise<void> | undefined): Promise<void> {
    await wait;
    const reply = await this.smtp.finishMessage(message);
    this.#message = undefined;
    await this.#give(this.smtp.closeMessage(reply));
    if (this.#door.isClosing) this.hangUp(replies.shuttingDown);
  }

  async #whileBusy(work: Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await work;
    } finally {
      this.#isBusy = false;
      this.#waitingSince = this.#door.clock();
    }
  }

  #sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #flush(): void {
    const text = this.#replies;
    this.#replies = '';
    if (text === '' || this._upgrading || this._socket.destroyed || !this._socket.writable) return;
    this._socket.write(text, 'latin1');
  }
}
