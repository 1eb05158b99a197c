// Who has logged in on a session: the exchange of AUTH (auth.ts) over its lines, the password's check, the tries that are
// left. Whether AUTH may be used at all is the session's to say.

import { randomBytes } from 'node:crypto';
import { LoginThrottled } from '../accounts/login-throttle.ts';
import { lowerAscii } from '../formats/address.ts';
import type { AuthStep, Mechanism, PasswordProgram, SessionUser } from './auth.ts';
import { beginAuth, findUser, offeredMechanisms } from './auth.ts';
import type { Door } from './door.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import { readScramFirst } from './scram-exchange.ts';
import type { Spending } from './spending.ts';

/** The session that a login is for. */
interface LoginSession {
  /** What it has to say of a login whose password was right: a refusal, or nothing. */
  approveLogin(): Reply | undefined | Promise<Reply | undefined>;
  log(result: string, reason: string): void;
}

export class Login {
  user: SessionUser | undefined;
  /** As in `AUTH plain`; '' before. */
  method = '';
  /** R1: a failed AUTH drops the relay permission. */
  hasFailed = false;
  readonly #door: Door;
  readonly #program: PasswordProgram | undefined;
  readonly #spent: Spending;
  readonly #ip: string;
  readonly #session: LoginSession;
  #answer: ((line: string) => AuthStep) | undefined;
  /** Recipients of the transaction that were counted. */
  #spentRecipients = 0;

  /**
   * @param program checks passwords in the place of the accounts
   * @param ip the client's
   */
  constructor(
    door: Door,
    program: PasswordProgram | undefined,
    spent: Spending,
    ip: string,
    session: LoginSession,
  ) {
    this.#ip = ip;
    this.#door = door;
    this.#program = program;
    this.#spent = spent;
    this.#session = session;
  }

  /** The next line is an answer to a challenge, not a command. */
  get isAsking(): boolean {
    return this.#answer !== undefined;
  }

  /** Ends an exchange that is under way. */
  cancel(): void {
    this.#answer = undefined;
  }

  /** RFC 3207 4.2: after STARTTLS nobody is known. */
  forget(): void {
    this.settle(false);
    this.cancel();
    this.user = undefined;
  }

  /** The argument of AUTH. */
  begin(argument: string): Reply | Promise<Reply> {
    if (this.#spent.logins >= this.#door.limits.authTries) return replies.authTries;
    this.method = /^[A-Za-z0-9-]{1,20}/.exec(argument)?.[0].toLowerCase() ?? '';
    const { scram } = this.#door.accounts;
    const readScram = scram && readScramFirst(scram);
    return this.#take(beginAuth(argument, this.mechanisms, () => this.#makeChallenge(), readScram));
  }

  /** What may be used, in the order of the offer. */
  get mechanisms(): readonly Mechanism[] {
    return this.#program?.mechanisms ?? offeredMechanisms(this.#door.settings, this.#door.accounts.scram);
  }

  /** RFC 2195 2: never the same twice; the random part is what an attacker cannot choose. */
  #makeChallenge(): string {
    const unique = `${process.pid}.${Math.floor(this.#door.wallClock())}.${randomBytes(12).toString('hex')}`;
    return `<${unique}@${this.#door.settings.me}>`;
  }

  /** The client's line after a challenge. */
  answer(line: string): Reply | Promise<Reply> {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer === undefined ? replies.unimplemented : this.#take(answer(line));
  }

  /** W6: an account sends under its own addresses, and nobody else's. */
  async maySendAs(sender: string): Promise<boolean> {
    const account = this.user?.account;
    if (account === undefined || lowerAscii(sender) === lowerAscii(account.address)) return true;
    const { submission } = this.#door.accounts;
    if (submission !== undefined)
      // RFC 8098 3: notifications have no sender; whose they are stands in From.
      return sender === '' || (await submission.findForeign(account.address, [sender])).length === 0;
    return (
      sender.includes('@') && (await this.#door.accounts.findAccount(sender))?.address === account.address
    );
  }

  /** X7: counts a recipient of the transaction. @returns why it may not be sent to now */
  async spend(): Promise<Reply | undefined> {
    const account = this.user?.account;
    if (account === undefined) return undefined;
    const words = await this.#door.accounts.submission?.spend(account.address, 1);
    if (words !== undefined) return { text: `450 4.7.1 ${words}` };
    this.#spentRecipients++;
    return undefined;
  }

  /** The transaction is over. What was not sent is not counted. */
  settle(isSent: boolean): void {
    const account = this.user?.account;
    const recipients = this.#spentRecipients;
    this.#spentRecipients = 0;
    if (isSent || account === undefined || recipients === 0) return;
    this.#door.accounts.submission?.giveBack(account.address, recipients).catch((error: unknown) => {
      this.#session.log('failed', `cannot take back what was counted: ${(error as Error).message}`);
    });
  }

  #take(step: AuthStep): Reply | Promise<Reply> {
    if (step.kind === 'check') {
      const { credentials } = step;
      const find = () => findUser(credentials, this.#program ?? this.#door.accounts, this.#ip);
      return this.#check(find, (user) => this.#enter(user));
    }
    if (step.kind === 'wait') return this.#wait(step.next);
    if (step.kind === 'prove')
      return this.#check(
        () => step.check('smtp', this.#ip),
        (proven) => this.#take(step.finish(proven)),
      );
    if (step.kind === 'known') return this.#enter({ name: step.account.address, account: step.account });
    if (step.kind === 'ask') this.#answer = step.answer;
    return step.reply;
  }

  async #wait(next: () => Promise<AuthStep>): Promise<Reply> {
    try {
      return await this.#take(await next());
    } catch (error) {
      return this.#giveUp(error);
    }
  }

  /** One try. `find` gives who it is; undefined: refused. */
  async #check<Found>(
    find: () => Promise<Found | undefined>,
    enter: (found: Found) => Reply | Promise<Reply>,
  ): Promise<Reply> {
    this.#spent.logins++;
    let found: Found | undefined;
    try {
      found = await find();
    } catch (error) {
      return this.#giveUp(error);
    }
    if (found !== undefined) return enter(found);
    this.hasFailed = true;
    // security.md L2: not the name, which may be a password in the wrong field. Filters that ban look at ip=.
    this.#session.log('auth-failed', 'name and password do not match');
    return replies.authFailed;
  }

  /** security.md A4: with too many wrong ones the answer is the same for all, and cost no hash. */
  #giveUp(error: unknown): Reply {
    const result = error instanceof LoginThrottled ? 'auth-throttled' : 'auth-unavailable';
    this.#session.log(result, (error as Error).message);
    return replies.authUnavailable;
  }

  async #enter(user: SessionUser): Promise<Reply> {
    this.user = user;
    const refusal = await this.#session.approveLogin();
    if (refusal === undefined) this.#session.log('authenticated', 'ok');
    else this.user = undefined;
    return refusal ?? replies.authOk;
  }
}
