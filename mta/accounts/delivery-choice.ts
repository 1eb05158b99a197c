// What happens to an account's mail, as the administration and its forms say it to each other: mailbox, forward, throw away,
// and the answer of somebody who is away (spec/qmailadmin.md 2.3; webmail.md R5, R6). Plain data.

/** The user's own .qmail, read as qmailadmin reads it (spec/qmailadmin.md 2.3). */
export interface DeliveryChoice {
  /** 'discard' is qmailadmin's blackhole: `# delete`. */
  readonly kind: 'mailbox' | 'forward' | 'discard';
  /** Full addresses. */
  readonly forwards: readonly string[];
  /** With forwards: also into the mailbox. */
  readonly keepsCopy: boolean;
  readonly vacation?: VacationChoice | undefined;
  /** Lines that are nobody's business here: shown read-only, kept in place. */
  readonly otherLines: readonly string[];
}

/** The answer of somebody who is away (webmail.md R5). */
export interface VacationChoice {
  readonly subject: string;
  readonly message: string;
  /** In a change: undefined leaves them as they are. */
  readonly times?: VacationTimes | undefined;
}

/** When, to whom and how often. */
export interface VacationTimes {
  /** The same sender is answered again after so many days, 1 to 30. */
  readonly days: number;
  /** First and last day, `2026-12-03`, both included, as the clock is in `zone`; undefined: no such end. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** IANA name. */
  readonly zone: string;
  /** Only to addresses of `setVacationContacts`. */
  readonly contactsOnly: boolean;
}
