// What is demanded of the TLS of one session, and what a handshake was against it: authorities of the admin
// (control/tlshosts), TLSA records (DANE, RFC 7672), an MTA-STS policy (RFC 8461), or nothing (opportunistic). Pure; how the
// demand is found is tls-choice.ts. Failures have the names that TLS reports use (RFC 8460 4.3).
import type { TlsaRecord } from '../dns/messages.ts';
import type { TlsResult } from './connection.ts';
import { digestRecords, isOfName, matchCertificates } from './dane.ts';
import type { Authorities } from './tls-hosts.ts';

export type TlsDemand =
  | { readonly kind: 'none' }
  /** These certificates must vouch for the host; `file` is below control/. */
  | { readonly kind: 'authorities'; readonly authorities: Authorities; readonly file: string }
  /** TLS, whoever it is: the host has TLSA records and none can be used (RFC 7672 2.2). */
  | { readonly kind: 'encryption'; readonly base: string }
  | {
      readonly kind: 'dane';
      /** TLSA base domain: also the name said to the host. */
      readonly base: string;
      /** Usable ones. */
      readonly records: readonly TlsaRecord[];
      /** Whose the certificate may be where an authority vouches for it. */
      readonly names: readonly string[];
      /** Authorities (PEM) that the host has shown before and that the records name. */
      readonly anchors: readonly string[];
    }
  /** A certificate of the host's name by a public authority; not `isEnforced`: it is only looked at. */
  | { readonly kind: 'mta-sts'; readonly domain: string; readonly isEnforced: boolean };

/** RFC 8460 4.3. */
export type TlsFailure =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'tlsa-invalid'
  | 'dnssec-invalid'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid';

/** How a session is protected: not, against listeners only, or with a server that proved itself, and how. */
export type TlsProof = 'none' | 'unverified' | 'authorities' | 'dane' | 'mta-sts' | 'web';

/** Is the other side who it should be? */
export const isProved = (proof: TlsProof): boolean => proof !== 'none' && proof !== 'unverified';

export type TlsVerdict =
  /** `failure`: what a policy that is only tested would have refused. */
  | { readonly kind: 'good'; readonly proof: TlsProof; readonly failure?: TlsFailure | undefined }
  /** The records name these authorities (PEM), which the host shows: a new handshake has to check its chain by them. */
  | { readonly kind: 'anchors'; readonly pems: readonly string[] }
  | { readonly kind: 'bad'; readonly failure: TlsFailure; readonly words: string };

/** May the letter not go when this does not hold? */
export const isStrict = (demand: TlsDemand): boolean =>
  demand.kind !== 'none' && (demand.kind !== 'mta-sts' || demand.isEnforced);

/** What must be equal for a session to serve both: a kept session is used only for what it was checked for. */
export function demandKey(demand: TlsDemand): string {
  switch (demand.kind) {
    case 'none':
      return '';
    case 'authorities':
      return demand.authorities.digest;
    case 'encryption':
      return 'encryption';
    case 'dane':
      return `dane ${demand.base} ${digestRecords(demand.records)} ${demand.names.join(' ')}`;
    case 'mta-sts':
      return demand.isEnforced ? 'mta-sts enforced' : 'mta-sts looked at';
  }
}

/** How TLS reports call what is wrong with a certificate. @param problem OpenSSL's or Node's name of it */
export function failureOf(problem: string): TlsFailure {
  if (/EXPIRED/.test(problem)) return 'certificate-expired';
  if (/ALTNAME/.test(problem)) return 'certificate-host-mismatch';
  return 'certificate-not-trusted';
}

/** The certificate is another name's; as Node calls it. */
const OTHER_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID';

/**
 * Judges a handshake; `result` undefined: there was none, the server does not offer it.
 * @param ip of the server, for words
 * @param host name of the server
 */
export function judgeTls(
  demand: TlsDemand,
  result: Exclude<TlsResult, 'failed'> | undefined,
  ip: string,
  host: string,
): TlsVerdict {
  if (result === undefined) return judgeClearText(demand, ip);
  const { certificateProblem: problem, chain } = result;
  const bad = (failure: TlsFailure, words: string): TlsVerdict => ({
    kind: 'bad',
    failure,
    words: `Connected to ${ip} but ${words}. (#4.7.5)`,
  });
  switch (demand.kind) {
    case 'none':
    case 'encryption':
      return { kind: 'good', proof: problem === undefined ? 'web' : 'unverified' };
    case 'authorities':
      return problem === undefined
        ? { kind: 'good', proof: 'authorities' }
        : bad(failureOf(problem), `control/${demand.file} does not prove its certificate: ${problem}`);
    case 'mta-sts': {
      const found = problem ?? (isOfName(chain()[0] ?? Buffer.alloc(0), [host]) ? undefined : OTHER_NAME);
      if (found === undefined) return { kind: 'good', proof: 'mta-sts' };
      const failure = failureOf(found);
      if (!demand.isEnforced) return { kind: 'good', proof: 'unverified', failure };
      return bad(
        failure,
        `its certificate does not prove that it is ${host}, as the MTA-STS policy of ${demand.domain} demands: ${found}`,
      );
    }
    case 'dane':
      return judgeDane(demand, problem, chain(), bad);
  }
}

function judgeDane(
  { base, records, names, anchors }: Extract<TlsDemand, { kind: 'dane' }>,
  problem: string | undefined,
  chain: readonly Buffer[],
  bad: (failure: TlsFailure, words: string) => TlsVerdict,
): TlsVerdict {
  const match = matchCertificates(records, chain);
  if (match.kind === 'host') return { kind: 'good', proof: 'dane' };
  // The handshake was checked by these authorities alone.
  if (anchors.length > 0 && problem === undefined) {
    if (isOfName(chain[0] ?? Buffer.alloc(0), names)) return { kind: 'good', proof: 'dane' };
    return bad('certificate-host-mismatch', `its certificate is not that of ${names.join(' or ')}`);
  }
  if (match.kind === 'none')
    return bad('validation-failure', `its certificate is none that the TLSA records of ${base} name`);
  if (match.pems.some((pem) => !anchors.includes(pem))) return { kind: 'anchors', pems: match.pems };
  const found = problem ?? 'unknown';
  return bad(failureOf(found), `the TLSA records of ${base} do not prove its certificate: ${found}`);
}

function judgeClearText(demand: TlsDemand, ip: string): TlsVerdict {
  const failure = 'starttls-not-supported';
  const who = {
    none: '',
    authorities: demand.kind === 'authorities' ? `control/${demand.file} demands it` : '',
    encryption: demand.kind === 'encryption' ? `the TLSA records of ${demand.base} demand it` : '',
    dane: demand.kind === 'dane' ? `the TLSA records of ${demand.base} demand it` : '',
    'mta-sts': demand.kind === 'mta-sts' ? `the MTA-STS policy of ${demand.domain} demands it` : '',
  }[demand.kind];
  if (isStrict(demand))
    return {
      kind: 'bad',
      failure,
      words: `Connected to ${ip} but it offers no TLS, and ${who}. (#4.7.5)`,
    };
  return { kind: 'good', proof: 'none', failure: demand.kind === 'none' ? undefined : failure };
}

/** A line for the report of a letter that was taken, '' when nothing protected it. */
export function proofWords(proof: TlsProof): string {
  return {
    none: '',
    unverified: 'TLS: encrypted, not verified.',
    authorities: 'TLS: verified by control/tlshosts.',
    dane: 'TLS: verified by DANE.',
    'mta-sts': 'TLS: verified by MTA-STS.',
    web: 'TLS: verified by its certificate.',
  }[proof];
}
