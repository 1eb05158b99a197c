// What goes out to one client: answers are gathered and written in big pieces, to a socket, through TLS or through a
// compressor (RFC 4978). Who writes much waits for `drained`, so that a client that reads slowly fills no memory.
import type { Writable } from 'node:stream';

/** Characters that are gathered before they are written. */
const pieceLength = 48 * 1024;
/** Bytes that go out with the text around them: a call of the system costs more than to copy so many. */
const smallBytes = 16 * 1024;
/** Bytes on their way to the client from which on writers wait. */
const mostUnsent = 256 * 1024;

export class Output {
  #sink: Writable;
  /** Characters are bytes. */
  #text = '';
  #waiting: Promise<void> | undefined;
  /** Holds back until the end of this turn. */
  #gathering: Writable | undefined;

  constructor(sink: Writable) {
    this.#sink = sink;
  }

  /** Later output goes through this one; what was gathered goes the old way first. */
  redirect(sink: Writable): void {
    this.flush();
    this.#sink = sink;
  }

  /** Adds text, a character a byte. */
  text(text: string): void {
    this.#text += text;
    if (this.#text.length >= pieceLength) this.flush();
  }

  /** Adds bytes, which must not change until `taken` is called, at once or when they are on their way. */
  bytes(bytes: Buffer, taken?: () => void): void {
    if (bytes.length < smallBytes) {
      this.text(bytes.toString('latin1'));
      taken?.();
      return;
    }
    if (!this.#isOpen) {
      this.flush();
      taken?.();
      return;
    }
    this.#gather();
    this.flush();
    this.#sink.write(bytes, taken);
  }

  /** What is written in this turn goes to the system in one call. */
  #gather(): void {
    const sink = this.#sink;
    if (this.#gathering === sink) return;
    this.#gathering = sink;
    sink.cork();
    process.nextTick(() => {
      if (this.#gathering === sink) this.#gathering = undefined;
      sink.uncork();
    });
  }

  flush(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    if (this.#isOpen) this.#sink.write(text, 'latin1');
  }

  /** Sends what is left and says that no more comes. */
  end(): void {
    this.flush();
    if (this.#isOpen) this.#sink.end();
  }

  /** Has the client so much before it that no more should be made? */
  get isFull(): boolean {
    return this.#isOpen && this.#sink.writableLength > mostUnsent;
  }

  /** Resolves when the client has read on, or is gone. */
  drained(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    this.#waiting ??= new Promise((resolve) => {
      const sink = this.#sink;
      const done = (): void => {
        this.#waiting = undefined;
        sink.off('drain', done).off('close', done);
        resolve();
      };
      sink.on('drain', done).on('close', done);
    });
    return this.#waiting;
  }

  get #isOpen(): boolean {
    return this.#sink.writable && !this.#sink.destroyed;
  }
}
