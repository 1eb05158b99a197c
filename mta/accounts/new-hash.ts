// New password hashes, and the arithmetic that checking them shares: SHA-crypt (Drepper's specification 0.6), scrypt and
// Argon2id (RFC 9106) in PHC form. Apart from crypt.ts, which brings the old kinds: a command that stores one password starts faster without.
// Slow by design and synchronous: in a server it runs in the password workers only.
import { argon2, argon2Sync, randomBytes, randomInt, hash as runHash, scrypt, scryptSync } from 'node:crypto';
import { promisify } from 'node:util';

const B64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** New hashes: which, and its cost. */
export type PasswordScheme = 'sha512-crypt' | 'scrypt' | 'argon2id';

// security.md A1: N=2^15, r=8, p=3 takes 100 to 200 ms and 32 MiB.
export const SCRYPT = { ln: 15, r: 8, p: 3 } as const;
// security.md A1: 19 MiB, 2 passes, 1 lane is as strong, in half the time.
export const ARGON2 = { m: 19_456, t: 2, p: 1 } as const;
const KEY_BYTES = 32;

/** crypt's base 64: `count` characters of a number, least significant first. */
export function to64(value: number, count: number): string {
  let out = '';
  let rest = value;
  for (let i = 0; i < count; i++) {
    out += B64[rest & 63];
    rest >>>= 6;
  }
  return out;
}

/** Three bytes of a digest by their positions. */
export const triple = (digest: Buffer, a: number, b: number, c: number): number =>
  (digest[a]! << 16) | (digest[b]! << 8) | digest[c]!;

/** Bytes of `digest`, repeated to `length`. */
export function stretch(digest: Buffer, length: number): Buffer {
  return Buffer.alloc(length, digest);
}

export const SHA_ROUNDS = 5000;

/** $5$ and $6$: SHA-crypt. `spec` is `[rounds=N$]salt`. */
export function shaCrypt(password: Buffer, algorithm: 'sha256' | 'sha512', spec: string): string {
  const match = /^(?:rounds=([0-9]{1,9})\$)?([^$]{0,16})/.exec(spec)!;
  const rounds =
    match[1] === undefined ? SHA_ROUNDS : Math.min(999_999_999, Math.max(1000, Number(match[1])));
  const salt = Buffer.from(match[2]!, 'latin1');
  const hash = (...parts: Buffer[]): Buffer => runHash(algorithm, Buffer.concat(parts), 'buffer');
  const b = hash(password, salt, password);
  const bits: Buffer[] = [];
  for (let length = password.length; length > 0; length >>= 1) bits.push((length & 1) !== 0 ? b : password);
  const first = hash(password, salt, stretch(b, password.length), ...bits);
  const p = stretch(hash(...Array<Buffer>(password.length).fill(password)), password.length);
  const s = stretch(hash(...Array<Buffer>(16 + first[0]!).fill(salt)), salt.length);
  // Thousands of rounds are mostly what surrounds the hash: one call each, and strings of bytes, which cost less to join.
  const [pBytes, sBytes] = [p.toString('latin1'), s.toString('latin1')];
  const input = Buffer.alloc(2 * first.length + 2 * p.length + s.length);
  let last = first.toString('latin1');
  for (let round = 0; round < rounds; round++) {
    const odd = (round & 1) !== 0;
    const salted = (round % 3 !== 0 ? sBytes : '') + (round % 7 !== 0 ? pBytes : '');
    const length = input.write((odd ? pBytes : last) + salted + (odd ? last : pBytes), 'latin1');
    last = runHash(algorithm, input.subarray(0, length), 'binary');
  }
  const digest = Buffer.from(last, 'latin1');
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

const scryptText = (salt: Buffer, key: Buffer): string =>
  `$scrypt$ln=${SCRYPT.ln},r=${SCRYPT.r},p=${SCRYPT.p}$${unpadded(salt)}$${unpadded(key)}`;

const scryptCost = { N: 2 ** SCRYPT.ln, r: SCRYPT.r, p: SCRYPT.p, maxmem: 1 << 26 };

const argon2Text = (salt: Buffer, key: Buffer): string =>
  `$argon2id$v=19$m=${ARGON2.m},t=${ARGON2.t},p=${ARGON2.p}$${unpadded(salt)}$${unpadded(key)}`;

const argon2Question = (message: Buffer, nonce: Buffer) => ({
  message,
  nonce,
  memory: ARGON2.m,
  passes: ARGON2.t,
  parallelism: ARGON2.p,
  tagLength: KEY_BYTES,
});

function hashByCrypt(password: Buffer): string {
  // vpopmail mkpasswd3: eight characters of salt, 5000 rounds.
  const salt = Array.from({ length: 8 }, () => B64[randomInt(64)]!).join('');
  return shaCrypt(password, 'sha512', salt);
}

/** Makes a stored string with a new salt. */
export function hashPassword(password: string, scheme: PasswordScheme): string {
  const bytes = Buffer.from(password, 'utf8');
  if (scheme === 'sha512-crypt') return hashByCrypt(bytes);
  const salt = randomBytes(16);
  if (scheme === 'scrypt') return scryptText(salt, scryptSync(bytes, salt, KEY_BYTES, scryptCost));
  return argon2Text(salt, argon2Sync('argon2id', argon2Question(bytes, salt)));
}

/** The same while the caller, a command, goes on with something else. */
export async function hashPasswordAside(password: string, scheme: PasswordScheme): Promise<string> {
  const bytes = Buffer.from(password, 'utf8');
  if (scheme === 'sha512-crypt') return hashByCrypt(bytes);
  const salt = randomBytes(16);
  if (scheme === 'scrypt') {
    const run = promisify<Buffer, Buffer, number, typeof scryptCost, Buffer>(scrypt);
    return scryptText(salt, await run(bytes, salt, KEY_BYTES, scryptCost));
  }
  return argon2Text(salt, await promisify(argon2)('argon2id', argon2Question(bytes, salt)));
}

const known = [
  /^\$6\$(?:rounds=[0-9]{1,9}\$)?[^$]{0,16}\$[./0-9A-Za-z]{86}$/,
  /^\$5\$(?:rounds=[0-9]{1,9}\$)?[^$]{0,16}\$[./0-9A-Za-z]{43}$/,
  /^\$1\$[^$]{0,8}\$[./0-9A-Za-z]{22}$/,
  /^\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}$/,
  /^\$argon2id\$v=19\$m=[0-9]{1,7},t=[0-9]{1,3},p=[0-9]{1,3}\$[0-9A-Za-z+/]{11,64}\$[0-9A-Za-z+/]{16,88}$/,
  /^\$scrypt\$ln=[0-9]{1,2},r=[0-9]{1,3},p=[0-9]{1,3}\$[0-9A-Za-z+/]{8,88}\$[0-9A-Za-z+/]{16,88}$/,
  /^[./0-9A-Za-z]{13}$/,
];

/** Is a stored string one that some password can fit (crypt.ts), and that a line of vpasswd can hold? */
export function isKnownHash(stored: string): boolean {
  const bare = stored.replace(/^\{[A-Za-z0-9.-]{1,32}\}/, '');
  return (
    stored.length <= 128 && /^[\x21-\x39\x3b-\x7e]+$/.test(stored) && known.some((form) => form.test(bare))
  );
}
