// The SASL exchanges PLAIN (RFC 4616), LOGIN and CRAM-MD5 (RFC 2195) inside AUTH (RFC 4954), as steps without I/O
// (spec/security.md A6): strict base64, `*` cancels, the authorization identity is empty or the user's own. Who checks the
// password is given: the accounts, or a checkpassword program, which alone can know the clear passwords of CRAM-MD5. Nothing here is ever logged.
import type { Account, Accounts, LoginService, ScramDesk } from '../accounts/types.ts';
import type { Reply } from './reply.ts';
import { challenge, replies } from './reply.ts';

/** A name and a password to check. */
export interface Credentials {
  readonly user: string;
  /** For CRAM-MD5 the digest, in hexadecimal digits. */
  readonly password: string;
  /** What the digest answers; undefined: the password itself was said. */
  readonly challenge?: string | undefined;
}

/** In the order in which they are offered. */
export type Mechanism = 'SCRAM-SHA-256' | 'PLAIN' | 'LOGIN' | 'CRAM-MD5';

/** What needs no clear password on our side. */
export const plainMechanisms: readonly Mechanism[] = ['PLAIN', 'LOGIN'];
const scramAndPlain: readonly Mechanism[] = ['SCRAM-SHA-256', ...plainMechanisms];

/** What $SMTPAUTH of the patched qmails asks for (spec/qmail.md 4.1). */
export interface AuthWishes {
  /** None: AUTH is off. */
  readonly mechanisms: readonly Mechanism[];
  /** Nobody sends without. */
  readonly isRequired: boolean;
}

/** Reads $SMTPAUTH. Without it a program given on the command line is asked for PLAIN and LOGIN, as in the older patches. */
export function readSmtpAuth(value: string | undefined): AuthWishes {
  if (value === '-' || value === '0') return { mechanisms: [], isRequired: false };
  const isRequired = value?.startsWith('!') ?? false;
  const kind = isRequired ? value?.slice(1) : value;
  if (kind === 'cram') return { mechanisms: ['CRAM-MD5'], isRequired };
  return { mechanisms: kind === '+cram' ? [...plainMechanisms, 'CRAM-MD5'] : plainMechanisms, isRequired };
}

/** The checkpassword interface (spec/qmail.md 10.2), called by us. */
export interface PasswordProgram extends AuthWishes {
  /** Rejects when there is no answer now. */
  readonly check: (credentials: Credentials) => Promise<boolean>;
  /** FORCETLS=0: passwords may be said in clear text. */
  readonly isClearTextAllowed: boolean;
}

/** Who has authenticated. */
export interface SessionUser {
  readonly name: string;
  /** Undefined: a program knows the user, we do not. */
  readonly account: Account | undefined;
}

/**
 * Asks the program or the accounts. Undefined: refused. Rejects when there is no answer now.
 * @param ip the client's
 */
export async function findUser(
  credentials: Credentials,
  authority: PasswordProgram | Pick<Accounts, 'authenticate'>,
  ip: string,
): Promise<SessionUser | undefined> {
  const { user, password } = credentials;
  if ('check' in authority)
    return (await authority.check(credentials)) ? { name: user, account: undefined } : undefined;
  const account = await authority.authenticate(user, password, 'smtp', ip);
  return account && { name: account.address, account };
}

/**
 * One step: a reply that ends the exchange, a challenge with what takes its answer, the credentials; and for SCRAM
 * (scram-exchange.ts) something to wait for, a proof to check, and who it was.
 */
export type AuthStep =
  | { readonly kind: 'wait'; readonly next: () => Promise<AuthStep> }
  | {
      readonly kind: 'prove';
      /** Undefined: refused. Rejects when there is no answer now. */
      readonly check: (service: LoginService, ip: string) => ReturnType<ScramDesk['check']>;
      readonly finish: (proven: NonNullable<Awaited<ReturnType<ScramDesk['check']>>>) => AuthStep;
    }
  | { readonly kind: 'known'; readonly account: Account }
  | { readonly kind: 'refuse'; readonly reply: Reply }
  | { readonly kind: 'ask'; readonly reply: Reply; readonly answer: (line: string) => AuthStep }
  | { readonly kind: 'check'; readonly credentials: Credentials };

export const malformed: AuthStep = { kind: 'refuse', reply: replies.authMalformed };

/** Strict base64 (RFC 4648 3.3) of UTF-8; undefined when it is neither. */
function decodeBase64(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const decoded = bytes.toString('utf8');
  return Buffer.byteLength(decoded) === bytes.length && !decoded.includes('\ufffd') ? decoded : undefined;
}

/** @param words base64, which goes out as it is */
export const ask = (words: string, next: (decoded: string) => AuthStep): AuthStep => ({
  kind: 'ask',
  reply: challenge(words),
  answer: (line) => {
    if (line === '*') return { kind: 'refuse', reply: replies.authCanceled };
    const decoded = decodeBase64(line);
    return decoded === undefined ? malformed : next(decoded);
  },
});

function readPlain(message: string): AuthStep {
  const [identity, user, password, ...more] = message.split('\0');
  if (user === undefined || password === undefined || more.length > 0 || user === '' || password === '')
    return malformed;
  if (identity !== '' && identity !== user) return { kind: 'refuse', reply: replies.authFailed };
  return { kind: 'check', credentials: { user, password } };
}

const askPassword = (user: string): AuthStep =>
  user === '' || user.includes('\0')
    ? malformed
    : ask('UGFzc3dvcmQ6', (password) =>
        password === '' || password.includes('\0')
          ? malformed
          : { kind: 'check', credentials: { user, password } },
      );

/** RFC 2195 2: the answer is the name, a blank, and 32 hexadecimal digits. */
const askDigest = (question: string): AuthStep =>
  ask(Buffer.from(question, 'latin1').toString('base64'), (decoded) => {
    const [, user, digest] = /^([^\0]+) ([0-9a-f]{32})$/.exec(decoded) ?? [];
    return user === undefined || digest === undefined
      ? malformed
      : { kind: 'check', credentials: { user, password: digest, challenge: question } };
  });

/**
 * Begins an exchange with the argument of AUTH: `PLAIN`, `PLAIN initial-response`, `LOGIN`, `LOGIN user`, `CRAM-MD5`.
 * @param makeChallenge a string of CRAM-MD5 that was never used before, `<...@host>`
 * @param readScram reads the first message of SCRAM, where that is among the mechanisms
 */
export function beginAuth(
  argument: string,
  mechanisms: readonly Mechanism[] = plainMechanisms,
  makeChallenge: () => string = () => '',
  readScram: (text: string) => AuthStep = () => malformed,
): AuthStep {
  const [mechanism = '', initial, ...more] = argument.split(' ');
  if (more.length > 0) return malformed;
  const name = mechanisms.find((each) => each === mechanism.toUpperCase());
  if (name === undefined) return { kind: 'refuse', reply: replies.authType };
  // RFC 4954 4: the server speaks first.
  if (name === 'CRAM-MD5') return initial === undefined ? askDigest(makeChallenge()) : malformed;
  const next = name === 'PLAIN' ? readPlain : name === 'LOGIN' ? askPassword : readScram;
  if (initial === undefined || initial === '') return ask(name === 'LOGIN' ? 'VXNlcm5hbWU6' : '', next);
  // RFC 4954 4: a lone `=` is the empty initial response, which no mechanism here has.
  const decoded = initial === '=' ? undefined : decodeBase64(initial);
  return decoded === undefined ? malformed : next(decoded);
}

/** What is offered: SCRAM where the site wants it and verifiers can be read. */
export const offeredMechanisms = (settings: { readonly scram: boolean }, desk: ScramDesk | undefined) =>
  settings.scram && desk !== undefined ? scramAndPlain : plainMechanisms;
