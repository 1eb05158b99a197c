// Sender rewriting for forwards (SRS, as libsrs2 and the patched qmails do it): a letter of a foreign sender that leaves
// again carries an address of ours as its envelope sender, so that SPF of the true sender's domain does not fail for us,
// and a bounce finds its way back. The address holds the true sender, the day, and a keyed hash of both: nobody else can
// make one, and none is good for ever. SRS1 is for senders that another forwarder has rewritten already. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { lowerAscii, splitAddress } from '../formats/address.ts';

/** What control/srs_* says. */
export interface SrsRules {
  /** The domain of the addresses that we make; '' : SRS is off. */
  readonly srs_domain: string;
  /** The first one signs, all are tried. */
  readonly srs_secrets: readonly string[];
  /** Days for which an address is good. */
  readonly srs_maxage: number;
  /** Characters of the hash. */
  readonly srs_hashlength: number;
  /** The least that is believed. */
  readonly srs_hashmin: number;
  /** What follows SRS0 and SRS1. */
  readonly srs_separator: string;
}

/** The control files of SrsRules. */
export const srsSettingNames = [
  'srs_domain',
  'srs_secrets',
  'srs_maxage',
  'srs_hashlength',
  'srs_hashmin',
  'srs_separator',
] as const satisfies readonly (keyof SrsRules)[];

const DAY = 86_400;
/** Days are counted modulo 1024 in two characters. */
const SLOTS = 1024;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const isSrsOn = ({ srs_domain, srs_secrets }: SrsRules): boolean =>
  srs_domain !== '' && srs_secrets.length > 0;

function stampOf(seconds: number): string {
  const days = Math.floor(seconds / DAY) % SLOTS;
  return `${DIGITS[days >> 5]}${DIGITS[days & 31]}`;
}

/** Is a stamp at most so many days old? */
function isFresh(stamp: string, seconds: number, days: number): boolean {
  const [high, low] = [...stamp.toUpperCase()].map((digit) => DIGITS.indexOf(digit));
  if (stamp.length !== 2 || high === undefined || low === undefined || high < 0 || low < 0) return false;
  const age = (Math.floor(seconds / DAY) - (high * 32 + low)) % SLOTS;
  return (age + SLOTS) % SLOTS <= days;
}

/** libsrs2: HMAC-SHA1 over the parts without regard to case, base64, its beginning. */
const hashOf = (parts: readonly string[], secret: string): string =>
  createHmac('sha1', secret).update(parts.map(lowerAscii).join(''), 'utf8').digest('base64');

/** Hosts on the way may have changed the case of a local part. */
function isHash(given: string, parts: readonly string[], { srs_secrets, srs_hashmin }: SrsRules): boolean {
  if (given.length < srs_hashmin || given.length > 28) return false;
  const bytes = Buffer.from(lowerAscii(given), 'utf8');
  return srs_secrets.some((secret) => {
    const wanted = Buffer.from(lowerAscii(hashOf(parts, secret)).slice(0, given.length), 'utf8');
    return wanted.length === bytes.length && timingSafeEqual(wanted, bytes);
  });
}

const TAGGED = /^SRS([01])[=+-]/i;

/**
 * The sender under which a letter goes on. The null sender, and one that is ours by SRS already, stay.
 * @param seconds since 1970
 */
export function rewriteSender(sender: string, rules: SrsRules, seconds: number): string {
  const { local, domain } = splitAddress(sender);
  const [secret] = rules.srs_secrets;
  if (!isSrsOn(rules) || secret === undefined || local === '' || domain === '') return sender;
  if (lowerAscii(domain) === rules.srs_domain) return sender;
  const { srs_domain, srs_hashlength, srs_separator } = rules;
  const sign = (...parts: string[]): string => hashOf(parts, secret).slice(0, srs_hashlength);
  const tag = TAGGED.exec(local)?.[1];
  if (tag === '0') {
    // SRS0=hash=...@first becomes SRS1=hash=first==hash=...: what follows SRS0 stays as it is, the first forwarder reads it.
    const rest = local.slice(4);
    return `SRS1${srs_separator}${sign(domain, rest)}=${domain}=${rest}@${srs_domain}`;
  }
  const [, first, rest] = tag === '1' ? (/^[^=]*=([^=]+)=(.+)$/s.exec(local.slice(5)) ?? []) : [];
  if (first !== undefined && rest !== undefined)
    return `SRS1${srs_separator}${sign(first, rest)}=${first}=${rest}@${srs_domain}`;
  const stamp = stampOf(seconds);
  return `SRS0${srs_separator}${sign(stamp, domain, local)}=${stamp}=${domain}=${local}@${srs_domain}`;
}

/** What an address of our SRS domain leads to. */
export type SrsAnswer =
  | { readonly kind: 'sender'; readonly address: string }
  /** It looks like one of ours and is not, or not any more. */
  | { readonly kind: 'invalid' };

/** Undefined: the address has nothing to do with SRS here. @param seconds since 1970 */
export function readSrsAddress(address: string, rules: SrsRules, seconds: number): SrsAnswer | undefined {
  if (!isSrsOn(rules)) return undefined;
  const { local, domain } = splitAddress(address);
  const tag = lowerAscii(domain) === rules.srs_domain ? TAGGED.exec(local)?.[1] : undefined;
  if (tag === undefined) return undefined;
  const invalid: SrsAnswer = { kind: 'invalid' };
  if (tag === '0') {
    const [, hash, stamp, host, user] = /^([^=]+)=([^=]+)=([^=]+)=(.+)$/s.exec(local.slice(5)) ?? [];
    if (hash === undefined || stamp === undefined || host === undefined || user === undefined) return invalid;
    const isGood = isHash(hash, [stamp, host, user], rules) && isFresh(stamp, seconds, rules.srs_maxage);
    return isGood ? { kind: 'sender', address: `${user}@${host}` } : invalid;
  }
  // The day is in what the first forwarder made, and his to look at.
  const [, hash, host, rest] = /^([^=]+)=([^=]+)=(.+)$/s.exec(local.slice(5)) ?? [];
  if (hash === undefined || host === undefined || rest === undefined) return invalid;
  return isHash(hash, [host, rest], rules) ? { kind: 'sender', address: `SRS0${rest}@${host}` } : invalid;
}
