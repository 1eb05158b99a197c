// One session of a stranger before its letters: DNS lists, HELO and reverse name, greylisting. Asks once for a client, a
// HELO name and a sender each, begins at MAIL and waits at the first recipient that exists. Answers a refusal or nothing;
// all that it finds is kept for the judge of the letter. Those who have signed in or may relay have no screen.
import type { BlockList } from '../control/block-lists.ts';
import type { ClientCheckName } from '../control/client-checks.ts';
import type { JunkSettings } from '../control/definitions/junk.ts';
import { findHostName } from '../dns/host-name.ts';
import { arpaName } from '../dns/lookup.ts';
import { splitAddress } from '../formats/address.ts';
import type { Reply } from '../smtpd/reply.ts';
import { field } from '../smtpd/session-log.ts';
import { examineHelo, hasAddress, judgeClient } from './client-checks.ts';
import { clientNetwork, isOwnMachine } from './client-network.ts';
import type { JunkGate } from './gate.ts';
import { askGreylist, isKnown } from './greylist/greylist.ts';
import { askLists, isAllowed, withoutMeasure } from './lists/ask-lists.ts';
import type { Finding } from './types.ts';

export interface ScreenedClient {
  readonly ip: string;
  /** By SMTP; QMTP knows no HELO. */
  readonly saysHello: boolean;
  readonly isOwnIp: (ip: string) => boolean;
  /** Writes a line for this client, capped. */
  readonly log: (line: string) => void;
}

/** What the client's rules (tcp.smtp, environment) say; see session-policy.ts. */
export interface ScreenRules {
  /** RBLSMTPD is empty: welcome. */
  readonly isWelcome: boolean;
  /** DNSBLSKIP. */
  readonly skipsLists: boolean;
  /** DNSBLFAILCLOSED, or the control file. */
  readonly failsClosed: boolean;
  /** Of $DNSBLLIST. */
  readonly dnsbllist: readonly BlockList[] | undefined;
}

type Asked = Promise<readonly Finding[]>;

/** Scanners that hold a client without a name against its letters. */
const wantsName = ({ rspamd, spamd }: JunkSettings): boolean => rspamd !== undefined || spamd !== undefined;

const isOn = (settings: JunkSettings): boolean => {
  const { dnsbllist, rhsbllist, greylist, clientchecks } = settings;
  return dnsbllist.length + rhsbllist.length + greylist + clientchecks.size > 0 || wantsName(settings);
};

/** RFC 5321 4.5.1: whoever is refused can reach this one. */
const isPostmaster = (recipient: string): boolean =>
  splitAddress(recipient).local.toLowerCase() === 'postmaster';

export class ClientScreen {
  readonly #gate: JunkGate;
  readonly #client: ScreenedClient;
  #rules: ScreenRules | undefined;
  #helo = '';
  #sender = '';
  #name: Promise<string | 'none' | undefined> | undefined;
  /** The client's verified name, as far as it was asked for; '' for none. */
  clientName = '';
  #aboutClient: Asked | undefined;
  #aboutHelo: Asked | undefined;
  #aboutSender: Asked | undefined;
  #spfDomain: Promise<string | undefined> | undefined;
  /** Recipients of this letter that passed. */
  #taken: string[] = [];
  #isBlockedNoted = false;
  #findings: readonly Finding[] = [];

  constructor(gate: JunkGate, client: ScreenedClient) {
    this.#gate = gate;
    this.#client = client;
  }

  /** What was found of this client and this sender, as far as it was asked. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  hello(name: string): void {
    this.#helo = name;
    this.#aboutHelo = undefined;
  }

  /** MAIL of a stranger: what takes time is asked now. @returns whether recipients are to be looked at */
  mail(sender: string, rules: ScreenRules): boolean {
    this.#sender = sender;
    this.#taken = [];
    this.#findings = [];
    this.#aboutSender = undefined;
    this.#spfDomain = undefined;
    this.#rules = rules;
    const { settings } = this.#gate;
    // Programs of this machine are no strangers.
    const isHere = isOwnMachine(this.#client.ip);
    if (rules.isWelcome || isHere || (!isOn(settings) && rules.dnsbllist === undefined)) {
      this.#rules = undefined;
      return false;
    }
    const domain = splitAddress(sender).domain;
    this.#aboutClient ??= this.#askAboutClient(settings, rules);
    this.#aboutHelo ??= this.#askAboutHelo(settings, rules);
    this.#aboutSender = this.#askDomain(settings, rules, domain);
    // Nobody may wait for them in the end.
    for (const asked of [this.#aboutClient, this.#aboutHelo, this.#aboutSender]) asked.catch(() => undefined);
    return true;
  }

  /** A recipient that exists. @returns why not, or nothing */
  async recipient(recipient: string): Promise<Reply | undefined> {
    const rules = this.#rules;
    if (rules === undefined) return undefined;
    const sender = this.#sender;
    const asked = [this.#aboutClient, this.#aboutHelo, this.#aboutSender];
    const findings = (await Promise.all(asked)).flatMap((each) => each ?? []);
    // What they ask for is done here, or was waived: points are left for the judge.
    this.#findings = findings.map(withoutMeasure);
    const allowed = isAllowed(findings);
    if (isPostmaster(recipient)) return undefined;
    const against = allowed ? undefined : findings.find(({ measure }) => measure !== undefined);
    if (against?.reply !== undefined) {
      if (!this.#isBlockedNoted && against.measure === 'reject')
        this.#gate.noteTurnout(this.#client.ip, 'bad');
      this.#isBlockedNoted = true;
      return { text: against.reply };
    }
    // Mail servers that ask whether an address exists do so from <>, and never come to DATA.
    const refusal = allowed || sender === '' ? undefined : await this.#greylist(recipient);
    if (refusal === undefined) this.#taken.push(recipient);
    return refusal;
  }

  /** DATA, or the end of the last chunk: notifications are greylisted here. */
  data(): Promise<Reply | undefined> | undefined {
    const [recipient] = this.#taken;
    if (this.#rules === undefined || this.#sender !== '' || recipient === undefined) return undefined;
    if (this.#gate.settings.greylist === 0 || isAllowed(this.#findings)) return undefined;
    return this.#greylist(recipient);
  }

  /** A recipient does not exist. */
  noteUnknown(): void {
    this.#gate.noteTurnout(this.#client.ip, 'unknown');
  }

  /** What became of a letter. */
  noteLetter(isJunk: boolean): void {
    this.#gate.noteTurnout(this.#client.ip, isJunk ? 'bad' : 'good');
  }

  async #greylist(recipient: string): Promise<Reply | undefined> {
    const { settings, seconds } = this.#gate;
    const { ip } = this.#client;
    const sender = this.#sender;
    if (settings.greylist === 0 || this.#gate.isWhite(ip)) return undefined;
    const question = { network: clientNetwork(ip), sender, recipient };
    const rules = { delay: settings.greylist, pass: settings.greylistpass };
    const ask = (network: string) =>
      this.#gate.consult((store) => askGreylist(store, { ...question, network }, rules, seconds));
    const answer = await ask(question.network);
    if (answer === undefined || isKnown(answer)) return undefined;
    // A domain that SPF lets this client send for stands for all of its networks: one that came again is known in all.
    const domain = sender === '' ? undefined : await this.#askSpf();
    const ofDomain = domain === undefined ? undefined : await ask(`spf:${domain}`);
    if (answer.wait === 0 || ofDomain?.wait === 0) return undefined;
    const { wait, why } = answer;
    this.#client.log(
      `smtpd: ip=${field(ip)} helo=${field(this.#helo)} mail=<${field(sender)}> rcpt=<${field(recipient)}> result=greylisted reason=${why}, ${wait} s`,
    );
    return {
      text: `451 4.7.1 sorry, we have not met yet: please try again in ${wait} seconds (#4.7.1)`,
      counts: 'nothing',
    };
  }

  /** The sender's domain, when its SPF passes for this client. Asked once a sender. */
  #askSpf(): Promise<string | undefined> {
    const { ip } = this.#client;
    this.#spfDomain ??= this.#gate.spf.passes({ ip, helo: this.#helo, sender: this.#sender });
    return this.#spfDomain;
  }

  /** The client's verified name; `none`: it has none. Undefined: nobody can tell now. Asked once. */
  #findName(): Promise<string | 'none' | undefined> {
    this.#name ??= this.#lookUpName();
    return this.#name;
  }

  async #lookUpName(): Promise<string | 'none' | undefined> {
    const { lookup } = this.#gate.asker;
    let isSoft = false;
    const ask = async (name: string, type: 'PTR' | 'A' | 'AAAA') => {
      const answer = await lookup.records(name, type);
      isSoft ||= answer.kind === 'soft';
      return answer;
    };
    const name = await findHostName(
      {
        names: (ip) => ask(arpaName(ip), 'PTR'),
        addresses: (host, family) => ask(host, family === 4 ? 'A' : 'AAAA'),
      },
      this.#client.ip,
    );
    this.clientName = name ?? '';
    return name ?? (isSoft ? undefined : 'none');
  }

  async #askAboutClient(settings: JunkSettings, rules: ScreenRules): Asked {
    const { ip } = this.#client;
    const lists = rules.skipsLists ? [] : (rules.dnsbllist ?? settings.dnsbllist);
    const domainLists = rules.skipsLists ? [] : settings.rhsbllist;
    const needsName = settings.clientchecks.has('no-name') || domainLists.length > 0 || wantsName(settings);
    const [listed, name] = await Promise.all([
      askLists(this.#gate.asker, lists, 'dnsbl', ip, rules.failsClosed),
      needsName ? this.#findName() : undefined,
    ]);
    const ofName =
      name === undefined || name === 'none'
        ? []
        : await askLists(this.#gate.asker, domainLists, 'rhsbl', name, rules.failsClosed);
    const seen: ReadonlySet<ClientCheckName> = new Set(name === 'none' ? ['no-name'] : []);
    return [...listed, ...ofName, ...judgeClient(seen, settings.clientchecks, this.#namesNow)];
  }

  async #askAboutHelo(settings: JunkSettings, rules: ScreenRules): Asked {
    const names = this.#namesNow;
    const seen = new Set<ClientCheckName>();
    if (!this.#client.saysHello) return [];
    const fault = examineHelo(names);
    if (fault !== undefined) seen.add(fault);
    const host = fault === undefined && !names.helo.startsWith('[') ? names.helo : undefined;
    const [hasOne, listed] = await Promise.all([
      host !== undefined && settings.clientchecks.has('helo-unknown')
        ? hasAddress(this.#gate.asker.lookup, host)
        : undefined,
      host === undefined ? [] : this.#askDomain(settings, rules, host),
    ]);
    if (hasOne === false) seen.add('helo-unknown');
    return [...judgeClient(seen, settings.clientchecks, names), ...listed];
  }

  /** What a client says of itself makes nobody welcome. */
  async #askDomain(settings: JunkSettings, rules: ScreenRules, domain: string): Asked {
    const lists = rules.skipsLists ? [] : settings.rhsbllist.filter(({ action }) => action !== 'allow');
    return domain === '' ? [] : askLists(this.#gate.asker, lists, 'rhsbl', domain, rules.failsClosed);
  }

  get #namesNow() {
    const { me, locals } = this.#gate.settings;
    const own = me.toLowerCase();
    return {
      ip: this.#client.ip,
      helo: this.#helo,
      isOwnName: (name: string) => name === own || locals.has(name),
      isOwnIp: this.#client.isOwnIp,
    };
  }
}
