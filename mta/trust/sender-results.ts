// What the check of senders found out about one letter, in the terms of DMARC's aggregate reports (RFC 7489 7.2 and appendix
// C, RFC 9990): one of these is one message of a row. The check gives it once for each letter whose author's domain
// publishes a policy; counting, keeping and sending is for those who take it. All names are in lower case, in A-labels.

/** RFC 7489 6.3. */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

/** What the domain asks of the world, with the defaults of what it left out. */
export interface PublishedPolicy {
  /** Where the record was found, at `_dmarc.` below it: the author's domain, or one above it. */
  readonly domain: string;
  readonly p: DmarcPolicy;
  readonly sp: DmarcPolicy;
  /** RFC 9091: for names that do not exist. */
  readonly np: DmarcPolicy;
  /** r: relaxed; s: strict. */
  readonly adkim: 'r' | 's';
  readonly aspf: 'r' | 's';
  /** 0 to 100. */
  readonly pct: number;
  /** RFC 9989 4.7: `t=y`. */
  readonly isTesting: boolean;
  /** As published, at most 20 characters. */
  readonly fo: string;
  /** Where aggregate reports are wanted, as published (`mailto:...`, with `!SIZE` where it was); at most 10. */
  readonly rua: readonly string[];
}

/** RFC 7489 appendix C, PolicyOverrideType. */
export type OverrideReason =
  | 'forwarded'
  | 'sampled_out'
  | 'trusted_forwarder'
  | 'mailing_list'
  | 'local_policy'
  | 'other';

/** One signature that was looked at. */
export interface SignatureResult {
  readonly domain: string;
  readonly selector: string;
  /** RFC 8601 2.7.1: pass, fail, neutral, policy, temperror, permerror. */
  readonly result: 'pass' | 'fail' | 'neutral' | 'policy' | 'temperror' | 'permerror';
}

/** RFC 7208 2.6. */
export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror';

/** One letter. */
export interface SenderResults {
  /** Seconds since 1970. */
  readonly time: number;
  /** The client's. */
  readonly ip: string;
  /** The author's domain: that of the only address in the From field. */
  readonly headerFrom: string;
  /** The letter is a DMARC or TLS report itself: it is counted, and is never the only reason for a report. */
  readonly isReport?: boolean | undefined;
  /** Domain of the envelope's sender; '' for a notification. */
  readonly envelopeFrom: string;
  readonly published: PublishedPolicy;
  /** What was asked for because of the policy, after `pct`, ARC and the site's own rules. */
  readonly disposition: DmarcPolicy;
  /** Why that is less than the policy says. */
  readonly reasons: readonly { readonly type: OverrideReason; readonly comment: string }[];
  /** Did an identifier that is the author's own pass? */
  readonly dkimAligned: boolean;
  readonly spfAligned: boolean;
  readonly dkim: readonly SignatureResult[];
  readonly spf: {
    readonly domain: string;
    /** RFC 7208 2.4: HELO was looked at only where the sender was empty. */
    readonly scope: 'mfrom' | 'helo';
    readonly result: SpfResult;
  };
}

/** Takes the results of a letter; never throws, and is not waited for. */
export type RecordSenderResults = (results: SenderResults) => void;
