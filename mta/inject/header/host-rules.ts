// Rewriting of host names in addresses as new-inject and ofmipd do it (rewriting(5), spec/qmail.md 9.3): a list of
// instructions, each applied once, in their order. Pure; byte strings, and tokens of one address.
import { lowerAscii } from '../../formats/address.ts';
import { at, type Token, tokenize, unquoteTokens } from './tokens.ts';

/**
 * One instruction. `=`: the host `post` becomes `next`. `*`: any host that ends in `post`, that end becomes `next`. `?`: the
 * same when there is no dot or bracket before it. `-`: any host that ends in `post` becomes `next` whole.
 */
export interface HostRule {
  readonly kind: '=' | '*' | '?' | '-';
  readonly post: string;
  readonly next: string;
}

/** What becomes of a host. Byte strings. */
export type HostRewrite = (host: string) => string;

/** Reads `=post:new`, `*post:new`, `?post:new` or `-post:new`; undefined: none of these. */
export function parseHostRule(line: string): HostRule | undefined {
  const [, kind, post = '', next = ''] = /^([=*?-])([^:]*):(.*)$/s.exec(line) ?? [];
  return kind === undefined ? undefined : { kind: kind as HostRule['kind'], post, next };
}

/** What holds without control/rewrite. */
export const defaultHostRules = (names: {
  readonly defaulthost: string;
  readonly defaultdomain: string;
  readonly plusdomain: string;
}): readonly HostRule[] => [
  { kind: '*', post: '.', next: '' },
  { kind: '=', post: '', next: names.defaulthost },
  { kind: '*', post: '+', next: `.${names.plusdomain}` },
  { kind: '?', post: '', next: `.${names.defaultdomain}` },
];

/** The host after all instructions; hosts are compared in any case. */
export function rewriteHost(host: string, rules: readonly HostRule[]): string {
  let current = host;
  for (const { kind, post, next } of rules) {
    const lower = lowerAscii(current);
    const end = lowerAscii(post);
    if (kind === '=' ? lower !== end : !lower.endsWith(end)) continue;
    const before = current.slice(0, current.length - post.length);
    if (kind === '?' && /[.[\]]/.test(before)) continue;
    current = kind === '*' || kind === '?' ? before + next : next;
  }
  return current;
}

/** An address as on a command line or in an envelope, unquoted. The null sender and `...@[]` stay. */
export function rewriteEnvelopeAddress(address: string, rewrite: HostRewrite): string {
  if (address === '' || address.endsWith('@[]')) return address;
  const end = address.lastIndexOf('@');
  const local = end < 0 ? address : address.slice(0, end);
  const host = rewrite(end < 0 ? '' : address.slice(end + 1));
  return host === '' ? local : `${local}@${host}`;
}

/** The tokens of one address without comments. A source route becomes a comment; what the rules leave alone stays. */
export function rewriteListAddress(given: readonly Token[], rewrite: HostRewrite): readonly Token[] {
  if (given.length === 0) return given;
  const colon = given[0]!.kind === '@' ? given.findIndex(({ kind }) => kind === ':') : -1;
  const route: Token[] = colon < 0 ? [] : [{ kind: 'comment', text: unquoteTokens(given.slice(0, colon)) }];
  const address = given.slice(colon + 1);
  const place = address.findLastIndex(({ kind }) => kind === '@');
  const local = place < 0 ? address : address.slice(0, place);
  const host = place < 0 ? '' : unquoteTokens(address.slice(place + 1));
  if (host === '[]') return given;
  const rewritten = rewrite(host);
  if (rewritten === host) return [...route, ...address];
  const tokens = tokenize(rewritten) ?? [{ kind: 'quote' as const, text: rewritten }];
  return [...route, ...local, ...(rewritten === '' ? [] : [at, ...tokens])];
}
