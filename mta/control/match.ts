// How addresses and domains are compared with control files: the relay list (rcpthosts.c), the choice of the channel
// (qmail-send rewrite, spec/qmail.md 5.1) and its reverse for bounces, and suffix keys (smtproutes, virtualdomains).
// Pure. Domains are compared without regard to case; the local part is never changed.
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { keptDomain } from '../formats/idn.ts';
import { readSrsAddress, type SrsRules } from '../trust/srs.ts';

/** A set of lower-case domains, or a cdb whose keys are such. */
export type DomainSet = ReadonlySet<string> | { find(key: Buffer): Buffer | undefined };

const contains = (set: DomainSet, name: string): boolean =>
  'has' in set ? set.has(name) : set.find(Buffer.from(name, 'utf8')) !== undefined;

/** The name itself, then each suffix that starts at a dot, longest first: `a.b.c`, `.b.c`, `.c`. */
function* suffixes(name: string): Generator<string> {
  yield name;
  for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) yield name.slice(dot);
}

/**
 * May strangers send to this domain? An entry fits the whole domain, or `.suffix` fits what ends in it; then the same
 * in morercpthosts. A missing list (undefined) is an empty one: never an open relay.
 */
export function isRcpthost(
  domain: string,
  rcpthosts: DomainSet | undefined,
  morercpthosts?: DomainSet | undefined,
): boolean {
  const name = lowerAscii(domain);
  if (name === '') return false;
  for (const set of [rcpthosts, morercpthosts]) {
    if (set === undefined) continue;
    for (const suffix of suffixes(name)) if (contains(set, suffix)) return true;
  }
  return false;
}

/** The value of the first key that fits: the whole host, each `.suffix` from long to short, the empty key. */
export function findBySuffix(map: ReadonlyMap<string, string>, host: string): string | undefined {
  for (const key of suffixes(lowerAscii(host))) {
    const value = map.get(key);
    if (value !== undefined) return value;
  }
  return map.get('');
}

/** What rewriteRecipient needs of the settings. Without the files of SRS its addresses are like all others. */
export interface RewriteSettings extends Partial<SrsRules> {
  readonly locals: ReadonlySet<string>;
  readonly virtualdomains: ReadonlyMap<string, string>;
  readonly percenthack: ReadonlySet<string>;
  readonly envnoathost: string;
}

/** Where a recipient goes and under which address it is stored: qmail-send's rewrite(). */
export interface RewrittenRecipient {
  readonly channel: 'local' | 'remote';
  readonly address: string;
}

const hasSrs = (settings: RewriteSettings): settings is RewriteSettings & SrsRules =>
  settings.srs_domain !== undefined && settings.srs_domain !== '';

/** What an address that SRS made leads to; undefined for all others. @param seconds since 1970 */
export const readSrsRecipient = (
  recipient: string,
  settings: RewriteSettings,
  seconds = Math.floor(Date.now() / 1000),
) => (hasSrs(settings) ? readSrsAddress(recipient, settings, seconds) : undefined);

/**
 * Decides the channel of one envelope recipient (spec/qmail.md 5.1, steps 1 to 6). An address that SRS made for a forward
 * of ours stands for the true sender: what comes to it is his.
 */
export function rewriteRecipient(recipient: string, settings: RewriteSettings): RewrittenRecipient {
  const srs = readSrsRecipient(recipient, settings);
  if (srs?.kind === 'sender') return rewriteRecipient(srs.address, { ...settings, srs_domain: '' });
  let address = recipient.includes('@') ? recipient : `${recipient}@${settings.envnoathost}`;
  let { local, domain } = splitAddress(address);
  for (;;) {
    const percent = local.lastIndexOf('%');
    if (percent < 0 || !settings.percenthack.has(lowerAscii(domain))) break;
    domain = local.slice(percent + 1);
    local = local.slice(0, percent);
    address = `${local}@${domain}`;
  }
  // RFC 6531 3.2: a domain of ours in U-labels is ours. Others' stay as they were given.
  const kept = keptDomain(domain);
  const own = kept === lowerAscii(domain) ? address : `${local}@${kept}`;
  // qmail-send: locals beat virtualdomains.
  if (settings.locals.has(kept)) return { channel: 'local', address: own };
  const prepend = settings.virtualdomains.get(lowerAscii(own)) ?? findBySuffix(settings.virtualdomains, kept);
  // qmail-send: an empty value is an exception, not a virtual domain.
  if (prepend === undefined || prepend === '') return { channel: 'remote', address };
  return { channel: 'local', address: `${prepend}-${own}` };
}

/**
 * Takes the prepend off a stored local address again, for people's eyes in bounces. Qmail knows only the domain keys
 * here and shows `prepend-user@domain` for a `user@domain` entry; this knows both.
 */
export function stripPrepend(address: string, virtualdomains: ReadonlyMap<string, string>): string {
  for (let dash = address.indexOf('-'); dash >= 0; dash = address.indexOf('-', dash + 1)) {
    const rest = address.slice(dash + 1);
    if (rest.startsWith('@') || !rest.includes('@')) continue;
    if (virtualdomains.get(lowerAscii(rest)) === address.slice(0, dash)) return rest;
  }
  const prepend = findBySuffix(virtualdomains, splitAddress(address).domain);
  if (prepend === undefined || prepend === '') return address;
  return address.startsWith(`${prepend}-`) ? address.slice(prepend.length + 1) : address;
}
