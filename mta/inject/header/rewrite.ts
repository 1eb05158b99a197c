// Completion of one address as qmail-inject does it (qmail-header(5), "Addresses"): source routes, stray dots and at signs
// go, a missing host is the default host, a host without a dot gets the default domain, a final + the plus domain.
// Pure; works on the tokens of one address without comments.
import { type Token, tokenize } from './tokens.ts';

/** The completions, as tokens to put behind an address: `@host`, `.domain`, `.plusdomain`. */
export interface RewriteRules {
  readonly defaulthost: readonly Token[];
  readonly defaultdomain: readonly Token[];
  readonly plusdomain: readonly Token[];
}

/** Rules from the three names (byte strings); a name that has no tokens, such as `a"b`, is answered with its text. */
export function createRewriteRules(names: {
  readonly defaulthost: string;
  readonly defaultdomain: string;
  readonly plusdomain: string;
}): RewriteRules | { readonly bad: string } {
  const texts = [`@${names.defaulthost}`, `.${names.defaultdomain}`, `.${names.plusdomain}`];
  const tokens = texts.map(tokenize);
  const bad = tokens.indexOf(undefined);
  if (bad >= 0) return { bad: texts[bad]! };
  return { defaulthost: tokens[0]!, defaultdomain: tokens[1]!, plusdomain: tokens[2]! };
}

/** The completed address. `<>` and `...@[]` (VERP, double bounce) stay as they are. */
export function rewriteAddress(given: readonly Token[], rules: RewriteRules): readonly Token[] {
  if (given.length === 0 || isVerp(given)) return given;
  const address = dropSourceRoute(given);
  // qmail-inject: one dot, then one at sign; `<.>` and `<@>` become `<>`.
  if (address.at(-1)?.kind === '.') address.pop();
  if (address.at(-1)?.kind === '@') address.pop();
  if (address.length === 0) return address;
  if (!address.some(({ kind }) => kind === '@')) address.push(...rules.defaulthost);
  const last = address.at(-1)!;
  if (last.kind === 'atom' && last.text.endsWith('+'))
    address.splice(-1, 1, { kind: 'atom', text: last.text.slice(0, -1) }, ...rules.plusdomain);
  if (!isFullHost(address)) address.push(...rules.defaultdomain);
  return address;
}

function isVerp(address: readonly Token[]): boolean {
  const last = address.at(-1)!;
  return last.kind === 'literal' && last.text === '' && address.at(-2)?.kind === '@';
}

/** `@relay,@relay:user@host` is user@host (RFC 5321 C: source routes are to be ignored). */
function dropSourceRoute(address: readonly Token[]): Token[] {
  if (address[0]!.kind !== '@') return [...address];
  const colon = address.findIndex(({ kind }) => kind === ':');
  return colon < 0 ? [] : address.slice(colon + 1);
}

/** Has what follows the last @ a dot, or is it an address literal? */
function isFullHost(address: readonly Token[]): boolean {
  for (let i = address.length - 1; i >= 0 && address[i]!.kind !== '@'; i--)
    if (address[i]!.kind === '.' || address[i]!.kind === 'literal') return true;
  return false;
}
