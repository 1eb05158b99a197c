// The byte guard: it takes the place of smtp-server's parser between the socket and the session, before and after
// STARTTLS, so no byte reaches a command or a message unseen (spec/security.md R2 to R5). Commands end with CR LF and
// hold neither CR nor NUL; a message goes through DataDecoder or is counted in chunks; nothing is parsed ahead of an answer, and what a client
// sends too early shows. Holds one command line and the chunk in hand, whatever the size of a message.
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { DataDecoder } from './data.ts';

/** What the guard calls; a promise holds the input back until it settles. */
export interface GuardedSession {
  /** True once the greeting was sent. */
  readonly isGreeted: boolean;
  lineLimit(beginning: string): number;
  takeLine(line: Buffer): Promise<void> | undefined;
  takeLongLine(): Promise<void> | undefined;
  /** Something that ends the session; the guard is closed by it. */
  takeViolation(kind: 'early' | 'tls' | 'bare LF'): void;
  /** A CR or NUL inside a command. */
  takeStrayByte(): Promise<void> | undefined;
  /** The next part of the message, decoded from `taken` bytes; `decoder.fault` may be set. */
  takeData(output: Buffer, taken: number, ended: boolean, decoder: DataDecoder): Promise<void> | undefined;
  /** The next octets of a chunk (BDAT), as they are. */
  takeChunk(octets: Buffer, ended: boolean): Promise<void> | undefined;
  /** All input in hand is used up: send what is to be sent, and call `next` when there is room for more. */
  takePause(next: () => void): void;
  /** The client closed its side. */
  takeEnd(): void;
  /** A bug of ours. */
  takeFailure(error: unknown): void;
}

type Next = (error?: Error | null) => void;

const LF = 10;
const CR = 13;
const TLS_HANDSHAKE = 0x16;
const EMPTY = Buffer.alloc(0);

export class ByteGuard extends SMTPStream {
  readonly #session: GuardedSession;
  #rest: Buffer = EMPTY;
  #input: Buffer = EMPTY;
  #at = 0;
  #chunkLength = 0;
  #decoder: DataDecoder | undefined;
  #chunkLeft = 0;
  #skipping = false;

  constructor(session: GuardedSession) {
    super();
    this.#session = session;
  }

  /** The next bytes are a message. */
  beginData(): void {
    this.#decoder = new DataDecoder();
  }

  /** The next so many octets, at least one, are a chunk. */
  beginChunk(size: number): void {
    this.#chunkLeft = size;
  }

  /** Has the client sent more than what was answered? */
  get hasPendingInput(): boolean {
    return this.#at < this.#input.length || this.writableLength > this.#chunkLength;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding | 'buffer', next: Next): void {
    this.#chunkLength = chunk.length;
    this.#input = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#at = 0;
    this.#rest = EMPTY;
    if (!this.isClosed && !this.#session.isGreeted) {
      this.#session.takeViolation(this.#input[0] === TLS_HANDSHAKE ? 'tls' : 'early');
      next();
      return;
    }
    this.#run(next);
  }

  /** The client's FIN: an unfinished line is not a command. */
  override _flushData(): void {
    if (!this.isClosed) this.#session.takeEnd();
  }

  /** A bug ends this session, never the server. */
  #run(next: Next): void {
    try {
      this.#advance(next);
    } catch (error) {
      this.#session.takeFailure(error);
      next();
    }
  }

  #advance(next: Next): void {
    while (!this.isClosed && this.#at < this.#input.length) {
      let wait: Promise<void> | undefined;
      if (this.#decoder !== undefined) wait = this.#advanceData(this.#decoder);
      else if (this.#chunkLeft > 0) wait = this.#advanceChunk();
      else {
        const lf = this.#input.indexOf(LF, this.#at);
        if (lf < 0) {
          wait = this.#keepRest();
          if (wait === undefined) break;
        } else wait = this.#advanceLine(lf);
      }
      if (wait !== undefined) {
        wait.then(
          () => this.#run(next),
          (error) => {
            this.#session.takeFailure(error);
            next();
          },
        );
        return;
      }
    }
    this.#input = EMPTY;
    this.#at = 0;
    if (this.isClosed) next();
    else this.#session.takePause(() => next());
  }

  #advanceData(decoder: DataDecoder): Promise<void> | undefined {
    const { output, consumed, ended } = decoder.decode(
      this.#at === 0 ? this.#input : this.#input.subarray(this.#at),
    );
    this.#at += consumed;
    if (ended) this.#decoder = undefined;
    return this.#session.takeData(output, consumed, ended, decoder);
  }

  #advanceChunk(): Promise<void> | undefined {
    const end = Math.min(this.#input.length, this.#at + this.#chunkLeft);
    const octets = this.#input.subarray(this.#at, end);
    this.#at = end;
    this.#chunkLeft -= octets.length;
    return this.#session.takeChunk(octets, this.#chunkLeft === 0);
  }

  #advanceLine(lf: number): Promise<void> | undefined {
    const start = this.#at;
    this.#at = lf + 1;
    if (this.#skipping) {
      this.#skipping = false;
      return this.#session.takeLongLine();
    }
    if (this.#input[start] === TLS_HANDSHAKE) return this.#violate('tls');
    if (lf === start || this.#input[lf - 1] !== CR) return this.#violate('bare LF');
    const line = this.#input.subarray(start, lf - 1);
    if (line.length > this.#limitOf(line)) return this.#session.takeLongLine();
    if (line.includes(CR) || line.includes(0)) return this.#session.takeStrayByte();
    return this.#session.takeLine(line);
  }

  #limitOf(line: Buffer): number {
    return line.length <= 512 ? line.length : this.#session.lineLimit(line.toString('latin1', 0, 5));
  }

  /** An unfinished line: kept up to its limit, skipped beyond. */
  #keepRest(): Promise<void> | undefined {
    const line = this.#input.subarray(this.#at);
    this.#at = this.#input.length;
    if (line[0] === TLS_HANDSHAKE && !this.#skipping) return this.#violate('tls');
    // The last byte may be the CR of the line end.
    if (this.#skipping || line.length - 1 > this.#limitOf(line)) this.#skipping = true;
    else this.#rest = Buffer.from(line);
    return undefined;
  }

  #violate(kind: 'tls' | 'bare LF'): undefined {
    this.#session.takeViolation(kind);
    return undefined;
  }
}
