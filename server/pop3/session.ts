// One POP3 session (RFC 1939, 2449, 2595, 5034, 6856): AUTHORIZATION, TRANSACTION and UPDATE, one command after the
// other in the order they were sent. Numbers stay the same to the end; messages go at QUIT and at nothing else. Who may be
// let in is the accounts' to say (authorization.ts), what is there the mailbox's. A bug ends the session, not the server.
import type { Account } from '../../mta/accounts/types.ts';
import { createPop3Encoder, encodePop3 } from '../../mta/formats/pop3-encoder.ts';
import { safe } from '../../mta/log.ts';
import { errorCode, statPath } from '../../mta/maildir/calls.ts';
import { beginAuth, type Mechanism, offeredMechanisms } from '../../mta/smtpd/auth.ts';
import { readScramFirst } from '../../mta/smtpd/scram-exchange.ts';
import type { SessionPort } from '../door/line-connection.ts';
import { isStillWelcome, lookAgainAfter } from '../door/still-welcome.ts';
import { MailboxUnavailableError } from '../mailbox/errors.ts';
import type { Mailbox } from '../mailbox/types.ts';
import { authenticate, type SignIn } from './authorization.ts';
import { capabilityLines } from './capability.ts';
import { Maildrop, type Pop3Message } from './maildrop.ts';
import type { Pop3Server } from './server.ts';

/** RFC 2449 4: clients send 255 octets at most; those that put a longer password into AUTH are understood too. */
const longestCommand = 1022;
/** security.md R5. */
const mostErrors = 20;
const mostLongLines = 3;
/** How many of the next messages the index is asked about together with one. */
const openedAhead = 64;
/** Bytes of a file that are read at once. */
const pieceSize = 65_536;

/** An open mailbox. */
interface Opened {
  readonly account: Account;
  readonly mailbox: Mailbox;
  readonly drop: Maildrop;
}

const noSuchMessage = '-ERR no such message';

export class Session {
  account: Account | undefined;
  /** A command runs. */
  isBusy = false;
  readonly #server: Pop3Server;
  readonly #port: SessionPort;
  #opened: Opened | undefined;
  #user: string | undefined;
  #signIn: SignIn;
  #errors = 0;
  #longLines = 0;
  #isOver = false;
  #parting: string | undefined;
  #askedAt = 0;
  readonly #read = new Set<number>();
  #retrieved = 0;
  #removed = 0;

  constructor(server: Pop3Server, port: SessionPort) {
    this.#server = server;
    this.#port = port;
    this.#signIn = { tries: 0 };
  }

  /** Serves until the end. Never rejects. */
  async serve(): Promise<void> {
    const { reader } = this.#port;
    try {
      await this.#port.write(`+OK ${this.#server.settings().me} POP3 ready\r\n`);
      while (!this.#isOver) {
        this.isBusy = false;
        if (!reader.hasLine) this.#port.flush();
        const line = await reader.readLine(longestCommand);
        this.isBusy = true;
        if (line.kind === 'end') break;
        if (line.kind === 'too long') await this.#refuseLongLine();
        else await this.#answer(line.text);
        if (this.#parting !== undefined) await this.bye(this.#parting);
      }
    } catch (error) {
      this.#server.log(`pop3d: ${safe(this.account?.address ?? 'session')}: ${safe(String(error))}`);
      this.#port.destroy();
    }
    await this.#rememberRead();
    this.isBusy = false;
    if (this.account) this.#log('ended', `retrieved ${this.#retrieved}, removed ${this.#removed}`);
  }

  /** Ends the session; a command that runs has its answer first, so that nothing stands in the middle of a message. */
  async part(words: string): Promise<void> {
    if (this.isBusy) this.#parting = words;
    else await this.bye(words);
  }

  /** Says why and ends. */
  async bye(words: string): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#port.write(`-ERR ${words}\r\n`);
    this.#port.flush();
  }

  async #answer(text: string): Promise<void> {
    // security.md R4: who speaks another protocol here is a browser that somebody misuses.
    if (/^(GET|POST|PUT|CONNECT|HEAD|OPTIONS|EHLO|HELO) /i.test(text) || text.startsWith('\x16'))
      return this.bye('this is POP3');
    if (/[\0\r]/.test(text)) return this.#refuse('-ERR a command is one line of text');
    const space = text.indexOf(' ');
    const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
    const argument = space < 0 ? '' : text.slice(space + 1);
    try {
      await (this.#opened ? this.#transact(verb, argument, this.#opened) : this.#authorize(verb, argument));
    } catch (error) {
      await this.#refuse(this.#explain(error));
    }
  }

  /** AUTHORIZATION (RFC 1939 4). */
  async #authorize(verb: string, argument: string): Promise<void> {
    switch (verb) {
      case 'CAPA':
        return this.#list('+OK', capabilityLines(this.#port, this.#mechanisms));
      case 'UTF8':
        return this.#say('+OK');
      case 'LANG':
        return this.#language(argument);
      case 'NOOP':
        return this.#say('+OK');
      case 'STLS':
        return this.#startTls(argument);
      case 'USER': {
        if (!this.#port.mayLogin) return this.#refusePlain();
        if (argument === '') return this.#refuse('-ERR USER needs a name');
        this.#user = argument;
        return this.#say('+OK');
      }
      case 'PASS': {
        // RFC 1939 7: only right after USER; a password may hold blanks.
        const user = this.#user;
        this.#user = undefined;
        if (!this.#port.mayLogin) return this.#refusePlain();
        if (user === undefined) return this.#refuse('-ERR USER comes first');
        if (argument === '') return this.#refuse('-ERR [AUTH] name or password is wrong');
        return this.#enter({ user, password: argument });
      }
      case 'AUTH': {
        this.#user = undefined;
        if (!this.#port.mayLogin) return this.#refusePlain();
        // Old clients ask which mechanisms there are.
        if (argument === '') return this.#list('+OK', this.#mechanisms);
        return this.#exchange(argument);
      }
      case 'QUIT':
        this.#isOver = true;
        return this.#say('+OK bye');
      default:
        return this.#refuse(`-ERR ${isKnown(verb) ? 'sign in first' : 'unknown command'}`);
    }
  }

  #refusePlain(): Promise<void> {
    return this.#refuse('-ERR [SYS/PERM] passwords are taken over TLS only: use STLS, or the port of pop3s');
  }

  get #mechanisms(): readonly Mechanism[] {
    return offeredMechanisms(this.#server.settings(), this.#server.accounts.scram);
  }

  async #exchange(argument: string): Promise<void> {
    const { scram } = this.#server.accounts;
    const readScram = scram && readScramFirst(scram);
    let said = await authenticate(this.#port, beginAuth(argument, this.#mechanisms, undefined, readScram));
    if ('kind' in said && said.kind === 'prove') {
      const { check, finish } = said;
      const proven = await this.#try(() => check('pop3', this.#port.ip));
      if (proven === undefined) return;
      said = await authenticate(this.#port, finish(proven));
    }
    if ('refusal' in said) return this.#refuse(said.refusal);
    if (said.kind === 'known') return this.#open(said.account);
    if (said.kind === 'check') return this.#enter(said.credentials);
  }

  async #enter({ user, password }: { readonly user: string; readonly password: string }): Promise<void> {
    const { accounts } = this.#server;
    const account = await this.#try(() => accounts.authenticate(user, password, 'pop3', this.#port.ip));
    if (account !== undefined) await this.#open(account);
  }

  /** One try; undefined: refused, and the client was told. */
  async #try<Found>(find: () => Promise<Found | undefined>): Promise<Found | undefined> {
    if (++this.#signIn.tries > 3) {
      await this.bye('[AUTH] too many tries');
      return undefined;
    }
    const found = await find();
    if (found === undefined) {
      // security.md L2: not the name, which may be a password in the wrong field.
      this.#log('auth-failed', 'name and password do not match');
      // RFC 3206: the client may ask its user for another password.
      await this.#refuse('-ERR [AUTH] name or password is wrong');
    }
    return found;
  }

  async #open(account: Account): Promise<void> {
    const mailbox = await openMailbox(this.#server, account);
    const drop = new Maildrop(await mailbox.pop3.open(this.#server.settings().dovecotuidl));
    this.account = account;
    this.#askedAt = performance.now();
    this.#opened = { account, mailbox, drop };
    this.#log('authenticated', `${drop.count} messages`);
    await this.#say(`+OK ${drop.count} messages, ${drop.bytes} octets`);
  }

  async #startTls(argument: string): Promise<void> {
    if (argument !== '') return this.#refuse('-ERR STLS has no argument');
    if (!this.#port.canStartTls) return this.#refuse('-ERR TLS is not to be had here');
    // security.md I2: what came in clear text behind the command is never executed.
    if (this.#port.reader.hasInput) return this.bye('nothing may follow STLS before its answer');
    this.#user = undefined;
    await this.#say('+OK begin TLS');
    this.#port.flush();
    await this.#port.startTls();
  }

  /** RFC 6856 3: one language, ours. */
  #language(argument: string): Promise<void> {
    if (argument === '') return this.#list('+OK', ['en English']);
    if (argument === '*' || /^(en(-[a-z0-9-]+)?|i-default)$/i.test(argument))
      return this.#say('+OK en English');
    return this.#refuse('-ERR there is no such language');
  }

  /** TRANSACTION (RFC 1939 5, 7). */
  async #transact(verb: string, argument: string, opened: Opened): Promise<void> {
    const { drop } = opened;
    if (!(await this.#isStillAllowed(opened.account))) return this.bye('[SYS/PERM] this account is closed');
    const message = takesMessage.has(verb) ? drop.find(argument.split(' ', 1)[0]!) : undefined;
    switch (verb) {
      case 'STAT':
        return this.#say(`+OK ${drop.count} ${drop.bytes}`);
      case 'LIST':
        if (argument !== '')
          return message ? this.#say(`+OK ${message.number} ${message.size}`) : this.#miss();
        return this.#listMessages(
          `+OK ${drop.count} messages`,
          drop,
          ({ number, size }) => `${number} ${size}`,
        );
      case 'UIDL':
        if (argument !== '')
          return message ? this.#say(`+OK ${message.number} ${message.uidl}`) : this.#miss();
        return this.#listMessages('+OK', drop, ({ number, uidl }) => `${number} ${uidl}`);
      case 'RETR':
        if (!message) return this.#miss();
        return this.#send(opened, message, undefined);
      case 'TOP': {
        const lines = argument.split(' ')[1] ?? '';
        if (!/^\d{1,9}$/.test(lines)) return this.#refuse('-ERR TOP needs a message and a number of lines');
        return message ? this.#send(opened, message, Number(lines)) : this.#miss();
      }
      case 'DELE':
        if (!message) return this.#miss();
        drop.delete(message);
        return this.#say(`+OK message ${message.number} is marked`);
      case 'RSET':
        drop.restore();
        return this.#say(`+OK ${drop.count} messages, ${drop.bytes} octets`);
      case 'NOOP':
      case 'UTF8':
        return this.#say('+OK');
      case 'CAPA':
        return this.#list('+OK', capabilityLines(this.#port, this.#mechanisms));
      case 'LANG':
        return this.#language(argument);
      case 'QUIT':
        return this.#quit(opened);
      default:
        return this.#refuse(`-ERR ${isKnown(verb) ? 'you have signed in already' : 'unknown command'}`);
    }
  }

  /** UPDATE (RFC 1939 6). */
  async #quit({ mailbox, drop }: Opened): Promise<void> {
    this.#isOver = true;
    const uids = drop.deletedUids;
    if (uids.length === 0) return this.#say('+OK bye');
    let left = uids.length;
    try {
      left = await mailbox.pop3.remove(uids);
    } catch (error) {
      this.#log('remove-failed', errorCode(error) || 'error');
    }
    this.#removed = uids.length - left;
    await this.#say(left === 0 ? '+OK bye' : `-ERR [SYS/TEMP] ${left} marked messages could not be removed`);
  }

  async #send({ mailbox, drop }: Opened, message: Pop3Message, bodyLines: number | undefined): Promise<void> {
    const ahead = drop.uidsAfter(message, openedAhead);
    const small = bodyLines === undefined ? await mailbox.pop3.readMessage(message.uid, ahead) : undefined;
    if (small) {
      const first = Buffer.from(`+OK ${message.size} octets\r\n`);
      await this.#port.write(Buffer.concat([first, encodePop3(small)]));
      return this.#retrievedOne(message);
    }
    const file = await mailbox.pop3.openMessage(message.uid, ahead);
    // Another session or program removed it; its number stays taken.
    if (!file) return this.#refuse('-ERR this message is gone');
    try {
      const encoder = createPop3Encoder(bodyLines);
      const buffer = Buffer.allocUnsafe(Math.min(pieceSize, Math.max(1, file.size)));
      // The first piece is read before +OK is said: a file that cannot be read is an error and no message.
      let { bytesRead } = await file.handle.read(buffer, 0, buffer.length, null);
      let taken = bytesRead;
      await this.#port.write(bodyLines === undefined ? `+OK ${message.size} octets\r\n` : '+OK\r\n');
      try {
        while (bytesRead > 0 && !encoder.isDone && !this.#port.isGone) {
          await this.#port.write(encoder.write(buffer.subarray(0, bytesRead)));
          if (taken >= file.size) break;
          ({ bytesRead } = await file.handle.read(buffer, 0, buffer.length, null));
          taken += bytesRead;
        }
        await this.#port.write(encoder.end());
      } catch (error) {
        // Half a message must not look like a whole one: it has no end.
        this.#log('read-failed', errorCode(error) || 'error');
        this.#port.destroy();
        return;
      }
    } finally {
      await file.handle.close();
    }
    if (bodyLines === undefined) await this.#retrievedOne(message);
  }

  async #retrievedOne(message: Pop3Message): Promise<void> {
    this.#retrieved += 1;
    this.#read.add(message.uid);
    if (this.#read.size >= 100) await this.#rememberRead();
  }

  /** Courier: what was fetched whole has been read. */
  async #rememberRead(): Promise<void> {
    const uids = [...this.#read];
    this.#read.clear();
    if (uids.length === 0 || this.#server.settings().pop3marksread !== 1) return;
    try {
      await this.#opened?.mailbox.pop3.markSeen(uids);
    } catch (error) {
      this.#log('mark-failed', errorCode(error) || 'error');
    }
  }

  /** A domain may be put off, or an account deleted, while its sessions are open. */
  async #isStillAllowed(account: Account): Promise<boolean> {
    const now = performance.now();
    if (now - this.#askedAt < lookAgainAfter) return true;
    this.#askedAt = now;
    return isStillWelcome(this.#server.accounts, account, 'pop3');
  }

  async #listMessages(
    first: string,
    drop: Maildrop,
    lineOf: (message: Pop3Message) => string,
  ): Promise<void> {
    let text = `${first}\r\n`;
    for (const message of drop.messages()) {
      text += `${lineOf(message)}\r\n`;
      if (text.length < pieceSize) continue;
      await this.#port.write(text);
      text = '';
    }
    await this.#port.write(`${text}.\r\n`);
  }

  #list(first: string, lines: readonly string[]): Promise<void> {
    return this.#port.write([first, ...lines, '.', ''].join('\r\n'));
  }

  #say(line: string): Promise<void> {
    return this.#port.write(`${line}\r\n`);
  }

  #miss(): Promise<void> {
    return this.#refuse(noSuchMessage);
  }

  async #refuse(line: string): Promise<void> {
    // A client that asks for what is gone is not an attacker; before the login every error is one.
    if (line !== noSuchMessage && ++this.#errors > mostErrors) return this.bye('too many errors');
    await this.#say(line);
  }

  async #refuseLongLine(): Promise<void> {
    if (++this.#longLines >= mostLongLines) return this.bye('the line is too long');
    await this.#refuse('-ERR the line is too long');
  }

  /** Errors that are no bug, in the words of RFC 2449 8 and RFC 3206. */
  #explain(error: unknown): string {
    const code = errorCode(error);
    const name = error instanceof Error ? error.name : '';
    if (name === 'LoginThrottled') {
      this.#log('auth-throttled', 'too many wrong passwords');
      return '-ERR [SYS/TEMP] too many wrong passwords; try again later';
    }
    if (
      error instanceof MailboxUnavailableError ||
      error instanceof StickyHome ||
      /^(E[A-Z]+|SQLITE_\w+)$/.test(code)
    ) {
      this.#log('unavailable', error instanceof StickyHome ? 'home is sticky' : code || 'mailbox');
      return '-ERR [SYS/TEMP] the mailbox cannot be used now; try again later';
    }
    if (this.account === undefined && name === 'PasswordQueueError') {
      this.#log('auth-unavailable', 'too many logins at once');
      return '-ERR [SYS/TEMP] too busy; try again later';
    }
    throw error;
  }

  #log(result: string, reason: string): void {
    const user = this.account ? ` user=${safe(this.account.address)}` : '';
    this.#server.logOf(this.#port.ip, `pop3d: ip=${this.#port.ip}${user} result=${result} reason=${reason}`);
  }
}

/** The administrator works in the home of this account (spec/maildir-imap.md 1.1). */
class StickyHome extends Error {}

async function openMailbox(server: Pop3Server, account: Account): Promise<Mailbox> {
  if (((await statPath(account.directory)).mode & 0o1000) !== 0) throw new StickyHome('sticky');
  return server.mailboxes.open(account);
}

const takesMessage = new Set(['LIST', 'UIDL', 'RETR', 'TOP', 'DELE']);

const isKnown = (verb: string): boolean =>
  takesMessage.has(verb) || ['STAT', 'RSET', 'USER', 'PASS', 'AUTH', 'STLS', 'APOP'].includes(verb);
