// A new password from clear text, in one call: what the commands and the first home share.
// For commands and first homes only: the hash is made where it is asked for; a server has password.ts for that. Storing it is
// account-changes.ts.
import { randomInt } from 'node:crypto';
import { readSettings } from '../control/settings.ts';
import type { Home } from '../home.ts';
import { checkPassword } from './account-changes.ts';
import { hashPasswordAside } from './new-hash.ts';
import { checkNewPassword } from './password-policy.ts';

/** Letters and digits that are not taken for each other. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A random password of so many characters, each worth 5.8 bit. */
export function makeRandomPassword(length = 12): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]!).join('');
}

/** A hash that is being made: whoever waits for it can do something else meanwhile. */
export interface HashInTheMaking {
  readonly done: Promise<string>;
}

/**
 * Checks a password for the account `name` by the site's policy, and hashes it by control/passwordscheme. Throws what
 * checkNewPassword throws.
 */
export async function hashNewPassword(home: Home, name: string, password: string): Promise<string> {
  return (await beginNewHash(home, name, password)).done;
}

/** The same, come back to when the password is checked and the hash begun. */
export async function beginNewHash(home: Home, name: string, password: string): Promise<HashInTheMaking> {
  await checkNewPassword(home, name, password, 'machine');
  return beginHash(home, password);
}

/** The same without the site's policy, for `vmoduser -C`, which vpopmail does not judge. Throws VpopmailError -20, -27. */
export async function hashPasswordAsIs(home: Home, password: string): Promise<string> {
  return (await beginHash(home, password)).done;
}

async function beginHash(home: Home, password: string): Promise<HashInTheMaking> {
  checkPassword(password);
  const { passwordscheme } = await readSettings(home.qmail, ['passwordscheme']);
  const done = hashPasswordAside(password, passwordscheme);
  // Whoever waits for it hears of its failure.
  done.catch(() => undefined);
  return { done };
}
