// Accounts as the rest of the program sees them: vpopmail's domains and users, whatever back end keeps them.
import type { ScramChallenge, ScramProof } from './scram.ts';
import type { SubmissionDesk } from './submission-desk.ts';

/** vpopmail's pw_gid flag bits (spec/vpopmail.md 2.3). */
export const AccountFlag = {
  noPasswordChange: 0x01,
  noPop: 0x02,
  /** POP and IMAP from this machine, as webmails that log in over them. */
  noWebmail: 0x04,
  noImap: 0x08,
  /** All mail to the account is refused. */
  bounceMail: 0x10,
  /** A login does not open relaying (POP before SMTP). */
  noRelay: 0x20,
  noDialup: 0x40,
  /** V_USER0 to V_USER3: the site's own. */
  user0: 0x80,
  user1: 0x100,
  user2: 0x200,
  user3: 0x400,
  noSmtp: 0x800,
  /** QA_ADMIN: administers its domain. */
  domainAdmin: 0x1000,
  /** V_OVERRIDE: the domain's limits do not apply. */
  override: 0x2000,
  noSpamAssassin: 0x4000,
  deleteSpam: 0x8000,
  /** SA_ADMIN: administers the system. */
  systemAdmin: 0x10000,
  /** SA_EXPERT: may edit .qmail files. */
  systemExpert: 0x20000,
  noMaildrop: 0x40000,
} as const;

/** One mailbox account. */
export interface Account {
  /** Local part, lower case. */
  readonly name: string;
  /** The real domain (an alias domain is resolved). */
  readonly domain: string;
  /** name@domain. */
  readonly address: string;
  readonly gecos: string;
  /** pw_dir: the account's home; always read, never computed. */
  readonly directory: string;
  /** directory + '/Maildir'. */
  readonly maildir: string;
  /** vpopmail quota string, '' or 'NOQUOTA' for none. */
  readonly quota: string;
  /** pw_gid: sum of AccountFlag bits. */
  readonly flags: number;
  /** uid and gid of the domain from users/assign. */
  readonly uid: number;
  readonly gid: number;
  /** Its domain is put off: nobody signs in, and sessions that are open do nothing more. */
  readonly isDisabled?: true;
}

/** A domain of users/assign. */
export interface Domain {
  readonly name: string;
  /** Differs from name for an alias domain. */
  readonly realName: string;
  readonly directory: string;
  readonly uid: number;
  readonly gid: number;
  /** It, or its real domain, is in control/disableddomains. */
  readonly isDisabled?: true;
}

/** What a door hears of a recipient of ours. */
export interface RecipientState {
  readonly exists: boolean;
  /** Its domain is put off; nothing else is known then. */
  readonly isDisabled?: true;
  /** The account (name@domain) that its mail goes to by the domain's vdelivermail line. */
  readonly account?: string | undefined;
  /** Whether that account has a quota. */
  readonly hasQuota?: boolean | undefined;
  /** Its mailbox cannot take the message: the site's words for that. */
  readonly full?: string | undefined;
}

/** `sieve` is ManageSieve. */
export type LoginService = 'web' | 'smtp' | 'imap' | 'pop3' | 'sieve';

/** Read access for the roles. Lookups are cached by file identity (inode, mtime, size) and see changes at once; whether
 * a recipient may still get mail, within a fifth of a second. */
export interface Accounts {
  findDomain(domain: string): Promise<Domain | undefined>;
  /**
   * Case-insensitive; resolves alias domains; undefined when there is no such account. `trustMs`: a look at the files
   * that is no older than so many milliseconds is good enough (deliveries that come by the hundred).
   */
  findAccount(address: string, trustMs?: number): Promise<Account | undefined>;
  /**
   * Does this local recipient exist? True for accounts, .qmail-NAME aliases, -default extensions, catch-alls,
   * system users and ~alias files; the rule of what local delivery would do (spec/qmail.md 5, 6.2, vpopmail.md 4).
   * `address` is user@domain of a domain in locals or virtualdomains. Throws on an I/O error (answer 451).
   */
  recipientExists(address: string): Promise<boolean>;
  /**
   * The same, and whether a message of so many bytes is certain to be over the quota of the account (security.md R9).
   * What cannot be known without the rights or the work of a delivery counts as room.
   */
  examineRecipient(address: string, bytes: number): Promise<RecipientState>;
  /**
   * Checks a password, or for SMTP, IMAP and POP3 an app password; the same work and time for unknown users (security.md
   * A3). Undefined when refused for any reason (unknown, wrong, service switched off by a flag, a second factor that only
   * the web can ask for). `ip`: the client's, for the brake on guessing and the last login. Throws LoginThrottled when
   * too many tries were wrong, and when nobody can tell now. Hashing is off the event loop.
   */
  authenticate(
    address: string,
    password: string,
    service: LoginService,
    ip?: string | undefined,
  ): Promise<Account | undefined>;
  /** Missing where no verifiers can be read. */
  readonly scram?: ScramDesk | undefined;
  /** Missing where nobody knows aliases and counts: an account then sends as itself, as much as it likes. */
  readonly submission?: SubmissionDesk | undefined;
}

/** What the webmail asks besides. */
export interface AccountDirectory extends Accounts {
  /** Is this login switched off now, for the account or for its domain? A session asks it that is open for long. */
  isShut(account: Account, service: LoginService): Promise<boolean>;
  /**
   * Accounts of a domain whose name or comment holds a text ('' for all), by name, at most `limit`: for the webmail's list
   * of one's own domain. None where the site does not show them (control/privatedomains), and none that take no mail.
   */
  searchAccounts(
    domain: string,
    text: string,
    limit: number,
  ): Promise<readonly { readonly name: string; readonly address: string }[]>;
}

/** SCRAM-SHA-256 (RFC 7677), where the site wants it: the password is never said. */
export interface ScramDesk {
  /** What a proof is to be made with; for who has no verifier something that looks the same, and is the same next time. */
  challenge(address: string): Promise<ScramChallenge>;
  /** As {@link Accounts.authenticate}; with our own proof, base64. */
  check(
    address: string,
    proof: ScramProof,
    service: LoginService,
    ip?: string | undefined,
  ): Promise<{ readonly account: Account; readonly signature: string } | undefined>;
}

/** Lines of an alias that a site keeps in a table (vpopmail's valias). */
export interface TableAlias {
  readonly lines: readonly string[];
  /** What `default` in its name stands for; undefined: the name is the whole local part. */
  readonly default: string | undefined;
}

/** What local delivery asks besides. */
export interface DeliveryAccounts extends Accounts {
  /**
   * The alias of an address in the site's table: of the whole local part, else `a-b-default` from the right; undefined
   * when there is none, or no table. The alias beats the account (spec/vpopmail.md 4.2 step 2). Throws when the table
   * cannot be asked.
   */
  findAlias(address: string, trustMs?: number): Promise<TableAlias | undefined>;
}
