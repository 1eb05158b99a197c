// Where control/smtproutes sends a domain (qmail-remote, spec/qmail.md 8.1). Pure: the search and the reading of an
// entry. Routing is by recipient domain only. The relay of an entry is the admin's word: no MX, no own-address check.
import { findBySuffix } from '../control/match.ts';
import { canonicalIp, parseIpLiteral } from './ip.ts';

/** Port of SMTP between hosts. */
export const SMTP_PORT = 25;

/** What to do for a domain: look up its MX, use a relay, or say that the entry cannot be read. */
export type Route =
  | { readonly kind: 'mx' }
  | { readonly kind: 'relay'; readonly host: string; readonly port: number }
  | { readonly kind: 'bad'; readonly entry: string };

/** Reads `relay`, `relay:port`, `[1.2.3.4]:port`, `[::1]:port`, `::1`; '' means MX. Spaces around are ignored. */
export function parseRelay(entry: string): Route {
  const text = entry.trim();
  if (text === '') return { kind: 'mx' };
  const bare = canonicalIp(text);
  if (bare !== undefined) return { kind: 'relay', host: bare, port: SMTP_PORT };
  const parts = /^(\[[^\]]*\]|[^:[\]|\s]*)(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? '';
  const port = parts?.[2] === undefined ? SMTP_PORT : Number(parts[2]);
  if (!parts || port < 1 || port > 65535) return { kind: 'bad', entry: text };
  // `:port` alone: MX lookup as without a relay; qmail-remote has no port for that either.
  if (host === '') return { kind: 'bad', entry: text };
  if (!host.startsWith('[')) return { kind: 'relay', host, port };
  const literal = parseIpLiteral(host);
  return literal === undefined ? { kind: 'bad', entry: text } : { kind: 'relay', host: literal, port };
}

/** Finds the route of a host: the whole name, then each `.suffix` from long to short, then the empty key. */
export function findRoute(smtproutes: ReadonlyMap<string, string>, host: string): Route {
  const entry = findBySuffix(smtproutes, host);
  return entry === undefined ? { kind: 'mx' } : parseRelay(entry);
}
