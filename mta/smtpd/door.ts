// What all sessions of one smtpd share: the settings of the moment with what follows from them, the accounts, the
// way into the queue, the crowd and the clocks. Passed to every session; holds no session.
import { networkInterfaces } from 'node:os';
import type { Accounts } from '../accounts/types.ts';
import { makeClientMatcher } from '../control/network.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import { CrowdTable } from './crowd.ts';
import type { SmtpdLimits, SmtpdSettings } from './settings.ts';
import { limitsOf } from './settings.ts';

/** What startSmtpd was given, as sessions need it. */
export interface DoorOptions {
  /** The settings of the moment: the same object until they change. Called often; never throws. */
  readonly settings: () => SmtpdSettings;
  readonly accounts: Accounts;
  readonly injector: Injector;
  readonly log: Log;
  /** Is there room in the queue for a message of this size (0: not declared)? False is answered 452 4.3.1. */
  readonly hasRoom?: ((bytes: number) => boolean | Promise<boolean>) | undefined;
  /** Milliseconds since 1970, for the Received line. */
  readonly now?: (() => number) | undefined;
}

export class Door {
  readonly accounts: Accounts;
  readonly injector: Injector;
  readonly crowd: CrowdTable;
  readonly hasRoom: (bytes: number) => boolean | Promise<boolean>;
  /** Seconds since 1970. */
  readonly wallClock: () => number;
  /** True from close() on: sessions end at their next command. */
  isClosing = false;
  readonly #read: () => SmtpdSettings;
  readonly #ownIps: ReadonlySet<string>;
  #known: SmtpdSettings | undefined;
  #limits: SmtpdLimits;
  #isRelayClient: (ip: string) => boolean;

  constructor(options: DoorOptions) {
    this.accounts = options.accounts;
    this.injector = options.injector;
    this.crowd = new CrowdTable(options.log);
    this.hasRoom = options.hasRoom ?? (() => true);
    const now = options.now ?? Date.now;
    this.wallClock = () => now() / 1000;
    this.#read = options.settings;
    // ipme.c: all addresses of all interfaces, and 0.0.0.0.
    const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    this.#ownIps = new Set([
      '0.0.0.0',
      '127.0.0.1',
      '::1',
      ...interfaces.map((one) => one.address.toLowerCase()),
    ]);
    this.#limits = limitsOf(this.settings);
    this.#isRelayClient = makeClientMatcher(this.settings.relayclients);
  }

  /** The settings of the moment; what is derived from them is made anew only when they changed. */
  get settings(): SmtpdSettings {
    const settings = this.#read();
    if (settings !== this.#known) {
      this.#known = settings;
      this.#limits = limitsOf(settings);
      this.#isRelayClient = makeClientMatcher(settings.relayclients);
    }
    return settings;
  }

  get limits(): SmtpdLimits {
    void this.settings;
    return this.#limits;
  }

  isRelayClient(ip: string): boolean {
    void this.settings;
    return this.#isRelayClient(ip);
  }

  /** Is this one of our own addresses? `localIp` is the address the client reached us on. */
  isOwnIp(ip: string, localIp: string): boolean {
    const lower = ip.toLowerCase();
    return lower === localIp || this.#ownIps.has(lower);
  }

  /** Seconds of a clock that only goes forward. */
  clock(): number {
    return performance.now() / 1000;
  }
}
