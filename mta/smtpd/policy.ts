// The door's decisions: may this client connect, send from here, send to there? Pure functions of the settings and of
// what is known; they answer a reply of refusal or undefined for "yes", and never ask a file, a clock or a socket.
// Default is deny: without rcpthosts nobody relays (spec/security.md R1).
import { isRcpthost, readSrsRecipient, rewriteRecipient } from '../control/match.ts';
import { lowerAscii } from '../formats/address.ts';
import type { Cdb } from '../formats/cdb.ts';
import type { Standing } from '../trust/reputation.ts';
import type { Mechanism } from './auth.ts';
import type { ParsedPath } from './path.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';
import type { SmtpdLimits, SmtpdSettings } from './settings.ts';

/** The doors: port 25, and the two for a site's own users. */
export type DoorName = 'smtp' | 'submission' | 'submissions';

/** How many connections there are when a new one comes, itself not counted. */
export interface Crowd {
  readonly total: number;
  readonly fromAddress: number;
  /** New ones from this address in the current second. */
  readonly thisSecond: number;
}

/** May one more client come in? Clients that may relay are the site's own: only the total counts for them. */
export function decideConnect(
  crowd: Crowd,
  isRelayClient: boolean,
  settings: SmtpdSettings,
  limits: SmtpdLimits,
  standing?: Pick<Standing, 'connections' | 'connectionsPerSecond'> | undefined,
): Reply | undefined {
  if (crowd.total >= settings.maxconnections) return replies.tooManyConnections;
  if (isRelayClient) return undefined;
  const { connections = settings.maxconnectionsperip, connectionsPerSecond = limits.connectionsPerSecond } =
    standing ?? {};
  if (crowd.fromAddress >= Math.min(settings.maxconnectionsperip, connections)) return replies.tooManyFromYou;
  if (connectionsPerSecond > 0 && crowd.thisSecond >= connectionsPerSecond) return replies.tooManyFromYou;
  return undefined;
}

/** `user@[our.ip]` is `user@localiphost` (qmail-smtpd, addrparse). */
export function replaceLocalIp(
  path: ParsedPath,
  isOwnIp: (ip: string) => boolean,
  settings: SmtpdSettings,
): string {
  const { address, domainStart } = path;
  if (domainStart === 0 || settings.localiphost === undefined || address[domainStart] !== '[') return address;
  const ip = address.slice(domainStart + 1, -1).replace(/^ipv6:/i, '');
  return isOwnIp(ip) ? address.slice(0, domainStart) + settings.localiphost : address;
}

/** rejectrelaytest: does the local part hold what relay tests try? */
export function isRelayTest(address: string): boolean {
  const at = address.lastIndexOf('@');
  return /[!%@]/.test(at < 0 ? address : address.slice(0, at));
}

/**
 * validrcptto: true for listed recipients, false for those listed with a hyphen, undefined when nobody says. Addresses
 * come before domains, and with each the one to take before the one to refuse.
 */
export function isValidRecipient(
  address: string,
  list: ReadonlySet<string> | undefined,
  cdb: Cdb | undefined,
): boolean | undefined {
  if (list === undefined && cdb === undefined) return undefined;
  const isListed = (key: string): boolean =>
    list?.has(key) === true || cdb?.find(Buffer.from(key, 'utf8')) !== undefined;
  const lower = lowerAscii(address);
  if (isListed(lower)) return true;
  const at = lower.lastIndexOf('@');
  if (at < 0) return undefined;
  if (isListed(`-${lower}`)) return false;
  if (isListed(lower.slice(at))) return true;
  return isListed(`-${lower.slice(at)}`) ? false : undefined;
}

/** What is to be done with a recipient. */
export type RecipientDecision =
  | { readonly verdict: 'refuse'; readonly reply: Reply }
  /** Take it: it goes elsewhere, to a host for which we may receive or because the client may relay. */
  | { readonly verdict: 'accept' }
  /** Take it when this local address exists. */
  | {
      readonly verdict: 'check';
      readonly address: string;
      /** As qmail-local will know it: with the prepend of virtualdomains. */
      readonly delivered: string;
    };

const NO_DOMAINS: ReadonlyMap<string, string> = new Map();

/**
 * Decides on one recipient, after its own IP address was replaced. The rules of the queue (envnoathost, percenthack,
 * locals, virtualdomains) are applied first, so what is checked is where the message would really go.
 */
export function decideRecipient(
  recipient: string,
  mayRelay: boolean,
  settings: SmtpdSettings,
): RecipientDecision {
  const at = recipient.lastIndexOf('@');
  const mayReceive = (domain: string) => isRcpthost(domain, settings.rcpthosts, settings.morercpthosts);
  if (recipient === '') return { verdict: 'refuse', reply: replies.pathSyntax };
  // RFC 5321 4.5.1: postmaster without a domain is always served.
  const isPostmaster = at < 0 && lowerAscii(recipient) === 'postmaster';
  if (at >= 0 && !mayRelay && !mayReceive(recipient.slice(at + 1)))
    return { verdict: 'refuse', reply: replies.noRelay };
  const srs = readSrsRecipient(recipient, settings);
  if (srs !== undefined)
    return srs.kind === 'sender' ? { verdict: 'accept' } : { verdict: 'refuse', reply: replies.badSrs };
  const route = rewriteRecipient(recipient, settings);
  // What recipientExists wants: without the prepend of virtualdomains, with envnoathost and percenthack applied.
  const address = rewriteRecipient(recipient, { ...settings, virtualdomains: NO_DOMAINS }).address;
  if (route.channel === 'local')
    return isPostmaster ? { verdict: 'accept' } : { verdict: 'check', address, delivered: route.address };
  if (isPostmaster) return { verdict: 'accept' };
  if (mayRelay) return { verdict: 'accept' };
  // `v%relay.test@our.test` under percenthack, `v` with a foreign envnoathost: the last domain decides.
  return at >= 0 && mayReceive(address.slice(address.lastIndexOf('@') + 1))
    ? { verdict: 'accept' }
    : { verdict: 'refuse', reply: replies.noRelay };
}

// The ALPACA pattern: a browser made to post mail. No SMTP command looks like these.
const HTTP =
  /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH|PRI) |^(?:Host|User-Agent|Content-[A-Za-z]+|Origin|Referer|Accept[A-Za-z-]*):/i;

/** Does this command line belong to HTTP? */
export function isHttp(line: string): boolean {
  return HTTP.test(line);
}

/** The lines of the EHLO answer behind the greeting. `mailMax`: transactions of one session, undefined for no limit. */
export function listExtensions(session: {
  readonly mayStartTls: boolean;
  /** What AUTH offers; none: no AUTH now. */
  readonly mechanisms: readonly Mechanism[];
  readonly mailMax: number | undefined;
  readonly mayChunk: boolean;
  readonly mayNotify: boolean;
  readonly mayRequireTls: boolean;
  readonly databytes: number;
  readonly maxrcpt: number;
}): readonly string[] {
  return [
    'PIPELINING',
    '8BITMIME',
    'SMTPUTF8',
    `SIZE ${session.databytes}`,
    'ENHANCEDSTATUSCODES',
    ...(session.mayChunk ? ['CHUNKING'] : []),
    ...(session.mayNotify ? ['DSN'] : []),
    ...(session.mayRequireTls ? ['REQUIRETLS'] : []),
    // RFC 9422: only limits that are really applied.
    `LIMITS ${session.mailMax === undefined ? '' : `MAILMAX=${session.mailMax} `}RCPTMAX=${session.maxrcpt}`,
    ...(session.mayStartTls ? ['STARTTLS'] : []),
    ...(session.mechanisms.length > 0 ? [`AUTH ${session.mechanisms.join(' ')}`] : []),
  ];
}
