// A connection on a program's standard input and output, as tcpserver, inetd and sendmail's callers give it, in the form
// that the doors of mta/smtpd/ take: one duplex stream. The two may be one socket or two pipes. It ends like a socket:
// our side first, then the client has a moment to read its last reply.
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** How long a client may take to close its side after we have closed ours. */
const LINGER_MS = 2000;

export class DescriptorStream extends Duplex {
  /** Resolves when nothing is read or written any more; both descriptors are let go. */
  readonly gone: Promise<void>;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  #tellGone: () => void = () => undefined;
  #linger: NodeJS.Timeout | undefined;
  #isInputOver = false;

  constructor(
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream,
    addresses: { readonly remote: string; readonly local: string },
  ) {
    super({ allowHalfOpen: true });
    this.#input = input;
    this.#output = output;
    this.remoteAddress = addresses.remote;
    this.localAddress = addresses.local;
    this.gone = new Promise((resolve) => {
      this.#tellGone = resolve;
    });
    const over = (): void => {
      if (this.#isInputOver) return;
      this.#isInputOver = true;
      if (!this.destroyed) this.push(null);
    };
    input.on('data', (chunk: Buffer) => {
      if (!this.#isInputOver && !this.destroyed && !this.push(chunk)) input.pause();
    });
    input.on('end', over).on('error', over).on('close', over);
    input.pause();
    output.on('error', () => this.destroy());
    // Replies are written whole: none waits for the acknowledgement of the one before.
    if (output instanceof Socket) output.setNoDelay(true);
  }

  override _read(): void {
    if (!this.#isInputOver) this.#input.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#output.write(chunk, callback);
  }

  override _final(callback: () => void): void {
    let isCalled = false;
    const finish = (): void => {
      if (isCalled) return;
      isCalled = true;
      this.#linger = setTimeout(() => this.destroy(), LINGER_MS);
      callback();
    };
    this.#output.once('finish', finish).once('error', finish).once('close', finish);
    this.#output.end();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#linger);
    for (const stream of [this.#input, this.#output]) (stream as Partial<Duplex>).destroy?.();
    this.#tellGone();
    callback(error);
  }

  /** As a socket's: sends what is to be sent, then lets go. */
  destroySoon(): void {
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy()).end();
  }
}
