// What all sessions of one smtpd share: the settings of the moment with what follows from them, the accounts, the
// way into the queue, the crowd and the clocks. Passed to every session; holds no session.
import { networkInterfaces } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import type { Accounts } from '../accounts/types.ts';
import { judgeOwnAddress } from '../control/ip-list.ts';
import { makeClientMatcher } from '../control/network.ts';
import type { TcpRulesFile } from '../control/tcp-rules-file.ts';
import type { DnsLookup } from '../dns/lookup.ts';
import { createProgramInjector, type RunningQueueProgram } from '../inject/queue-program.ts';
import type { Injector } from '../inject/types.ts';
import type { Log } from '../log.ts';
import type { JunkGate } from '../trust/gate.ts';
import type { ProgramSite } from './child.ts';
import type { Courts } from './court.ts';
import { CrowdTable } from './crowd.ts';
import type { ClientEnvironment } from './environment.ts';
import type { TcpConnection } from './ident.ts';
import type { Identity } from './identify.ts';
import { ClientIdentifier } from './identify.ts';
import type { SessionPolicy } from './session-policy.ts';
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
  /** The access rules of a door, by its name. */
  readonly rules?: ((name: string) => TcpRulesFile | undefined) | undefined;
  /** For the names of clients; without it they have none. */
  readonly dns?: (() => DnsLookup) | undefined;
  /** Where clients are asked for their users; 113 (RFC 1413) unless told. */
  readonly identPort?: number | undefined;
  /** What keeps junk out; none: nothing is looked at. */
  readonly gate?: JunkGate | undefined;
  /** Where filters and plugins run and what they see; nothing of this process otherwise. */
  readonly programs?: ProgramSite | undefined;
  /** Judges what strangers send; without it everything that the session lets pass is taken. */
  readonly courts?: Pick<Courts, 'find'> | undefined;
  /** Milliseconds since 1970, for the Received line. */
  readonly now?: (() => number) | undefined;
}

export class Door {
  readonly accounts: Accounts;
  readonly injector: Injector;
  readonly crowd: CrowdTable;
  readonly gate: JunkGate | undefined;
  readonly hasRoom: (bytes: number) => boolean | Promise<boolean>;
  /** Seconds since 1970. */
  readonly wallClock: () => number;
  /** True from close() on: sessions end at their next command. */
  isClosing = false;
  readonly programs: ProgramSite;
  readonly courts: Pick<Courts, 'find'> | undefined;
  readonly #log: Log;
  readonly #running = new Set<RunningQueueProgram>();
  readonly #rules: (name: string) => TcpRulesFile | undefined;
  readonly #identifier: ClientIdentifier;
  readonly #read: () => SmtpdSettings;
  readonly #ownIps: ReadonlySet<string>;
  #known: SmtpdSettings | undefined;
  #limits: SmtpdLimits;
  #isRelayClient: (ip: string) => boolean;

  constructor(options: DoorOptions) {
    this.accounts = options.accounts;
    this.injector = options.injector;
    this.crowd = new CrowdTable(options.log);
    this.gate = options.gate;
    this.hasRoom = options.hasRoom ?? (() => true);
    const now = options.now ?? Date.now;
    this.wallClock = () => now() / 1000;
    this.#read = options.settings;
    this.#log = options.log;
    this.courts = options.courts;
    this.#rules = options.rules ?? (() => undefined);
    this.programs = options.programs ?? { directory: '/', env: { PATH: '/usr/bin:/bin' } };
    this.#identifier = new ClientIdentifier({ ...options, directory: this.programs.directory });
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

  /** May this client relay, by what is known without waiting? Chooses its limits; permission is identify's. */
  isLikelyRelay(name: string, ip: string): boolean {
    if (this.isRelayClient(ip)) return true;
    const rules = this.#rules(name)?.last;
    return typeof rules === 'object' && rules.find({ ip }).variables.get('RELAYCLIENT') !== undefined;
  }

  /** What holds for a client of the door `name`, or for one that tcpserver let in. Never rejects. */
  identify(
    name: string,
    connection: TcpConnection,
    client?: ClientEnvironment,
  ): Identity | Promise<Identity> {
    const isRelayClient = this.isRelayClient(connection.remoteIp);
    return client === undefined
      ? this.#identifier.identify(connection, isRelayClient, this.settings, this.#rules(name))
      : this.#identifier.identifyGiven(client, isRelayClient, this.settings);
  }

  /** What holds for a client before it is identified: nothing that it asks is answered until then. */
  get strangerPolicy(): SessionPolicy {
    return this.#identifier.strangerPolicy(this.settings);
  }

  /** Ends the programs that messages wait for: the role closes. */
  stopPrograms(): void {
    for (const program of this.#running) program.stop();
  }

  /** The queue behind a program. */
  makeProgramInjector(program: string, env: Readonly<Record<string, string>>): Injector {
    return createProgramInjector(program, {
      directory: this.programs.directory,
      env,
      timeout: this.settings.timeoutqmailqueue,
      log: this.#log,
      running: this.#running,
    });
  }

  /** A program's path: a relative one begins in qmail's home. */
  resolveProgram(program: string): string {
    return resolvePath(this.programs.directory, program);
  }

  /** Is this one of our own addresses? `localIp` is the address the client reached us on. */
  isOwnIp(ip: string, localIp: string): boolean {
    const lower = ip.toLowerCase();
    const { moreipme, notipme } = this.settings;
    if (moreipme.length + notipme.length > 0) {
      const judged = judgeOwnAddress(lower, moreipme, notipme);
      if (judged !== 0) return judged > 0;
    }
    return lower === localIp || this.#ownIps.has(lower);
  }

  /** Seconds of a clock that only goes forward. */
  clock(): number {
    return performance.now() / 1000;
  }
}
