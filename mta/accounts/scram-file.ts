// The SCRAM verifiers of one account, in HOME/.facteur/scram: one salt for all, so that the question can be put before it
// is known which password answers; keys for the password and for each app password. They are made when a password was
// said in full and was right, so a site that turns SCRAM on has them after each account's next such login. The keys of
// the password name the hash that they belong to: with another password they are good for nothing.
import { createHash, randomBytes } from 'node:crypto';
import { type AccountHome, changeAccountFile, parseAccountJson, readAccountFile } from './account-files.ts';
import { makeScramKeys, type ScramChallenge, type ScramKeys, scramIterations } from './scram.ts';

const FILE = 'scram';
/** App passwords, each as it is shown and as it is typed without hyphens, and the password. */
const mostKept = 101;

interface StoredKeys extends ScramKeys {
  /** `app ID`, or `password HASH` with a digest of the stored hash. */
  readonly of: string;
}

export interface StoredScram extends ScramChallenge {
  readonly keys: readonly StoredKeys[];
}

/** The name of the keys of a password whose hash is stored like this. */
export const ofPassword = (stored: string): string =>
  `password ${createHash('sha256').update(stored).digest('base64url')}`;
export const ofApp = (id: string): string => `app ${id}`;

const isKeys = (value: unknown): value is StoredKeys => {
  const { of, storedKey, serverKey } = (value ?? {}) as Record<string, unknown>;
  return [of, storedKey, serverKey].every((text) => typeof text === 'string');
};

function parse(home: AccountHome, text: string | undefined): StoredScram | undefined {
  if (text === undefined) return undefined;
  const { salt, iterations, keys } = parseAccountJson(home, FILE, text);
  if (typeof salt !== 'string' || typeof iterations !== 'number' || !Array.isArray(keys)) return undefined;
  return { salt, iterations, keys: keys.filter(isKeys) };
}

/** @throws AccountFileError */
export const readScram = async (home: AccountHome): Promise<StoredScram | undefined> =>
  parse(home, await readAccountFile(home, FILE));

/**
 * Keeps verifiers of a password that was just said, if there are none yet.
 * @param of {@link ofPassword} or {@link ofApp}; keys of a former password go
 * @param forms the ways in which it may be typed
 */
export async function keepScram(home: AccountHome, of: string, forms: readonly string[]): Promise<void> {
  const before = await readScram(home);
  if (before?.keys.some((keys) => keys.of === of)) return;
  const challenge = before ?? { salt: randomBytes(16).toString('base64'), iterations: scramIterations };
  const made: StoredKeys[] = [];
  for (const form of forms) {
    const keys = await makeScramKeys(form, challenge);
    if (keys !== undefined) made.push({ of, ...keys });
  }
  await changeAccountFile(home, FILE, (text) => {
    const now = parse(home, text);
    // Another login was quicker and took another salt: the next one tries again.
    if (now !== undefined && now.salt !== challenge.salt) return undefined;
    const isOld = (one: StoredKeys): boolean =>
      one.of === of || (of.startsWith('password ') && one.of.startsWith('password '));
    const keys = [...made, ...(now?.keys ?? []).filter((one) => !isOld(one))].slice(0, mostKept);
    const { salt, iterations } = challenge;
    return `${JSON.stringify({ version: 1, salt, iterations, keys }, null, 1)}\n`;
  });
}
