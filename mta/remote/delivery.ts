// Remote delivery (qmail-rspawn and qmail-remote): one message to one recipient on another host. It finds the servers
// (smtproutes, MX, addresses), asks them one after the other until one decides, and reports in qmail-remote's words.
// Unlike qmail-remote it goes on to the next server after a failed greeting or a session that died before DATA.
// When to try, how many at once and when to give up is the scheduler's business.

import { networkInterfaces } from 'node:os';
import { domainToASCII } from 'node:url';
import type { TlsPolicyName } from '../control/definitions/remote.ts';
import type { SettingName } from '../control/setting-types.ts';
import type { Delivered, DeliveryAgent, DeliveryRequest } from '../delivery.ts';
import { lowerAscii } from '../formats/address.ts';
import type { OneClick } from '../lists/one-click.ts';
import { type Log, quoted } from '../log.ts';
import { type Outcome, permanent, temporary } from '../outcome.ts';
import type { LetterSigner } from '../trust/letter-signer.ts';
import type { RecordTlsSession } from '../trust/tls-reports/results.ts';
import { type Credentials, hidePassword } from './auth.ts';
import type { ClientCertificate } from './client-certificate.ts';
import type { LocalAddresses } from './connection.ts';
import { findDestination, type SharedLimits } from './destination.ts';
import { findMailTargets, findRelayTargets, type Ipv6Use, type Target } from './dns.ts';
import { hasControls, prepareEnvelope, type WireEnvelope } from './envelope.ts';
import { canonicalIp, isIpv6, isThisHost, isUnusable } from './ip.ts';
import { createRemoteLookups } from './lookups.ts';
import { createMessageReader, examineMessage, type StoredMessage, withTop } from './message.ts';
import { chooseRoute, type Route, SMTPS_PORT } from './route.ts';
import { createServerAccess } from './server-access.ts';
import type { Attempt, RecipientReport, Report, SessionTerms } from './session.ts';
import type { StsPolicies } from './sts.ts';
import type { RecordWay } from './tls-choice.ts';
import type { TlsPolicyOf } from './tls-hosts.ts';
import type { Letter } from './transaction.ts';

/** What remote delivery takes from control/. */
export interface RemoteSettings extends SharedLimits {
  readonly me: string;
  /** Name in EHLO and HELO. */
  readonly helohost: string;
  /** Keys in lower case. */
  readonly smtproutes: ReadonlyMap<string, string>;
  /** Routes over QMTP, before those of smtproutes; default none. */
  readonly qmtproutes?: ReadonlyMap<string, string> | undefined;
  /** Routes by sender, before all others; default none. */
  readonly authsenders?: ReadonlyMap<string, string> | undefined;
  /** Our own addresses for connections, at most one of each family; default any. */
  readonly outgoingip?: readonly string[] | undefined;
  /** Seconds. */
  readonly timeoutconnect: number;
  /** Seconds for each read and write. */
  readonly timeoutremote: number;
  /** `ip` or `ip:port`; empty: the system's resolvers. */
  readonly dnsservers: readonly string[];
  /** Resolvers whose word on DNSSEC counts; default: those of dnsservers, or the system's, if all are on loopback. */
  readonly dnssecresolver?: readonly string[] | undefined;
  /** Policies of other domains that are kept; default both. */
  readonly tlspolicies?: ReadonlySet<TlsPolicyName> | undefined;
  /** Seconds a DNS question may take; default 20. */
  readonly timeoutdns?: number | undefined;
  /** IPv6 addresses of a mail host before or after its IPv4 addresses, or never; default last. */
  readonly ipv6?: Ipv6Use | undefined;
  /** Never connect to private addresses that the DNS gives; default false (mail hosts inside a site). */
  readonly refuseprivate?: boolean | undefined;
  /** OpenSSL's list for TLS 1.2 with other hosts; undefined: the library's. */
  readonly tlsclientciphers?: string | undefined;
  /** Deliveries at once to one mail domain or relay; default 500. */
  readonly concurrencyperhost?: number | undefined;
}

export interface RemoteOptions {
  /** Called for every delivery. */
  readonly settings: () => RemoteSettings;
  readonly log: Log;
  /** This machine's addresses; default: those of its network interfaces. */
  readonly localAddresses?: (() => readonly string[]) | undefined;
  /** Where to connect instead (a site behind address translation); default: the address itself. */
  readonly translate?: ((address: string, port: number) => { address: string; port: number }) | undefined;
  /** QUEUE/lock/tcpto; without it hosts that timed out are kept in memory only. */
  readonly tcptoPath?: string | undefined;
  /** Which hosts get TLS; default: all that offer it. */
  readonly tlsPolicyOf?: TlsPolicyOf | undefined;
  /** MTA-STS policies of other domains; default: none are asked for. */
  readonly stsPolicies?: StsPolicies | undefined;
  /** Takes how the TLS of each session with a mail host went; default: nobody does. */
  readonly recordTls?: RecordTlsSession | undefined;
  /** Certificates (PEM) believed beside Node's when a relay is to get a password. */
  readonly trustedCertificates?: readonly string[] | undefined;
  /** Shown to hosts that ask for one; default: none. */
  readonly clientCertificate?: (() => Promise<ClientCertificate | undefined>) | undefined;
  /** Signs letters as they go out; default: none is signed. */
  readonly signer?: LetterSigner | undefined;
  /** Gives posts of lists their one-click links; default: they have none. */
  readonly oneClick?: OneClick | undefined;
}

/** Several recipients in one transaction with one host, as qmail-remote is called. */
export interface TransactionRequest extends Omit<DeliveryRequest, 'recipient' | 'dsn'> {
  /** Where to go, whatever the recipients' domains are. */
  readonly host: string;
  /** At least one. */
  readonly recipients: readonly string[];
}

/** The control files of RemoteSettings. */
export const remoteSettingNames = [
  'me',
  'helohost',
  'smtproutes',
  'timeoutconnect',
  'timeoutremote',
  'dnsservers',
  'dnssecresolver',
  'tlsclientciphers',
  'tlspolicies',
  'concurrencyperhost',
  'concurrencysuppl0',
  'concurrencysuppl1',
  'authsenders',
  'outgoingip',
  'qmtproutes',
  'suppls0',
  'suppls1',
] as const satisfies readonly SettingName[];

/** How it went: what qmail-rspawn would say, and qmail-remote's words when there was a dialogue. */
interface Transacted {
  readonly outcome: Delivered;
  readonly isTooMuch?: boolean;
  readonly report?: Report | undefined;
}

/** Addresses as they are in the queue. */
type PlainEnvelope = Pick<TransactionRequest, 'sender' | 'recipients'>;

/** The remote delivery agent. `close` takes no new work, waits up to 10 s for what is in hand, then cuts it. */
export type RemoteAgent = DeliveryAgent & { close(): Promise<void> };

/** qmail-remote whole. */
export interface RemoteTransactions extends RemoteAgent {
  /** A report of each recipient, and one of the message. */
  transact(request: TransactionRequest): Promise<Report>;
}

const CLOSE_PATIENCE = 10_000;
/** Milliseconds for which the addresses of our interfaces are believed. */
const INTERFACES_MS = 2000;

// qmail-remote temp_noconn.
const noConnection = () => temporary("Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)");
const closing = () => temporary('The mail system is stopping. (#4.3.2)');

/** A value of a notification request that can stand in a command (S2). */
const isDsnValue = (value: string): boolean => /^[\x21-\x7e]+$/.test(value);

/** The first address of each family; `0.0.0.0` and `::` are any. */
function chooseLocalAddresses(addresses: readonly string[]): LocalAddresses {
  const usable = addresses.filter((address) => address !== '0.0.0.0' && address !== '::');
  return { four: usable.find((one) => !isIpv6(one)), six: usable.find(isIpv6) };
}

/** The envelope with another sender; undefined: it has its own. */
function underSender(envelope: WireEnvelope, sender: string | undefined): WireEnvelope | Outcome {
  if (sender === undefined) return envelope;
  const prepared = prepareEnvelope(sender, envelope.recipient);
  return 'code' in prepared ? prepared : { ...envelope, sender: prepared.sender };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
}

function hideInReport(transacted: Transacted, credentials: Credentials | undefined): Transacted {
  const { outcome, report } = transacted;
  const hide = (each: Delivered): Delivered => hidePassword(each, credentials);
  if (report === undefined) return { ...transacted, outcome: hide(outcome) };
  const recipients = report.recipients.map(({ letter, text }) => ({
    letter,
    text: hide(temporary(text)).text,
  }));
  return { outcome: hide(outcome), report: { recipients, message: hide(report.message) } };
}

export function createRemoteAgent(options: RemoteOptions): RemoteTransactions {
  const { settings, log } = options;
  const localAddresses = options.localAddresses ?? interfaceAddresses;
  const translate = options.translate ?? ((address: string, port: number) => ({ address, port }));
  const access = createServerAccess({
    log,
    translate,
    tcptoPath: options.tcptoPath,
    tlsPolicyOf: options.tlsPolicyOf,
  });
  const stop = new AbortController();
  const running = new Set<Promise<Delivered>>();
  let closed: Promise<void> | undefined;
  const lookups = createRemoteLookups();
  const messages = createMessageReader();

  let interfaces: { readonly own: ReadonlySet<string>; readonly until: number } | undefined;
  const ownAddresses = (): ReadonlySet<string> => {
    if (interfaces && interfaces.until > Date.now()) return interfaces.own;
    const own = localAddresses()
      .map((address) => canonicalIp(address.replace(/%.*$/, '')))
      .filter((ip) => ip !== undefined);
    interfaces = { own: new Set(own), until: Date.now() + INTERFACES_MS };
    return interfaces.own;
  };

  const findTargets = async (
    host: string,
    route: Exclude<Route, { readonly kind: 'bad' }>,
    current: RemoteSettings,
  ): Promise<readonly Target[] | Outcome> => {
    // The admin's word: a relay may be at any address of any family.
    if (route.kind === 'relay')
      return findRelayTargets(lookups.choose(current).dns, route.host, route.port, current.ipv6 ?? 'last');
    const own = ownAddresses();
    // Without an IPv6 address of our own those of others would only use up the cap.
    const hasIpv6 = [...own].some((ip) => isIpv6(ip) && !isThisHost(ip) && !isUnusable(ip));
    const ipv6 = hasIpv6 ? (current.ipv6 ?? 'last') : 'off';
    return findMailTargets(lookups.choose(current).dns, host, {
      ownAddresses: own,
      ipv6,
      refusePrivate: current.refuseprivate ?? false,
      random: Math.random,
    });
  };

  /** Asks the servers in order. */
  const tryTargets = async (
    targets: readonly Target[],
    timeoutremote: number,
    ask: (target: Target) => Promise<Attempt | { readonly kind: 'skipped' }>,
  ): Promise<Transacted> => {
    let lastOutcome: Delivered | undefined;
    // What every server that was asked cannot do for good.
    let refusal: Delivered | undefined;
    let isUnsure = false;
    const giveUpAt = Date.now() + timeoutremote * 1000;
    for (const target of targets) {
      if (stop.signal.aborted) return { outcome: lastOutcome ?? closing() };
      // Ten slow servers must not hold a delivery slot for hours.
      if ((lastOutcome || refusal) && Date.now() > giveUpAt) {
        isUnsure = true;
        break;
      }
      const attempt = await ask(target);
      if (attempt.kind === 'done') return attempt;
      if (attempt.kind !== 'next') isUnsure = true;
      else if (attempt.outcome.code === 'D') refusal = attempt.outcome;
      else lastOutcome = attempt.outcome;
    }
    if (refusal && lastOutcome === undefined && !isUnsure) return { outcome: refusal };
    return { outcome: lastOutcome ?? noConnection(), isTooMuch: true };
  };

  const deliver = async (request: DeliveryRequest): Promise<Delivered> => {
    const { dsn } = request;
    const wishes = dsn ? [dsn.ret, dsn.envid, dsn.orcpt, ...(dsn.notify ?? [])] : [];
    if (wishes.some((value) => value !== undefined && !isDsnValue(value)))
      return permanent('The notification request has characters that cannot be sent by SMTP. (#5.5.4)');
    const envelope = prepareEnvelope(request.sender, request.recipient);
    if ('code' in envelope) return envelope;
    const plain = { sender: request.sender, recipients: [request.recipient] };
    const { outcome, isTooMuch } = await deliverEnvelope(request, envelope, plain);
    return isTooMuch ? { ...outcome, isTooMuch } : outcome;
  };

  /** Recipients that cannot be said in SMTP are refused here, and the others go their way. */
  const transact = async (request: TransactionRequest): Promise<Report> => {
    const { sender, host: wanted } = request;
    const prepared = request.recipients.map((recipient) => prepareEnvelope(sender, recipient));
    const fit = prepared.filter((each): each is WireEnvelope => !('code' in each));
    const [first, ...others] = fit;
    const host = /^[\x00-\x7f]*$/.test(wanted) ? wanted : domainToASCII(wanted);
    if (first === undefined || host === '' || hasControls(host)) {
      const refusal = prepared.find((each) => 'code' in each);
      return { recipients: [], message: refusal ?? permanent(`Sorry, ${wanted} is no host name. (#5.1.2)`) };
    }
    const envelope: WireEnvelope = {
      ...first,
      host,
      others: others.map(({ recipient }) => recipient),
      needsUtf8: fit.some(({ needsUtf8 }) => needsUtf8),
    };
    const recipientsThatFit = request.recipients.filter((_, at) => !('code' in prepared[at]!));
    const { outcome, report } = await deliverEnvelope(request, envelope, {
      sender,
      recipients: recipientsThatFit,
    });
    if (report === undefined) return { recipients: [], message: outcome };
    const answered = [...report.recipients];
    const recipients = prepared.flatMap((each): RecipientReport[] =>
      'code' in each ? [{ letter: 'h', text: each.text }] : answered.splice(0, 1),
    );
    // Without a word on recipients it was the message that failed.
    return report.recipients.length === 0 ? report : { ...report, recipients };
  };

  const deliverEnvelope = async (
    request: Omit<DeliveryRequest, 'recipient'>,
    envelope: WireEnvelope,
    plain: PlainEnvelope,
  ): Promise<Transacted> => {
    const current = settings();
    // A name that cannot be said is a mistake of this site: the mail waits for its correction.
    if (current.helohost === '' || hasControls(current.helohost) || /\s/.test(current.helohost))
      return { outcome: temporary('control/helohost (or control/me) is not a host name. (#4.3.5)') };
    const chosen = chooseRoute(current, plain.sender, envelope.host);
    const { file, route } = chosen;
    if (route.kind === 'bad')
      return {
        outcome: temporary(
          `control/${file}: "${quoted(route.entry)}" for ${file === 'authsenders' ? quoted(plain.sender) : envelope.host} is not a relay: expected host, host:port or [address]:port, with |user|password or without. (#4.3.5)`,
        ),
      };
    return deliverTo(route, plain, file === 'qmtproutes', request, envelope, current);
  };

  /** The message as it goes out, signed and under its sender, and what the server may want to know of it. */
  const readStored = async (stored: StoredMessage, { sender, recipients }: PlainEnvelope) => {
    const [only] = recipients.length === 1 ? recipients : [];
    const letter =
      only === undefined || !options.oneClick ? stored : await options.oneClick.prepare(stored, sender, only);
    const departure = await options.signer?.prepare(letter, sender);
    const message = withTop(letter, departure?.fields ?? '');
    return { message, facts: await examineMessage(message), sender: departure?.sender ?? sender };
  };

  const deliverTo = async (
    route: Exclude<Route, { readonly kind: 'bad' }>,
    plain: PlainEnvelope,
    isQmtp: boolean,
    request: Omit<DeliveryRequest, 'recipient'>,
    envelope: WireEnvelope,
    current: RemoteSettings,
  ): Promise<Transacted> => {
    const { stsPolicies } = options;
    const asksSts = route.kind === 'mx' && current.tlspolicies?.has('mta-sts') !== false;
    const { dns, tlsa } = lookups.choose(current);
    const [targets, policy] = await Promise.all([
      findTargets(envelope.host, route, current),
      asksSts ? stsPolicies?.find(lowerAscii(envelope.host), dns) : undefined,
    ]);
    if ('code' in targets) return { outcome: targets };
    const stored = await messages.open(request).catch((error: NodeJS.ErrnoException) => {
      log(`remote: cannot open message ${request.id}: ${quoted(error.message)}`);
      return undefined;
    });
    if (!stored) return { outcome: temporary('Unable to read message. (#4.3.0)') };
    try {
      const read = await readStored(stored, plain).catch((error: Error) => {
        log(`remote: cannot read message ${request.id}: ${quoted(error.message)}`);
        return undefined;
      });
      if (!read) return { outcome: temporary('Unable to read message. (#4.3.0)') };
      const { message, facts, sender } = read;
      const under = underSender(envelope, sender === plain.sender ? undefined : sender);
      if ('code' in under) return { outcome: under };
      const { helohost, timeoutconnect, timeoutremote } = current;
      const localAddresses = chooseLocalAddresses(current.outgoingip ?? []);
      const requiresTls = request.dsn?.requireTls === true;
      if (isQmtp && requiresTls)
        return { outcome: permanent('The sender requires TLS, and the route is by QMTP. (#5.7.30)') };
      if (isQmtp) {
        const terms = { timeoutconnect, timeoutremote, signal: stop.signal, localAddresses };
        return await tryTargets(targets, timeoutremote, (target) =>
          access.sendPackage({ ...plain, sender }, message, target, terms),
        );
      }
      const credentials = route.kind === 'relay' ? route.credentials : undefined;
      const isImplicit = route.kind === 'relay' && route.port === SMTPS_PORT;
      const letter: Letter = { envelope: under, message, facts, dsn: request.dsn, timeoutremote };
      const terms: SessionTerms = {
        helohost,
        timeoutconnect,
        timeoutremote,
        signal: stop.signal,
        localAddresses,
        tls: isImplicit ? 'implicit' : 'offered',
        credentials,
        isRelay: route.kind === 'relay',
        trusted: options.trustedCertificates ?? [],
        ciphers: current.tlsclientciphers,
        certificate: await options.clientCertificate?.(),
      };
      const sts = policy && { domain: lowerAscii(envelope.host), policy };
      // RFC 8689 5: rather unprotected than not at all, says the letter itself.
      const { recordTls } = options;
      const record: RecordWay | undefined =
        recordTls && route.kind === 'mx' && !facts.isTlsReport
          ? (way) =>
              recordTls({ ...way, domain: lowerAscii(envelope.host), time: Math.floor(Date.now() / 1000) })
          : undefined;
      const tlsWishes = facts.needsNoTls && !requiresTls ? {} : { tlsa, sts, record };
      const delivered = await tryTargets(targets, timeoutremote, (target) =>
        access.send(letter, target, terms, tlsWishes),
      );
      return hideInReport(delivered, credentials);
    } finally {
      await stored.close();
    }
  };

  const closeAgent = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_PATIENCE);
    });
    await Promise.race([Promise.all(running), patience]);
    clearTimeout(timer);
    lookups.close();
    const ending = access.close();
    stop.abort();
    await Promise.all([ending, ...running]);
  };

  return {
    transact,
    destinationOf: (recipient) => findDestination(recipient, settings()),
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
