// The site's key and the tokens signed with it: HMAC-SHA-256 over purpose, expiry and payload, compared in constant
// time (security.md A5). The key lies in state/web.key (32 random bytes, mode 600), made at the first start.
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { loadKeyFile } from '../../../mta/key-file.ts';

/** Reads state/web.key; makes it when it is not there. */
export const loadKey = (state: string): Promise<Buffer> => loadKeyFile(join(state, 'web.key'));

// Made of the bytes once: a request signs and checks several times.
const keys = new WeakMap<Buffer, KeyObject>();

function keyOf(bytes: Buffer): KeyObject {
  const key = keys.get(bytes) ?? createSecretKey(bytes);
  keys.set(bytes, key);
  return key;
}

/** HMAC-SHA-256 of the parts, each with its length in front so that no two lists collide; base64url. */
export function sign(key: Buffer, ...parts: readonly string[]): string {
  const hmac = createHmac('sha256', keyOf(key));
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part},`);
  return hmac.digest('base64url');
}

/**
 * A secret mixed with fresh random bytes: the same secret looks different in every page, so a page can be compressed
 * without its length telling the secret to someone who can have text put beside it (BREACH).
 */
export function maskSecret(secret: string): string {
  const bytes = Buffer.from(secret, 'base64url');
  const pad = randomBytes(bytes.length);
  return Buffer.concat([pad, bytes.map((byte, at) => byte ^ pad[at]!)]).toString('base64url');
}

/** The secret in a masked one; nonsense gives nonsense. */
export function unmaskSecret(masked: string): string {
  const bytes = Buffer.from(masked.slice(0, 512), 'base64url');
  const half = bytes.length >> 1;
  return Buffer.from(bytes.subarray(half).map((byte, at) => byte ^ (bytes[at] ?? 0))).toString('base64url');
}

/** Are two secrets equal? Takes the same time wherever they differ. */
export function equalSecrets(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A token that carries `payload` until `expires` (milliseconds since 1970). */
export function signTicket(key: Buffer, purpose: string, payload: string, expires: number): string {
  const body = Buffer.from(payload).toString('base64url');
  const until = expires.toString(36);
  return `${until}.${body}.${sign(key, 'ticket', purpose, until, body)}`;
}

/** The payload; undefined when forged, for another purpose, or older than `now` allows. */
export function readTicket(key: Buffer, purpose: string, token: string, now: number): string | undefined {
  const [until = '', body = '', mac = '', more] = token.split('.');
  if (more !== undefined || !equalSecrets(mac, sign(key, 'ticket', purpose, until, body))) return undefined;
  if (!(Number.parseInt(until, 36) > now)) return undefined;
  return Buffer.from(body, 'base64url').toString();
}
