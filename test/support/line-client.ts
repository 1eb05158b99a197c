// A client of a protocol of lines that shows every byte, over a real socket: what IMAP's and POP3's test clients share.
// Bytes are characters (latin1). Waits are for the server's bytes, never for time.
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Opens the socket of a client, in clear text or with TLS from the first byte. */
export const openSocket = (port: number, isSecure: boolean, host = '127.0.0.1'): Socket =>
  isSecure ? connectTls({ port, host, rejectUnauthorized: false }) : createConnection({ port, host });

export class LineClient {
  greeting = '';
  socket: Socket;
  #text = '';
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.listen();
  }

  /** Reads what the server says first. */
  async greeted(): Promise<this> {
    this.greeting = await this.line();
    return this;
  }

  /** Hears the socket from here on. */
  protected listen(): void {
    this.socket.setNoDelay(true);
    const over = (): void => this.ended();
    this.socket.on('data', (bytes: Buffer) => this.heard(bytes));
    this.socket.on('end', over).on('close', over).on('error', over);
  }

  /** Hears the socket no more: what comes is somebody else's to read. */
  detach(): Socket {
    return this.socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
  }

  protected heard(bytes: Buffer): void {
    this.#text += bytes.toString('latin1');
    this.#wakeUp();
  }

  protected ended(): void {
    this.#isOver = true;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Goes on over TLS. */
  async startTls(): Promise<void> {
    const secure = connectTls({ socket: this.detach(), rejectUnauthorized: false });
    await new Promise((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
    this.socket = secure;
    this.listen();
  }

  write(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Characters at the beginning of what came that are one line; undefined: more must come. */
  protected lengthOfLine(text: string): number | undefined {
    const at = text.indexOf('\r\n');
    return at < 0 ? undefined : at;
  }

  /** One line without its CRLF. */
  async line(): Promise<string> {
    for (;;) {
      const length = this.lengthOfLine(this.#text);
      if (length !== undefined) {
        const line = this.#text.slice(0, length);
        this.#text = this.#text.slice(length + 2);
        return line;
      }
      if (this.#isOver)
        throw new Error(`the server closed the connection; left: ${JSON.stringify(this.#text.slice(-300))}`);
      await this.#news();
    }
  }

  /** Waits until the server ends the connection; gives what it said until then. */
  async end(): Promise<string> {
    while (!this.#isOver) await this.#news();
    return this.#text;
  }

  destroy(): void {
    this.socket.destroy();
  }
}
