// One SMTP session as a state machine: a command line in, a reply out (RFC 5321, spec/qmail.md 4). Knows no socket;
// the connection feeds it and does what the replies say. Decisions are in policy.ts and checks.ts, MAIL, RCPT and DATA in
// envelope-commands.ts, the envelope and its message in transaction.ts; the state is here: HELO, authentication, and what
// the client has spent of its limits.
import type { X509Certificate } from 'node:crypto';
import { AccountFlag } from '../accounts/types.ts';
import { addressesOf } from '../certificates/client-authorities.ts';
import { isLoopback } from '../listening.ts';
import type { Speaker } from './checks.ts';
import { SessionChecks } from './checks.ts';
import type { OpenChunk } from './chunking.ts';
import { parseBdat, smallChunk } from './chunking.ts';
import { networkOf } from './crowd.ts';
import type { Door } from './door.ts';
import type { Envelope } from './envelope.ts';
import { EnvelopeCommands } from './envelope-commands.ts';
import type { SessionFacts } from './environment.ts';
import type { Identity } from './identify.ts';
import { Logbook } from './logbook.ts';
import { Login } from './login.ts';
import type { IncomingMessage } from './message.ts';
import { openMessage } from './open-message.ts';
import { parsePath } from './path.ts';
import { isHttp, listExtensions } from './policy.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import { Spending } from './spending.ts';
import { Transaction } from './transaction.ts';

/** A reply and how many seconds it is held back. */
export interface Answer {
  readonly reply: Reply;
  readonly delay: number;
}

export class SmtpSession {
  readonly network: string;
  readonly #door: Door;
  readonly #facts: SessionFacts;
  readonly checks: SessionChecks;
  #secure: boolean;
  /** The message under way, or the last one. */
  #isJudged = false;
  /** The address in control/tlsclients for which the client's certificate is. */
  #certified: string | undefined;
  #helo = '';
  #extended = false;
  #needsHello = false;
  readonly #transaction: Transaction;
  readonly #commands: EnvelopeCommands;
  readonly #spent = new Spending();
  readonly #login: Login;
  readonly #logbook: Logbook;
  /** qmail-smtpd's exit status 0: the client took its leave. */
  hasQuit = false;

  constructor(door: Door, facts: SessionFacts) {
    this.#door = door;
    this.#facts = facts;
    this.#secure = facts.secure;
    this.network = networkOf(facts.remoteIp);
    this.#logbook = new Logbook(door, this.network, facts, () => ({
      helo: this.#helo,
      speaker: this.#speaker,
      isEncrypted: this.#secure,
      remoteHost: facts.client?.remoteHost ?? this.checks.policy.host,
      envelope: this.#transaction.subject,
    }));
    this.#transaction = new Transaction(door, (envelope) => this.#createMessage(envelope));
    this.#login = new Login(door, facts.program, this.#spent, facts.remoteIp, this);
    this.checks = new SessionChecks(
      door,
      { ...facts, network: this.network, saysHello: true },
      door.strangerPolicy,
    );
    this.#commands = new EnvelopeCommands(door, {
      checks: this.checks,
      transaction: this.#transaction,
      login: this.#login,
      spent: this.#spent,
      localIp: facts.localIp,
      speaker: () => this.#speaker,
      mayRequireTls: () => this.#mayRequireTls,
    });
  }

  /** Finds out what holds for the client. @returns a reply that ends the session, or that it is closed without one */
  identify(): Reply | 'denied' | undefined | Promise<Reply | 'denied' | undefined> {
    const take = (identity: Identity) => {
      if (identity === 'denied') return identity;
      if (identity === 'unreadable') return replies.noControls;
      this.checks.policy = identity;
      this.#certify();
      return this.checks.connect();
    };
    const identity = this.#door.identify(this.#facts.name, this.#facts, this.#facts.client);
    return identity instanceof Promise ? identity.then(take) : take(identity);
  }

  /** Has the client begun a message that is worth waiting for? */
  get isInTransaction(): boolean {
    return this.#transaction.envelope !== undefined;
  }

  /** Has a message begun with BDAT that waits for its next chunk? */
  get hasChunks(): boolean {
    return this.#transaction.hasChunks;
  }

  /** Forgets the envelope and what came of its message. */
  endTransaction(): void {
    // Once DATA has begun, its end says what became of the letter.
    if (this.#transaction.envelope !== undefined) this.#login.settle(false);
    this.#transaction.end();
    this.checks.reset();
  }

  get greeting(): string {
    return `220 ${this.#door.settings.smtpgreeting} ESMTP`;
  }

  /** Bytes that the next command line may have, judged by its beginning (R5). */
  lineLimit(beginning: string): number {
    const { limits } = this.#door;
    if (this.#login.isAsking || /^auth(?: |$)/i.test(beginning)) return limits.authCommandBytes;
    return /^(?:mail|rcpt)(?: |$)/i.test(beginning) ? limits.addressCommandBytes : limits.commandBytes;
  }

  /** RFC 3207 4.2: nothing from before TLS counts. @param certificate the client's, where it was asked for and is proved */
  startTls(certificate?: X509Certificate | undefined): void {
    this.#secure = true;
    this.#helo = '';
    this.#extended = false;
    this.#needsHello = true;
    this.endTransaction();
    this.#login.forget();
    // R1: a relay permission ends with the state that gave it; the client's address is the same as before.
    const { tlsclients } = this.#door.settings;
    this.#certified = certificate && addressesOf(certificate).find((address) => tlsclients.has(address));
    if (this.#certified !== undefined) this.log('certified', this.#certified);
    this.#certify();
  }

  /** qmail-smtpd tls_verify: who shows such a certificate is what RELAYCLIENT="" makes of others. */
  #certify(): void {
    const { policy } = this.checks;
    if (this.#certified === undefined || this.#facts.name !== 'smtp' || policy.relay !== undefined) return;
    this.checks.policy = { ...policy, relay: '' };
  }

  /** Answers one command line, without its CRLF. */
  command(line: Buffer): Answer | Promise<Answer> {
    this.checks.delay = 0;
    const reply = this.#dispatch(line.toString('utf8'));
    return reply instanceof Promise
      ? reply.then((late) => this.#slowDown(this.judge(late)))
      : this.#slowDown(this.judge(reply));
  }

  #slowDown(answer: Answer): Answer {
    return this.checks.delay > answer.delay ? { ...answer, delay: this.checks.delay } : answer;
  }

  /** A line longer than lineLimit; it was thrown away. */
  longLine(): Answer {
    this.#login.cancel();
    this.#spent.longLines++;
    const { limits } = this.#door;
    return this.judge(this.#spent.longLines > limits.longLines ? replies.tooManyLongLines : replies.longLine);
  }

  /** Counts a refusal against the client, logs it, and says how long its reply waits. */
  judge(reply: Reply): Answer {
    if (reply.text < '4' || reply.counts === 'nothing') return { reply, delay: 0 };
    this.log('refused', reply.text);
    if (reply.next === 'close') return { reply, delay: 0 };
    const judged = this.#spent.countRefusal(reply, this.#door.limits);
    if (typeof judged === 'number') return { reply, delay: judged };
    this.log('closed', judged.text);
    return { reply: judged, delay: 0 };
  }

  /** DATA was accepted: the message to fill. The transaction is over with it. */
  openMessage(): IncomingMessage {
    return this.#transaction.openData();
  }

  #createMessage({ sender, utf8, recipients }: Envelope): IncomingMessage {
    this.#isJudged = false;
    return openMessage(this.#door, this.checks.policy, {
      injector: this.checks.makeInjector(this.#speaker),
      headers: this.checks.headers,
      remoteIp: this.#facts.remoteIp,
      helo: this.#helo,
      extended: this.#extended,
      secure: this.#secure,
      speaker: this.#speaker,
      client: this.#facts.client,
      sender,
      utf8,
      recipients,
      clientName: this.checks.clientName,
      findings: this.checks.findings,
      tell: ({ outcome }, words) => {
        this.log(outcome === 'take' ? 'judged' : `judged-${outcome}`, words);
        this.checks.noteLetter(outcome);
        this.#isJudged = true;
      },
    });
  }

  /** The end of DATA: hands the message over to the queue. */
  finishMessage(message: IncomingMessage): Promise<Reply> {
    return this.#transaction.finish(message);
  }

  /** The reply to the end of DATA, logged. */
  closeMessage(reply: Reply): Answer {
    this.#logbook.tellMessage(reply, this.#transaction.size);
    this.#login.settle(reply.text.startsWith('2'));
    if (reply.text.startsWith('2')) {
      this.log('accepted', reply.text.slice(4));
      if (!this.#isJudged) this.checks.noteLetter('take');
    }
    const answer = this.judge(reply);
    this.checks.reset();
    this.#transaction.forget();
    return answer;
  }

  /** A BDAT command: the chunk to read, or the answer when none will be read. Undefined: it is another command. */
  openChunk(line: Buffer): OpenChunk | Answer | undefined {
    if (this.#login.isAsking) return undefined;
    const chunk = parseBdat(line.toString('latin1'));
    if (chunk === undefined) return undefined;
    if ('text' in chunk) return this.judge(chunk);
    const { envelope } = this.#transaction;
    if (this.#door.isClosing && envelope === undefined) return this.judge(replies.shuttingDown);
    if (chunk.size < smallChunk && !chunk.isLast) {
      const tooMany = this.#idle(() => replies.ok);
      if (tooMany.next === 'close') return this.judge(tooMany);
    }
    // RFC 3030 2: the octets of a chunk that is refused are read all the same.
    if (envelope === undefined || envelope.recipients.length === 0 || this.checks.hasDataPlugins) {
      const refusal = this.checks.hasDataPlugins
        ? replies.unimplemented
        : envelope === undefined
          ? replies.mailFirst
          : replies.rcptFirst;
      return { ...chunk, into: undefined, refusal };
    }
    const into = this.#transaction.openChunk(envelope);
    const { refusal } = into.message;
    // What was on its way when an earlier chunk was refused is not one more error.
    return { ...chunk, into, refusal: refusal && { ...refusal, counts: 'nothing' } };
  }

  /** All octets of a chunk are there. */
  async endChunk({ size, isLast, into, refusal }: OpenChunk): Promise<Answer> {
    if (into === undefined) return this.judge(refusal ?? replies.mailFirst);
    if (!isLast || this.#transaction.envelope === undefined) {
      const reply = refusal ?? into.message.refusal;
      return this.judge(reply ?? { text: `250 ok ${size} octets received` });
    }
    const late = await this.checks.lastChunk();
    if (late !== undefined) into.message.refuse(late);
    const reply = await this.#transaction.finishChunks(into);
    return this.closeMessage(refusal ?? reply);
  }

  /** One line of the session's log, capped by the crowd table. */
  log(result: string, reason: string): void {
    this.#logbook.tell(result, reason);
  }

  #dispatch(line: string): Reply | Promise<Reply> {
    if (this.#door.isClosing && this.#transaction.envelope === undefined) return replies.shuttingDown;
    if (this.#login.isAsking) return this.#login.answer(line);
    if (isHttp(line)) return replies.notHttp;
    const blank = line.indexOf(' ');
    const verb = (blank < 0 ? line : line.slice(0, blank)).toUpperCase();
    const argument = blank < 0 ? '' : line.slice(blank).replace(/^ +/, '');
    switch (verb) {
      case 'MAIL':
        return this.#mail(argument);
      case 'RCPT':
        return this.#logbook.tellRecipient(
          parsePath(argument, 'TO')?.address ?? argument,
          this.#commands.rcpt(argument),
        );
      case 'DATA':
        return this.#commands.data();
      case 'EHLO':
        return this.#idle(() => this.#hello(argument, true));
      case 'HELO':
        return this.#idle(() => this.#hello(argument, false));
      case 'RSET':
        return this.#idle(() => {
          this.endTransaction();
          return replies.flushed;
        });
      case 'NOOP':
        return this.#idle(() => replies.ok);
      case 'HELP':
        return this.#idle(() => replies.help);
      // R8: the same answer for every address, without looking.
      case 'VRFY':
      case 'EXPN':
        return this.#idle(() => replies.vrfy);
      case 'AUTH':
        return this.#auth(argument.trimEnd());
      case 'STARTTLS':
        return this.#starttls(argument);
      case 'QUIT':
        this.hasQuit = true;
        return { text: `221 ${this.#door.settings.smtpgreeting}`, next: 'close' };
      default:
        return replies.unimplemented;
    }
  }

  #idle<T extends Reply | Promise<Reply>>(act: () => T): T | Reply {
    this.#spent.idle++;
    return this.#spent.idle > this.#door.limits.idleCommands ? replies.tooManyIdleCommands : act();
  }

  get #mayAuthenticate(): boolean {
    return (
      this.#hasAuth &&
      this.#login.user === undefined &&
      (this.#secure || isLoopback(this.#facts.remoteIp) || this.#facts.program?.isClearTextAllowed === true)
    );
  }

  get #hasAuth(): boolean {
    return this.#facts.name !== 'smtp' || this.#facts.program !== undefined;
  }

  get #isAuthRequired(): boolean {
    return this.#facts.name !== 'smtp' || this.#facts.program?.isRequired === true;
  }

  get #isRelayClient(): boolean {
    return this.checks.policy.relay !== undefined;
  }

  get #speaker(): Speaker {
    const { user, method, hasFailed } = this.#login;
    const mayRelay =
      user === undefined
        ? this.#isRelayClient && !hasFailed
        : ((user.account?.flags ?? 0) & AccountFlag.noRelay) === 0;
    return { user, authMethod: method, mayRelay };
  }

  #hello(name: string, extended: boolean): Reply | Promise<Reply> {
    this.endTransaction();
    const refusal = this.checks.hello(name);
    if (refusal instanceof Promise) return refusal.then((late) => late ?? this.#welcome(name, extended));
    return refusal ?? this.#welcome(name, extended);
  }

  #welcome(name: string, extended: boolean): Reply {
    this.#helo = name;
    this.#extended = extended;
    this.#needsHello = false;
    const { settings } = this.#door;
    if (!extended) return { text: `250 ${settings.smtpgreeting}` };
    const lines = [
      settings.smtpgreeting,
      ...listExtensions({
        mayStartTls: this.#facts.hasTls && !this.#secure,
        mechanisms: this.#mayAuthenticate ? this.#login.mechanisms : [],
        mailMax: this.#isRelayClient ? undefined : this.#door.limits.transactions,
        mayChunk: !this.checks.hasDataPlugins,
        mayNotify: this.checks.mayNotify,
        mayRequireTls: this.#mayRequireTls,
        databytes: this.checks.policy.databytes,
        maxrcpt: this.checks.policy.maxrcpt,
      }),
    ];
    const last = lines.length - 1;
    return { text: lines.map((line, index) => `250${index === last ? ' ' : '-'}${line}`).join('\r\n') };
  }

  /** RFC 8689 4.1: only inside TLS. */
  get #mayRequireTls(): boolean {
    return this.#secure && this.checks.mayHaveWishes;
  }

  #starttls(argument: string): Reply {
    if (!this.#facts.hasTls) return replies.unimplemented;
    if (this.#secure) return replies.tlsTaken;
    return argument === '' ? replies.readyForTls : replies.startTlsSyntax;
  }

  #mail(argument: string): Reply | Promise<Reply> {
    if (this.#needsHello) return replies.helloFirst;
    if (this.#isAuthRequired && this.#login.user === undefined) return replies.authRequired;
    return this.#commands.mail(argument);
  }

  #auth(argument: string): Reply | Promise<Reply> {
    if (!this.#hasAuth) return replies.unimplemented;
    if (this.#login.user !== undefined) return replies.authTwice;
    if (this.#transaction.envelope !== undefined) return replies.authInMail;
    if (!this.#mayAuthenticate) return replies.authNeedsTls;
    return this.#login.begin(argument);
  }

  /** A password was right. */
  approveLogin(): Reply | undefined | Promise<Reply | undefined> {
    return this.checks.authenticated(this.#speaker);
  }
}
