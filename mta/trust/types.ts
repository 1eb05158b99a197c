// What the parts of trust/ tell each other. A letter that a stranger gave to the SMTP door is held until its end, shown to
// each check, and judged once (judge.ts): taken, marked as junk, refused or put off. A check finds, it never decides alone:
// what its finding costs is a rule of the site (control files). No check may hold a letter longer than its time, and none
// may lose it: a check that fails has found nothing.

/** The bytes of a letter while the door holds it. LF line ends, as they will lie in the queue. */
export interface LetterContent {
  /** Bytes. */
  readonly size: number;
  /** The whole header with the empty line behind it, when there is one; at most `limits.headerBytes`. */
  readonly header: Buffer;
  /** All of it from its first byte, header and body, in chunks that nobody may change; as often as wanted. */
  read(): AsyncIterable<Buffer>;
}

/** A letter at its end, before it is answered. */
export interface ArrivingLetter {
  /** The client's, IPv4 mapped into IPv6 already taken out. */
  readonly ip: string;
  /** The client's name by its address, confirmed by its addresses (FCrDNS); '' when there is none. */
  readonly clientName: string;
  readonly helo: string;
  /** Came over TLS. */
  readonly secure: boolean;
  /** Envelope sender; '' for a notification. */
  readonly sender: string;
  /** Those that were taken, as they go into the envelope. */
  readonly recipients: readonly string[];
  readonly utf8: boolean;
  /** $SPFBEHAVIOR of the client's rules, which wins over the file; undefined: they have none. */
  readonly spfBehavior?: number | undefined;
  /** Seconds since 1970. */
  readonly time: number;
  readonly content: LetterContent;
}

/** What a finding asks for, beside its score. `defer`: answer 4xx. */
export type Measure = 'junk' | 'reject' | 'defer';

/** One thing that a check found out. */
export interface Finding {
  /** Names the check and what it looked at: `spf`, `dkim`, `dmarc`, `dnsbl`, `greylist`, `rspamd` ... Lower case, no blanks. */
  readonly check: string;
  /** One word: `pass`, `fail`, `listed`, `temperror` ... Lower case, no blanks. */
  readonly result: string;
  /** Points towards junk; negative speaks for the letter. */
  readonly score: number;
  /** The rest in a few words, such as the domain it is about; printable ASCII without `;`, at most 100 characters. '' for none. */
  readonly words: string;
  readonly measure?: Measure | undefined;
  /** With `reject` and `defer`: what the client is told, `550 5.7.1 ...`; one line of printable ASCII. */
  readonly reply?: string | undefined;
}

/** What one check gives. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  /** Fields for the top of the letter, each ended by a line feed; '' for none. */
  readonly headers?: string | undefined;
}

/** One check of letters. */
export interface LetterCheck {
  readonly name: string;
  /** Milliseconds it may take; then its signal is aborted and it has found nothing (`temperror`). */
  readonly milliseconds: number;
  /** Later stages see what earlier ones found. 1: who sent it (DNS only); 2: programs that look at the content. */
  readonly stage: 1 | 2;
  /** May reject: the judge notes it as `temperror`. */
  check(letter: ArrivingLetter, known: readonly Finding[], signal: AbortSignal): Promise<CheckResult>;
}

/** What becomes of a letter. */
export interface Verdict {
  readonly outcome: 'take' | Measure;
  /** With `reject` and `defer`. */
  readonly reply: string;
  readonly score: number;
  readonly findings: readonly Finding[];
  /** For the top of the letter: what the checks gave, and the verdict field. */
  readonly headers: string;
}
