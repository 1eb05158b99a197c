// Signed tokens for addresses that carry their own right (webmail.md 3.2: pictures inside the opaque frame are asked
// for without a cookie): a payload and an expiry under HMAC-SHA-256. Anybody can read one, nobody can make or change one.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** 256 bits, base64url. */
const signatureLength = 43;
const maxToken = 16 * 1024;

function sign(key: Buffer, body: string): string {
  return createHmac('sha256', key).update(`facteur picture token 1\n${body}`).digest('base64url');
}

/**
 * Makes a token: letters, digits, `-`, `_` and one dot.
 * @param payload a plain object without a property `e`.
 * @param ttlSeconds life; from an hour on the end is rounded up to ten minutes, so that a page shown again has the same
 * addresses and the browser's cache helps.
 */
export function signToken(key: Buffer, payload: object, ttlSeconds: number, now = Date.now()): string {
  const step = ttlSeconds >= 3600 ? 600 : 1;
  const end = Math.ceil((now / 1000 + ttlSeconds) / step) * step;
  const body = Buffer.from(JSON.stringify({ ...payload, e: end })).toString('base64url');
  return `${body}.${sign(key, body)}`;
}

/** The payload of a token that we signed and that has not expired; undefined for anything else. Constant time. */
export function readToken(key: Buffer, token: string, now = Date.now()): Record<string, unknown> | undefined {
  if (token.length > maxToken || token.length < signatureLength + 2) return undefined;
  const dot = token.length - signatureLength - 1;
  if (token[dot] !== '.') return undefined;
  const body = token.slice(0, dot);
  const given = Buffer.from(token.slice(dot + 1), 'latin1');
  const expected = Buffer.from(sign(key, body), 'latin1');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const payload: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { e, ...rest } = payload as Record<string, unknown>;
  return typeof e === 'number' && now / 1000 < e ? rest : undefined;
}
