// A connection that speaks netstrings (QMTP, QMQP; spec/qmail.md 11), read by pulling: the session asks for a length, for
// the bytes behind it in pieces, for the comma. Holds what the socket holds and nothing else, so a message of any size
// passes through little memory. Wrong bytes are a NetstringError, after which the stream has no meaning; the end of the
// client's bytes within a package is a ConnectionLost. Deadlines are those of smtpd (spec/security.md R5).
import type { Duplex } from 'node:stream';
import { encodeNetstring, NetstringError } from '../formats/netstring.ts';
import type { Outcome } from '../outcome.ts';
import type { Speaker } from './checks.ts';
import { SessionChecks } from './checks.ts';
import { networkOf } from './crowd.ts';
import type { Door } from './door.ts';
import type { ClientEnvironment } from './environment.ts';
import type { TcpConnection } from './ident.ts';

/** The client went away, or was sent away, within a package. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost';
}

const COLON = 0x3a;
const COMMA = 0x2c;
const ZERO = 0x30;
const EMPTY = Buffer.alloc(0);
/** How long a client may take to read its last answers while what it still sends is thrown away. */
const LINGER_MS = 2000;
/** The same when the role closes. */
const CLOSING_LINGER_MS = 300;

/** A socket, or what stands for one. */
export type NetstringStream = Duplex & {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
  destroySoon(): void;
};

export class NetstringConnection {
  readonly remoteIp: string;
  /** What was said of this client by who let it in. */
  readonly client: ClientEnvironment | undefined;
  readonly tcp: TcpConnection;
  readonly network: string;
  /** What this client may do. */
  readonly checks: SessionChecks;
  /** Bytes read so far. */
  position = 0;
  readonly #socket: NetstringStream;
  readonly #door: Door;
  #bytes: Buffer = EMPTY;
  #isEnded = false;
  #isClosed = false;
  #isStopped = false;
  #isEnding = false;
  #isInPackage = false;
  #hasBegun = false;
  #busy = 0;
  #wake: (() => void)[] = [];
  /** When the client owes us something, since when; seconds of Door.clock. */
  #waitingSince: number;
  #packageSince = 0;
  #packageStart = 0;

  /** @param remoteIp the client's address, IPv4 in its own form */
  constructor(socket: NetstringStream, door: Door, remoteIp: string, client?: ClientEnvironment) {
    this.#socket = socket;
    this.#door = door;
    this.remoteIp = remoteIp;
    this.client = client;
    this.tcp = {
      remoteIp,
      remotePort: socket.remotePort ?? 0,
      localIp: (socket.localAddress ?? '').replace(/^::ffff:(?=[0-9.]+$)/i, '').toLowerCase(),
      localPort: socket.localPort ?? 0,
    };
    this.network = networkOf(remoteIp);
    this.checks = new SessionChecks(door, { ...this.tcp, network: this.network }, door.strangerPolicy);
    this.#waitingSince = door.clock();
    socket.on('readable', this.#continue);
    socket.on('drain', this.#continue);
    socket.on('end', () => {
      this.#isEnded = true;
      this.#continue();
    });
    socket.on('close', () => {
      this.#isClosed = true;
      this.checks.abandon();
      this.#continue();
    });
  }

  readonly #continue = (): void => {
    for (const wake of this.#wake.splice(0)) wake();
  };

  /** Has the client gone, or been sent away? */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Who this is to us: what the door says of the client holds from here. */
  get speaker(): Speaker {
    return { user: undefined, authMethod: '', mayRelay: this.checks.policy.relay !== undefined };
  }

  /** Is a package or an answer under way? */
  get isInTransaction(): boolean {
    return this.#isInPackage || this.#busy > 0;
  }

  /** Waits for the first byte of a package. False: there will be none. */
  async awaitPackage(): Promise<boolean> {
    this.#isInPackage = false;
    this.#waitingSince = this.#door.clock();
    while (!this.#isStopped && !(this.#bytes.length > 0 || this.#fill())) {
      if (this.#isEnded || this.#isClosed) return false;
      await this.#change();
    }
    if (this.#isStopped) return false;
    this.#isInPackage = true;
    this.#hasBegun = true;
    this.#packageSince = this.#door.clock();
    this.#packageStart = this.position;
    return true;
  }

  /**
   * Reads the length of a netstring and its colon.
   * @param limit the longest that is taken, in bytes
   * @param end where the netstring around it ends, as a `position`: this one and its comma must fit
   */
  async readLength(limit: number, end = Number.POSITIVE_INFINITY): Promise<number> {
    let length = 0;
    for (let digits = 0; ; digits++) {
      if (this.position >= end) throw new NetstringError('netstring is longer than the one around it');
      if (this.#bytes.length === 0) await this.#more();
      const byte = this.#take(1)[0]!;
      if (byte === COLON) {
        if (digits === 0) throw new NetstringError('netstring without a length');
        if (this.position + length + 1 > end)
          throw new NetstringError('netstring is longer than the one around it');
        return length;
      }
      if (byte < ZERO || byte > ZERO + 9) throw new NetstringError('netstring length is not a number');
      // cr.yp.to netstrings: no zeros in front of a length.
      if (digits === 1 && length === 0) throw new NetstringError('netstring length starts with a zero');
      length = length * 10 + (byte - ZERO);
      if (length > limit) throw new NetstringError(`netstring is longer than ${limit} bytes`, true);
    }
  }

  /** The next bytes that are there, at least one and `most` at most. */
  async readPiece(most: number): Promise<Buffer> {
    if (this.#bytes.length === 0) await this.#more();
    return this.#take(Math.min(most, this.#bytes.length));
  }

  /** Exactly so many bytes, held in memory. */
  async readBytes(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const piece = await this.readPiece(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** Throws so many bytes away. */
  async skipBytes(length: number): Promise<void> {
    for (let left = length; left > 0; ) left -= (await this.readPiece(left)).length;
  }

  async readComma(): Promise<void> {
    if (this.#bytes.length === 0) await this.#more();
    if (this.#take(1)[0] !== COMMA) throw new NetstringError('netstring does not end in a comma');
  }

  /** Sends an answer; waits when the client does not read. Without effect when it is gone. */
  async send(outcome: Outcome): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writable) return;
    this.#socket.write(encodeNetstring(outcome.code + outcome.text));
    while (this.#socket.writableNeedDrain && !this.#isClosed) await this.#change();
  }

  /** Waits for work of ours; the client's time stands still meanwhile. */
  async whileBusy<T>(work: Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work;
    } finally {
      this.#busy--;
      this.#waitingSince = this.#door.clock();
    }
  }

  /** Holds the session back, at most until the client is gone. */
  async pause(seconds: number): Promise<void> {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      this.#continue();
    }, seconds * 1000);
    while (!isOver && !this.#isClosed) await this.#change();
    clearTimeout(timer);
  }

  /** No further package: the session ends when it has answered what came before. */
  stop(): void {
    this.#isStopped = true;
    this.#continue();
  }

  /**
   * Closes once the answers are sent. What the client still sends is read and thrown away for a moment: bytes left
   * unread would make a reset of the close, and a reset takes away answers that are on their way.
   */
  end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    const socket = this.#socket;
    socket.off('readable', this.#continue);
    socket.resume();
    socket.end(() => {
      if (this.#isEnded) socket.destroy();
    });
    socket.once('end', () => socket.destroySoon());
    const linger = this.#door.isClosing ? CLOSING_LINGER_MS : LINGER_MS;
    setTimeout(() => socket.destroy(), linger).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** R5: why this client has had its time, if it has. `isCrowded`: little time for everyone. */
  findTimeout(now: number, isCrowded: boolean): 'timeout' | 'too slow' | undefined {
    if (this.#busy > 0 || this.#isEnding) return undefined;
    const { limits, settings } = this.#door;
    const waited = now - this.#waitingSince;
    if (this.#isInPackage) {
      const taken = now - this.#packageSince;
      const bytes = this.position - this.#packageStart;
      if (taken > limits.slowAfterSeconds && bytes / taken < limits.slowBytes) return 'too slow';
      return waited > settings.timeoutsmtpd ? 'timeout' : undefined;
    }
    const patience = this.#hasBegun ? settings.timeoutsmtpd : limits.firstCommandSeconds;
    return waited > (isCrowded ? Math.min(patience, limits.crowdedSeconds) : patience)
      ? 'timeout'
      : undefined;
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    this.position += count;
    return taken;
  }

  /** Waits until there is at least one byte. */
  async #more(): Promise<void> {
    while (!this.#fill()) {
      if (this.#isEnded || this.#isClosed) throw new ConnectionLost();
      await this.#change();
    }
  }

  #fill(): boolean {
    const bytes: Buffer | null = this.#isClosed ? null : this.#socket.read();
    if (bytes === null || bytes.length === 0) return false;
    this.#bytes = bytes;
    this.#waitingSince = this.#door.clock();
    return true;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }
}
