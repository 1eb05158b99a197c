// Which addresses take a domain's mail (qmail-remote dns_mxip, RFC 5321 5.1, RFC 7505; spec/qmail.md 8.1 steps 3 to 5,
// security.md S4). What the answers of dns/lookup.ts mean is decided here.
// Never gives an address of our own: mail that would come back to us is a loop.
import type { Answer, DnsLookup, MailHost } from '../dns/lookup.ts';
import { lowerAscii } from '../formats/address.ts';
import { type Outcome, permanent, temporary } from '../outcome.ts';
import { canonicalIp, isIpv6, isPrivate, isThisHost, isUnusable, parseIpLiteral } from './ip.ts';
import { SMTP_PORT } from './route.ts';

/** Addresses tried in one delivery attempt (S4). */
export const MAX_ADDRESSES = 10;
/** MX records looked at; the best ones. */
export const MAX_MX_RECORDS = 100;
/** MX hosts asked for at the same time. */
const LOOKUPS_AT_ONCE = 10;

/** One place to connect to. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** The name that led here, for TLS; '' for an address literal. */
  readonly name: string;
  /** DNSSEC vouches for all of the way here; undefined: DANE has no place. */
  readonly dane?: DaneNames | undefined;
}

/** RFC 7672 2.2, 3.2: where TLSA records may stand, and whose a certificate may be. */
export interface DaneNames {
  /** TLSA base domains, the first that has records counts: after aliases, then before. */
  readonly bases: readonly string[];
  /** Reference identifiers beside the base. */
  readonly references: readonly string[];
}

/** Which families to use and in which order within one mail host. */
export type Ipv6Use = 'first' | 'last' | 'off';

export interface TargetRules {
  /** Addresses of this machine's interfaces, canonical. */
  readonly ownAddresses: ReadonlySet<string>;
  readonly ipv6: Ipv6Use;
  /** Skip private address ranges found in the DNS. */
  readonly refusePrivate: boolean;
  /** 0 to 1, for hosts of equal preference. */
  readonly random: () => number;
}

// qmail-remote temp_dns, perm_dns, perm_nomx, perm_ambigmx.
const noAnswer = () => temporary("Sorry, I couldn't find any host by that name. (#4.1.2)");
const noHost = (host: string) => permanent(`Sorry, I couldn't find any host named ${host}. (#5.1.2)`);
const noAddress = () => permanent("Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)");
const ourselves = () =>
  permanent(
    "Sorry. Although I'm listed as a best-preference MX or A for that host,\n" +
      "it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)",
  );
// RFC 7505 4.1: permanent, 5.1.10.
const nullMx = (host: string) =>
  permanent(`Sorry, ${host} says that it accepts no mail (null MX). (#5.1.10)`);

/** Takes turns between two lists, so that a cap leaves some of each. */
function alternate<T>(first: readonly T[], second: readonly T[]): T[] {
  const mixed: T[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (i < first.length) mixed.push(first[i]!);
    if (i < second.length) mixed.push(second[i]!);
  }
  return mixed;
}

/** All addresses of one host in the order to try them; a literal is its own address. */
async function findAddresses(lookup: DnsLookup, host: string, ipv6: Ipv6Use): Promise<Answer<string>> {
  const literal = parseIpLiteral(host);
  if (literal !== undefined) return { kind: 'found', values: [literal] };
  const [four, six] = await Promise.all([
    lookup.addresses(host, 4),
    ipv6 === 'off'
      ? ({ kind: 'none', reason: 'no data' } satisfies Answer<string>)
      : lookup.addresses(host, 6),
  ]);
  const valuesOf = (answer: Answer<string>) => (answer.kind === 'found' ? answer.values : []);
  const values =
    ipv6 === 'first' ? alternate(valuesOf(six), valuesOf(four)) : [...valuesOf(four), ...valuesOf(six)];
  if (values.length > 0) {
    const canonical = values.map((value) => canonicalIp(value)).filter((ip) => ip !== undefined);
    const used = [four, six].filter((answer) => answer.kind === 'found');
    const isSecure = used.every((answer) => answer.isSecure === true);
    return { kind: 'found', values: [...new Set(canonical)], isSecure, name: used[0]?.name ?? host };
  }
  if (four.kind === 'soft' || six.kind === 'soft') return { kind: 'soft' };
  return four.kind === 'none' ? four : { kind: 'none', reason: 'no data' };
}

/** Undefined where one step of the way is not signed. `domain`: the mail domain, '' for a relay. */
function daneNames(
  isSecure: boolean,
  domain: string,
  host: string,
  canonical: string,
): DaneNames | undefined {
  if (!isSecure) return undefined;
  const bases = canonical === host ? [host] : [canonical, host];
  return { bases, references: domain === '' ? [host] : [host, domain] };
}

/** A new order, each equally likely. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}

/**
 * Turns mail hosts into places to connect to, best first. Hosts of one preference are looked up together, because one
 * of them being ourselves excludes them all: RFC 5321 5.1, only hosts better than we are may be tried.
 */
async function resolveMailHosts(
  lookup: DnsLookup,
  hosts: readonly MailHost[],
  rules: TargetRules,
  /** The mail domain whose MX records DNSSEC vouches for. */
  signedDomain?: string | undefined,
): Promise<readonly Target[] | Outcome> {
  const targets: Target[] = [];
  const seen = new Set<string>();
  let softErrors = false;
  let foundOurselves = false;
  const preferences = [...new Set(hosts.map((host) => host.preference))].sort((a, b) => a - b);
  for (const preference of preferences) {
    const group = shuffle(
      hosts.filter((host) => host.preference === preference),
      rules.random,
    );
    const found: Target[] = [];
    for (let i = 0; i < group.length; i += LOOKUPS_AT_ONCE) {
      const batch = group.slice(i, i + LOOKUPS_AT_ONCE);
      const answers = await Promise.all(
        batch.map(({ exchange }) => findAddresses(lookup, exchange, rules.ipv6)),
      );
      answers.forEach((answer, at) => {
        if (answer.kind === 'soft') softErrors = true;
        if (answer.kind !== 'found') return;
        const host = batch[at]!.exchange;
        const name = parseIpLiteral(host) === undefined ? host : '';
        const isSecure = signedDomain !== undefined && name !== '' && answer.isSecure === true;
        const dane = daneNames(isSecure, signedDomain ?? '', lowerAscii(host), answer.name ?? host);
        for (const address of answer.values) {
          if (isThisHost(address) || rules.ownAddresses.has(address)) foundOurselves = true;
          else if (!isUnusable(address) && !(rules.refusePrivate && isPrivate(address)))
            if (!(rules.ipv6 === 'off' && isIpv6(address)))
              found.push({ address, port: SMTP_PORT, name, dane });
        }
      });
    }
    if (foundOurselves) break;
    for (const target of found) {
      if (seen.has(target.address)) continue;
      seen.add(target.address);
      targets.push(target);
    }
    if (targets.length >= MAX_ADDRESSES) break;
  }
  if (targets.length > 0) return targets.slice(0, MAX_ADDRESSES);
  // A better host that could not be looked up may be there next time; qmail bounces here when it is a backup MX.
  if (softErrors) return noAnswer();
  return foundOurselves ? ourselves() : noAddress();
}

/** The places to try for a mail domain without a route: address literal, MX, or the domain's own addresses. */
export async function findMailTargets(
  lookup: DnsLookup,
  host: string,
  rules: TargetRules,
): Promise<readonly Target[] | Outcome> {
  if (parseIpLiteral(host) !== undefined)
    return resolveMailHosts(lookup, [{ exchange: host, preference: 0 }], rules);
  const mx = await lookup.mx(host);
  if (mx.kind === 'soft') return noAnswer();
  if (mx.kind === 'found') {
    const records = mx.values.map(({ exchange, preference }) => ({
      exchange: exchange.replace(/\.$/, ''),
      preference,
    }));
    // RFC 7505 3: the null MX stands alone; beside others an empty name is only a host that does not exist.
    if (records.length === 1 && records[0]!.exchange === '') return nullMx(host);
    const usable = records.filter(({ exchange }) => exchange !== '');
    usable.sort((a, b) => a.preference - b.preference);
    const signedDomain = mx.isSecure ? lowerAscii(host) : undefined;
    return resolveMailHosts(lookup, usable.slice(0, MAX_MX_RECORDS), rules, signedDomain);
  }
  // RFC 5321 5.1: without MX the domain itself is the mail host.
  const own = await findAddresses(lookup, host, rules.ipv6);
  if (own.kind === 'soft') return noAnswer();
  if (own.kind === 'none') return own.reason === 'no name' ? noHost(host) : noAddress();
  const literals = own.values.map((exchange) => ({ exchange, preference: 0 }));
  const targets = await resolveMailHosts(lookup, literals, { ...rules, random: keepOrder });
  if ('code' in targets) return targets;
  const isSecure = mx.isSecure === true && own.isSecure === true;
  const dane = daneNames(isSecure, '', lowerAscii(host), own.name ?? host);
  return targets.map((target) => ({ ...target, name: host, dane }));
}

// Fisher-Yates with the highest draw leaves every item where it is.
const keepOrder = () => 1 - Number.EPSILON;

/** The places of a relay named in smtproutes: its addresses, no MX; any address goes, it is the admin's word. */
export async function findRelayTargets(
  lookup: DnsLookup,
  relay: string,
  port: number,
  ipv6: Ipv6Use,
): Promise<readonly Target[] | Outcome> {
  const answer = await findAddresses(lookup, relay, ipv6);
  if (answer.kind === 'soft') return noAnswer();
  if (answer.kind === 'none') return answer.reason === 'no name' ? noHost(relay) : noAddress();
  const name = parseIpLiteral(relay) === undefined ? relay : '';
  // RFC 7672 2.2.2: without MX records in between the relay's own name is the base.
  const dane = daneNames(
    name !== '' && answer.isSecure === true,
    '',
    lowerAscii(relay),
    answer.name ?? relay,
  );
  return answer.values.slice(0, MAX_ADDRESSES).map((address) => ({ address, port, name, dane }));
}
