// Where control/smtproutes, qmtproutes and authsenders send a letter (qmail-remote, spec/qmail.md 8.1; `|user|password` as
// in s/qmail). Pure: the search and the reading of an entry. The first two go by the recipient's domain, authsenders by
// the sender. The relay of an entry is the admin's word: no MX, no own-address check. An entry that cannot be read is
// shown without its password.
import { domainToASCII, domainToUnicode } from 'node:url';
import { findBySuffix } from '../control/match.ts';
import { lowerAscii } from '../formats/address.ts';
import type { Credentials } from './auth.ts';
import { canonicalIp, parseIpLiteral } from './ip.ts';

/** Port of SMTP between hosts. */
export const SMTP_PORT = 25;
/** RFC 8314: TLS from the first byte. */
export const SMTPS_PORT = 465;

/** Port of QMTP. */
export const QMTP_PORT = 209;

/** What to do for a domain: look up its MX, use a relay, or say that the entry cannot be read. */
export type Route =
  | { readonly kind: 'mx' }
  | {
      readonly kind: 'relay';
      readonly host: string;
      readonly port: number;
      readonly credentials?: Credentials;
    }
  | { readonly kind: 'bad'; readonly entry: string };

/**
 * Reads `relay`, `relay:port`, `[1.2.3.4]:port`, `[::1]:port`, `::1`, each with `|user|password` or without; '' means
 * MX. Spaces around are ignored; a password may hold any character, `|` too.
 */
export function parseRelay(entry: string, port: number = SMTP_PORT): Route {
  const [, place = '', user, password] = /^([^|]*)(?:\|([^|]*)(?:\|(.*))?)?$/s.exec(entry.trim()) ?? [];
  const route = parsePlace(place.trim(), port);
  if (user === undefined) return route;
  // RFC 4616 2: both must be there, and NUL is what parts them.
  const isUsable =
    user !== '' && password !== undefined && password !== '' && !`${user}${password}`.includes('\0');
  if (route.kind !== 'relay' || !isUsable) return { kind: 'bad', entry: `${place.trim()}|...` };
  return { ...route, credentials: { user, password } };
}

function parsePlace(text: string, usualPort: number): Route {
  if (text === '') return { kind: 'mx' };
  const bare = canonicalIp(text);
  if (bare !== undefined) return { kind: 'relay', host: bare, port: usualPort };
  const parts = /^(\[[^\]]*\]|[^:[\]|\s]*)(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? '';
  const port = parts?.[2] === undefined ? usualPort : Number(parts[2]);
  if (!parts || port < 1 || port > 65535) return { kind: 'bad', entry: text };
  // `:port` alone: MX lookup as without a relay; qmail-remote has no port for that either.
  if (host === '') return { kind: 'bad', entry: text };
  if (!host.startsWith('[')) {
    const ascii = /^[\x00-\x7f]*$/.test(host) ? host : domainToASCII(host);
    return ascii === '' ? { kind: 'bad', entry: text } : { kind: 'relay', host: ascii, port };
  }
  const literal = parseIpLiteral(host);
  return literal === undefined ? { kind: 'bad', entry: text } : { kind: 'relay', host: literal, port };
}

/**
 * Finds the route of a host: the whole name, then each `.suffix` from long to short, then the empty key. A name with
 * A-labels (RFC 5890) is found under its U-labels too.
 */
export function findRoute(
  smtproutes: ReadonlyMap<string, string>,
  host: string,
  port: number = SMTP_PORT,
): Route {
  const unicode = /(^|\.)xn--/i.test(host) ? domainToUnicode(host) : '';
  // The empty key is the last resort of both spellings.
  const own =
    unicode === '' ? undefined : (findOwnEntry(smtproutes, host) ?? findOwnEntry(smtproutes, unicode));
  const entry = own ?? findBySuffix(smtproutes, host);
  return entry === undefined ? { kind: 'mx' } : parseRelay(entry, port);
}

/**
 * The route of a sender (control/authsenders of the patches): the whole address, then what follows from each dot and @,
 * longest first, then the empty key. Undefined: none.
 */
export function findSenderRoute(authsenders: ReadonlyMap<string, string>, sender: string): Route | undefined {
  if (authsenders.size === 0) return undefined;
  const name = lowerAscii(sender);
  for (let at = 0; at <= name.length; at++) {
    if (at > 0 && at < name.length && name[at] !== '.' && name[at] !== '@') continue;
    const entry = authsenders.get(name.slice(at));
    if (entry !== undefined) return parseRelay(entry);
  }
  return undefined;
}

/** The control files that route; keys in lower case. */
export interface RouteFiles {
  readonly smtproutes: ReadonlyMap<string, string>;
  readonly qmtproutes?: ReadonlyMap<string, string> | undefined;
  readonly authsenders?: ReadonlyMap<string, string> | undefined;
}

/**
 * The route of a letter and the file that has it: by sender, by QMTP, by recipient. An empty relay in the first two is
 * an exception: the next file decides. `sender` undefined: whoever it is.
 */
export function chooseRoute(
  { authsenders, qmtproutes, smtproutes }: RouteFiles,
  sender: string | undefined,
  host: string,
): { readonly file: keyof RouteFiles; readonly route: Route } {
  const bySender = authsenders && sender !== undefined ? findSenderRoute(authsenders, sender) : undefined;
  if (bySender && bySender.kind !== 'mx') return { file: 'authsenders', route: bySender };
  const byQmtp = qmtproutes ? findRoute(qmtproutes, host, QMTP_PORT) : undefined;
  if (byQmtp?.kind === 'relay' && byQmtp.credentials)
    // QMTP has no log-in; to send without would not be what the admin meant.
    return { file: 'qmtproutes', route: { kind: 'bad', entry: byQmtp.host } };
  if (byQmtp && byQmtp.kind !== 'mx') return { file: 'qmtproutes', route: byQmtp };
  return { file: 'smtproutes', route: findRoute(smtproutes, host) };
}

function findOwnEntry(smtproutes: ReadonlyMap<string, string>, host: string): string | undefined {
  const entry = findBySuffix(smtproutes, host);
  return entry === smtproutes.get('') ? undefined : entry;
}
