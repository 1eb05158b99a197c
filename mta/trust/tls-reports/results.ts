// How the TLS of outgoing sessions went, in the terms of TLS reports (RFC 8460): one of these is one session with a mail host
// of a domain. Remote delivery tells it, tallies.ts counts it. Names are in lower case, in A-labels.
import type { TlsFailure } from '../../remote/tls-demand.ts';

/** RFC 8460 4.2: the policy that held for a session. */
export interface PolicyFacts {
  readonly type: 'tlsa' | 'sts' | 'no-policy-found';
  /** TLSA records, or the lines of the MTA-STS policy. */
  readonly strings: readonly string[];
  /** Patterns of mail hosts of the MTA-STS policy. */
  readonly mxHosts: readonly string[];
}

export const noPolicy: PolicyFacts = { type: 'no-policy-found', strings: [], mxHosts: [] };

export interface TlsSession {
  /** Seconds since 1970. */
  readonly time: number;
  /** The mail domain. */
  readonly domain: string;
  readonly policy: PolicyFacts;
  /** Name and address of the mail host; '' where no host was asked. */
  readonly host: string;
  readonly ip: string;
  /** Undefined: all as the policy wants it. */
  readonly failure?: TlsFailure | undefined;
}

/** Takes a session; never throws, and is not waited for. */
export type RecordTlsSession = (session: TlsSession) => void;
