// What one session of a door lets pass, command by command, in the order of the patched qmail-smtpd (spec/qmail.md 4.2):
// HELO names, senders, recipients, with the programs that have a word in it (qmail-spp plugins, $RCPTCHECK). Answers a
// refusal, or nothing; asks nobody and waits for nothing where no file or variable asks for it. The session's envelope,
// its logins and its counters are not here.
import type { PluginSection } from '../control/smtp-plugins.ts';
import { isSafeAddress, lowerDomain, splitAddress } from '../formats/address.ts';
import { filterEnvironment } from '../inject/filtered.ts';
import type { Injector, Origin } from '../inject/types.ts';
import type { ClientScreen } from '../trust/screen.ts';
import type { Finding, Verdict } from '../trust/types.ts';
import type { SessionUser } from './auth.ts';
import type { Door } from './door.ts';
import type { TcpConnection } from './ident.ts';
import type { LocalMailbox } from './mailbox.ts';
import { bytesInMailbox, judgeMailbox } from './mailbox.ts';
import type { PluginVerdict } from './plugins.ts';
import { newPluginState, takePluginOutput, takeSaved } from './plugins.ts';
import { decideRecipient, isRelayTest, isValidRecipient, type RecipientDecision } from './policy.ts';
import { judgeRcptCheck } from './rcptcheck.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import type { SessionPolicy } from './session-policy.ts';
import { SessionPrograms } from './session-programs.ts';
import { isStranger, openScreen, screenRules } from './strangers.ts';

/** The connection. */
export interface CheckFacts extends TcpConnection {
  readonly network: string;
  /** SMTP, where a client says HELO. */
  readonly saysHello?: boolean | undefined;
}

/** Who speaks at the moment. */
export interface Speaker {
  readonly user: SessionUser | undefined;
  /** As in `AUTH plain`. */
  readonly authMethod: string;
  /** May the client send to anywhere? */
  readonly mayRelay: boolean;
}

/** Of whom the queue is to know that a failure of this message may be told at any time (send/bounce-limit.ts). */
export const originOf = ({ user, mayRelay }: Speaker): Origin =>
  user !== undefined || mayRelay ? 'relay' : 'network';

/** An address that passed, as it goes into the envelope; or why not. */
export type Passed =
  | Reply
  | {
      readonly address: string;
      /** Where it is delivered, if that is here and was asked for. */
      readonly mailbox?: LocalMailbox | undefined;
    };

type Later<T> = T | Promise<T>;

const NO_USER: Speaker = { user: undefined, authMethod: '', mayRelay: false };

export class SessionChecks {
  policy: SessionPolicy;
  /** Seconds that the answer to the last recipient waits (tarpitting). */
  delay = 0;
  readonly #door: Door;
  readonly #programs: SessionPrograms;
  readonly #plugins = newPluginState();
  /** What looks at strangers; undefined: nothing does. */
  readonly #screen: ClientScreen | undefined;
  #isOfStranger = false;
  #isScreened = false;
  #helo = '';
  #sender = '';
  #skipsSenderChecks = false;
  #isBadHelo = false;
  #isBadSender = false;
  /** RCPT commands of this message, those taken, and those refused in this session. */
  #size = 0;
  #asked = 0;
  #taken = 0;
  #bad = 0;

  constructor(door: Door, facts: CheckFacts, policy: SessionPolicy) {
    this.#door = door;
    this.policy = policy;
    this.#screen = openScreen(door, facts);
    this.#programs = new SessionPrograms(door, facts, () => ({
      policy: this.policy,
      helo: this.#helo,
      sender: this.#sender,
      set: this.#plugins.set,
    }));
  }

  /** What was found of the client and the sender, for the judge of the letter. */
  get findings(): readonly Finding[] {
    return this.#isScreened ? (this.#screen?.findings ?? []) : [];
  }

  /** Its verified name, where somebody has asked for it; '' for none. */
  get clientName(): string {
    return this.policy.host || this.#screen?.clientName || '';
  }

  /** What became of a letter; those of strangers speak for or against their network. */
  noteLetter(outcome: Verdict['outcome']): void {
    if (this.#isOfStranger && outcome !== 'defer') this.#screen?.noteLetter(outcome !== 'take');
  }

  /** The client is gone: programs that were asked are ended. */
  abandon(): void {
    this.#programs.abandon();
  }

  /** Does a plugin have a word before the message itself? */
  get hasDataPlugins(): boolean {
    return !this.#plugins.isOff && (this.policy.plugins?.data.length ?? 0) > 0;
  }

  /** Before the greeting. */
  connect(): Later<Reply | undefined> {
    return this.#hasPlugins('connection')
      ? this.#runPlugins('connection', NO_USER).then(refusalOf)
      : undefined;
  }

  /** HELO or EHLO; a bad name is told to its recipients only. */
  hello(name: string): Later<Reply | undefined> {
    this.#helo = name;
    this.#screen?.hello(name);
    this.reset();
    const judge = (verdict: PluginVerdict): Reply | undefined => {
      if (typeof verdict === 'object') return verdict;
      const { badhelo, badhelonorelay } = this.#door.settings;
      this.#isBadHelo =
        verdict !== 'accept' &&
        (badhelo.find(name) ?? (this.policy.relay === undefined ? badhelonorelay.find(name) : undefined)) !==
          undefined;
      return undefined;
    };
    return this.#hasPlugins('helo') ? this.#runPlugins('helo', NO_USER).then(judge) : judge('next');
  }

  /** A transaction is over. */
  reset(): void {
    this.#plugins.headers = '';
    for (const saved of Object.values(this.#plugins.saved)) saved.length = 0;
    this.#asked = 0;
    this.#taken = 0;
  }

  /** MAIL: a bad sender is told to its recipients only. */
  mail(address: string, speaker: Speaker): Later<Passed> {
    if (this.policy.rejectsNullSender && address === '') return replies.nullSenders;
    this.#sender = address;
    this.#asked = 0;
    this.#taken = 0;
    const judge = (verdict: PluginVerdict): Passed => {
      if (typeof verdict === 'object') return verdict;
      this.#skipsSenderChecks = verdict === 'accept';
      this.#isBadSender = !this.#skipsSenderChecks && this.isBadSender(this.#sender, speaker.mayRelay);
      this.#isOfStranger = isStranger(speaker);
      this.#isScreened =
        this.#isOfStranger && this.#screen?.mail(this.#sender, screenRules(this.policy, this.#door)) === true;
      return { address: this.#sender };
    };
    if (!this.#hasPlugins('mail')) return judge('next');
    const saved = takeSaved(this.#plugins, 'M');
    if (saved !== undefined) return saved;
    return this.#runPlugins('mail', speaker, { SMTPMAILFROM: address }, (changed) => {
      this.#sender = changed;
    }).then(judge);
  }

  /** badmailfrom and badmailfromnorelay; the null sender never fits. */
  isBadSender(sender: string, mayRelay: boolean): boolean {
    if (sender === '' || !this.policy.checksBadMailFrom) return false;
    const { badmailfrom, badmailfromnorelay } = this.#door.settings;
    return (
      (badmailfrom.find(sender) ?? (mayRelay ? undefined : badmailfromnorelay.find(sender))) !== undefined
    );
  }

  /**
   * RCPT. The address has its domain in lower case and our own IP address replaced.
   * @param size bytes of the message as far as they are known
   */
  recipient(address: string, speaker: Speaker, size: number): Later<Passed> {
    const { rejectrelaytest } = this.#door.settings;
    this.delay = 0;
    this.#size = size;
    this.#asked++;
    const { tarpitCount, tarpitDelay, blocked } = this.policy;
    if (tarpitCount > 0 && this.#asked > tarpitCount) this.delay = tarpitDelay;
    if (rejectrelaytest > 0 && isRelayTest(address)) return replies.noRelayTest;
    if (blocked !== undefined && speaker.user === undefined) return blocked;
    if (this.#isBadHelo) return replies.badHelo;
    if (this.#isBadSender) return replies.badMailFrom;
    if (!this.#hasPlugins('rcpt') && !this.#hasPlugins('pass'))
      return this.#screenRecipient(address, speaker);
    return this.#recipientWithPlugins(address, speaker);
  }

  async #recipientWithPlugins(given: string, speaker: Speaker): Promise<Passed> {
    const saved = takeSaved(this.#plugins, 'R');
    if (saved !== undefined) return saved;
    let address = given;
    const change = (changed: string): void => {
      address = changed;
    };
    const variables = () => ({
      SMTPRCPTTO: address,
      SMTPRCPTCOUNT: String(this.#taken),
      SMTPRCPTCOUNTALL: String(this.#asked),
      SMTPRCPTHOSTSOK: this.#mayReceive(address, speaker) ? '1' : '0',
    });
    const first = this.#hasPlugins('rcpt')
      ? await this.#runPlugins('rcpt', speaker, variables(), change)
      : 'next';
    if (typeof first === 'object') return first;
    const passed: Passed = first === 'accept' ? { address } : await this.#screenRecipient(address, speaker);
    if ('text' in passed || !this.#hasPlugins('pass')) return passed;
    address = passed.address;
    const last = await this.#runPlugins('pass', speaker, variables(), change);
    if (typeof last === 'object') return last;
    return address === passed.address ? passed : { address };
  }

  /** The lists and the greylist come last: strangers learn from them nothing of who exists, and cost no question. */
  #screenRecipient(address: string, speaker: Speaker): Later<Passed> {
    const judged = this.#judgeRecipient(address, speaker);
    const screen = this.#isScreened ? this.#screen : undefined;
    if (screen === undefined) return judged;
    const look = async (passed: Passed): Promise<Passed> =>
      'text' in passed ? passed : ((await screen.recipient(passed.address)) ?? passed);
    return judged instanceof Promise ? judged.then(look) : look(judged);
  }

  #mayReceive(address: string, speaker: Speaker): boolean {
    return decideRecipient(address, speaker.mayRelay, this.#door.settings).verdict !== 'refuse';
  }

  /** The built-in checks of one recipient. */
  #judgeRecipient(given: string, speaker: Speaker): Later<Passed> {
    const { settings } = this.#door;
    const { relay, brtlimit } = this.policy;
    const { mayRelay } = speaker;
    // qmail-smtpd: with RELAYCLIENT, its value is appended to every recipient.
    const address = mayRelay && relay !== undefined && relay !== '' ? lowerDomain(given + relay) : given;
    if (!isSafeAddress(address)) return replies.pathSyntax;
    if (brtlimit > 0 && this.#bad >= brtlimit) return replies.tooManyUnknown;
    const decision = decideRecipient(address, mayRelay, settings);
    if (decision.verdict === 'refuse') return this.#refuse(decision.reply);
    if (
      (settings.badrcptto.find(given) ?? (mayRelay ? undefined : settings.badrcpttonorelay.find(given))) !==
      undefined
    )
      return this.#refuse(replies.badRcptTo);
    const list = this.policy.validrcptto ?? settings.validrcptto;
    const cdb = this.policy.morevalidrcptto ?? settings.morevalidrcptto;
    const valid = mayRelay ? undefined : isValidRecipient(given, list, cdb);
    if (valid === false) return this.#refuse(replies.notValid);
    const asksProgram = this.policy.rcptCheck !== '' && (!mayRelay || this.policy.rcptChecksRelay);
    if (valid === true && decision.verdict === 'check' && settings.disableddomains.size > 0)
      return this.#isPutOff(decision.address).then(
        (reply) => reply ?? this.#goOn(address, decision, true, asksProgram, speaker),
      );
    return this.#goOn(address, decision, valid === true, asksProgram, speaker);
  }

  /** What the lists of valid recipients know is not looked up, but for whether its domain takes mail now. */
  async #isPutOff(address: string): Promise<Reply | undefined> {
    try {
      const domain = await this.#door.accounts.findDomain(splitAddress(address).domain);
      return domain?.isDisabled ? replies.domainDisabled : undefined;
    } catch {
      return replies.lookupFailed;
    }
  }

  #goOn(
    address: string,
    decision: RecipientDecision,
    isKnown: boolean,
    asksProgram: boolean,
    speaker: Speaker,
  ): Later<Passed> {
    if (!asksProgram && (isKnown || decision.verdict === 'accept')) return this.#take(address);
    return this.#askWhetherItExists(
      address,
      decision.verdict === 'check' && !isKnown ? decision : undefined,
      isKnown,
      asksProgram,
      speaker,
    );
  }

  async #askWhetherItExists(
    address: string,
    place: { readonly address: string; readonly delivered: string } | undefined,
    isKnown: boolean,
    asksProgram: boolean,
    speaker: Speaker,
  ): Promise<Passed> {
    let mailbox: LocalMailbox | undefined;
    if (place !== undefined) {
      const found = await this.#findMailbox(place);
      if ('text' in found) return found;
      mailbox = found;
    }
    if (asksProgram) {
      const reply = judgeRcptCheck(
        await this.#programs.run(this.policy.rcptCheck, [], 4, speaker, {
          SENDER: this.#sender,
          RECIPIENT: address,
          HELO: this.#helo,
          USE_FD4: '1',
          ...((place !== undefined || isKnown) && { RCPTFOUND: '1' }),
          ...(this.#mayReceive(address, NO_USER) && { RCPTHOSTS: '1' }),
        }),
      );
      if (reply !== undefined) return reply.text < '5' ? reply : this.#refuse(reply);
    }
    return this.#take(address, mailbox);
  }

  /** R8, R9: nobody there, or no room, is said now, not by a bounce. */
  async #findMailbox(place: {
    readonly address: string;
    readonly delivered: string;
  }): Promise<Reply | LocalMailbox> {
    const { accounts, settings } = this.#door;
    try {
      const state = await accounts.examineRecipient(place.address, bytesInMailbox(this.#size));
      if (state.isDisabled) return replies.domainDisabled;
      if (!state.exists) return this.#refuse(replies.noMailbox);
      const { account, hasQuota = false } = state;
      return (
        judgeMailbox(state, settings.overquotadefer === 1) ?? {
          lookup: place.address,
          delivered: place.delivered,
          account,
          hasQuota,
        }
      );
    } catch {
      return replies.lookupFailed;
    }
  }

  #refuse(reply: Reply): Reply {
    this.#bad++;
    if (reply.counts === 'unknown recipient' && this.#isOfStranger) this.#screen?.noteUnknown();
    return reply;
  }

  #take(address: string, mailbox?: LocalMailbox): Passed {
    this.#taken++;
    return { address, mailbox };
  }

  /** DATA, before 354. */
  data(speaker: Speaker): Later<Reply | undefined> {
    const late = this.lastChunk();
    if (!this.#hasPlugins('data')) return late;
    const saved = takeSaved(this.#plugins, 'D');
    const asked = saved ?? this.#runPlugins('data', speaker).then(refusalOf);
    return late === undefined ? asked : Promise.all([late, asked]).then(([one, other]) => other ?? one);
  }

  /** The message came in chunks, and this is the last: what else is asked at DATA. */
  lastChunk(): Promise<Reply | undefined> | undefined {
    return this.#isScreened ? this.#screen?.data() : undefined;
  }

  /** A login that was right: [auth] plugins may refuse it. */
  authenticated(speaker: Speaker): Later<Reply | undefined> {
    return this.#hasPlugins('auth') ? this.#runPlugins('auth', speaker).then(refusalOf) : undefined;
  }

  /** What plugins put on top of the message. */
  get headers(): string {
    return this.#plugins.headers;
  }

  /** A program in the queue's place has no way to hear of a sender's wishes, so none are taken. */
  get mayHaveWishes(): boolean {
    return this.policy.queueProgram === '';
  }

  /** RFC 3461. */
  get mayNotify(): boolean {
    return this.#door.settings.dsn === 1 && this.mayHaveWishes;
  }

  /** The way into the queue for the message of this session. */
  makeInjector(speaker: Speaker): Injector {
    const { queueProgram } = this.policy;
    if (queueProgram === '') return this.#door.injector;
    const env = this.#programs.environment(speaker);
    const isOfSite = !this.policy.variables.get('QMAILQUEUE');
    return this.#door.makeProgramInjector(
      queueProgram,
      isOfSite ? filterEnvironment(env, new Map(), this.#door.programs.directory) : env,
    );
  }

  #hasPlugins(section: PluginSection): boolean {
    return !this.#plugins.isOff && (this.policy.plugins?.[section].length ?? 0) > 0;
  }

  async #runPlugins(
    section: PluginSection,
    speaker: Speaker,
    more: Readonly<Record<string, string>> = {},
    change?: (address: string) => void,
  ): Promise<PluginVerdict> {
    let variables = more;
    const changeAddress = (address: string): boolean => {
      const fits = isSafeAddress(address);
      if (fits && change !== undefined) {
        const lower = lowerDomain(address);
        change(lower);
        const name = section === 'mail' ? 'SMTPMAILFROM' : 'SMTPRCPTTO';
        variables = { ...variables, [name]: lower };
      }
      return fits;
    };
    for (const command of this.policy.plugins?.[section] ?? []) {
      const end = command.startsWith(':')
        ? await this.#programs.run('/bin/sh', ['-c', command.slice(1)], 1, speaker, variables)
        : await this.#programs.run(command, [], 1, speaker, variables);
      const verdict = takePluginOutput(end, this.#plugins, changeAddress);
      if (verdict !== 'next') return verdict;
    }
    return 'checks';
  }
}

const refusalOf = (verdict: PluginVerdict): Reply | undefined =>
  typeof verdict === 'object' ? verdict : undefined;
