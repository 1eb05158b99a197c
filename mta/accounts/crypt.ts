// crypt(3) as account files of the last thirty years have it, one password against one stored string: $1$ (MD5), $5$ and
// $6$ (SHA-crypt, Drepper's specification 0.6), DES, bcrypt, scrypt and Argon2id in PHC form, and vpopmail's {SCHEME}
// prefixes.
// All of it is slow by design and synchronous: it runs in the password workers only, never on an event loop.
import { argon2Sync, createHash, scryptSync, timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import unixCryptTD from 'unix-crypt-td-js';
import type { PasswordScheme } from './new-hash.ts';
import { ARGON2, SCRYPT, SHA_ROUNDS, shaCrypt, stretch, to64, triple } from './new-hash.ts';

/** $1$: Poul-Henning Kamp's MD5 crypt. */
function md5Crypt(password: Buffer, salt: string): string {
  const saltBytes = Buffer.from(salt, 'latin1');
  const md5 = (...parts: Buffer[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest();
  const alternate = md5(password, saltBytes, password);
  const bits: Buffer[] = [];
  for (let length = password.length; length > 0; length >>= 1)
    bits.push((length & 1) !== 0 ? Buffer.from([0]) : password.subarray(0, 1));
  let digest = md5(password, Buffer.from('$1$'), saltBytes, stretch(alternate, password.length), ...bits);
  for (let round = 0; round < 1000; round++) {
    const odd = (round & 1) !== 0;
    digest = md5(
      odd ? password : digest,
      ...(round % 3 !== 0 ? [saltBytes] : []),
      ...(round % 7 !== 0 ? [password] : []),
      odd ? digest : password,
    );
  }
  const text = [0, 1, 2, 3, 4].map((i) => to64(triple(digest, i, i + 6, i === 4 ? 5 : i + 12), 4)).join('');
  return `$1$${salt}$${text}${to64(digest[11]!, 2)}`;
}

/** scrypt in PHC form; undefined when the stored string is not one, or asks for more than 256 MiB. */
function verifyScrypt(password: Buffer, stored: string): boolean {
  const match =
    /^\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,3}),p=([0-9]{1,3})\$([A-Za-z0-9+/]{8,88})\$([A-Za-z0-9+/]{16,88})$/.exec(
      stored,
    );
  if (match === null) return false;
  const [ln, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (ln < 1 || r < 1 || p < 1 || 128 * 2 ** ln * r > 1 << 28 || p > 16) return false;
  const expected = Buffer.from(match[5]!, 'base64');
  const found = scryptSync(password, Buffer.from(match[4]!, 'base64'), expected.length, {
    N: 2 ** ln,
    r,
    p,
    maxmem: 1 << 29,
  });
  return timingSafeEqual(found, expected);
}

/** Argon2id in PHC form (Dovecot's ARGON2ID too); undefined costs as with scrypt. */
function verifyArgon2(password: Buffer, stored: string): boolean {
  const match =
    /^\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,88})$/.exec(
      stored,
    );
  if (match === null) return false;
  const [memory, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // RFC 9106 3.1: eight blocks a lane at the least.
  if (passes < 1 || parallelism < 1 || parallelism > 16 || memory < 8 * parallelism) return false;
  if (memory > 1 << 18 || passes > 64) return false;
  const expected = Buffer.from(match[5]!, 'base64');
  const nonce = Buffer.from(match[4]!, 'base64');
  const found = argon2Sync('argon2id', {
    message: password,
    nonce,
    memory,
    passes,
    parallelism,
    tagLength: expected.length,
  });
  return timingSafeEqual(found, expected);
}

function sameText(found: string, stored: string): boolean {
  const [a, b] = [Buffer.from(found, 'latin1'), Buffer.from(stored, 'latin1')];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The crypt string without vpopmail's {SCHEME} prefix. */
const withoutScheme = (stored: string): string => stored.replace(/^\{[A-Za-z0-9.-]{1,32}\}/, '');

/**
 * Does the password fit the stored string? An empty or unknown string (yescrypt, locked accounts) fits nothing.
 * A password with a NUL fits nothing: crypt(3) would stop there.
 */
export function verifyPassword(password: string, storedText: string): boolean {
  const stored = withoutScheme(storedText);
  const bytes = Buffer.from(password, 'utf8');
  if (bytes.includes(0) || stored === '') return false;
  if (stored.startsWith('$scrypt$')) return verifyScrypt(bytes, stored);
  if (stored.startsWith('$argon2id$')) return verifyArgon2(bytes, stored);
  const md5 = /^\$1\$([^$]{0,8})\$/.exec(stored);
  if (md5 !== null) return sameText(md5Crypt(bytes, md5[1]!), stored);
  if (stored.startsWith('$5$')) return sameText(shaCrypt(bytes, 'sha256', stored.slice(3)), stored);
  if (stored.startsWith('$6$')) return sameText(shaCrypt(bytes, 'sha512', stored.slice(3)), stored);
  if (/^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$/.test(stored)) return bcrypt.compareSync(password, stored);
  if (/^[./0-9A-Za-z]{13}$/.test(stored))
    return sameText(unixCryptTD([...bytes.subarray(0, 8)], stored.slice(0, 2)), stored);
  return false;
}

/** Is a stored string weaker than what `scheme` makes, so that a good login should replace it? */
export function isOutdated(storedText: string, scheme: PasswordScheme): boolean {
  const stored = withoutScheme(storedText);
  const cost = /^\$scrypt\$ln=([0-9]+),r=([0-9]+),p=([0-9]+)\$/.exec(stored);
  if (cost !== null) {
    const [ln, r, p] = [Number(cost[1]), Number(cost[2]), Number(cost[3])];
    // A site that went back to crypt keeps the stronger ones; those as strong as new ones stay in either form.
    return scheme !== 'sha512-crypt' && 2 ** ln * r * p < 2 ** SCRYPT.ln * SCRYPT.r * SCRYPT.p;
  }
  const filling = /^\$argon2id\$v=19\$m=([0-9]+),t=([0-9]+),/.exec(stored);
  if (filling !== null)
    return scheme !== 'sha512-crypt' && Number(filling[1]) * Number(filling[2]) < ARGON2.m * ARGON2.t;
  if (/^\$2[aby]\$/.test(stored)) return false;
  const rounds = /^\$6\$rounds=([0-9]+)\$/.exec(stored);
  return (
    scheme !== 'sha512-crypt' ||
    !stored.startsWith('$6$') ||
    (rounds !== null && Number(rounds[1]) < SHA_ROUNDS)
  );
}
