// A new password from clear text, in one call: what the commands and the first home share.
// For commands and first homes only: the hash is made where it is asked for; a server has password.ts for that. Storing it is
// account-changes.ts.
import { randomInt } from 'node:crypto';
import { readSettings } from '../control/settings.ts';
import type { Home } from '../home.ts';
import { checkPassword } from './account-changes.ts';
import { hashPassword } from './new-hash.ts';
import { checkNewPassword } from './password-policy.ts';

/** Letters and digits that are not taken for each other. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A random password of so many characters, each worth 5.8 bit. */
export function makeRandomPassword(length = 12): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]!).join('');
}

/**
 * Checks a password for the account `name` by the site's policy, and hashes it by control/passwordscheme. Throws what
 * checkNewPassword throws.
 */
export async function hashNewPassword(home: Home, name: string, password: string): Promise<string> {
  await checkNewPassword(home, name, password, 'machine');
  return hashPasswordAsIs(home, password);
}

/** The same without the site's policy, for `vmoduser -C`, which vpopmail does not judge. Throws VpopmailError -20, -27. */
export async function hashPasswordAsIs(home: Home, password: string): Promise<string> {
  checkPassword(password);
  const { passwordscheme } = await readSettings(home.qmail, ['passwordscheme']);
  // A command, which has nobody else to wait on: starting a thread would take longer than the hash.
  return hashPassword(password, passwordscheme);
}
