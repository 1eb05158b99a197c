// One letter to one server: over a session that was kept, or over a new one, if the server is not known to be dead. What
// is tried again here costs nobody a letter: a kept session that had died, TLS that broke, commands sent together that
// the server did not bear. Never after the final dot.
import type { Log } from '../log.ts';
import { temporary } from '../outcome.ts';
import { createKnownAnchors } from './dane-anchors.ts';
import type { Target } from './dns.ts';
import type { StoredMessage } from './message.ts';
import { createSessionPool } from './pool.ts';
import { type QmtpEnvelope, type QmtpTerms, sendByQmtp } from './qmtp.ts';
import { createReachability, PATIENCE_MS } from './reachability.ts';
import { type Attempt, type Opening, openSession, type Session, type SessionTerms } from './session.ts';
import { createTimeoutTable } from './tcpto.ts';
import { openTimeoutDisk } from './tcpto-disk.ts';
import { chooseTls, type TlsWishes } from './tls-choice.ts';
import { demandKey, type TlsDemand, type TlsFailure } from './tls-demand.ts';
import type { TlsPolicyOf } from './tls-hosts.ts';
import { type Letter, type Sent, sendLetter, settleSession } from './transaction.ts';

export interface ServerAccessOptions {
  readonly log: Log;
  /** Where to connect instead. */
  readonly translate: (address: string, port: number) => { address: string; port: number };
  /** control/tlshosts and notlshosts; undefined: TLS with whoever offers it. */
  readonly tlsPolicyOf?: TlsPolicyOf | undefined;
  /** QUEUE/lock/tcpto; undefined: timeouts are kept in memory only. */
  readonly tcptoPath?: string | undefined;
}

/** The way to all servers. */
export interface ServerAccess {
  /** `skipped`: the server did not answer lately and was not asked. */
  send(
    letter: Letter,
    target: Target,
    terms: SessionTerms,
    tlsWishes?: TlsWishes,
  ): Promise<Attempt | { readonly kind: 'skipped' }>;
  /** The same by QMTP, over a connection of its own. */
  sendPackage(
    envelope: QmtpEnvelope,
    message: StoredMessage,
    target: Target,
    terms: QmtpTerms,
  ): Promise<Attempt | { readonly kind: 'skipped' }>;
  /** Ends the kept sessions; what is still under way is cut by the signal of its terms. */
  close(): Promise<void>;
}

type Skipped = { readonly kind: 'skipped' };

/** Servers whose PIPELINING is not believed: how many, and for how long (milliseconds). */
const MAX_DOUBTED = 1000;
const DOUBT_MS = 3_600_000;

export function createServerAccess(options: ServerAccessOptions): ServerAccess {
  const { log, translate, tcptoPath, tlsPolicyOf } = options;
  const pool = createSessionPool();
  const reachability = createReachability();
  const disk = tcptoPath === undefined ? undefined : openTimeoutDisk(tcptoPath, log);
  const timeouts = createTimeoutTable(Math.random, (place, record) => disk?.write(place, record));
  const doubted = new Map<string, number>();
  const anchors = createKnownAnchors();

  const isDoubted = (server: string): boolean => (doubted.get(server) ?? 0) > Date.now();
  const doubt = (server: string) => {
    if (doubted.size >= MAX_DOUBTED) doubted.delete(doubted.keys().next().value!);
    doubted.set(server, Date.now() + DOUBT_MS);
  };

  const isResting = async (address: string): Promise<boolean> => {
    if (!timeouts.isResting(address, Date.now() / 1000)) return false;
    if (!(await disk?.isEmptied(address))) return true;
    // qmail-tcpok: the admin knows that the host is back.
    timeouts.recordSuccess(address);
    return false;
  };

  /** Asks a server, if it may be asked, and remembers how that went. */
  const ask = async <T extends { readonly kind: string }>(
    { address, port }: Target,
    terms: { readonly timeoutconnect: number },
    act: (timeoutconnect: number, server: string) => Promise<T | Attempt>,
  ): Promise<T | Attempt | Skipped> => {
    const server = `${address} ${port}`;
    if (await isResting(address)) return { kind: 'skipped' };
    const permission = await reachability.ask(server);
    if (permission === 'rest') return { kind: 'skipped' };
    // Beside others who do well a connection that takes long will not come.
    const timeoutconnect =
      permission === 'first' ? terms.timeoutconnect : Math.min(terms.timeoutconnect, PATIENCE_MS / 1000);
    const result = await act(timeoutconnect, server).catch((bug: unknown) => {
      // A first try that never ended would keep all others away.
      reachability.failed(server, permission, 'refused');
      throw bug;
    });
    const attempt = result as Attempt;
    if (attempt.kind === 'unreachable') {
      reachability.failed(server, permission, attempt.timedOut ? 'silent' : 'refused');
      // qmail's table counts waits of the whole timeoutconnect.
      if (attempt.timedOut && permission === 'first') timeouts.recordTimeout(address, Date.now() / 1000);
      return result;
    }
    timeouts.recordSuccess(address);
    if (attempt.kind === 'next' && attempt.silent) reachability.failed(server, permission, 'silent');
    else reachability.succeeded(server);
    return result;
  };

  const open = (target: Target, terms: SessionTerms): Promise<Opening | Skipped> =>
    ask<Opening>(target, terms, (timeoutconnect, server) =>
      openSession({ ...terms, timeoutconnect }, target, translate(target.address, target.port), () =>
        reachability.connected(server),
      ),
    );

  /** Sends the letter and takes care of the session. `place` undefined: it is not kept. */
  const sendOver = async (
    session: Session,
    letter: Letter,
    place: string | undefined,
  ): Promise<Sent['result']> => {
    const { result, state } = await sendLetter(session, letter).catch((bug: unknown) => {
      session.connection.close();
      throw bug;
    });
    if (place === undefined || state === 'over') void session.connection.quit();
    else if (state === 'ready') pool.give(place, session);
    // The outcome need not wait until the server has forgotten the letter.
    else
      void settleSession(session, state.owed).then((isFit) => {
        if (isFit) pool.give(place, session);
        else void session.connection.quit();
      });
    return result;
  };

  return {
    async send(letter, target, wanted, tlsWishes = {}) {
      const choice = await chooseTls(target, tlsWishes, tlsPolicyOf);
      const policy = choice.kind === 'never' ? undefined : choice.policy;
      /** How a session went, once for each; what only the admin's files decide is nobody else's business. */
      const note = (failure: TlsFailure | undefined): void => {
        if (policy) tlsWishes.record?.({ policy, host: target.name, ip: target.address, failure });
      };
      if (choice.kind === 'refused') {
        if (choice.log !== undefined) log(`remote: ${choice.log}`);
        note(choice.failure);
        return { kind: 'next', outcome: choice.outcome, tlsFailure: choice.failure };
      }
      let demand: TlsDemand = choice.kind === 'demand' ? choice.demand : { kind: 'none' };
      let terms = wanted;
      if (choice.kind === 'never' && terms.tls === 'offered') terms = { ...terms, tls: 'never' };
      const server = `${target.address} ${target.port}`;
      const { user = '', password = '' } = terms.credentials ?? {};
      const { four = '', six = '' } = terms.localAddresses;
      const way = `${target.dane === undefined} ${terms.isRelay === true}`;
      const wishes = [
        target.name,
        terms.tls,
        terms.helohost,
        user,
        password,
        four,
        six,
        demandKey(demand),
        terms.ciphers ?? '',
        terms.certificate?.digest ?? '',
        way,
      ];
      let place: string | undefined = [server, ...wishes].join('\n');
      let isPipelining = !isDoubted(server);
      let hasBroken = false;
      let timesShown = 0;
      let hasFailedTls = false;
      const choiceFailure = choice.kind === 'demand' ? choice.failure : undefined;
      const kept = pool.take(place);
      if (kept) {
        const result = await sendOver(kept, letter, place);
        if (result.kind === 'pipelining failed') hasBroken = true;
        else if (result.kind !== 'stale') return result;
      }
      for (;;) {
        if (hasBroken) isPipelining = false;
        if (demand.kind === 'dane') demand = { ...demand, anchors: anchors.of(demand) };
        const opening = await open(target, { ...terms, demand });
        if (opening.kind === 'anchors' && demand.kind === 'dane') {
          // A server that shows another authority each time is none that can be checked.
          if (++timesShown > 2)
            return {
              kind: 'next',
              outcome: temporary(`Connected to ${target.address} but TLS failed. (#4.7.5)`),
              tlsFailure: 'validation-failure',
            };
          anchors.keep(demand, opening.pems);
          continue;
        }
        if (opening.kind === 'tls failed' && letter.dsn?.requireTls)
          return {
            kind: 'next',
            outcome: temporary(`Connected to ${target.address} but TLS failed. (#4.7.5)`),
            tlsFailure: 'validation-failure',
          };
        if (opening.kind === 'tls failed') {
          note('validation-failure');
          hasFailedTls = true;
          log(`remote: ${target.address}: STARTTLS failed, sending in clear text`);
          terms = { ...terms, tls: 'never' };
          // The next letter tries TLS again.
          place = undefined;
          continue;
        }
        if (opening.kind === 'anchors') throw new Error('authorities were shown that nobody asked for');
        if (opening.kind === 'next' && opening.tlsFailure) note(opening.tlsFailure);
        if (opening.kind !== 'open') return opening;
        const { session } = opening;
        const missing = session.proof === 'none' ? 'starttls-not-supported' : undefined;
        if (!hasFailedTls) note(session.tlsFailure ?? choiceFailure ?? missing);
        session.pipelining &&= isPipelining;
        const result = await sendOver(session, letter, place);
        if (result.kind === 'pipelining failed') {
          hasBroken = true;
          continue;
        }
        // A fresh session is not stale.
        if (result.kind === 'stale') throw new Error('a fresh session was called stale');
        if (hasBroken && result.kind === 'done') doubt(server);
        return result;
      }
    },

    sendPackage: (envelope, message, target, terms) =>
      ask(target, terms, (timeoutconnect) =>
        sendByQmtp(envelope, message, target, translate(target.address, target.port), {
          ...terms,
          timeoutconnect,
        }),
      ),

    async close() {
      await Promise.all([pool.close(), disk?.close()]);
    },
  };
}
