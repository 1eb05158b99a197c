// What is found out about the sender of one letter before any rule of the site is asked: plain values that travel between
// threads. The thread of sender-worker.ts makes them (sender-examine.ts); sender-rules.ts and sender-fields.ts read them.
import type { DmarcPolicy, PublishedPolicy, SignatureResult, SpfResult } from './sender-results.ts';

/** What the check needs to know of a letter beside its bytes. */
export interface LetterFacts {
  readonly ip: string;
  readonly helo: string;
  /** '' for a notification. */
  readonly sender: string;
}

/** What is to be found out. */
export interface SenderWishes {
  readonly me: string;
  /** SPF is asked about. */
  readonly spf: boolean;
  /** DKIM, ARC and DMARC are asked about. */
  readonly signatures: boolean;
  /** Terms of SPF that are tried when the published ones do not pass; '' for none (control/spfrules). */
  readonly spfRules: string;
  /** Terms for domains that publish none; '' for none (control/spfguess). */
  readonly spfGuess: string;
}

export interface SpfFacts {
  readonly result: SpfResult;
  /** Lower case, A-labels. */
  readonly domain: string;
  readonly scope: 'mfrom' | 'helo';
  /** Of the domain, for a `fail`; printable ASCII. */
  readonly explanation: string;
  /** What the site's own terms made of it, for the rules only: nobody published them. */
  readonly local: SpfResult | undefined;
}

export interface SignatureFacts extends SignatureResult {
  /** `rsa-sha256` ... */
  readonly algorithm: string;
  /** Bits of the RSA key; 0: another kind, or not known. */
  readonly bits: number;
  /** The first characters of the signature, which tell it from others (RFC 8601 2.7.1: header.b). */
  readonly mark: string;
  /** Why it does not pass; '' for no words. */
  readonly reason: string;
}

/** One set of an ARC chain that is valid, i=1 first. */
export interface ArcSet {
  /** Of its seal. */
  readonly domain: string;
  /** Did the one who sealed it say `dmarc=pass` for the author's domain? */
  readonly saysDmarcPass: boolean;
}

export interface ArcFacts {
  readonly result: 'none' | 'pass' | 'fail';
  readonly reason: string;
  /** None unless it passed. */
  readonly sets: readonly ArcSet[];
}

export interface DmarcFacts {
  readonly result: 'none' | 'pass' | 'fail' | 'temperror' | 'permerror';
  /** The author's domain; '' when there is none or more than one. */
  readonly domain: string;
  /** Set when a record was found. */
  readonly published: PublishedPolicy | undefined;
  /** What the record asks for this author's domain (p, sp or np; one less with `t=y`), before `pct`. */
  readonly policy: DmarcPolicy;
  readonly dkimAligned: boolean;
  readonly spfAligned: boolean;
  readonly reason: string;
}

/** Undefined: it was not wished for. */
export interface SenderFacts {
  readonly spf: SpfFacts | undefined;
  /** Those looked at, from the top; none: the letter is not signed. */
  readonly dkim: readonly SignatureFacts[] | undefined;
  /** Signatures beyond those looked at. */
  readonly unseenSignatures: number;
  readonly arc: ArcFacts | undefined;
  readonly dmarc: DmarcFacts | undefined;
}
