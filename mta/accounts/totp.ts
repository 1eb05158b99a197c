// One-time codes of six digits that change every 30 seconds (RFC 6238 over RFC 4226, SHA-1), and the otpauth address by
// which authenticator apps take the secret. Pure: no clock, no file.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Seconds that a code is shown. */
export const TOTP_STEP = 30;
const DIGITS = 6;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 6, without padding: what authenticator apps read. */
export function toBase32(bytes: Buffer): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) out += BASE32[(value >>> (bits - 5)) & 31];
  }
  return bits > 0 ? out + BASE32[(value << (5 - bits)) & 31] : out;
}

/** The step of a time in seconds since 1970. */
export const totpStep = (seconds: number): number => Math.floor(seconds / TOTP_STEP);

/** RFC 4226 5.3: the code of one step. */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const code = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff;
  return String(code % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The step that a code belongs to, one step of tolerance either way (RFC 6238 5.2, security.md A5); undefined: none, or
 * one that is not after `lastStep` (a used code is not good again).
 */
export function findTotpStep(
  secret: Buffer,
  typed: string,
  seconds: number,
  lastStep: number,
): number | undefined {
  const code = typed.replace(/ /g, '');
  if (!/^[0-9]{6}$/.test(code)) return undefined;
  const now = totpStep(seconds);
  const fitting = [now, now - 1, now + 1].filter((step) =>
    timingSafeEqual(Buffer.from(totpCode(secret, Math.max(0, step))), Buffer.from(code)),
  );
  return fitting.find((step) => step > lastStep);
}

/** The address in the square that authenticator apps read. */
export function otpauthAddress(secret: Buffer, address: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(address)}`;
  return `otpauth://totp/${label}?secret=${toBase32(secret)}&issuer=${encodeURIComponent(issuer)}`;
}
