// What the SMTP door reads of the control files, and its limits (spec/security.md R5) with their defaults.
// `Settings` of control/settings.ts fits SmtpdSettings as it is; a test gives only what it needs to change.
import type { JunkSettings } from '../control/definitions/junk.ts';
import { junkSettingNames } from '../control/definitions/junk.ts';
import type { PolicySettings } from '../control/definitions/policy.ts';
import { policySettingNames } from '../control/definitions/policy.ts';
import { senderSettingNames } from '../control/definitions/senders.ts';
import type { DomainSet } from '../control/match.ts';
import type { SettingName } from '../control/setting-types.ts';
import type { HostRule } from '../inject/header/host-rules.ts';
import { type SrsRules, srsSettingNames } from '../trust/srs.ts';

/** Limits of one client and of the whole door. Seconds may be fractions. */
export interface SmtpdLimits {
  /** Bytes of a command line without its CRLF; with MAIL and RCPT parameters; of AUTH and its continuation lines. */
  readonly commandBytes: number;
  readonly addressCommandBytes: number;
  readonly authCommandBytes: number;
  /** Over-long lines answered before the connection closes. */
  readonly longLines: number;
  /** Errors answered at once; later ones wait `errorDelay` seconds; more than `errorsToClose` end the session. */
  readonly errorsToDelay: number;
  readonly errorsToClose: number;
  readonly errorDelay: number;
  /** The same for recipients that do not exist (R8). */
  readonly unknownToDelay: number;
  readonly unknownToClose: number;
  /** NOOP, RSET, VRFY, HELP, HELO and EHLO of one session. */
  readonly idleCommands: number;
  readonly transactions: number;
  readonly authTries: number;
  /** New connections a second from one address; 0 is no limit. */
  readonly connectionsPerSecond: number;
  /** Seconds before the first command, and per command when over 80 % of the connections are in use. */
  readonly firstCommandSeconds: number;
  readonly crowdedSeconds: number;
  /** A message slower than this many bytes a second on average, after `slowAfterSeconds`, ends the session. */
  readonly slowBytes: number;
  readonly slowAfterSeconds: number;
  readonly headerBytes: number;
  readonly headerLines: number;
  readonly hops: number;
  /** Seconds to wait before the greeting for clients that talk first; 0 sees only what is there at once. */
  readonly greetDelay: number;
}

export const defaultLimits: SmtpdLimits = {
  commandBytes: 512,
  addressCommandBytes: 2048,
  authCommandBytes: 12_288,
  longLines: 3,
  errorsToDelay: 10,
  errorsToClose: 20,
  errorDelay: 1,
  unknownToDelay: 5,
  unknownToClose: 20,
  idleCommands: 100,
  transactions: 100,
  authTries: 3,
  connectionsPerSecond: 20,
  firstCommandSeconds: 60,
  crowdedSeconds: 10,
  slowBytes: 100,
  slowAfterSeconds: 60,
  headerBytes: 1_048_576,
  headerLines: 10_000,
  hops: 100,
  greetDelay: 0,
};

/** The part of the control files that the door reads; names as in control/. Domain names are in lower case. */
export interface SmtpdSettings
  extends Omit<PolicySettings, 'rcpthosts' | 'morercpthosts'>,
    JunkSettings,
    Partial<SrsRules> {
  readonly me: string;
  readonly smtpgreeting: string;
  /** Largest message in bytes, 0 for no limit. */
  readonly databytes: number;
  /** 1: clients may ask for delivery status notifications (RFC 3461). */
  readonly dsn: number;
  /** Seconds to wait for a command, and for the next bytes of a message. */
  readonly timeoutsmtpd: number;
  /** Undefined: the file is missing; an empty list, never an open relay. */
  readonly rcpthosts: DomainSet | undefined;
  readonly morercpthosts: DomainSet | undefined;
  readonly locals: ReadonlySet<string>;
  readonly virtualdomains: ReadonlyMap<string, string>;
  readonly percenthack: ReadonlySet<string>;
  readonly envnoathost: string;
  readonly localiphost: string | undefined;
  readonly maxrcpt: number;
  /** Whether there are some; which is the accounts' to say. */
  readonly disableddomains: ReadonlySet<string>;
  /** 1: a full mailbox is 452, not 552. */
  readonly overquotadefer: number;
  /** 1: a line for programs about each recipient and message. */
  readonly qlog: number;
  readonly qmailqueue: string;
  /** Seconds. */
  readonly timeoutqmailqueue: number;
  /** How the addresses of the site's own people are completed at submission; without a file by the three names. */
  readonly rewrite: readonly HostRule[] | undefined;
  readonly defaulthost: string;
  readonly defaultdomain: string;
  readonly plusdomain: string;
  readonly maxconnections: number;
  /** SCRAM-SHA-256 is offered. */
  readonly scram: boolean;
  readonly maxconnectionsperip: number;
  readonly limits?: Partial<SmtpdLimits> | undefined;
}

/** The control files that it reads. */
export const smtpdSettingNames = [
  'me',
  'smtpgreeting',
  'databytes',
  'disableddomains',
  'dsn',
  'timeoutsmtpd',
  'locals',
  'virtualdomains',
  'percenthack',
  'envnoathost',
  'localiphost',
  'maxrcpt',
  'maxconnections',
  'maxconnectionsperip',
  'overquotadefer',
  'qlog',
  'qmailqueue',
  'timeoutqmailqueue',
  'dnsservers',
  'rewrite',
  'scram',
  'defaulthost',
  'defaultdomain',
  'plusdomain',
  ...policySettingNames,
  ...junkSettingNames,
  ...senderSettingNames,
  ...srsSettingNames,
] as const satisfies readonly SettingName[];

/** The limits of these settings, defaults filled in. */
export function limitsOf(settings: SmtpdSettings): SmtpdLimits {
  return settings.limits === undefined ? defaultLimits : { ...defaultLimits, ...settings.limits };
}
