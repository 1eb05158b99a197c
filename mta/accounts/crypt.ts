// crypt(3) as account files of the last thirty years have it, one password against one stored string: $1$ (MD5), $5$ and
// $6$ (SHA-crypt, Drepper's specification 0.6), DES, bcrypt, our scrypt in PHC form, and vpopmail's {SCHEME} prefixes.
// All of it is slow by design and synchronous: it runs in the password workers only, never on an event loop.
import { createHash, randomBytes, randomInt, scryptSync, timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import unixCryptTD from 'unix-crypt-td-js';

const B64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** New hashes: which, and its cost. */
export type PasswordScheme = 'sha512-crypt' | 'scrypt';

// security.md A1: N=2^15, r=8, p=3 takes 100 to 200 ms and 32 MiB.
const SCRYPT = { ln: 15, r: 8, p: 3 } as const;
const SCRYPT_KEY_BYTES = 32;

/** crypt's base 64: `count` characters of a number, least significant first. */
function to64(value: number, count: number): string {
  let out = '';
  let rest = value;
  for (let i = 0; i < count; i++) {
    out += B64[rest & 63];
    rest >>>= 6;
  }
  return out;
}

/** Three bytes of a digest by their positions. */
const triple = (digest: Buffer, a: number, b: number, c: number): number =>
  (digest[a]! << 16) | (digest[b]! << 8) | digest[c]!;

/** Bytes of `digest`, repeated to `length`. */
function stretch(digest: Buffer, length: number): Buffer {
  return Buffer.alloc(length, digest);
}

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

const SHA_ROUNDS = 5000;

/** $5$ and $6$: SHA-crypt. `spec` is `[rounds=N$]salt`. */
function shaCrypt(password: Buffer, algorithm: 'sha256' | 'sha512', spec: string): string {
  const match = /^(?:rounds=([0-9]{1,9})\$)?([^$]{0,16})/.exec(spec)!;
  const rounds =
    match[1] === undefined ? SHA_ROUNDS : Math.min(999_999_999, Math.max(1000, Number(match[1])));
  const salt = Buffer.from(match[2]!, 'latin1');
  const hash = (...parts: Buffer[]): Buffer => createHash(algorithm).update(Buffer.concat(parts)).digest();
  const b = hash(password, salt, password);
  const bits: Buffer[] = [];
  for (let length = password.length; length > 0; length >>= 1) bits.push((length & 1) !== 0 ? b : password);
  let digest = hash(password, salt, stretch(b, password.length), ...bits);
  const p = stretch(hash(...Array<Buffer>(password.length).fill(password)), password.length);
  const s = stretch(hash(...Array<Buffer>(16 + digest[0]!).fill(salt)), salt.length);
  for (let round = 0; round < rounds; round++) {
    const odd = (round & 1) !== 0;
    const next = createHash(algorithm).update(odd ? p : digest);
    if (round % 3 !== 0) next.update(s);
    if (round % 7 !== 0) next.update(p);
    digest = next.update(odd ? digest : p).digest();
  }
  const prefix = `$${algorithm === 'sha256' ? '5' : '6'}$${match[1] === undefined ? '' : `rounds=${rounds}$`}`;
  return `${prefix}${match[2]}$${algorithm === 'sha256' ? sha256Text(digest) : sha512Text(digest)}`;
}

function sha512Text(digest: Buffer): string {
  let out = '';
  // The order of the specification: 0 21 42, 22 43 1, 44 2 23, ...
  let [a, b, c] = [0, 21, 42];
  for (let i = 0; i < 21; i++) {
    out += to64(triple(digest, a, b, c), 4);
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
  return out + to64(digest[63]!, 2);
}

function sha256Text(digest: Buffer): string {
  let out = '';
  let [a, b, c] = [0, 10, 20];
  for (let i = 0; i < 10; i++) {
    out += to64(triple(digest, a, b, c), 4);
    [a, b, c] = [c + 1, a + 1, b + 1];
  }
  return out + to64((digest[31]! << 8) | digest[30]!, 3);
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

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
  const md5 = /^\$1\$([^$]{0,8})\$/.exec(stored);
  if (md5 !== null) return sameText(md5Crypt(bytes, md5[1]!), stored);
  if (stored.startsWith('$5$')) return sameText(shaCrypt(bytes, 'sha256', stored.slice(3)), stored);
  if (stored.startsWith('$6$')) return sameText(shaCrypt(bytes, 'sha512', stored.slice(3)), stored);
  if (/^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$/.test(stored)) return bcrypt.compareSync(password, stored);
  if (/^[./0-9A-Za-z]{13}$/.test(stored))
    return sameText(unixCryptTD([...bytes.subarray(0, 8)], stored.slice(0, 2)), stored);
  return false;
}

/** Makes a stored string with a new salt. */
export function hashPassword(password: string, scheme: PasswordScheme): string {
  const bytes = Buffer.from(password, 'utf8');
  if (scheme === 'scrypt') {
    const salt = randomBytes(16);
    const { ln, r, p } = SCRYPT;
    const key = scryptSync(bytes, salt, SCRYPT_KEY_BYTES, { N: 2 ** ln, r, p, maxmem: 1 << 26 });
    return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`;
  }
  // vpopmail mkpasswd3: eight characters of salt, 5000 rounds.
  const salt = Array.from({ length: 8 }, () => B64[randomInt(64)]!).join('');
  return shaCrypt(bytes, 'sha512', salt);
}

/** Is a stored string weaker than what `scheme` makes, so that a good login should replace it? */
export function isOutdated(storedText: string, scheme: PasswordScheme): boolean {
  const stored = withoutScheme(storedText);
  const cost = /^\$scrypt\$ln=([0-9]+),r=([0-9]+),p=([0-9]+)\$/.exec(stored);
  if (cost !== null) {
    const [ln, r, p] = [Number(cost[1]), Number(cost[2]), Number(cost[3])];
    // A site that went back to crypt keeps the stronger ones.
    return scheme === 'scrypt' && 2 ** ln * r * p < 2 ** SCRYPT.ln * SCRYPT.r * SCRYPT.p;
  }
  if (/^\$2[aby]\$/.test(stored)) return false;
  const rounds = /^\$6\$rounds=([0-9]+)\$/.exec(stored);
  return (
    scheme === 'scrypt' || !stored.startsWith('$6$') || (rounds !== null && Number(rounds[1]) < SHA_ROUNDS)
  );
}
