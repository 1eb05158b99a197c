// The messages of one APPEND or REPLACE as they come over the wire (RFC 9051 6.3.12, RFC 3502 MULTIAPPEND, RFC 4469
// CATENATE, RFC 9755 UTF8): flags, date and a message each, the message as a stream that is never held whole. Whatever
// ends it early, the reader is left behind the command's last byte, or the connection ends.
import type { AppendedMessage } from '../mailbox/uid-types.ts';
import { encodeBinaryParts } from '../message/imap/encode-binary.ts';
import { type Answer, no } from './command.ts';
import { Cursor } from './cursor.ts';
import { parseFlags } from './flags.ts';
import { ClientGone, type CommandReader, type LiteralHeader } from './reader.ts';

/** The command cannot be done; with what its client is told. */
export class AppendRefusal extends Error {
  override readonly name = 'AppendRefusal';
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(answer.text);
    this.answer = answer;
  }
}

export interface AppendInputOptions {
  readonly reader: CommandReader;
  /** Behind the mailbox's name. */
  readonly cursor: Cursor;
  readonly message: LiteralHeader | undefined;
  /** Bytes. */
  readonly limit: number;
  /** Bytes that an IMAP URL names (RFC 4469); undefined: it names none. */
  readonly openUrl: (url: string) => Promise<AsyncIterable<Buffer> | undefined>;
}

/** Messages of one command. */
const mostMessages = 1000;
/** Binary literals up to this size are looked through for binary parts; larger ones are stored as lines, as they come. */
const mostBinary = 8 * 1024 * 1024;
/** Longest IMAP URL, bytes. */
const longestUrl = 8192;

export class AppendInput {
  readonly #options: AppendInputOptions;
  #cursor: Cursor;
  /** The literal that the text ends with; undefined: the command ends there. */
  #literal: LiteralHeader | undefined;
  /** Bytes of a literal that is being read. */
  #left = 0;
  /** The rest of the line behind a literal has not been read. */
  #isInside = false;
  #count = 0;

  constructor(options: AppendInputOptions) {
    this.#options = options;
    this.#cursor = options.cursor;
    this.#literal = options.message;
  }

  /** One message after the other. `mayBeMany`: MULTIAPPEND. @throws SyntaxFault, AppendRefusal, ClientGone */
  async *messages(mayBeMany: boolean): AsyncGenerator<AppendedMessage> {
    do {
      if (++this.#count > mostMessages) throw new AppendRefusal(no('Too many messages at once', 'LIMIT'));
      const cursor = this.#cursor;
      cursor.space();
      let flags: ReturnType<typeof parseFlags> = { flags: '', keywords: [] };
      let received: number | undefined;
      if (cursor.isNext('(')) {
        flags = parseFlags(cursor.flags());
        cursor.space();
      }
      if (cursor.isNext('"')) {
        received = cursor.dateTime();
        cursor.space();
      }
      yield { message: this.#body(cursor), ...flags, received };
    } while (mayBeMany && !this.#cursor.isAtEnd);
    this.#cursor.end();
  }

  #body(cursor: Cursor): AsyncIterable<Buffer> {
    if (cursor.take('CATENATE ')) return this.#catenate();
    if (cursor.take('UTF8 (')) return this.#inParentheses();
    return this.#readMessage();
  }

  async *#readMessage(): AsyncGenerator<Buffer> {
    const literal = this.#readLiteral(this.#options.limit);
    if (this.#literal?.isBinary !== true || this.#literal.size > mostBinary) return yield* literal;
    const parts: Buffer[] = [];
    for await (const part of literal) parts.push(part);
    yield encodeBinaryParts(Buffer.concat(parts));
  }

  async *#inParentheses(): AsyncGenerator<Buffer> {
    yield* this.#readMessage();
    this.#cursor.expect(')');
  }

  /** RFC 4469: texts, and what URLs name. */
  async *#catenate(): AsyncGenerator<Buffer> {
    let left = this.#options.limit;
    this.#cursor.expect('(');
    do {
      let part: AsyncIterable<Buffer> | undefined;
      if (this.#cursor.take('TEXT ')) part = this.#readLiteral(left);
      else {
        this.#cursor.expect('URL ');
        const url = await this.#readUrl();
        part = await this.#options.openUrl(url);
        if (part === undefined)
          throw new AppendRefusal(no('This URL names nothing', `BADURL ${printable(url)}`));
      }
      for await (const bytes of part) {
        left -= bytes.length;
        if (left < 0) throw tooBig();
        yield bytes;
      }
    } while (this.#cursor.take(' '));
    this.#cursor.expect(')');
  }

  async #readUrl(): Promise<string> {
    const cursor = this.#cursor;
    if (!cursor.isNext('{')) return cursor.astring();
    const parts: Buffer[] = [];
    for await (const part of this.#readLiteral(longestUrl)) parts.push(part);
    return Buffer.concat(parts).toString('latin1');
  }

  /** The literal that is next; behind it the command's text goes on. */
  async *#readLiteral(most: number): AsyncGenerator<Buffer> {
    const header = this.#literal;
    const form = /~?\{\d+\+?\}\n$/y;
    form.lastIndex = this.#cursor.at;
    if (header === undefined || !form.test(this.#cursor.text)) this.#cursor.fail('A literal was expected');
    if (header.size > most) throw tooBig();
    if (header.size === 0 && most === this.#options.limit) {
      // RFC 9051 6.3.12 knows no empty message; RFC 3502: it gives the command up.
      throw new AppendRefusal(no('An empty message is not stored'));
    }
    this.#literal = undefined;
    this.#left = header.size;
    this.#isInside = true;
    for await (const bytes of this.#options.reader.readMessage(header)) {
      this.#left -= bytes.length;
      if (!header.isBinary && bytes.includes(0))
        throw new AppendRefusal(no('NUL is for binary literals only (~{...})', 'CANNOT'));
      yield bytes;
    }
    await this.#readOn();
  }

  async #readOn(): Promise<void> {
    const more = await this.#options.reader.readMore();
    this.#isInside = false;
    if (more === undefined) throw new ClientGone();
    if ('fault' in more) throw new AppendRefusal({ status: 'BAD', text: more.fault });
    this.#cursor = new Cursor(more.text, more.literals);
    this.#literal = more.message;
  }

  /** Drops what is left of the command. False: the connection must end. */
  async drop(): Promise<boolean> {
    const { reader } = this.#options;
    if (!this.#isInside) return reader.dropRest(this.#literal);
    return reader.dropRest({ size: this.#left, isSync: false, isBinary: false });
  }
}

const tooBig = (): AppendRefusal => new AppendRefusal(no('The message is too big', 'TOOBIG'));

const printable = (url: string): string => `"${url.slice(0, 500).replace(/[^\x20-\x7e]|["\\\]]/g, '?')}"`;
