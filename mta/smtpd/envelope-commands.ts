// MAIL, RCPT and DATA (RFC 5321 4.1.1.2 to 4.1.1.4): how a transaction gets its envelope. Reads the arguments, asks the
// checks and, for somebody who has logged in, whether the address is theirs; what passed goes into the transaction. Whether
// a client may send mail at all yet (HELO, AUTH) was seen by the session before.
import { keptAddress } from '../formats/idn.ts';
import type { Passed, SessionChecks, Speaker } from './checks.ts';
import type { Door } from './door.ts';
import { Envelope } from './envelope.ts';
import type { Login } from './login.ts';
import { completeRecipient } from './open-message.ts';
import { readMailParameters, readRcptParameters } from './parameters.ts';
import { parsePath } from './path.ts';
import { replaceLocalIp } from './policy.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import type { Spending } from './spending.ts';
import type { Transaction } from './transaction.ts';

/** The session, as far as these commands look at it. */
export interface EnvelopeSession {
  readonly checks: SessionChecks;
  readonly transaction: Transaction;
  readonly login: Login;
  readonly spent: Spending;
  /** The address that the client reached us on. */
  readonly localIp: string;
  /** Who speaks now. */
  readonly speaker: () => Speaker;
  /** REQUIRETLS is offered now. */
  readonly mayRequireTls: () => boolean;
}

export class EnvelopeCommands {
  readonly #door: Door;
  readonly #session: EnvelopeSession;

  constructor(door: Door, session: EnvelopeSession) {
    this.#door = door;
    this.#session = session;
  }

  /** MAIL, behind its verb. */
  mail(argument: string): Reply | Promise<Reply> {
    const { settings, limits } = this.#door;
    const { checks, transaction, login, spent, speaker } = this.#session;
    if (transaction.hasChunks) return replies.chunksBegun;
    const path = parsePath(argument, 'FROM');
    if (path === undefined) return replies.pathSyntax;
    const parameters = readMailParameters(
      path,
      checks.policy.databytes,
      checks.mayNotify,
      this.#session.mayRequireTls(),
    );
    if ('text' in parameters) return parameters;
    if (!parameters.utf8 && /[^\x00-\x7f]/.test(path.address)) return replies.utf8First;
    spent.transactions++;
    // Clients that may relay are the site's own: their batches are not cut.
    if (spent.transactions > limits.transactions && checks.policy.relay === undefined)
      return replies.tooManyTransactions;
    const sender = keptAddress(replaceLocalIp(path, this.#isOwnIp, settings));
    // qmail-smtpd: a second MAIL begins anew.
    transaction.envelope = undefined;
    login.settle(false);
    const open = (): Reply | Promise<Reply> => {
      const passed = checks.mail(sender, speaker());
      return passed instanceof Promise ? passed.then(begin) : begin(passed);
    };
    const begin = (passed: Passed): Reply => {
      if ('text' in passed) return passed;
      transaction.envelope = new Envelope(passed.address, parameters);
      return replies.ok;
    };
    const room = this.#door.hasRoom(parameters.size);
    if (room === true && login.user?.account === undefined) return open();
    return this.#checkMail(sender, room, open);
  }

  async #checkMail(
    sender: string,
    room: boolean | Promise<boolean>,
    open: () => Reply | Promise<Reply>,
  ): Promise<Reply> {
    try {
      if (!(await room)) return replies.noRoom;
      if (!(await this.#session.login.maySendAs(sender))) return replies.notYourAddress;
      return await open();
    } catch {
      return replies.lookupFailed;
    }
  }

  readonly #isOwnIp = (ip: string): boolean => this.#door.isOwnIp(ip, this.#session.localIp);

  /** RCPT, behind its verb. */
  rcpt(argument: string): Reply | Promise<Reply> {
    const { settings } = this.#door;
    const { checks, transaction, login, speaker } = this.#session;
    const { envelope } = transaction;
    if (envelope === undefined) return replies.mailFirst;
    if (transaction.hasChunks) return replies.chunksBegun;
    if (envelope.recipients.length >= checks.policy.maxrcpt) return replies.tooManyRecipients;
    const path = parsePath(argument, 'TO');
    if (path === undefined) return replies.pathSyntax;
    const wish = readRcptParameters(path, envelope.utf8, checks.mayNotify);
    if (wish !== undefined && 'text' in wish) return wish;
    if (!envelope.utf8 && /[^\x00-\x7f]/.test(path.address)) return replies.utf8First;
    const written = keptAddress(replaceLocalIp(path, this.#isOwnIp, settings));
    const recipient = completeRecipient(written, login.user, settings);
    const take = (passed: Passed): Reply | Promise<Reply> => {
      if ('text' in passed) return passed;
      const add = (): Reply => {
        envelope.add(passed.address, wish, passed.mailbox);
        return replies.ok;
      };
      if (login.user?.account === undefined) return add();
      return login.spend().then(
        (refusal) => refusal ?? add(),
        () => replies.lookupFailed,
      );
    };
    const passed = checks.recipient(recipient, speaker(), envelope.size);
    return passed instanceof Promise ? passed.then(take) : take(passed);
  }

  /** DATA: 354, or why not. */
  data(): Reply | Promise<Reply> {
    const { checks, transaction, speaker } = this.#session;
    const { envelope } = transaction;
    if (envelope === undefined) return replies.mailFirst;
    // RFC 3030 2: DATA and BDAT are not used in one transaction.
    if (transaction.hasChunks) return replies.chunksBegun;
    if (envelope.recipients.length === 0) return replies.rcptFirst;
    const refusal = checks.data(speaker());
    if (refusal instanceof Promise) return refusal.then((late) => late ?? replies.goAhead);
    return refusal ?? replies.goAhead;
  }
}
