// What a domain's DNS should say so that its mail arrives and is believed, and what it says: the words of mta/dns/records/.
// A kind of record is one file that says which records a site wants and judges those that are published; kinds.ts lists
// them. Pure but for check.ts, which looks them up. A new kind needs: its name here, what it must know in SiteFacts (read by
// the web's dns-facts.ts), its file, its line in kinds.ts, and its words: dns.kind.NAME, dns.about.NAME, dns.why.WHY.

/** Types of the records, each with its look-up in ../record-lookup.ts. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'TXT' | 'PTR' | 'SRV' | 'CAA' | 'TLSA';

/** What is known of a site, for one of its domains. */
export interface SiteFacts {
  /** The domain whose mail it is. */
  readonly domain: string;
  /** The name of the mail host: control/me. */
  readonly host: string;
  /** What the host calls itself to others: control/helohost. */
  readonly helo: string;
  /** Public addresses that it sends from; none: they are not known (a private network, no control/outgoingip). */
  readonly addresses: readonly string[];
  /** Where DMARC reports about the domain are read; undefined: nowhere. */
  readonly reportsTo?: string | undefined;
  /** Doors that are open: name of control/listen and port. */
  readonly doors: readonly { readonly name: string; readonly port: number }[];
  /** Domain by which the issuer of the host's certificate is known in CAA records; undefined: none, or not known. */
  readonly issuer?: string | undefined;
  /** The TXT record of the MTA-STS policy that is served here; undefined: none is. */
  readonly sts?: string | undefined;
  /** SHA-256 of the host's public key in hexadecimal; undefined: not known. */
  readonly keyDigest?: string | undefined;
  /** Records of the keys that sign its mail, and of those that wait for being published; missing: there are none. */
  readonly signing?:
    | readonly {
        readonly record: { readonly name: string; readonly text: string };
        readonly isWaiting: boolean;
      }[]
    | undefined;
}

export type Verdict = 'right' | 'missing' | 'differs' | 'unknown';

/** Why a verdict: a name for words. `value` goes into them. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly why: Why;
  readonly value?: string | undefined;
}

export type Why =
  | 'as-wanted'
  | 'absent'
  | 'other-values'
  | 'no-answer'
  | 'mx-null'
  | 'mx-elsewhere'
  | 'mx-others'
  | 'mx-behind'
  | 'address-more'
  | 'address-unsure'
  | 'address-foreign'
  | 'spf-several'
  | 'spf-everybody'
  | 'spf-not-ours'
  | 'spf-included'
  | 'spf-syntax'
  | 'dmarc-several'
  | 'dmarc-policy'
  | 'srv-not-served'
  | 'srv-elsewhere'
  | 'caa-forbids'
  | 'dkim-several'
  | 'dkim-revoked'
  | 'dkim-other-key'
  | 'dkim-testing'
  | 'alias-elsewhere'
  | 'several'
  | 'sts-id'
  | 'tlsrpt-nowhere'
  | 'tlsa-other';

/** One place in the DNS: what should be there, and how what is there is judged. */
export interface Question {
  readonly kind: KindName;
  /** Without the final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** Data in the form of zone files, TXT without quotes; none: nothing has to be there. */
  readonly wanted: readonly string[];
  /** Mail works without it. */
  readonly isOptional: boolean;
  /** RFC 8659 3: when there is none here, those of the next name above hold; a first label with `_` stays before each. */
  readonly climbs?: boolean | undefined;
  /** Types that do as well: looked at when there is none of `type`, and judged with it. */
  readonly instead?: readonly RecordType[] | undefined;
  judge(published: readonly string[]): Judgement;
}

export type KindName =
  | 'mx'
  | 'address'
  | 'reverse'
  | 'spf'
  | 'dkim'
  | 'dmarc'
  | 'mta-sts'
  | 'tlsrpt'
  | 'tlsa'
  | 'service'
  | 'setup'
  | 'caa';

export interface RecordKind {
  readonly name: KindName;
  /** @param resolved addresses that the host's name was found to have, for a site that does not know its own */
  questions(site: SiteFacts, resolved: readonly string[]): readonly Question[];
}

/** A line of the page. */
export interface RecordRow extends Judgement {
  readonly kind: KindName;
  readonly name: string;
  readonly type: RecordType;
  readonly wanted: readonly string[];
  readonly published: readonly string[];
  readonly isOptional: boolean;
}

export const right: Judgement = { verdict: 'right', why: 'as-wanted' };
export const absent: Judgement = { verdict: 'missing', why: 'absent' };
