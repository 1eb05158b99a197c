// One ManageSieve session (RFC 5804): signing in, and one command after the other in the order they were sent. Scripts are
// changed by mta/sieve/store.ts, which says what may be; here it gets its words on the wire. An account that is closed
// meanwhile ends its sessions. A bug ends the session, not the server.
import type { Account } from '../../mta/accounts/types.ts';
import { safe } from '../../mta/log.ts';
import { errorCode, statPath } from '../../mta/maildir/calls.ts';
import { ScriptStoreError } from '../../mta/sieve/store.ts';
import { SIEVE_SCRIPT_BYTES } from '../../mta/sieve/types.ts';
import { type AuthStep, beginAuth, type Mechanism, offeredMechanisms } from '../../mta/smtpd/auth.ts';
import { readScramFirst } from '../../mta/smtpd/scram-exchange.ts';
import type { LineSession, SessionPort } from '../door/line-connection.ts';
import { isStillWelcome, lookAgainAfter } from '../door/still-welcome.ts';
import { capabilityLines, formatEnd, formatFaults, formatString, type ResponseCode } from './answers.ts';
import { type Argument, readAnswer, readCommand } from './command-input.ts';
import { isScriptCommand, performScriptCommand, type ScriptAnswer } from './script-commands.ts';
import type { SieveServer } from './server.ts';

/** Bytes of an AUTHENTICATE; RFC 4422 3, security.md R5. */
const longestAnswer = 12 * 1024;
/** security.md R5. */
const mostErrors = 20;
const mostTries = 3;
/** The administrator works in the home of this account (spec/maildir-imap.md 1.1). */
class StickyHome extends Error {}

export class Session implements LineSession {
  account: Account | undefined;
  isBusy = false;
  readonly #server: SieveServer;
  readonly #port: SessionPort;
  #tries = 0;
  #errors = 0;
  #isOver = false;
  #parting: string | undefined;
  #askedAt = 0;

  constructor(server: SieveServer, port: SessionPort) {
    this.#server = server;
    this.#port = port;
  }

  async serve(): Promise<void> {
    const { reader } = this.#port;
    try {
      await this.#sayCapabilities(`${this.#server.settings().me} ManageSieve ready`);
      while (!this.#isOver) {
        this.isBusy = false;
        if (!reader.hasLine) this.#port.flush();
        const limit = this.account ? SIEVE_SCRIPT_BYTES : longestAnswer;
        const command = await readCommand(reader, limit);
        this.isBusy = true;
        if (command.kind === 'end') break;
        if (command.kind === 'hopeless') await this.bye(command.words);
        else if (command.kind === 'wrong') await this.#refuse(command.words);
        else if (command.kind === 'too large')
          await this.#refuse(`expected at most ${limit} bytes`, 'QUOTA/MAXSIZE');
        else await this.#answer(command.verb, command.arguments);
        if (this.#parting !== undefined) await this.bye(this.#parting);
      }
    } catch (error) {
      this.#server.log(`sieved: ${safe(this.account?.address ?? 'session')}: ${safe(String(error))}`);
      this.#port.destroy();
    }
    this.isBusy = false;
    if (this.account) this.#log('ended', 'the session is over');
  }

  async part(words: string): Promise<void> {
    if (this.isBusy) this.#parting = words;
    else await this.bye(words);
  }

  async bye(words: string): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#port.write(formatEnd('BYE', words));
    this.#port.flush();
  }

  async #answer(verb: string, given: readonly Argument[]): Promise<void> {
    try {
      await this.#perform(verb, given);
    } catch (error) {
      await this.#explain(error);
    }
  }

  async #perform(verb: string, given: readonly Argument[]): Promise<void> {
    const [first, second] = given;
    switch (verb) {
      case 'CAPABILITY':
        return given.length > 0 ? this.#refuseForm(verb) : this.#sayCapabilities('these are offered');
      case 'NOOP':
        if (given.length > 1 || first?.kind === 'number') return this.#refuseForm(verb);
        return this.#ok('done', first && `TAG ${formatString(textOf(first))}`);
      case 'LOGOUT':
        if (given.length > 0) return this.#refuseForm(verb);
        this.#isOver = true;
        return this.#ok('bye');
      case 'STARTTLS':
        return given.length > 0 ? this.#refuseForm(verb) : this.#startTls();
      case 'AUTHENTICATE':
        if (first?.kind !== 'string' || second?.kind === 'number' || given.length > 2)
          return this.#refuseForm(verb);
        return this.#authenticate(textOf(first), second && textOf(second));
      case 'UNAUTHENTICATE':
        if (given.length > 0) return this.#refuseForm(verb);
        if (!this.account) return this.#refuse('sign in first');
        this.#log('ended', 'signed out');
        this.account = undefined;
        return this.#ok('signed out');
    }
    const { account } = this;
    if (!isScriptCommand(verb)) return this.#refuse('unknown command');
    if (!account) return this.#refuse('sign in first');
    if (!(await this.#isStillAllowed(account))) return this.bye('this account is closed');
    const answer = await performScriptCommand(account, verb, given, this.#server.settings().sievescripts);
    return answer === undefined ? this.#refuseForm(verb) : this.#tell(verb, answer);
  }

  async #tell(verb: string, answer: ScriptAnswer): Promise<void> {
    if (answer.change !== undefined) this.#log(verb.toLowerCase(), safe(answer.change));
    const { faults = [] } = answer;
    await this.#port.write(answer.lines ?? '');
    if (faults.length > 0) return this.#ok(formatFaults(faults), 'WARNINGS');
    return this.#ok(answer.words);
  }

  get #mechanisms(): readonly Mechanism[] {
    // RFC 5804 knows no LOGIN, which has no initial response.
    return offeredMechanisms(this.#server.settings(), this.#server.accounts.scram).filter(
      (each) => each !== 'LOGIN',
    );
  }

  async #authenticate(mechanism: string, initial: string | undefined): Promise<void> {
    if (this.account) return this.#refuse('you have signed in already');
    if (!this.#port.mayLogin)
      return this.#refuse('passwords are taken over TLS only: use STARTTLS', 'ENCRYPT-NEEDED');
    if (/[^\x21-\x7e]/.test(`${mechanism}${initial ?? ''}`)) return this.#refuse('expected base64');
    const { scram } = this.#server.accounts;
    // RFC 5804 2.1: '' is the empty initial response, `=` to SMTP.
    const argument = initial === undefined ? mechanism : `${mechanism} ${initial || '='}`;
    const readScram = scram && readScramFirst(scram);
    let step = await this.#exchange(beginAuth(argument, this.#mechanisms, undefined, readScram));
    if (step?.kind === 'prove') {
      const { check, finish } = step;
      const proven = await this.#try(() => check('sieve', this.#port.ip));
      if (proven === undefined) return;
      // RFC 5804 1.3: our own proof goes out with the success.
      const last = finish(proven);
      if (last.kind !== 'ask') throw new Error('SCRAM ended without our proof');
      step = last.answer('');
      if (step.kind !== 'known') throw new Error('SCRAM did not end');
      return this.#enter(step.account, `SASL ${formatString(last.reply.text.slice(4))}`);
    }
    if (step?.kind !== 'check') return;
    const { user, password } = step.credentials;
    const { accounts } = this.#server;
    const account = await this.#try(() => accounts.authenticate(user, password, 'sieve', this.#port.ip));
    if (account) await this.#enter(account);
  }

  /** Asks until there are credentials or a proof to check. Undefined: refused, and the client was told. */
  async #exchange(begun: AuthStep): Promise<AuthStep | undefined> {
    let step = begun;
    while (step.kind === 'ask' || step.kind === 'wait') {
      if (step.kind === 'wait') {
        step = await step.next();
        continue;
      }
      // `334 text` of SMTP is a string here.
      await this.#port.write(`${formatString(step.reply.text.slice(4))}\r\n`);
      this.#port.flush();
      const answer = await readAnswer(this.#port.reader, longestAnswer);
      if (answer === 'end') return undefined;
      if (answer === undefined) {
        await this.#refuse('expected a string');
        return undefined;
      }
      step = step.answer(answer);
    }
    if (step.kind !== 'refuse') return step;
    const { text } = step.reply;
    const words = text.startsWith('504')
      ? 'there is no such mechanism'
      : text.startsWith('501')
        ? 'the exchange was given up'
        : 'name or password is wrong';
    await this.#refuse(words);
    return undefined;
  }

  /** One try; undefined: refused, and the client was told. */
  async #try<Found>(find: () => Promise<Found | undefined>): Promise<Found | undefined> {
    if (++this.#tries > mostTries) {
      await this.bye('too many tries');
      return undefined;
    }
    const found = await find();
    if (found === undefined) {
      // security.md L2: not the name, which may be a password in the wrong field.
      this.#log('auth-failed', 'name and password do not match');
      await this.#refuse('name or password is wrong');
    }
    return found;
  }

  async #enter(account: Account, code?: ResponseCode): Promise<void> {
    if (((await statPath(account.directory)).mode & 0o1000) !== 0) throw new StickyHome('sticky');
    this.account = account;
    this.#askedAt = performance.now();
    this.#log('authenticated', 'signed in');
    await this.#ok('signed in', code);
  }

  async #startTls(): Promise<void> {
    if (this.account) return this.#refuse('you have signed in already');
    if (!this.#port.canStartTls) return this.#refuse('TLS is not to be had here');
    // security.md I2: what came in clear text behind the command is never executed.
    if (this.#port.reader.hasInput) return this.bye('nothing may follow STARTTLS before its answer');
    await this.#ok('begin TLS');
    this.#port.flush();
    await this.#port.startTls();
    // RFC 5804 2.2: a client must not believe what it heard before.
    await this.#sayCapabilities('TLS is on');
  }

  /** A domain may be put off, or an account deleted, while its sessions are open. */
  async #isStillAllowed(account: Account): Promise<boolean> {
    const now = performance.now();
    if (now - this.#askedAt < lookAgainAfter) return true;
    this.#askedAt = now;
    return isStillWelcome(this.#server.accounts, account, 'sieve');
  }

  #sayCapabilities(words: string): Promise<void> {
    const lines = capabilityLines(this.#port, this.#mechanisms, this.account?.address);
    return this.#port.write(`${lines}${formatEnd('OK', words)}`);
  }

  #ok(words: string, code?: ResponseCode): Promise<void> {
    return this.#port.write(formatEnd('OK', words, code));
  }

  #refuseForm(verb: string): Promise<void> {
    return this.#refuse(`${verb} has other arguments`);
  }

  async #refuse(words: string, code?: ResponseCode): Promise<void> {
    if (++this.#errors > mostErrors) return this.bye('too many errors');
    await this.#port.write(formatEnd('NO', words, code));
  }

  /** Errors that are no bug. What a script or a name is refused for, is no error of the client's program. */
  async #explain(error: unknown): Promise<void> {
    if (error instanceof ScriptStoreError) {
      const words = error.faults.length > 0 ? formatFaults(error.faults) : error.message;
      return this.#port.write(formatEnd('NO', words, codeOf(error.kind)));
    }
    const code = errorCode(error);
    const name = error instanceof Error ? error.name : '';
    if (name === 'LoginThrottled') {
      this.#log('auth-throttled', 'too many wrong passwords');
      return this.#refuse('too many wrong passwords; try again later', 'TRYLATER');
    }
    if (name === 'PasswordQueueError') {
      this.#log('auth-unavailable', 'too many logins at once');
      return this.#refuse('too busy; try again later', 'TRYLATER');
    }
    const isPassing =
      error instanceof StickyHome ||
      ['AccountFileError', 'LockBusyError', 'CallLost'].includes(name) ||
      /^(E[A-Z]+|SQLITE_\w+)$/.test(code);
    if (!isPassing) throw error;
    this.#log('unavailable', error instanceof StickyHome ? 'home is sticky' : code || name);
    return this.#refuse('the scripts cannot be used now; try again later', 'TRYLATER');
  }

  #log(result: string, reason: string): void {
    const user = this.account ? ` user=${safe(this.account.address)}` : '';
    const { ip } = this.#port;
    this.#server.logOf(ip, `sieved: ip=${ip}${user} result=${result} reason=${reason}`);
  }
}

const textOf = (argument: Argument): string =>
  argument.kind === 'string' ? argument.bytes.toString('utf8') : String(argument.value);

const codes: Readonly<Partial<Record<ScriptStoreError['kind'], ResponseCode>>> = {
  missing: 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  active: 'ACTIVE',
  count: 'QUOTA/MAXSCRIPTS',
  size: 'QUOTA/MAXSIZE',
};
const codeOf = (kind: ScriptStoreError['kind']): ResponseCode | undefined => codes[kind];
