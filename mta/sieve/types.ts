// Sieve (RFC 5228): what the language and those who use it say to each other. The language (compile.ts, run.ts) is pure:
// it reads a script and a letter and says which actions follow; it opens no file, sends nothing and never throws for what
// a script or a letter holds. Those who deliver carry the actions out (mta/local), those who save ask for the errors.

/** Why a script is refused, or what is doubtful in it. Lines and columns count from 1, columns in characters. */
export interface ScriptFault {
  readonly line: number;
  readonly column: number;
  /** A sentence for the script's author; names what was found and what is expected. */
  readonly message: string;
}

/** A checked script, ready to run again and again. Opaque but for these. */
export interface SieveScript {
  readonly name: string;
  /** What it requires, or asks for by ihave and gets. */
  readonly capabilities: ReadonlySet<string>;
}

export type Compiled =
  | { readonly script: SieveScript; readonly faults: readonly ScriptFault[] }
  | { readonly script: undefined; readonly faults: readonly ScriptFault[] };

/** RFC 6609. Undefined: no such script. Called while a script runs, and by the check at save. */
export type ScriptFinder = (
  name: string,
  location: 'personal' | 'global',
) => Promise<SieveScript | undefined>;

/** The letter as a script sees it. */
export interface SieveLetter {
  /** Its first bytes, at most SIEVE_LETTER_BYTES of them: LF line ends as queued, without our Return-Path and Delivered-To. */
  readonly bytes: Buffer;
  /** Of the whole letter, in bytes. */
  readonly size: number;
}

/** Of the mailbox; asked only when a script asks. None of them rejects. */
export interface SieveMailbox {
  /** RFC 5490 mailboxexists. Names are the user's, '/' or '.' between levels as IMAP has it here; UTF-8. */
  exists(name: string): Promise<boolean>;
  /** RFC 8579. The folder with that use ('\\Junk' ...); undefined: none. */
  findSpecialUse(use: string): Promise<string | undefined>;
  /** RFC 7352. Whether this id was seen less than its seconds ago. Is told for good only when the delivery succeeds. */
  isDuplicate(handle: string, id: string, seconds: number, restarts: boolean): Promise<boolean>;
}

/** What a script is told of the delivery (RFC 5228 5.4, 5183, 5235). */
export interface SieveEnvironment {
  /** '' is the null sender. */
  readonly envelopeFrom: string;
  readonly envelopeTo: string;
  /** RFC 5233: the characters that may stand between user and detail of a local part; '+' where it is not said. */
  readonly detailSeparator?: string | undefined;
  /** Who signed in to send it; undefined: nobody, or not known. */
  readonly authenticatedAs?: string | undefined;
  /** RFC 5183 items by name: domain, host, location, name, phase, remote-host, remote-ip, version. */
  readonly items: Readonly<Record<string, string>>;
  /** RFC 5235: 0 not tested, 1 clear ... 10 spam; 0..100 for :percent. */
  readonly spam: { readonly score: number; readonly percent: number };
  readonly virus: number;
  readonly now: Date;
  /** IANA name, for `currentdate` and `date` without :zone. */
  readonly zone: string;
  readonly mailbox: SieveMailbox;
  readonly findScript: ScriptFinder;
}

/** RFC 8580: a copy of what was sent goes into this folder. */
export interface FileCarbonCopy {
  readonly mailbox: string;
  readonly flags: readonly string[];
  readonly create: boolean;
  readonly specialUse: string | undefined;
}

/** In the order in which the script asked for them; equal ones are one (RFC 5228 2.10.3). */
export type SieveAction =
  /** `letter`: with which edits of the header it is stored (RFC 5293: editheader before this action). */
  | {
      readonly type: 'keep';
      readonly flags: readonly string[];
      readonly edits: number;
      readonly implicit: boolean;
    }
  | {
      readonly type: 'fileinto';
      readonly mailbox: string;
      readonly flags: readonly string[];
      readonly create: boolean;
      readonly specialUse: string | undefined;
      readonly edits: number;
    }
  | {
      readonly type: 'redirect';
      readonly address: string;
      readonly dsn: SieveDsn;
      readonly edits: number;
      /** Where its script says so; from 1. */
      readonly line: number;
    }
  | { readonly type: 'discard' }
  /** `early`: ereject, refused in the SMTP dialogue where that still can be. */
  | { readonly type: 'reject'; readonly reason: string; readonly early: boolean }
  | {
      readonly type: 'vacation';
      /** Seconds until the same sender is answered again. */
      readonly seconds: number;
      readonly subject: string | undefined;
      /** With the name before it, if the script says one; '' : the owner's address. */
      readonly from: string;
      readonly addresses: readonly string[];
      /** Whole MIME entity (RFC 5230 4.6). */
      readonly mime: boolean;
      readonly handle: string;
      readonly reason: string;
      readonly fcc: FileCarbonCopy | undefined;
    }
  | {
      readonly type: 'notify';
      /** `mailto:` (RFC 5436); nothing else is offered. */
      readonly method: string;
      readonly from: string | undefined;
      readonly importance: 1 | 2 | 3;
      readonly message: string | undefined;
      readonly options: readonly string[];
      readonly fcc: FileCarbonCopy | undefined;
    };

/** RFC 6009. */
export interface SieveDsn {
  readonly notify?: string | undefined;
  readonly ret?: string | undefined;
}

/** What a run came to. */
export interface SieveResult {
  readonly actions: readonly SieveAction[];
  /**
   * The header after n edits, for `edits: n` of an action; headers[0] is the letter's own, byte for byte what the letter
   * begins with. Without the empty line behind it. Empty where no action has edits.
   */
  readonly headers: readonly Buffer[];
  /** A run that went wrong: no action of it may be carried out, the letter is kept (RFC 5228 2.10.6). */
  readonly error: ScriptFault | undefined;
  /** The implicit keep was cancelled, and no keep was asked for: the next script does not run, nothing goes to the inbox. */
  readonly isDone: boolean;
}

/** Bytes of a letter that scripts see; what follows is there only for :size and for being stored. */
export const SIEVE_LETTER_BYTES = 1_048_576;
/** Bytes of a script. */
export const SIEVE_SCRIPT_BYTES = 65_536;
/** Of one run: actions, and redirects and notices among them (webmail.md R4). */
export const SIEVE_ACTIONS = 32;
export const SIEVE_REDIRECTS = 4;
export const SIEVE_NOTICES = 4;

/** All that we offer; for `require`, ihave and ManageSieve's SIEVE line. */
export const SIEVE_CAPABILITIES = [
  'body',
  'comparator-i;ascii-numeric',
  'comparator-i;octet',
  'comparator-i;ascii-casemap',
  'copy',
  'date',
  'duplicate',
  'editheader',
  'encoded-character',
  'enotify',
  'envelope',
  'environment',
  'ereject',
  'extracttext',
  'fcc',
  'fileinto',
  'foreverypart',
  'ihave',
  'imap4flags',
  'include',
  'index',
  'mailbox',
  'mime',
  'redirect-dsn',
  'regex',
  'reject',
  'relational',
  'spamtest',
  'spamtestplus',
  'special-use',
  'subaddress',
  'vacation',
  'vacation-seconds',
  'variables',
  'virustest',
] as const;
