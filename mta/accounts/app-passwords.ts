// App passwords: one for each mail program, made by us, shown once, good for the services it was made for, and taken back
// alone. Kept in HOME/.facteur/app-passwords. They are 140 random bits, so nobody finds one by guessing, and a quick hash
// (SHA-256 with a salt of its own) is enough: the slow ones protect what people choose. A mail program that signs in
// every few minutes so costs no 100 ms each time. Who may make or remove one is decided by who calls.
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { AccountHome } from './account-files.ts';
import { changeAccountFile, parseAccountJson, readAccountFile } from './account-files.ts';
import type { LoginService } from './types.ts';

/** Never the web: whoever signs in there changes passwords. `sieve` changes filters, which can send all mail elsewhere. */
export type AppService = Exclude<LoginService, 'web'>;
export const appServices: readonly AppService[] = ['smtp', 'imap', 'pop3', 'sieve'];

/** One app password as people see it. */
export interface AppPassword {
  readonly id: string;
  /** What its owner called it. */
  readonly label: string;
  readonly services: readonly AppService[];
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970, to the hour; undefined: never. */
  readonly usedAt?: number | undefined;
}

interface StoredPassword extends AppPassword {
  /** base64url; SHA-256 of salt and password. */
  readonly salt: string;
  readonly hash: string;
}

const FILE = 'app-passwords';
/** 32 letters and digits that are not taken for each other: 5 bit each. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const LENGTH = 28;
/** An account has at most so many. */
export const MOST_APP_PASSWORDS = 50;
const USED_STEP = 3600;

/** What was typed, without the hyphens and blanks that make it readable; undefined: it is no app password. */
function bareAppPassword(typed: string): string | undefined {
  const bare = typed.replace(/[ -]/g, '').toLowerCase();
  return bare.length === LENGTH && [...bare].every((letter) => LETTERS.includes(letter)) ? bare : undefined;
}

/** Can this be an app password at all? */
export const looksLikeAppPassword = (typed: string): boolean => bareAppPassword(typed) !== undefined;

/** The ways in which an app password is typed: with its hyphens and without. */
export function appPasswordForms(typed: string): readonly string[] {
  const bare = bareAppPassword(typed);
  return bare === undefined ? [] : [bare, grouped(bare)];
}

/** In groups of four, for reading. */
const grouped = (bare: string): string => (bare.match(/.{4}/g) as string[]).join('-');

const hashOf = (salt: string, bare: string): Buffer =>
  createHash('sha256').update(Buffer.from(salt, 'base64url')).update(bare).digest();

/** The account's app passwords, the oldest first. @throws AccountFileError */
export async function listAppPasswords(home: AccountHome): Promise<readonly AppPassword[]> {
  return (await readStored(home)).map(({ salt: _salt, hash: _hash, ...shown }) => shown);
}

/**
 * Makes one and gives it, in groups of four for reading: it cannot be shown again. Throws RangeError when the account
 * has as many as it may have.
 */
export async function addAppPassword(
  home: AccountHome,
  { label, services }: Pick<AppPassword, 'label' | 'services'>,
  now: number = Date.now() / 1000,
): Promise<{ readonly id: string; readonly password: string }> {
  const bare = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]!).join('');
  const [id, salt] = [randomBytes(9).toString('base64url'), randomBytes(16).toString('base64url')];
  const added: StoredPassword = {
    id,
    // One line of text for lists and logs.
    label: label
      .replace(/\p{C}+/gu, ' ')
      .trim()
      .slice(0, 100),
    services: appServices.filter((each) => services.includes(each)),
    createdAt: Math.floor(now),
    salt,
    hash: hashOf(salt, bare).toString('base64url'),
  };
  await changeStored(home, (all) => {
    if (all.length >= MOST_APP_PASSWORDS)
      throw new RangeError(`an account has at most ${MOST_APP_PASSWORDS} app passwords`);
    return [...all, added];
  });
  return { id, password: grouped(bare) };
}

/** Takes one back. False: there is none of this id. */
export async function removeAppPassword(home: AccountHome, id: string): Promise<boolean> {
  let found = false;
  await changeStored(home, (all) => {
    const kept = all.filter((each) => each.id !== id);
    found = kept.length < all.length;
    return found ? kept : undefined;
  });
  return found;
}

/** Takes all back. */
export async function removeAppPasswords(home: AccountHome): Promise<void> {
  if ((await readAccountFile(home, FILE)) !== undefined) await changeStored(home, () => []);
}

/** The app password that was typed, when it is good for the service. @throws AccountFileError */
export async function findAppPassword(
  home: AccountHome,
  typed: string,
  service: LoginService,
): Promise<AppPassword | undefined> {
  const bare = bareAppPassword(typed);
  if (bare === undefined || service === 'web') return undefined;
  // All are looked at, so that the time does not say which.
  const fitting = (await readStored(home)).filter(({ salt, hash }) => {
    const stored = Buffer.from(hash, 'base64url');
    return stored.length === 32 && timingSafeEqual(hashOf(salt, bare), stored);
  });
  return fitting.find(({ services }) => services.includes(service));
}

/** Notes that one was used: at most once an hour. */
export async function noteAppPasswordUse(
  home: AccountHome,
  used: AppPassword,
  now: number = Date.now() / 1000,
): Promise<void> {
  const usedAt = Math.floor(now / USED_STEP) * USED_STEP;
  if ((used.usedAt ?? 0) >= usedAt) return;
  await changeStored(home, (all) => {
    const isOlder = ({ id, usedAt: at = 0 }: StoredPassword): boolean => id === used.id && at < usedAt;
    return all.some(isOlder) ? all.map((each) => (isOlder(each) ? { ...each, usedAt } : each)) : undefined;
  });
}

async function readStored(home: AccountHome): Promise<readonly StoredPassword[]> {
  return parseStored(home, await readAccountFile(home, FILE));
}

function parseStored(home: AccountHome, text: string | undefined): readonly StoredPassword[] {
  if (text === undefined) return [];
  const { passwords } = parseAccountJson(home, FILE, text);
  return Array.isArray(passwords) ? passwords.filter(isStored) : [];
}

/** A password that cannot be read is not good for anything; the others are. */
function isStored(value: unknown): value is StoredPassword {
  const { id, label, services, createdAt, usedAt, salt, hash } = (value ?? {}) as Record<string, unknown>;
  return (
    [id, label, salt, hash].every((text) => typeof text === 'string') &&
    Array.isArray(services) &&
    typeof createdAt === 'number' &&
    (usedAt === undefined || typeof usedAt === 'number')
  );
}

const changeStored = (
  home: AccountHome,
  edit: (all: readonly StoredPassword[]) => readonly StoredPassword[] | undefined,
): Promise<void> =>
  changeAccountFile(home, FILE, (text) => {
    const passwords = edit(parseStored(home, text));
    return passwords && `${JSON.stringify({ version: 1, passwords }, null, 1)}\n`;
  });
