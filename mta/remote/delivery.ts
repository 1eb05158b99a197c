// Remote delivery (qmail-rspawn and qmail-remote): one message to one recipient on another host. It finds the servers
// (smtproutes, MX, addresses), asks them one after the other until one decides, and reports in qmail-remote's words.
// Unlike qmail-remote it goes on to the next server after a failed greeting or a session that died before DATA.
// When to try, how many at once and when to give up is the scheduler's business.
import { networkInterfaces } from 'node:os';
import type { DeliveryAgent, DeliveryRequest } from '../delivery.ts';
import { type Log, quoted } from '../log.ts';
import { type Outcome, temporary } from '../outcome.ts';
import {
  createDnsLookup,
  type DnsLookup,
  findMailTargets,
  findRelayTargets,
  type Ipv6Use,
  type Target,
} from './dns.ts';
import { hasControls, prepareEnvelope } from './envelope.ts';
import { canonicalIp, isIpv6, isThisHost, isUnusable } from './ip.ts';
import { examineMessage, openMessage } from './message.ts';
import { findRoute } from './route.ts';
import { attemptTransaction, type Transaction } from './smtp-client.ts';
import { createTimeoutTable } from './tcpto.ts';

/** What remote delivery takes from control/. */
export interface RemoteSettings {
  readonly me: string;
  /** Name in EHLO and HELO. */
  readonly helohost: string;
  /** Keys in lower case. */
  readonly smtproutes: ReadonlyMap<string, string>;
  /** Seconds. */
  readonly timeoutconnect: number;
  /** Seconds for each read and write. */
  readonly timeoutremote: number;
  /** `ip` or `ip:port`; empty: the system's resolvers. */
  readonly dnsservers: readonly string[];
  /** Seconds a DNS question may take; default 20. */
  readonly timeoutdns?: number | undefined;
  /** IPv6 addresses of a mail host before or after its IPv4 addresses, or never; default last. */
  readonly ipv6?: Ipv6Use | undefined;
  /** Never connect to private addresses that the DNS gives; default false (mail hosts inside a site). */
  readonly refuseprivate?: boolean | undefined;
}

export interface RemoteOptions {
  /** Called for every delivery. */
  readonly settings: () => RemoteSettings;
  readonly log: Log;
  /** This machine's addresses; default: those of its network interfaces. */
  readonly localAddresses?: (() => readonly string[]) | undefined;
  /** Where to connect instead (a site behind address translation); default: the address itself. */
  readonly translate?: ((address: string, port: number) => { address: string; port: number }) | undefined;
}

/** The remote delivery agent. `close` takes no new work, waits up to 10 s for what is in hand, then cuts it. */
export type RemoteAgent = DeliveryAgent & { close(): Promise<void> };

const CLOSE_PATIENCE = 10_000;
const DEFAULT_TIMEOUTDNS = 20;

// qmail-remote temp_noconn.
const noConnection = () => temporary("Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)");
const closing = () => temporary('The mail system is stopping. (#4.3.2)');

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

export function createRemoteAgent(options: RemoteOptions): RemoteAgent {
  const { settings, log } = options;
  const localAddresses = options.localAddresses ?? interfaceAddresses;
  const translate = options.translate ?? ((address: string, port: number) => ({ address, port }));
  const timeouts = createTimeoutTable();
  const stop = new AbortController();
  const running = new Set<Promise<Outcome>>();
  let closed: Promise<void> | undefined;
  let lookup: { readonly key: string; readonly dns: DnsLookup } | undefined;

  const dnsFor = ({ dnsservers, timeoutdns }: RemoteSettings): DnsLookup => {
    const seconds = timeoutdns ?? DEFAULT_TIMEOUTDNS;
    const key = `${seconds} ${dnsservers.join(' ')}`;
    if (lookup?.key !== key) lookup = { key, dns: createDnsLookup(dnsservers, seconds) };
    return lookup.dns;
  };

  const findTargets = async (host: string, current: RemoteSettings): Promise<readonly Target[] | Outcome> => {
    const own = localAddresses()
      .map((address) => canonicalIp(address.replace(/%.*$/, '')))
      .filter((ip) => ip !== undefined);
    // Without an IPv6 address of our own those of others would only use up the cap.
    const hasIpv6 = own.some((ip) => isIpv6(ip) && !isThisHost(ip) && !isUnusable(ip));
    const ipv6 = hasIpv6 ? (current.ipv6 ?? 'last') : 'off';
    const route = findRoute(current.smtproutes, host);
    if (route.kind === 'bad')
      return temporary(
        `control/smtproutes: "${quoted(route.entry)}" for ${host} is not a relay: expected host, host:port or [address]:port. (#4.3.5)`,
      );
    // The admin's word: a relay may be at any address of any family.
    if (route.kind === 'relay')
      return findRelayTargets(dnsFor(current), route.host, route.port, current.ipv6 ?? 'last');
    return findMailTargets(dnsFor(current), host, {
      ownAddresses: new Set(own),
      ipv6,
      refusePrivate: current.refuseprivate ?? false,
      random: Math.random,
    });
  };

  /** Asks the servers in order. */
  const tryTargets = async (targets: readonly Target[], transaction: Transaction): Promise<Outcome> => {
    let lastOutcome: Outcome | undefined;
    const giveUpAt = Date.now() + transaction.timeoutremote * 1000;
    for (const target of targets) {
      if (stop.signal.aborted) return lastOutcome ?? closing();
      // Ten slow servers must not hold a delivery slot for hours.
      if (lastOutcome && Date.now() > giveUpAt) break;
      if (timeouts.isResting(target.address, Date.now() / 1000)) continue;
      const place = translate(target.address, target.port);
      let attempt = await attemptTransaction(transaction, target, place, true);
      if (attempt.kind === 'tls failed') {
        log(`remote: ${target.address}: STARTTLS failed, sending in clear text`);
        attempt = await attemptTransaction(transaction, target, place, false);
      }
      if (attempt.kind === 'unreachable') {
        if (attempt.timedOut) timeouts.recordTimeout(target.address, Date.now() / 1000);
        continue;
      }
      timeouts.recordSuccess(target.address);
      if (attempt.kind === 'done') return attempt.outcome;
      if (attempt.kind === 'next') lastOutcome = attempt.outcome;
    }
    return lastOutcome ?? noConnection();
  };

  const deliver = async (request: DeliveryRequest): Promise<Outcome> => {
    const current = settings();
    // A name that cannot be said is a mistake of this site: the mail waits for its correction.
    if (current.helohost === '' || hasControls(current.helohost) || /\s/.test(current.helohost))
      return temporary('control/helohost (or control/me) is not a host name. (#4.3.5)');
    const envelope = prepareEnvelope(request.sender, request.recipient);
    if ('code' in envelope) return envelope;
    const targets = await findTargets(envelope.host, current);
    if ('code' in targets) return targets;
    const message = await openMessage(request).catch((error: NodeJS.ErrnoException) => {
      log(`remote: cannot open message ${request.id}: ${quoted(error.message)}`);
      return undefined;
    });
    if (!message) return temporary('Unable to read message. (#4.3.0)');
    try {
      const facts = await examineMessage(message).catch((error: Error) => {
        log(`remote: cannot read message ${request.id}: ${quoted(error.message)}`);
        return undefined;
      });
      if (!facts) return temporary('Unable to read message. (#4.3.0)');
      return await tryTargets(targets, {
        helohost: current.helohost,
        envelope,
        message,
        facts,
        timeoutconnect: current.timeoutconnect,
        timeoutremote: current.timeoutremote,
        signal: stop.signal,
      });
    } finally {
      await message.close();
    }
  };

  const closeAgent = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_PATIENCE);
    });
    await Promise.race([Promise.all(running), patience]);
    clearTimeout(timer);
    lookup?.dns.close();
    stop.abort();
    await Promise.all(running);
  };

  return {
    deliver(request) {
      if (closed) return Promise.resolve(closing());
      const delivery = deliver(request).catch((error: unknown) => {
        // Ours, not the world's: the message waits and the log tells.
        log(
          `remote: internal error: ${quoted(error instanceof Error ? (error.stack ?? '') : String(error))}`,
        );
        return temporary('Internal error in remote delivery. (#4.3.0)');
      });
      running.add(delivery);
      void delivery.finally(() => running.delete(delivery));
      return delivery;
    },
    close() {
      closed ??= closeAgent();
      return closed;
    },
  };
}
