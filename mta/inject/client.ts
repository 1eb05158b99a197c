// The injection interface's client: an Injector over the Unix socket run/inject, in the streamed form of inject/wire.ts.
// Connections are kept and used one package at a time. Everything that can go wrong on the way (no server, a lost
// connection, a mangled answer) is temporary: the caller keeps its message.
import { connect, type Socket } from 'node:net';
import { addressToBytes } from '../formats/address-bytes.ts';
import { type DsnRequest, writeMailWishes, writeRcptWishes } from '../formats/dsn.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { makeProof } from './identity.ts';
import type { Injection, Injector, OriginClaim } from './types.ts';

/** A message gathers in memory up to here before the connection is used. */
const gatherLimit = 64 * 1024;

export interface InjectorOptions {
  /** Milliseconds to wait for the answer after the envelope was sent. */
  readonly answerTimeout?: number;
}

/** The way over the socket; what is said of the origin is judged at its other end. */
export interface SocketInjector extends Injector {
  open(origin: OriginClaim): Injection;
}

/**
 * An Injector that talks to the queue's socket.
 * @param path the socket, HOME/run/inject
 */
export function createInjector(path: string, options: InjectorOptions = {}): SocketInjector {
  const idle: Connection[] = [];
  let closed = false;
  const take = (): Connection => {
    for (let kept = idle.pop(); kept; kept = idle.pop()) if (!kept.isBroken) return kept;
    return new Connection(path);
  };
  const give = (connection: Connection): void => {
    if (closed || idle.length >= 32) connection.destroy();
    else idle.push(connection);
  };
  const answerTimeout = options.answerTimeout ?? 300_000;
  const open = (origin: OriginClaim): Injection => new SocketInjection(origin, take, give, answerTimeout);
  return {
    open,
    inject: async (origin, message, sender, recipients, dsn) => {
      const injection = open(origin);
      if (!injection.write(message)) await injection.drained();
      return injection.finish(sender, recipients, dsn);
    },
    close: () => {
      closed = true;
      for (const connection of idle.splice(0)) connection.destroy();
    },
  };
}

/** An address as the streamed form carries it: wishes about notifications behind a NUL. */
const withWishes = (address: string, wishes: string): Buffer =>
  addressToBytes(wishes === '' ? address : `${address}\0${wishes}`);

const netstring = (bytes: Buffer): Buffer[] => [Buffer.from(`${bytes.length}:`), bytes, comma];
const comma = Buffer.from(',');
const empty = Buffer.from('0:,');

class SocketInjection implements Injection {
  readonly #origin: OriginClaim;
  readonly #take: () => Connection;
  readonly #give: (connection: Connection) => void;
  readonly #answerTimeout: number;
  #connection: Connection | undefined;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #over = false;

  constructor(
    origin: OriginClaim,
    take: () => Connection,
    give: (connection: Connection) => void,
    answerTimeout: number,
  ) {
    this.#origin = origin;
    this.#take = take;
    this.#give = give;
    this.#answerTimeout = answerTimeout;
  }

  write(chunk: Buffer): boolean {
    if (this.#over || chunk.length === 0) return true;
    this.#gathered.push(...netstring(chunk));
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes < gatherLimit) return true;
    return this.#send();
  }

  /** Everything gathered goes out; false when the socket's buffer is full. */
  #send(): boolean {
    const first = this.#connection === undefined;
    this.#connection ??= this.#take();
    const origin = Buffer.from(this.#origin);
    const bytes = Buffer.concat(
      first ? [Buffer.from('S'), ...netstring(origin), ...this.#gathered] : this.#gathered,
    );
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return this.#connection.write(bytes);
  }

  async drained(): Promise<void> {
    await this.#connection?.drained();
  }

  async finish(sender: string, recipients: readonly string[], dsn?: DsnRequest): Promise<Outcome> {
    if (this.#over) return temporary('qq internal bug (#4.3.0)');
    this.#over = true;
    this.#gathered.push(empty, ...netstring(withWishes(sender, dsn ? writeMailWishes(dsn) : '')));
    // An empty recipient is a trash address (spec/qmail.md 1.4): nothing is delivered, and on the wire it ends the list.
    for (const [i, recipient] of recipients.entries())
      if (recipient !== '')
        this.#gathered.push(...netstring(withWishes(recipient, writeRcptWishes(dsn?.recipients[i]))));
    this.#gathered.push(empty);
    this.#send();
    const connection = this.#connection as Connection;
    const outcome = await connection.answer(this.#answerTimeout);
    if (outcome === undefined) {
      connection.destroy();
      return temporary('communication with mail server failed (#4.4.2)');
    }
    this.#give(connection);
    return outcome;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#gathered = [];
    this.#connection?.destroy();
  }
}

/** One kept connection; at most one package is under way on it. */
class Connection {
  readonly #socket: Socket;
  #broken = false;
  #received: Buffer[] = [];
  #waiting: ((outcome: Outcome | undefined) => void) | undefined;
  #onDrain: (() => void)[] = [];
  /** Bytes that wait until it is clear what the server must be told first. */
  #early: Buffer[] | undefined = [];

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (bytes) => {
      this.#received.push(bytes);
      this.#tryAnswer();
    });
    this.#socket.on('drain', () => this.#wake());
    this.#socket.on('error', () => this.#break());
    this.#socket.on('close', () => this.#break());
    // A kept connection must not keep a finished program alive.
    this.#socket.unref();
    makeProof(path).then(
      (proof) => {
        const early = this.#early ?? [];
        this.#early = undefined;
        if (!this.#broken) this.#socket.write(Buffer.concat([proof, ...early]));
        this.#wake();
      },
      () => this.#break(),
    );
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  write(bytes: Buffer): boolean {
    if (this.#broken) return true;
    if (!this.#early) return this.#socket.write(bytes);
    this.#early.push(bytes);
    return false;
  }

  drained(): Promise<void> {
    if (this.#broken || !(this.#early || this.#socket.writableNeedDrain)) return Promise.resolve();
    return new Promise((resolve) => this.#onDrain.push(resolve));
  }

  /** The next answer; undefined when the connection broke, the answer is mangled or did not come in time. */
  answer(timeout: number): Promise<Outcome | undefined> {
    if (this.#broken) return Promise.resolve(undefined);
    this.#socket.ref();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#break(), timeout);
      this.#waiting = (outcome) => {
        clearTimeout(timer);
        this.#socket.unref();
        resolve(outcome);
      };
      this.#tryAnswer();
    });
  }

  #tryAnswer(): void {
    const bytes = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
    this.#received = [bytes];
    const colon = bytes.indexOf(0x3a);
    if (colon < 0) {
      if (bytes.length > 10) this.#break();
      return;
    }
    const length = Number(bytes.toString('latin1', 0, colon));
    if (!Number.isInteger(length) || length < 1 || length > 10_000) return this.#break();
    if (bytes.length < colon + length + 2) return;
    const code = bytes.toString('latin1', colon + 1, colon + 2);
    const text = bytes.toString('utf8', colon + 2, colon + 1 + length);
    this.#received = [bytes.subarray(colon + length + 2)];
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (code === 'K' || code === 'Z' || code === 'D') waiting?.({ code, text });
    else {
      waiting?.(undefined);
      this.#break();
    }
  }

  #wake(): void {
    for (const resolve of this.#onDrain.splice(0)) resolve();
  }

  #break(): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#socket.destroy();
    this.#wake();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(undefined);
  }

  destroy(): void {
    this.#break();
  }
}
