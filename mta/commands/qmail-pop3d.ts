// qmail-pop3d: the second half of a POP3 session, on a Maildir (qmail-pop3d(8); RFC 1939; spec/qmail.md 10.3). Runs as the
// user, started by checkpassword. Message numbers are fixed for the session; messages go when QUIT is said, not before.
// By the standard where qmail is not: deleted messages do not count in STAT, no empty line is added to a message, lines
// that end in CR LF on disk are sent as they are.
import { createReadStream } from 'node:fs';
import { createPop3Encoder } from '../formats/pop3-encoder.ts';
import type { CommandContext } from './command.ts';
import { type Pop3Command, Pop3Connection } from './pop3-connection.ts';
import { MaildropError, openMaildrop, type Pop3Maildrop } from './pop3-maildrop.ts';

export const usage = `usage: qmail-pop3d Maildir

Speaks POP3 on standard input and output about the messages of a Maildir, for a user who is signed in.
`;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  if (process.geteuid?.() === 0) {
    context.stderr.write('qmail-pop3d invoked as uid 0, terminating\n');
    return 1;
  }
  const connection = new Pop3Connection(context.stdin, context.stdout);
  try {
    const [path] = args;
    if (path === undefined) throw new MaildropError('this user has no $HOME/Maildir');
    const maildrop = await openMaildrop(path, Date.now() / 1000);
    await connection.reply('+OK ');
    return await new Pop3Session(connection, maildrop).run();
  } catch (error) {
    if (!(error instanceof MaildropError)) throw error;
    await connection.reply(`-ERR ${error.message}`);
    return 0; // qmail-pop3d: the client was told
  } finally {
    await connection.pause();
  }
}

/** Replies of a session. */
class Pop3Session {
  readonly #connection: Pop3Connection;
  readonly #maildrop: Pop3Maildrop;
  /** LAST: the highest number that was deleted. */
  #last = 0;

  constructor(connection: Pop3Connection, maildrop: Pop3Maildrop) {
    this.#connection = connection;
    this.#maildrop = maildrop;
  }

  /** Until QUIT, or the client is gone: then nothing is deleted. @returns the exit status */
  async run(): Promise<number> {
    for (;;) {
      const command = await this.#connection.readCommand();
      if (command === undefined) return 0;
      if (command.verb === 'quit') return this.#quit();
      await this.#obey(command);
    }
  }

  async #obey({ verb, argument }: Pop3Command): Promise<void> {
    const { messages } = this.#maildrop;
    switch (verb) {
      case 'noop':
        return this.#ok();
      case 'stat': {
        const kept = messages.filter(({ isDeleted }) => !isDeleted);
        return this.#ok(`${kept.length} ${kept.reduce((sum, { size }) => sum + size, 0)}`);
      }
      case 'last':
        return this.#ok(String(this.#last));
      case 'rset':
        for (const message of messages) message.isDeleted = false;
        this.#last = 0;
        return this.#ok();
      case 'list':
        return this.#list(argument, ({ size }) => String(size));
      case 'uidl':
        return this.#list(argument, ({ uid }) => uid);
      case 'dele':
        return this.#withMessage(argument, (index) => {
          messages[index]!.isDeleted = true;
          this.#last = Math.max(this.#last, index + 1);
          return this.#ok();
        });
      case 'retr':
        return this.#withMessage(argument, (index) => this.#send(index, undefined));
      case 'top':
        return this.#top(argument);
      default:
        return this.#err('unimplemented');
    }
  }

  #ok(text = ''): Promise<void> {
    return this.#connection.reply(`+OK ${text}`);
  }

  #err(text: string): Promise<void> {
    return this.#connection.reply(`-ERR ${text}`);
  }

  /** Calls `act` with the index of the message that is meant, or says why there is none. */
  #withMessage(argument: string, act: (index: number) => Promise<void>): Promise<void> {
    const digits = /^[0-9]+/.exec(argument)?.[0];
    if (digits === undefined) return this.#err('syntax error');
    const index = Number(digits) - 1;
    if (index < 0) return this.#err('messages are counted from 1');
    const message = this.#maildrop.messages[index];
    if (message === undefined) return this.#err('not that many messages');
    if (message.isDeleted) return this.#err('already deleted');
    return act(index);
  }

  async #list(argument: string, show: (message: Pop3Maildrop['messages'][number]) => string): Promise<void> {
    const { messages } = this.#maildrop;
    if (argument !== '')
      return this.#withMessage(argument, (index) => this.#ok(`${index + 1} ${show(messages[index]!)}`));
    await this.#ok();
    let lines = '';
    for (const [index, message] of messages.entries()) {
      if (!message.isDeleted) lines += `${index + 1} ${show(message)}\r\n`;
      if (lines.length < 16_384) continue;
      await this.#connection.send(Buffer.from(lines, 'latin1'));
      lines = '';
    }
    await this.#connection.send(Buffer.from(`${lines}.\r\n`, 'latin1'));
  }

  #top(argument: string): Promise<void> {
    const [, , count] = /^([0-9]+)(?: +([0-9]+))?/.exec(argument) ?? [];
    return this.#withMessage(argument, (index) =>
      this.#send(index, count === undefined ? undefined : Number(count)),
    );
  }

  /** A message, or its header and `bodyLines` lines. */
  async #send(index: number, bodyLines: number | undefined): Promise<void> {
    const descriptor = await this.#maildrop.openMessage(index);
    if (descriptor === undefined) return this.#err('unable to open that message');
    await this.#ok();
    const encoder = createPop3Encoder(bodyLines);
    const stream = createReadStream('', { fd: descriptor, autoClose: true });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      await this.#connection.send(encoder.write(chunk));
      if (encoder.isDone || this.#connection.isBroken) break;
    }
    await this.#connection.send(encoder.end());
  }

  async #quit(): Promise<number> {
    if (await this.#maildrop.commit()) {
      await this.#ok();
      return 0;
    }
    await this.#err('unable to unlink all deleted messages');
    return 1;
  }
}
