// What a new password must be: vpopmail's policy file etc/password_strength.conf (spec/vpopmail.md 2.5), which holds for
// every new password of the site, and for passwords that people choose on a page also security.md A7. The file's lines
// are `NAME TEST VALUE`; without a line `Policy = TEXT` there is no policy. A line that is wrong is an error that names
// it, and no password is set by a policy that cannot be read. Hashes that are given as they are pass by here.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { ControlError } from '../control/reading.ts';
import { lowerAscii } from '../formats/address.ts';
import type { Home } from '../home.ts';
import { checkPassword } from './account-changes.ts';
import type { VpopmailCode } from './errors.ts';
import { VpopmailError } from './errors.ts';

type Test = '<' | '<=' | '=' | '>=' | '>';

/** One demand: a length in bytes, or a share of the length. */
interface Rule {
  readonly test: Test;
  readonly value: number;
}

type RuleName = 'length' | 'alphabet' | 'numeric' | 'other' | 'upperlower';

/** The policy of a site: its words for people, and its demands. */
export interface PasswordPolicy {
  readonly text: string;
  readonly rules: Readonly<Partial<Record<RuleName, Rule>>>;
}

/** A password that the policy refuses; `policy` is the site's own text. */
export class PasswordPolicyError extends VpopmailError {
  readonly policy: string;

  constructor(code: VpopmailCode, text: string, policy: string) {
    super(code, policy, text);
    this.name = 'PasswordPolicyError';
    this.policy = policy;
  }
}

/** In the order in which vpopmail tests them; each with its code and its name in words. */
const ORDER: readonly (readonly [RuleName, VpopmailCode, string])[] = [
  ['length', -70, 'characters'],
  ['alphabet', -71, 'alphabetical characters'],
  ['numeric', -72, 'numbers'],
  ['other', -73, 'punctuation, symbols, or other characters'],
  ['upperlower', -74, 'uppercase and lowercase character diversity'],
];

const TESTS: Readonly<Record<Test, (found: number, wanted: number) => boolean>> = {
  '<': (found, wanted) => found < wanted,
  '<=': (found, wanted) => found <= wanted,
  '=': (found, wanted) => found === wanted,
  '>=': (found, wanted) => found >= wanted,
  '>': (found, wanted) => found > wanted,
};
const isTest = (text: string): text is Test => Object.hasOwn(TESTS, text);

/** Reads password_strength.conf. Undefined: there is no policy. @throws ControlError */
export function parsePasswordPolicy(content: string, path: string): PasswordPolicy | undefined {
  let text = '';
  const rules: Partial<Record<RuleName, Rule>> = {};
  for (const [index, line] of content.split(/\r?\n/).entries()) {
    const setting = line.replace(/#.*/, '').trim();
    if (setting === '') continue;
    const where = `${path}:${index + 1}`;
    const [, word, test, value] = /^(\S+)\s+(\S+)\s+(.*)$/.exec(setting) ?? [];
    if (word === undefined || test === undefined || value === undefined)
      throw new ControlError(where, setting, 'a name, a test and a value, such as Length >= 8');
    const name = word.toLowerCase();
    if (name === 'policy') {
      text = value;
      continue;
    }
    const rule = ORDER.find(([known]) => known === name)?.[0];
    if (rule === undefined)
      throw new ControlError(where, word, 'Policy, Length, Alphabet, Numeric, Other or UpperLower');
    if (!isTest(test)) throw new ControlError(where, test, 'one of < <= = >= >');
    if (!/^[0-9]*\.?[0-9]+$/.test(value)) throw new ControlError(where, value, 'a number such as 8 or 0.25');
    rules[rule] = { test, value: Number(value) };
  }
  return text === '' ? undefined : { text, rules };
}

/** What a policy has against a password: vpopmail's code and words. Undefined: nothing. */
export function judgePassword(
  password: string,
  { rules }: PasswordPolicy,
): { readonly code: VpopmailCode; readonly words: string } | undefined {
  const bytes = Buffer.from(password, 'utf8');
  const count = (isOne: (byte: number) => boolean): number => bytes.reduce((sum, b) => sum + +isOne(b), 0);
  const upper = count((byte) => byte >= 0x41 && byte <= 0x5a);
  const lower = count((byte) => byte >= 0x61 && byte <= 0x7a);
  const digits = count((byte) => byte >= 0x30 && byte <= 0x39);
  const letters = upper + lower;
  // vpopmail pw_strength: shares of the length; without letters their diversity is no number and fits no rule.
  const found: Readonly<Record<RuleName, number>> = {
    length: bytes.length,
    alphabet: letters / bytes.length,
    numeric: digits / bytes.length,
    other: (bytes.length - letters - digits) / bytes.length,
    upperlower: Math.abs(upper - lower) / letters,
  };
  for (const [name, code, noun] of ORDER) {
    const rule = rules[name];
    if (rule !== undefined && !TESTS[rule.test](found[name], rule.value))
      return { code, words: `password ${describeDemand(name, rule, noun)}` };
  }
  return undefined;
}

/** vpopmail pw_strength_error. A small difference of upper and lower case is much diversity. */
function describeDemand(name: RuleName, { test, value }: Rule, noun: string): string {
  if (test === '=')
    return name === 'length' ? `must always be ${Math.trunc(value)} characters long` : `can only be ${noun}`;
  const wantsMore = test.startsWith('>') !== (name === 'upperlower');
  return `${wantsMore ? 'requires more' : 'should have less'} ${noun}`;
}

/** The site's policy file. */
export const passwordPolicyPath = (home: Home): string =>
  join(home.vpopmail, 'etc', 'password_strength.conf');

/** The site's policy; undefined when it has none. @throws ControlError */
export async function readPasswordPolicy(home: Home): Promise<PasswordPolicy | undefined> {
  const path = passwordPolicyPath(home);
  try {
    return parsePasswordPolicy(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** security.md A7: what people choose themselves is at least so long, in characters. */
export const LEAST_CHOSEN = 10;

/**
 * Checks a new password before it is hashed: it can be stored, the site's policy takes it, and, when a person chose it
 * on a page, it is long enough and more than their name. `name` is the account's local part.
 * Throws VpopmailError (-20, -27), PasswordPolicyError (-69 to -74), ControlError for a policy that cannot be read.
 */
export async function checkNewPassword(
  home: Home,
  name: string,
  password: string,
  chosenBy: 'person' | 'machine' = 'person',
): Promise<void> {
  checkPassword(password);
  const policy = await readPasswordPolicy(home);
  // vpopmail: without a password there is nothing to judge.
  if (password === '') throw new PasswordPolicyError(-69, 'password must not be empty', policy?.text ?? '');
  const refusal = policy && judgePassword(password, policy);
  if (policy !== undefined && refusal !== undefined)
    throw new PasswordPolicyError(refusal.code, refusal.words, policy.text);
  if (chosenBy === 'machine') return;
  if ([...password].length < LEAST_CHOSEN)
    throw new PasswordPolicyError(
      -70,
      'password requires more characters',
      `Passwords must be at least ${LEAST_CHOSEN} characters long`,
    );
  const bare = lowerAscii(password).split(lowerAscii(name)).join('');
  if (new Set(bare).size < 4)
    throw new PasswordPolicyError(
      -69,
      'password is too easy to guess',
      'Passwords must be more than the name of the account or a few characters again and again',
    );
}
