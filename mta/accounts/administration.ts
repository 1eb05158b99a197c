// What can be done to domains, accounts, aliases and robots by somebody who signed in: the one door of the admin pages,
// of the user's own settings and of vpopmail's line protocol. Who may do it is decided in here, for each object, and
// nowhere else: a page that forgets to ask changes nothing (spec/qmailadmin.md 1.3, security.md W7). Under root this runs
// in a role of its own, and the web asks over a socket; every call is therefore plain data in and out.
//
// "Not yours" is NoSuchObject, the same as "not there". A refusal of the rules is a Refusal with its field and words. A
// `version` is what the object was when the form was made; when it is another by now, the change is a Conflict and
// nothing is done.
import type { CertificateReport } from '../certificates/report.ts';
import type { SettingLock } from '../control/site-files.ts';
import type { DkimKey } from '../trust/dkim-keys.ts';
import type { ListQuestions } from './administration/list-types.ts';
import type { AppPassword, AppService } from './app-passwords.ts';
import type { Brand } from './brand-file.ts';
import type { DeliveryChoice } from './delivery-choice.ts';
import type { DomainLimits } from './limits.ts';
import type { SecondFactorAnswer } from './second-factor.ts';

export type { DeliveryChoice, VacationChoice, VacationTimes } from './delivery-choice.ts';

/** Who acts. `machine`: a command of the machine's own administrator, who may do all. */
export type Actor =
  | { readonly kind: 'machine' }
  /** The levels of vpopmail: SA_ADMIN, QA_ADMIN or the name postmaster, everybody else. Read anew for each call. */
  | { readonly kind: 'account'; readonly address: string; readonly ip: string };

export type Level = 'user' | 'domain' | 'system';

/** Which of a long list. */
export interface ListQuery {
  readonly search?: string | undefined;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** At most 500. */
  readonly limit: number;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** How many fit the search in all. */
  readonly total: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
}

export interface DomainSummary {
  readonly name: string;
  readonly aliasDomains: readonly string[];
  readonly accounts: number;
  /** Nobody of it signs in, and its mail waits. */
  readonly isDisabled: boolean;
}

/** What happens to mail for local parts that nobody has. */
export type CatchAllChoice =
  | { readonly kind: 'bounce' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'forward'; readonly address: string }
  /** To the same local part of another domain. */
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'directory'; readonly path: string }
  /** .qmail-default holds something else: shown, and kept until another choice is saved. */
  | { readonly kind: 'other'; readonly lines: readonly string[] };

export interface DomainDetails extends DomainSummary {
  readonly version: string;
  readonly directory: string;
  readonly catchAll: CatchAllChoice;
  readonly limits: DomainLimits;
  /** The limits are those of all domains, not its own. */
  readonly hasDefaultLimits: boolean;
  /** Lines of the account store that are no accounts: where, and what is wrong. */
  readonly problems: readonly { readonly where: string; readonly words: string }[];
  readonly counts: {
    readonly accounts: number;
    readonly aliases: number;
    readonly robots: number;
    readonly lists: number;
  };
}

/** How the webmail of a domain looks. */
export interface BrandDetails {
  readonly version: string;
  /** Undefined: the usual look. */
  readonly brand?: Brand | undefined;
}

export interface AccountSummary {
  /** user@real-domain */
  readonly address: string;
  readonly name: string;
  readonly gecos: string;
  /** Stored quota string; '' or NOQUOTA for none. */
  readonly quota: string;
  /** AccountFlag bits of its own. */
  readonly flags: number;
  /** Bytes and messages counted by maildirsize; undefined: not counted. */
  readonly usage?: { readonly bytes: number; readonly messages: number } | undefined;
  /** Seconds since 1970; undefined: never. */
  readonly lastLogin?: { readonly at: number; readonly ip: string } | undefined;
  readonly isCatchAll: boolean;
}

export interface AccountDetails extends AccountSummary {
  readonly version: string;
  readonly directory: string;
  /** With the domain's switches. */
  readonly effectiveFlags: number;
  readonly level: Level;
  readonly hasPassword: boolean;
  /** crypt scheme of the stored hash: 'sha512', 'scrypt', 'des' ...; never the hash. */
  readonly passwordScheme: string;
  readonly delivery: DeliveryChoice;
}

export interface AccountInput {
  readonly address: string;
  readonly password: string;
  readonly gecos?: string | undefined;
  /** As typed: `10M`, `NOQUOTA`; undefined: the domain's default. A wrong one is refused here, not stored empty. */
  readonly quota?: string | undefined;
  readonly flags?: number | undefined;
}

/** What changes; what is missing stays. */
export interface AccountChange {
  readonly version?: string | undefined;
  readonly password?: string | undefined;
  /** The password as it was: needed by everybody who changes the own one, administrators too. */
  readonly oldPassword?: string | undefined;
  readonly gecos?: string | undefined;
  readonly quota?: string | undefined;
  readonly flags?: number | undefined;
  readonly delivery?: Omit<DeliveryChoice, 'otherLines'> | undefined;
}

/** One `.qmail-NAME` file of a domain, or an alias of the back end's table. */
export interface AliasDetails {
  readonly name: string;
  readonly kind: 'alias' | 'robot' | 'list' | 'other';
  readonly where: 'file' | 'table';
  readonly version: string;
  /** Destinations that the form can edit: full addresses. */
  readonly addresses: readonly string[];
  /** All mail is thrown away (`#`). */
  readonly discards: boolean;
  /** Lines that the form does not edit: programs, Maildirs, comments. Kept in place. */
  readonly otherLines: readonly string[];
  /** A robot's texts. */
  readonly robot?:
    | { readonly subject: string; readonly message: string; readonly copyTo: string }
    | undefined;
}

export interface AliasInput {
  /** Undefined for a new one: then a taken name is refused. */
  readonly version?: string | undefined;
  readonly addresses: readonly string[];
  readonly discards?: boolean | undefined;
}

export interface RobotInput {
  readonly version?: string | undefined;
  readonly subject: string;
  readonly message: string;
  readonly copyTo?: string | undefined;
}

/** One line of a bulk import. `line` counts from 1 in the file that people see. */
export interface BulkLine extends AccountInput {
  readonly line: number;
  /** In the place of the password: a stored hash of another system. Of administrators of the system only. */
  readonly passwordHash?: string | undefined;
}

export interface BulkReport {
  readonly added: number;
  /** Lines that were refused, in all; the first 1,000 of them are in `problems`. */
  readonly refused: number;
  readonly problems: readonly { readonly line: number; readonly field: string; readonly words: string }[];
}

/** A bulk import under way or done; known for an hour after its end. A dry run ends within seconds. */
export interface BulkJob {
  readonly id: string;
  readonly domain: string;
  readonly dryRun: boolean;
  /** `failed`: a disk or a database, not a line; what was added until then is in the report. */
  readonly state: 'running' | 'done' | 'cancelled' | 'failed';
  /** Lines looked at, of all. */
  readonly done: number;
  readonly total: number;
  readonly report: BulkReport;
}

/** A line of the audit log: who did what to what. */
export interface AuditEntry {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Address, or 'machine'. */
  readonly actor: string;
  readonly ip: string;
  /** `account.add`, `domain.limits`, `queue.drop` ... */
  readonly action: string;
  readonly object: string;
  readonly details: string;
}

/** What guards an account besides its password. */
export interface AccountSecurity {
  /** The oldest first; never the passwords. */
  readonly appPasswords: readonly AppPassword[];
  /** Missing: it is off. */
  readonly secondFactor?:
    | {
        /** Seconds since 1970. */
        readonly since: number;
        /** Recovery codes that are left. */
        readonly recoveryCodes: number;
      }
    | undefined;
  /** May the actor take app passwords and the second factor away, and end sessions? */
  readonly mayChange: boolean;
}

export interface NewAppPassword {
  /** The account's own. */
  readonly password: string;
  readonly label: string;
  readonly services: readonly AppService[];
}

/** Why a page shows a control file and does not change it; the first six are ../control/site-files.ts's. */
export type SettingObstacle = SettingLock | 'odd' | 'bytes';

/** What a control file says now; what it means is in the table of settings (../control/settings.ts). */
interface SettingState {
  readonly name: string;
  /** There is a file. */
  readonly isSet: boolean;
  /** What holds without a file, for people. */
  readonly default: string;
  /** Why the file cannot be used. */
  readonly problem?: string | undefined;
  /** Lines that do not count. */
  readonly warnings: readonly string[];
  readonly lock?: SettingObstacle | undefined;
}

export interface SettingSummary extends SettingState {
  /** The first lines that count, and how many more there are. */
  readonly value: { readonly lines: readonly string[]; readonly more: number };
}

export interface SettingDetails extends SettingState {
  readonly version: string;
  /** '' when there is no file. */
  readonly text: string;
  /** Passwords in the text are dots: it can only be replaced as a whole. */
  readonly isMasked: boolean;
}

export interface SettingsReport {
  readonly settings: readonly SettingSummary[];
  /** Files that nobody reads. */
  readonly unknown: readonly string[];
  /** Files that only run scripts of old sites read. */
  readonly runScripts: readonly string[];
}

/** Under which addresses mail comes to an account, so that it may also write under them (security.md W6). */
export interface OwnAddresses {
  /** The account's own first, then its names in alias domains, then aliases and forwards that lead to it. */
  readonly addresses: readonly string[];
  /** `*@example.com`: every local part that nobody else has; `sales-*@example.com`: those that begin so. */
  readonly patterns: readonly string[];
  /** Of the address that was asked about: is it one of these, also by a tag (`alice+shop@`) or a pattern? */
  readonly isOwn?: boolean;
}

/** A rule says no. `field`: which input; `key`: why, a stable name; `words`: plain English, also for logs. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly field: string;
  readonly key: string;

  constructor(field: string, key: string, words: string) {
    super(words);
    this.field = field;
    this.key = key;
  }
}

/** It is not there, or not yours to see. */
export class NoSuchObject extends Error {
  override readonly name = 'NoSuchObject';
}

/** Somebody else changed it since the form was made. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** Not now: files are locked, or too many passwords are being hashed. Nothing was done; it may be tried again. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

export interface Administration extends ListQuestions {
  /**
   * What the actor may do at all; undefined when the account is no more. Whatever is above the actor's level is
   * NoSuchObject; a Refusal `forbidden` is only what the limits of the own domain deny.
   */
  level(actor: Actor): Promise<Level | undefined>;

  /** System: all. Domain administrators: their own. */
  domains(actor: Actor, query: ListQuery): Promise<ListPage<DomainSummary>>;
  domain(actor: Actor, domain: string): Promise<DomainDetails>;
  /** System. Makes the postmaster account with this password. */
  addDomain(actor: Actor, domain: string, postmasterPassword: string): Promise<void>;
  /** System. With all its accounts, mail and alias domains. */
  removeDomain(actor: Actor, domain: string): Promise<void>;
  /** System. */
  addAliasDomain(actor: Actor, domain: string, alias: string): Promise<void>;
  removeAliasDomain(actor: Actor, domain: string, alias: string): Promise<void>;
  /** System, and not of the own domain. Nothing is deleted; it holds for its alias domains too. */
  setDomainDisabled(actor: Actor, domain: string, isDisabled: boolean): Promise<void>;
  /** Domain. `other` is refused. */
  setCatchAll(actor: Actor, domain: string, version: string, choice: CatchAllChoice): Promise<void>;
  /** System. Undefined: those for all domains. */
  setLimits(actor: Actor, domain: string, version: string, limits: DomainLimits | undefined): Promise<void>;

  /** Domain. The keys that sign its mail, the oldest first; never their secrets. */
  dkimKeys(actor: Actor, domain: string): Promise<readonly DkimKey[]>;
  /** New ones of each kind; they wait where others sign. Gives their selectors. */
  addDkimKeys(actor: Actor, domain: string): Promise<readonly string[]>;
  /** These sign from now on, in the place of those of their kind. */
  useDkimKeys(actor: Actor, domain: string, selectors: readonly string[]): Promise<void>;
  /** `evenCurrent`: also one that signs. */
  removeDkimKey(actor: Actor, domain: string, selector: string, evenCurrent: boolean): Promise<void>;
  /** Domain. */
  brand(actor: Actor, domain: string): Promise<BrandDetails>;
  /** Domain. The whole look; undefined: the usual one. */
  setBrand(actor: Actor, domain: string, version: string, brand: Brand | undefined): Promise<void>;

  accounts(actor: Actor, domain: string, query: ListQuery): Promise<ListPage<AccountSummary>>;
  /** Users: their own. */
  account(actor: Actor, address: string): Promise<AccountDetails>;
  addAccount(actor: Actor, account: AccountInput): Promise<void>;
  /** All that is given changes, or nothing. Users: password, gecos, delivery of their own account. */
  changeAccount(actor: Actor, address: string, change: AccountChange): Promise<void>;
  /** With its mail. `forwardTo`: an alias of the name is left, to this address. postmaster stays. */
  removeAccount(actor: Actor, address: string, forwardTo?: string | undefined): Promise<void>;
  /**
   * Adds many accounts in the background (hashing takes a fifth of a second each) and gives the job's id. `dryRun`: only
   * what would happen. `all`: nothing is added when one line is refused. At most 10,000 lines, one job a domain at a
   * time. Refused lines are in the job's report, everything else about the call is a Refusal at once.
   */
  startBulk(
    actor: Actor,
    domain: string,
    lines: readonly BulkLine[],
    options: { readonly dryRun: boolean; readonly all: boolean },
  ): Promise<string>;
  bulk(actor: Actor, domain: string, id: string): Promise<BulkJob>;
  /** What is added stays. */
  cancelBulk(actor: Actor, domain: string, id: string): Promise<void>;

  /** The actor's own. Nothing for the machine. */
  /**
   * Whom a vacation with `contactsOnly` answers; for the own account, at most 20,000 addresses. False: there is no such
   * vacation, and nothing is written.
   */
  setVacationContacts(actor: Actor, addresses: readonly string[]): Promise<boolean>;
  ownAddresses(actor: Actor, about?: string): Promise<OwnAddresses>;

  /** Users: their own. */
  security(actor: Actor, address: string): Promise<AccountSecurity>;
  /** Of the own account only. The answer's password is in no file and cannot be asked for again. */
  addAppPassword(
    actor: Actor,
    address: string,
    wanted: NewAppPassword,
  ): Promise<{ readonly id: string; readonly password: string }>;
  removeAppPassword(actor: Actor, address: string, id: string): Promise<void>;
  /**
   * Of the own account only. `secret`: base64url, as the user's app has it; `code`: what the app shows. Gives the recovery
   * codes, which cannot be asked for again.
   */
  turnOnSecondFactor(
    actor: Actor,
    address: string,
    wanted: { readonly password: string; readonly secret: string; readonly code: string },
  ): Promise<readonly string[]>;
  /** Owners need a code or a recovery code, administrators of the account none. */
  turnOffSecondFactor(actor: Actor, address: string, code: string): Promise<void>;
  /** The second step of a sign in: uses up a code of the actor's own account. */
  checkSecondFactor(actor: Actor, code: string): Promise<SecondFactorAnswer>;

  aliases(actor: Actor, domain: string, query: ListQuery): Promise<ListPage<AliasDetails>>;
  alias(actor: Actor, domain: string, name: string): Promise<AliasDetails>;
  setAlias(actor: Actor, domain: string, name: string, alias: AliasInput): Promise<void>;
  setRobot(actor: Actor, domain: string, name: string, robot: RobotInput): Promise<void>;
  removeAlias(actor: Actor, domain: string, name: string, version: string): Promise<void>;
  /** Domain. Makes dmarc-reports@DOMAIN, whose mail our dmarc-report reads; what is no report goes to the postmaster. */
  receiveReports(actor: Actor, domain: string): Promise<void>;

  /** System. What is to be said of the certificates of the doors, the site's own first; never the keys. */
  certificates(actor: Actor): Promise<readonly CertificateReport[]>;

  /** System. The control files. */
  settings(actor: Actor): Promise<SettingsReport>;
  setting(actor: Actor, name: string): Promise<SettingDetails>;
  /** System. The whole text of the file; undefined: no file, the default holds. */
  changeSetting(actor: Actor, name: string, version: string, text: string | undefined): Promise<void>;

  /** Latest first; domain administrators see what happened in their domain. `before`: entries older than this id. */
  audit(
    actor: Actor,
    query: {
      readonly search?: string | undefined;
      readonly before?: number | undefined;
      readonly limit: number;
    },
  ): Promise<readonly AuditEntry[]>;
  /** Notes what another part of the program did for the actor: an order to the queue, an ended session. */
  note(actor: Actor, action: string, object: string, details: string): Promise<void>;
}
