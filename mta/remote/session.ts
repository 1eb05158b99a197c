// The beginning of a dialogue with one server (spec/qmail.md 8.2, RFC 5321, 3207, 4954): connect, greeting, EHLO or
// HELO, STARTTLS when it is offered, AUTH where the route says so. What comes out is a session that takes letters, one
// after the other. A password is said only inside TLS to a server whose certificate proves its name.

import { getCACertificates } from 'node:tls';
import type { Delivered } from '../delivery.ts';
import { type Outcome, temporary } from '../outcome.ts';
import { type Credentials, logIn } from './auth.ts';
import type { ClientCertificate } from './client-certificate.ts';
import {
  type Connection,
  type LocalAddresses,
  openConnection,
  type TlsResult,
  type TlsTerms,
  type Trouble,
} from './connection.ts';
import type { Target } from './dns.ts';
import { parseExtensions, type Reply } from './replies.ts';
import {
  isProved,
  isStrict,
  judgeTls,
  type TlsDemand,
  type TlsFailure,
  type TlsProof,
} from './tls-demand.ts';

/** RFC 5321 4.5.3.2: at least 5 minutes for commands. */
export const COMMAND_SECONDS = 300;

/** Where and how to begin. */
export interface SessionTerms {
  readonly helohost: string;
  /** Seconds. */
  readonly timeoutconnect: number;
  /** Seconds for each read and write; waits for replies are at most RFC 5321's. */
  readonly timeoutremote: number;
  readonly signal: AbortSignal;
  readonly localAddresses: LocalAddresses;
  /** `offered`: STARTTLS when the server knows it. `implicit`: from the first byte (RFC 8314). */
  readonly tls: 'offered' | 'never' | 'implicit';
  /** What TLS has to be; default: whatever comes. */
  readonly demand?: TlsDemand | undefined;
  readonly credentials?: Credentials | undefined;
  /** The admin named the server. */
  readonly isRelay?: boolean | undefined;
  /** OpenSSL's list for TLS 1.2 (control/tlsclientciphers); undefined: the library's. */
  readonly ciphers?: string | undefined;
  /** Shown to a server that asks for one (control/clientcert.pem). */
  readonly certificate?: ClientCertificate | undefined;
  /** Certificates (PEM) believed beside the usual ones, for a server that gets a password. */
  readonly trusted: readonly string[];
}

/** A session between two letters. */
export interface Session {
  readonly connection: Connection;
  /** Address of the server, for reports. */
  readonly ip: string;
  readonly extensions: ReadonlyMap<string, string>;
  /** Who the server proved to be. */
  readonly proof: TlsProof;
  /** Nobody could have changed the name that was connected to: DNSSEC or the admin vouches for it. */
  readonly isSafeWay: boolean;
  /** What a policy that is only tested would have refused. */
  readonly tlsFailure?: TlsFailure | undefined;
  /** The server offers PIPELINING (RFC 2920) and has not been caught lying about it. */
  pipelining: boolean;
  /** Letters begun. */
  letters: number;
}

/** Can the session take one more letter: is it alive and silent? */
export const sessionIsFit = ({ connection }: Session): boolean =>
  !connection.isOver && !connection.hasUnaskedInput;

/** What qmail-remote says of one recipient: r taken, h refused for good, s refused for now. */
export interface RecipientReport {
  readonly letter: 'r' | 'h' | 's';
  readonly text: string;
}

/** qmail-remote's whole report, before qmail-rspawn makes one outcome of it. */
export interface Report {
  /** Those that were answered, in the order of the recipients. */
  readonly recipients: readonly RecipientReport[];
  readonly message: Outcome;
}

/** How it went with one server. */
export type Attempt =
  /** Decided: delivered, refused, or not to be tried elsewhere now. */
  | { readonly kind: 'done'; readonly outcome: Delivered; readonly report?: Report | undefined }
  /** Another server may do better; `outcome` if there is none. `silent`: nothing came from it in time. */
  | {
      readonly kind: 'next';
      readonly outcome: Outcome;
      readonly silent?: boolean;
      /** It was for the sake of TLS. */
      readonly tlsFailure?: TlsFailure | undefined;
    }
  | { readonly kind: 'unreachable'; readonly timedOut: boolean }
  /** TLS was agreed on and did not work: try again in clear text. */
  | { readonly kind: 'tls failed' };

export type Opening =
  | { readonly kind: 'open'; readonly session: Session }
  /** To be opened again with these authorities (PEM) as those of the demand (DANE). */
  | { readonly kind: 'anchors'; readonly pems: readonly string[] }
  | Attempt;

export const next = (outcome: Outcome, tlsFailure?: TlsFailure): Attempt => ({
  kind: 'next',
  outcome,
  tlsFailure,
});

/** qmail-remote's quit(): what happened, then what the server said. */
export const withWords = (words: string, said: string): string =>
  `${words}.${said === '' ? '' : `\nRemote host said: ${said}`}`;

export const invalidReply = (ip: string, duplicate: string, said: string): string =>
  `Connected to ${ip} but it sent an invalid reply.${duplicate} (#4.5.0)${said === '' ? '' : `\nRemote host said: ${said}`}`;

export const isTrouble = (result: Reply | Trouble): result is Trouble => 'trouble' in result;

/** The report of a session that broke before anything was accepted; another server may do better. */
export function brokenSession(ip: string, trouble: Trouble): Attempt {
  if (trouble.trouble === 'invalid') return next(temporary(invalidReply(ip, '', trouble.said)));
  const outcome = temporary(`Connected to ${ip} but connection died. (#4.4.2)`);
  return { kind: 'next', outcome, silent: trouble.silent };
}

/** Sends a command, or several at once, and waits for the first reply. */
export async function askServer(
  connection: Connection,
  lines: readonly string[],
  seconds: number,
): Promise<Reply | Trouble> {
  // A reply before the command: from here on every reply would belong to another command (S3).
  if (connection.hasUnaskedInput) {
    const early = await connection.readReply(0);
    return isTrouble(early) ? early : { trouble: 'invalid', said: early.text };
  }
  connection.sendLines(...lines);
  return connection.readReply(seconds);
}

/**
 * Connects and introduces us. `place` is where to connect to reach the target (itself, unless addresses are
 * translated). `connected` is called as soon as the connection stands.
 */
export async function openSession(
  terms: SessionTerms,
  target: Target,
  place: { readonly address: string; readonly port: number },
  connected: () => void,
): Promise<Opening> {
  const connection = await openConnection(
    place.address,
    place.port,
    terms.timeoutconnect,
    terms.signal,
    terms.localAddresses,
  );
  if (connection === 'timeout' || connection === 'refused')
    return { kind: 'unreachable', timedOut: connection === 'timeout' };
  if ('unbindable' in connection) return next(connection.unbindable);
  connected();
  let opening: Opening | undefined;
  try {
    opening = await introduce(terms, target, connection);
    return opening;
  } finally {
    if (opening?.kind !== 'open') connection.quit();
  }
}

async function introduce(terms: SessionTerms, target: Target, connection: Connection): Promise<Opening> {
  const ip = target.address;
  const { helohost, credentials } = terms;
  const patience = Math.min(terms.timeoutremote, COMMAND_SECONDS);
  const serverName = target.name === '' ? ip : target.name;
  const demand: TlsDemand = terms.demand ?? { kind: 'none' };
  let shown = undefined as Exclude<TlsResult, 'failed'> | undefined;

  const giveUp = (trouble: Trouble): Attempt => {
    connection.close();
    return brokenSession(ip, trouble);
  };
  const command = (line: string): Promise<Reply | Trouble> => askServer(connection, [line], patience);
  /** False when the handshake failed. */
  const startTls = async (): Promise<boolean> => {
    const result = await connection.startTls(tlsTerms(terms, demand, serverName), patience);
    if (result === 'failed') return false;
    shown = result;
    return true;
  };

  if (terms.tls === 'implicit' && !(await startTls()))
    return next(temporary(`Connected to ${ip} but TLS failed. (#4.7.5)`), 'validation-failure');

  const greeting = await connection.readReply(patience);
  if (isTrouble(greeting)) return giveUp(greeting);
  // qmail-remote: temporary even for 5xx; unlike there, the next server is asked.
  if (greeting.code !== 220)
    return next(temporary(withWords(`Connected to ${ip} but greeting failed`, greeting.text)));

  const nameRejected = (reply: Reply) =>
    next(temporary(withWords(`Connected to ${ip} but my name was rejected`, reply.text)));
  let extensions: ReadonlyMap<string, string> = new Map();
  const ehlo = await command(`EHLO ${helohost}`);
  if (isTrouble(ehlo)) return giveUp(ehlo);
  if (ehlo.code === 250) extensions = parseExtensions(ehlo);
  else if (ehlo.code === 421) return nameRejected(ehlo);
  else {
    const helo = await command(`HELO ${helohost}`);
    if (isTrouble(helo)) return giveUp(helo);
    if (helo.code !== 250) return nameRejected(helo);
  }

  if (terms.tls === 'offered' && extensions.has('STARTTLS')) {
    const reply = await command('STARTTLS');
    if (isTrouble(reply)) return giveUp(reply);
    if (reply.code === 220) {
      if (!(await startTls())) return tlsFailed(terms, ip);
      // RFC 3207 4.2: forget what was said before; ask again.
      const again = await command(`EHLO ${helohost}`);
      if (isTrouble(again)) {
        connection.close();
        return tlsFailed(terms, ip);
      }
      if (again.code !== 250) return nameRejected(again);
      extensions = parseExtensions(again);
    }
  }

  const verdict = judgeTls(demand, shown, ip, serverName);
  if (verdict.kind === 'anchors') return verdict;
  if (verdict.kind === 'bad') return next(temporary(verdict.words), verdict.failure);
  if (credentials) {
    if (shown === undefined)
      return next(
        temporary(`Connected to ${ip} but it offers no TLS, so it does not get the password. (#4.7.0)`),
      );
    if (!isProved(verdict.proof))
      return next(
        temporary(
          `Connected to ${ip} but its certificate is not that of ${serverName}, so it does not get the password. (#4.7.5)`,
        ),
      );
    const refusal = await logIn(ip, credentials, extensions.get('AUTH') ?? '', command);
    if (refusal !== undefined) return 'trouble' in refusal ? giveUp(refusal) : next(refusal);
  }
  const pipelining = extensions.has('PIPELINING');
  const { proof, failure: tlsFailure } = verdict;
  const isSafeWay = target.dane !== undefined || terms.isRelay === true;
  return {
    kind: 'open',
    session: { connection, ip, extensions, proof, isSafeWay, tlsFailure, pipelining, letters: 0 },
  };
}

/** How the handshake is made for a demand. */
function tlsTerms(
  { trusted, ciphers, certificate }: SessionTerms,
  demand: TlsDemand,
  serverName: string,
): TlsTerms {
  const own = { ciphers, identity: certificate?.pem };
  if (demand.kind === 'authorities') return { ...own, serverName, authorities: [demand.authorities.pem] };
  if (demand.kind === 'dane')
    // RFC 7672 8.1: the TLSA base domain is the name that is said.
    return {
      ...own,
      serverName: demand.base,
      authorities: demand.anchors.length > 0 ? demand.anchors : undefined,
      isChainOnly: true,
    };
  const authorities = trusted.length > 0 ? [...getCACertificates('default'), ...trusted] : undefined;
  return { ...own, serverName, authorities };
}

/** Without a password the letter may go in clear text instead; with one, or where TLS is demanded, it waits. */
const tlsFailed = (terms: SessionTerms, ip: string): Attempt =>
  terms.credentials || isStrict(terms.demand ?? { kind: 'none' })
    ? next(temporary(`Connected to ${ip} but TLS failed. (#4.7.5)`), 'validation-failure')
    : { kind: 'tls failed' };
