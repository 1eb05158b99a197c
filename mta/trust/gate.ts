// What all sessions of the SMTP doors share against junk: the way to the DNS, the health of the lists, what is remembered
// of strangers (HOME/trust) and the reputation of networks. A session has a screen of its own (screen.ts). With nothing
// switched on in control/ it does nothing, opens nothing and asks nobody.

import type { JunkSettings } from '../control/definitions/junk.ts';
import { isRcpthost } from '../control/match.ts';
import { makeClientMatcher } from '../control/network.ts';
import { createRecordLookup, type RecordLookup } from '../dns/record-lookup.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import type { SmtpdSettings } from '../smtpd/settings.ts';
import { clientNetwork, isOwnMachine } from './client-network.ts';
import { correspondentKey } from './greylist/greylist.ts';
import { type JunkStore, openJunkStore, type Turnout } from './greylist/store.ts';
import type { ListAsker } from './lists/ask-lists.ts';
import { ListHealth } from './lists/list-health.ts';
import { watchOutgoing } from './outgoing-watch.ts';
import { Reputation, type Standing } from './reputation.ts';
import { createSpfAsker, type SpfAsker } from './spf-asker.ts';

export interface JunkGateOptions {
  /** HOME/trust; made when it is needed. */
  readonly directory: string;
  readonly settings: () => SmtpdSettings & { readonly dnsservers: readonly string[] };
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** Milliseconds between two looks at what can be forgotten. */
const PRUNE_EVERY = 600_000;
/** Milliseconds between two tries to open the memory, and between two lines about its faults. */
const TELL_EVERY = 60_000;

export class JunkGate {
  readonly log: Log;
  readonly #options: JunkGateOptions;
  readonly #now: () => number;
  readonly #health: ListHealth;
  readonly #reputation: Reputation;
  readonly #watch: (line: string) => void;
  #lookup: { readonly servers: string; readonly lookup: RecordLookup } | undefined;
  #white: { readonly list: readonly string[]; readonly matches: (ip: string) => boolean } | undefined;
  #spf: { readonly servers: string; readonly asker: SpfAsker } | undefined;
  #store: JunkStore | undefined;
  #opening: Promise<JunkStore | undefined> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: JunkGateOptions) {
    this.#options = options;
    this.log = options.log;
    this.#now = options.now ?? Date.now;
    this.#health = new ListHealth(options.log, () => performance.now());
    this.#reputation = new Reputation(() => this.#store, options.log);
    this.#watch = watchOutgoing(
      (domain) => this.isOurs(domain),
      (address) => this.#remember((store) => store.putCorrespondent(correspondentKey(address), this.seconds)),
    );
  }

  get settings(): JunkSettings & Pick<SmtpdSettings, 'me' | 'locals'> {
    return this.#options.settings();
  }

  /** Seconds since 1970. */
  get seconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  /** The DNS of the site, and what is known of the lists. */
  get asker(): ListAsker {
    const { dnsservers } = this.#options.settings();
    const servers = dnsservers.join(' ');
    if (this.#lookup?.servers !== servers) {
      this.#lookup?.lookup.close();
      this.#lookup = { servers, lookup: createRecordLookup(dnsservers) };
    }
    return { lookup: this.#lookup.lookup, health: this.#health };
  }

  /** Asks whether SPF lets a client send for a sender (spf-asker.ts). */
  get spf(): SpfAsker {
    const { dnsservers, me } = this.#options.settings();
    const servers = dnsservers.join(' ');
    if (this.#spf?.servers !== servers) {
      void this.#spf?.asker.close();
      this.#spf = { servers, asker: createSpfAsker(dnsservers, me, this.log) };
    }
    return this.#spf.asker;
  }

  /** control/greylist.white. */
  isWhite(ip: string): boolean {
    const list = this.settings['greylist.white'];
    if (this.#white?.list !== list) this.#white = { list, matches: makeClientMatcher(list) };
    return this.#white.matches(ip);
  }

  /** Is mail for this domain taken here? */
  isOurs(domain: string): boolean {
    const { rcpthosts, morercpthosts, locals } = this.#options.settings();
    return locals.has(domain) || isRcpthost(domain, rcpthosts, morercpthosts);
  }

  /** Takes a line of the program's log: whom our people write to is not greylisted. */
  observe(line: string): void {
    if (this.settings.greylist > 0) this.#watch(line);
  }

  /** How the network of a client stands; undefined: as everyone. Never throws, never waits. */
  standing(ip: string): Standing | undefined {
    if (this.settings.reputation === 0 || isOwnMachine(ip)) return undefined;
    void this.store();
    try {
      return this.#reputation.standing(clientNetwork(ip), this.seconds);
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  /** A letter of a client turned out good or bad, or was for nobody. */
  noteTurnout(ip: string, what: keyof Turnout): void {
    if (this.settings.reputation === 0 || isOwnMachine(ip)) return;
    this.#remember((store) => store.addTurnout(clientNetwork(ip), what, this.seconds));
  }

  /** The memory; undefined when there is none now. Never rejects. */
  store(): Promise<JunkStore | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Asks the memory. Undefined when it cannot tell now: the letter goes on. */
  async consult<T>(ask: (store: JunkStore) => T): Promise<T | undefined> {
    const store = await this.store();
    try {
      return store && ask(store);
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  #remember(act: (store: JunkStore) => void): void {
    void this.consult(act);
  }

  async #open(): Promise<JunkStore | undefined> {
    try {
      const store = await openJunkStore(this.#options.directory, this.log);
      if (this.#isClosed) {
        store.close();
        return undefined;
      }
      this.#store = store;
      this.#timer = setInterval(() => this.#prune(store), PRUNE_EVERY);
      this.#timer.unref();
      return store;
    } catch (error) {
      this.#tell(error);
      setTimeout(() => {
        this.#opening = undefined;
      }, TELL_EVERY).unref();
      return undefined;
    }
  }

  #prune(store: JunkStore): void {
    if (this.#isClosed) return;
    try {
      if (store.prune(this.seconds)) setImmediate(() => this.#prune(store));
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = now;
    const words = error instanceof Error ? error.message : String(error);
    this.log(`warning: what is known of strangers cannot be read or kept: ${quoted(words)}`);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#lookup?.lookup.close();
    void this.#spf?.asker.close();
    this.#store?.close();
    this.#store = undefined;
  }
}
