// The delivery history as its readers see it: what became of each letter and each recipient, and how many there were.
// A reader asks about what its person may see; who that is, is decided before (server/web).

/** How a recipient stands. */
export type RecipientState = 'waiting' | 'delivered' | 'deferred' | 'failed';

export interface RecipientHistory {
  /** As qmail-send logged it; local ones may carry the prefix of their virtual domain. */
  readonly recipient: string;
  readonly channel: 'local' | 'remote';
  readonly state: RecipientState;
  readonly attempts: number;
  /** Milliseconds since 1970 of the last start or report. */
  readonly at: number;
  /** The last report, in words for people; '' before the first. */
  readonly words: string;
}

export interface MessageHistory {
  readonly id: number;
  /** Queue number that it has or had last. */
  readonly msg: string;
  readonly qp: string;
  readonly receivedAt: number;
  readonly bytes: number;
  /** '' for a bounce. */
  readonly sender: string;
  /** Where it came from, when it came over SMTP. */
  readonly ip: string;
  readonly user: string;
  /** Undefined while it is in the queue. */
  readonly endedAt: number | undefined;
  /** qp of the bounce message that it caused. */
  readonly bounceQp: string;
  readonly recipients: readonly RecipientHistory[];
}

export interface HistoryQuery {
  /** Part of a sender or recipient, or a queue number or qp as a whole. */
  readonly search?: string | undefined;
  readonly state?: RecipientState | undefined;
  /**
   * Only letters from or to addresses of this domain, which has these names; of those from elsewhere nothing is told of
   * other recipients.
   */
  readonly domains?: readonly string[] | undefined;
  /** Only letters older than the one with this id. */
  readonly before?: number | undefined;
  /** At most 50. */
  readonly limit: number;
}

export const tallies = [
  'received',
  'delivered',
  'deferred',
  'bounced',
  'refused',
  'loginsOk',
  'loginsFailed',
] as const;
export type Tally = (typeof tallies)[number];

/** Counts of one hour or day. */
export type TallyRow = { readonly from: number } & Readonly<Record<Tally, number>>;

/** A letter or a recipient of a stranger that was refused, or a letter that was marked as junk. */
export interface TurnedLetter {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: 'refused' | 'junked';
  readonly ip: string;
  /** Addresses as they were logged; '' as far as it was not told. */
  readonly sender: string;
  readonly recipient: string;
  readonly words: string;
}

export interface HistoryReader {
  /** Latest first. */
  messages(query: HistoryQuery): Promise<readonly MessageHistory[]>;
  /** `domains` as in a query: undefined also for a letter that is none of the domain's. */
  message(id: number, domains?: readonly string[] | undefined): Promise<MessageHistory | undefined>;
  /**
   * The letter that was queued with this number at about this time (numbers come again): the one within an hour of
   * `at`, milliseconds since 1970, that is nearest. What webmail learns of a letter it sent.
   */
  findQueued(qp: string, at: number): Promise<MessageHistory | undefined>;
  /** What strangers brought in vain, or into Junk, latest first. @param limit at most 50 */
  turned(limit: number): Promise<readonly TurnedLetter[]>;
  /** Counts from `from` to now in steps, oldest first, empty ones included. Times in milliseconds since 1970. */
  statistics(from: number, step: 'hour' | 'day'): Promise<readonly TallyRow[]>;
}

export interface History extends HistoryReader {
  /** Takes one log line. Never throws, never waits. */
  readonly observe: (line: string) => void;
  /** Resolves when everything observed so far can be read. */
  settled(): Promise<void>;
  close(): Promise<void>;
}
