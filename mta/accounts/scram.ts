// SCRAM-SHA-256 from the server's side (RFC 5802, RFC 7677): messages read and written without I/O, and verifiers, by
// which a password is checked that is never said. No channel binding: the -PLUS form is not offered. Where verifiers are
// kept is scram-file.ts's, who may come in logins' (login.ts).
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** What a client makes its proof with. */
export interface ScramChallenge {
  /** base64. */
  readonly salt: string;
  readonly iterations: number;
}

/** RFC 5802 3: what is kept of a password. base64. */
export interface ScramKeys {
  readonly storedKey: string;
  readonly serverKey: string;
}

/** A client's answer to a challenge. */
export interface ScramProof {
  /** RFC 5802 3: client-first-bare, server-first and client-final-without-proof, with commas between. */
  readonly authMessage: string;
  /** base64. */
  readonly proof: string;
}

/** RFC 7677 4 asks for 4096 at least; Cyrus SASL refuses more than 65,536. A client of today takes a thirtieth of a second. */
export const scramIterations = 60_000;

const derive = promisify(pbkdf2);
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

/**
 * Makes keys of a password, off the event loop.
 * @returns undefined: SASLprep forbids it (RFC 4013 2.3), so no client can prove it
 */
export async function makeScramKeys(
  password: string,
  { salt, iterations }: ScramChallenge,
): Promise<ScramKeys | undefined> {
  const prepared = prepareText(password);
  if (prepared === undefined) return undefined;
  const salted = await derive(prepared, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
  return {
    storedKey: sha256(hmac(salted, 'Client Key')).toString('base64'),
    serverKey: hmac(salted, 'Server Key').toString('base64'),
  };
}

/** RFC 5802 3: the proof and the signature of the stored key give the client's key, whose hash is the stored key. */
export function fitsProof({ storedKey }: ScramKeys, { authMessage, proof }: ScramProof): boolean {
  const stored = Buffer.from(storedKey, 'base64');
  const given = Buffer.from(proof, 'base64');
  if (stored.length !== 32 || given.length !== 32) return false;
  const signature = hmac(stored, authMessage);
  const clientKey = Buffer.from(given.map((byte, at) => byte ^ signature[at]!));
  return timingSafeEqual(sha256(clientKey), stored);
}

/** The server's own proof, base64: that it knows the password too. */
export const signScram = ({ serverKey }: ScramKeys, authMessage: string): string =>
  hmac(Buffer.from(serverKey, 'base64'), authMessage).toString('base64');

/** RFC 5802 7: client-first-message. */
export interface ClientFirst {
  /** Prepared name. */
  readonly user: string;
  readonly nonce: string;
  /** gs2-header as it came. */
  readonly header: string;
  /** client-first-message-bare. */
  readonly bare: string;
}

/** Reads the first message; undefined: malformed, of another's name, or bound to the channel. */
export function readClientFirst(text: string): ClientFirst | undefined {
  // `y`: the client could bind to the channel and saw that we do not; `m=` is of a future we do not know.
  const found =
    /^([ny],(?:a=([^,]+))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]{8,256})(?:,[A-Za-z]=[^,\0]*)*)$/.exec(text);
  if (!found || found[3]!.startsWith('m=')) return undefined;
  const [, header = '', asked, bare = '', name = '', nonce = ''] = found;
  const user = readName(name);
  if (user === undefined || (asked !== undefined && readName(asked) !== user)) return undefined;
  return { user, nonce, header, bare };
}

/** RFC 5802 5.1: `,` and `=` of a name are written =2C and =3D, and nothing else is. */
function readName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined;
  return prepareText(text.replaceAll('=2C', ',').replaceAll('=3D', '='));
}

/** A nonce that was never used, printable and without a comma. */
export const makeNonce = (): string => randomBytes(18).toString('base64');

/** server-first-message. */
export const writeServerFirst = (nonce: string, { salt, iterations }: ScramChallenge): string =>
  `r=${nonce},s=${salt},i=${iterations}`;

/**
 * Reads client-final-message. Undefined: malformed, or an answer to another question.
 * @param nonce the client's and ours
 */
export function readClientFinal(
  text: string,
  first: ClientFirst,
  serverFirst: string,
  nonce: string,
): ScramProof | undefined {
  const found = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/=]+)$/.exec(text);
  if (!found || found[3] !== nonce) return undefined;
  // The header comes again under the proof: who took a binding away on the wire is found out.
  if (found[2] !== Buffer.from(first.header, 'utf8').toString('base64')) return undefined;
  return { authMessage: `${first.bare},${serverFirst},${found[1]}`, proof: found[4]! };
}

const toSpace = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
const toNothing = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
const forbidden =
  /\u0340|\u0341|[\p{Cc}\p{Co}\p{Cs}\u06dd\u070f\u180e\u200e\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufdd0-\ufdef\ufff9-\uffff]|[\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]/u;

/** SASLprep (RFC 4013) without its rule on mixed directions; undefined: forbidden, or nothing is left. */
export function prepareText(text: string): string | undefined {
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  const prepared = text.replace(toSpace, ' ').replace(toNothing, '').normalize('NFKC');
  return prepared === '' || forbidden.test(prepared) ? undefined : prepared;
}
