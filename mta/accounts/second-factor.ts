// The second step of a login: a code of an authenticator app (totp.ts), or one of the recovery codes that are given once.
// Kept in HOME/.facteur/second-factor; the secret is in clear there, for codes are computed from it. While an account has
// it, the password alone opens neither SMTP, IMAP nor POP3 (app passwords do), and the web asks for a code after it. A
// used code is not good again, and after five wrong ones nobody is heard for a quarter of an hour.
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { AccountHome } from './account-files.ts';
import { AccountFileError, changeAccountFile, parseAccountJson, readAccountFile } from './account-files.ts';
import { findTotpStep } from './totp.ts';

/** What came of a code. `later`: too many wrong ones; it was not looked at. */
export type SecondFactorAnswer = 'right' | 'wrong' | 'later';

/** The second step as a login page needs it. Codes are read without regard to blanks, hyphens and case. */
export interface SecondFactor {
  isOn(home: AccountHome): Promise<boolean>;
  /** When it was turned on, seconds since 1970; undefined: it is off. */
  since(home: AccountHome): Promise<number | undefined>;
  /**
   * Turns it on with a secret (`makeSecret`) that the user's app has shown to know by `code`. Gives the recovery codes,
   * to be shown once; undefined: the code is wrong, nothing is changed.
   */
  turnOn(home: AccountHome, secret: Buffer, code: string): Promise<readonly string[] | undefined>;
  /** Checks a code or a recovery code, and uses it up. */
  check(home: AccountHome, code: string): Promise<SecondFactorAnswer>;
  /** How many recovery codes are left. */
  recoveryCodesLeft(home: AccountHome): Promise<number>;
  /** Turns it off: the user after a right code, or an administrator. */
  turnOff(home: AccountHome): Promise<void>;
}

interface StoredFactor {
  readonly secret: string;
  readonly createdAt: number;
  /** The last step whose code was used. */
  readonly lastStep: number;
  /** Salted hashes of the recovery codes that are left: 50 random bits each, and five tries. */
  readonly recovery: readonly { readonly salt: string; readonly hash: string }[];
  /** Times of wrong codes, seconds since 1970. */
  readonly wrong: readonly number[];
}

const FILE = 'second-factor';
const RECOVERY_CODES = 10;
const MOST_WRONG = 5;
const WRONG_SECONDS = 15 * 60;
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A new secret: 160 bit (RFC 4226 4). */
export const makeSecret = (): Buffer => randomBytes(20);

const hashOf = (salt: string, code: string): Buffer =>
  createHash('sha256').update(Buffer.from(salt, 'base64url')).update(code).digest();

/** @param now seconds since 1970 */
export function openSecondFactor(now: () => number = () => Date.now() / 1000): SecondFactor {
  const change = (home: AccountHome, edit: (old: StoredFactor) => StoredFactor): Promise<void> =>
    changeAccountFile(home, FILE, (text) => {
      const old = parseStored(home, text);
      return old && render(edit(old));
    });
  return {
    isOn: async (home) => parseStored(home, await readAccountFile(home, FILE)) !== undefined,
    since: async (home) => parseStored(home, await readAccountFile(home, FILE))?.createdAt,
    async turnOn(home, secret, code) {
      const lastStep = findTotpStep(secret, code, now(), 0);
      if (lastStep === undefined) return undefined;
      const codes = Array.from({ length: RECOVERY_CODES }, makeRecoveryCode);
      const recovery = codes.map((each) => {
        const salt = randomBytes(16).toString('base64url');
        return { salt, hash: hashOf(salt, each).toString('base64url') };
      });
      const factor: StoredFactor = {
        secret: secret.toString('base64url'),
        createdAt: Math.floor(now()),
        lastStep,
        recovery,
        wrong: [],
      };
      await changeAccountFile(home, FILE, () => render(factor));
      return codes.map((each) => `${each.slice(0, 5)}-${each.slice(5)}`);
    },
    async check(home, code) {
      let answer: SecondFactorAnswer = 'wrong';
      await change(home, (old) => {
        const judged = judgeCode(old, code, now());
        answer = judged.answer;
        return judged.factor;
      });
      return answer;
    },
    recoveryCodesLeft: async (home) =>
      parseStored(home, await readAccountFile(home, FILE))?.recovery.length ?? 0,
    async turnOff(home) {
      if ((await readAccountFile(home, FILE)) !== undefined)
        await changeAccountFile(home, FILE, () => '{"version":1,"isOff":true}\n');
    },
  };
}

/** Ten letters and digits in two groups. */
const makeRecoveryCode = (): string =>
  Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]!).join('');

/** What a code comes to, and the factor after it (pure but for the hash). */
function judgeCode(
  factor: StoredFactor,
  typed: string,
  seconds: number,
): { readonly answer: SecondFactorAnswer; readonly factor: StoredFactor } {
  const wrong = factor.wrong.filter((at) => at > seconds - WRONG_SECONDS && at <= seconds);
  if (wrong.length >= MOST_WRONG) return { answer: 'later', factor };
  const secret = Buffer.from(factor.secret, 'base64url');
  const step = findTotpStep(secret, typed, seconds, factor.lastStep);
  if (step !== undefined) return { answer: 'right', factor: { ...factor, lastStep: step, wrong: [] } };
  const code = typed.replace(/[ -]/g, '').toLowerCase();
  const left = factor.recovery.filter(({ salt, hash }) => {
    const stored = Buffer.from(hash, 'base64url');
    return !(code.length === 10 && stored.length === 32 && timingSafeEqual(hashOf(salt, code), stored));
  });
  if (left.length < factor.recovery.length)
    return { answer: 'right', factor: { ...factor, recovery: left, wrong: [] } };
  return { answer: 'wrong', factor: { ...factor, wrong: [...wrong, seconds] } };
}

const render = (factor: StoredFactor): string => `${JSON.stringify({ version: 1, ...factor }, null, 1)}\n`;

/** Undefined: there is none. A file that is there and makes no sense opens nothing: it throws. */
function parseStored(home: AccountHome, text: string | undefined): StoredFactor | undefined {
  if (text === undefined) return undefined;
  const value = parseAccountJson(home, FILE, text);
  if (value.isOff === true) return undefined;
  const { secret, createdAt, lastStep, recovery, wrong } = value;
  const isNumber = (each: unknown): each is number => typeof each === 'number' && Number.isFinite(each);
  if (
    typeof secret === 'string' &&
    isNumber(createdAt) &&
    isNumber(lastStep) &&
    Array.isArray(recovery) &&
    recovery.every((each) => typeof each?.salt === 'string' && typeof each?.hash === 'string') &&
    Array.isArray(wrong) &&
    wrong.every(isNumber)
  )
    return { secret, createdAt, lastStep, recovery, wrong };
  throw new AccountFileError(
    `${home.directory}/.facteur/${FILE}: fields are missing; turn it off to begin anew`,
  );
}
