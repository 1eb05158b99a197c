// Cookies: the 20 letters in the addresses of a confirmation, `LIST-sc.TIME.COOKIE-user=host@HOST`, that only the list
// can make (ezmlm-idx 7 lib/cookie). Byte for byte ezmlm's, so that confirmations that are under way when a site changes
// over, or back, still count. Also the hash that names MIME boundaries and authors. Pure.
// A cookie says: at TIME this list asked this address whether it wants this action. It is no secret of its owner.
import { timingSafeEqual } from 'node:crypto';
import { SurfHash } from './surf.ts';

export const COOKIE_LETTERS = 20;

/** Seconds for which a confirmation is good (ezmlm-manage: eleven and a half days). */
export const COOKIE_SECONDS = 1_000_000;

const toLetters = (hash: Uint8Array): string =>
  String.fromCharCode(...hash.subarray(0, COOKIE_LETTERS).map((byte) => 97 + (byte & 15)));

const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8');

/**
 * Makes a cookie. `key` is DIR/key whole, or without its last 1, 2 or 3 bytes for the digest, allow and deny sets
 * (`keyOfSet` in list.ts). `date` is the time or message number as decimal digits; of `action` the first letter counts.
 */
export function makeCookie(key: Uint8Array, date: string, address: string, action: string): string {
  const seed = new Uint32Array(32);
  for (let round = 0; round < 4; round++) {
    const hash = new SurfHash(seed);
    hash.add(key);
    const out = hash.finish();
    for (let i = 0; i < 32; i++) seed[i] = (seed[i]! << 8) + out[i]!;
  }
  const hash = new SurfHash(seed);
  hash.add(cString(date));
  hash.add(cString(address));
  hash.add(Buffer.from(action, 'utf8').subarray(0, 1));
  return toLetters(hash.finish());
}

/** Are these the same cookie? In a time that says nothing about where they differ. */
export function isSameCookie(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What stands in the address of a confirmation after `sc.`, `uc.`, `tc.` ...: `TIME.COOKIE`. */
export interface DatedCookie {
  /** Seconds since 1970. */
  readonly time: number;
  readonly cookie: string;
}

/** Reads `TIME.COOKIE`; undefined when it is none. The dot may be missing, as in ezmlm. */
export function parseDatedCookie(text: string): DatedCookie | undefined {
  const [, time, cookie] = /^(\d{1,15})\.?([a-p]{20})$/.exec(text) ?? [];
  return time === undefined ? undefined : { time: Number(time), cookie: cookie as string };
}

/** Is this what the list itself wrote, for this address and action, and not too long ago? `now` in seconds. */
export function isGoodCookie(
  dated: DatedCookie | undefined,
  asked: {
    readonly key: Uint8Array;
    readonly address: string;
    readonly action: string;
    readonly now: number;
  },
): boolean {
  if (dated === undefined || dated.time > asked.now || dated.time + COOKIE_SECONDS < asked.now) return false;
  return isSameCookie(makeCookie(asked.key, String(dated.time), asked.address, asked.action), dated.cookie);
}

/** ezmlm's makehash: 20 letters of a text in which case, blanks and tabs do not count (boundaries, subjects, authors). */
export function makeTextHash(text: string | Uint8Array): string {
  const hash = new SurfHash(new Uint32Array(32));
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  hash.add(
    bytes
      .filter((byte) => byte !== 0x20 && byte !== 0x09)
      .map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte)),
  );
  return toLetters(hash.finish());
}
