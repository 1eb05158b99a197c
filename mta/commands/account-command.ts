// What vpopmail's account commands have in common: `-r[len]`, a password from the arguments or asked for, and the end:
// silent success, or `Error: TEXT` on standard output and the code & 255 as exit status (spec/vpopmail.md 3.1).

import { AssignError } from '../accounts/assign.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { findDomain } from '../accounts/find-domain.ts';
import { LockBusyError } from '../accounts/lock.ts';
import { isUserName, MAX_DOMAIN_NAME, parseEmail } from '../accounts/names.ts';
import { openAccountStore } from '../accounts/open-store.ts';
import { PasswordPolicyError } from '../accounts/password-policy.ts';
import { quotaWords, storedQuota } from '../accounts/quota.ts';
import type { AccountStore } from '../accounts/store.ts';
import type { Accounts, Domain } from '../accounts/types.ts';
import { openUsers } from '../accounts/users.ts';
import type { CommandContext } from './command.ts';
import { type ParsedOptions, parseOptionsAnywhere } from './getopt.ts';

/** The version that `-v` prints: the vpopmail whose ways we follow. */
export const VPOPMAIL_VERSION = '5.6.13';

/** Exit status 255, code -1. */
export const FAILED = 255;

/** Ends a command that failed: words on standard output, exit status. Anything but a refusal is shown with its cause. */
export function reportFailure(error: unknown, context: CommandContext): number {
  if (error instanceof VpopmailError) {
    context.stdout.write(`Error: ${error.text}\n`);
    if (error instanceof PasswordPolicyError) {
      if (error.policy !== '') context.stdout.write(`A password policy is in place:\n\t${error.policy}\n`);
      return error.exitStatus;
    }
    if (error.message !== error.text) context.stderr.write(`${error.message}\n`);
    return error.exitStatus;
  }
  const isOfTheWorld =
    error instanceof LockBusyError ||
    error instanceof AssignError ||
    (error as NodeJS.ErrnoException).code !== undefined ||
    (error as Error).name === 'ControlError' ||
    (error as Error).name === 'CdbError' ||
    (error as Error).cause !== undefined;
  if (!isOfTheWorld) throw error;
  context.stdout.write(`Error: ${(error as Error).message}\n`);
  return new VpopmailError(-17).exitStatus;
}

/**
 * The `run` of an account command: `--help`, and what is thrown becomes words and an exit status.
 * @param work gives the exit status
 */
export const accountCommand =
  (
    usage: string,
    work: (args: readonly string[], context: CommandContext) => Promise<number>,
  ): ((args: readonly string[], context: CommandContext) => Promise<number>) =>
  async (args, context) => {
    if (args[0] === '--help') {
      context.stdout.write(usage);
      return 0;
    }
    try {
      return await work(args, context);
    } catch (error) {
      return reportFailure(error, context);
    }
  };

/** What account commands read and change. */
export interface OpenedSite {
  readonly store: AccountStore;
  readonly accounts: Accounts;
}

/** Opens the accounts of the site for the time of `work`. */
export async function withSite<T>(
  { home }: CommandContext,
  work: (site: OpenedSite) => Promise<T>,
): Promise<T> {
  const { openAccounts } = await import('../accounts/accounts.ts');
  const store = openAccountStore(home);
  const accounts = openAccounts({ home, store });
  try {
    return await work({ store, accounts });
  } finally {
    await accounts.close();
    await store.close();
  }
}

/** What a command changes that touches the records of one domain: it starts faster than one that opens the whole site. */
export interface OpenedRecords {
  readonly store: AccountStore;
  readonly findDomain: (name: string) => Promise<Domain | undefined>;
}

/** Opens the records of the site for the time of `work`. */
export async function withRecords<T>(
  { home }: CommandContext,
  work: (records: OpenedRecords) => Promise<T>,
): Promise<T> {
  const store = openAccountStore(home);
  const users = openUsers(home.qmail);
  try {
    return await work({ store, findDomain: (name) => findDomain(users, name) });
  } finally {
    await store.close();
  }
}

/**
 * The options of an account command. `-v` prints the version, and the command goes on; a wrong option is complained about
 * on standard error in getopt's words.
 */
export function readOptions(
  name: string,
  args: readonly string[],
  spec: string,
  { stdout, stderr }: CommandContext,
): ParsedOptions {
  const parsed = parseOptionsAnywhere(args, spec);
  for (const { letter } of parsed.options) if (letter === 'v') stdout.write(`version: ${VPOPMAIL_VERSION}\n`);
  if (parsed.bad !== undefined) {
    const isKnown = parsed.bad !== ':' && spec.includes(parsed.bad);
    const words = isKnown ? 'option requires an argument' : 'invalid option';
    stderr.write(`${name}: ${words} -- '${plain(parsed.bad)}'\n`);
  }
  return parsed;
}

/** What a stranger typed, on one line, blanks kept. */
const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f]/g, '?');

/**
 * The stored form of a quota that was given; '' when it is none. vpopmail stores that too, and ends with 0 (spec/vpopmail.md
 * 2.4): nobody shall learn it from a mailbox that never fills, so a line on standard error says what is expected.
 */
export function readQuota(name: string, text: string, { stderr }: CommandContext): string {
  const quota = storedQuota(text);
  if (quota === undefined && text.trim() !== '')
    stderr.write(`${name}: ${JSON.stringify(plain(text))} is no quota, none is set; ${quotaWords}\n`);
  return quota ?? '';
}

/** Prints the usage on standard output, as vpopmail does. @returns `status` */
export function showUsage(usage: string, context: CommandContext, status = FAILED): number {
  context.stdout.write(usage);
  return status;
}

/**
 * The address of an argument, complained about as vpopmail does; undefined: it was. A missing domain is the default one
 * (accounts/default-domain.ts), or '' when there is none.
 */
export async function readAddress(
  text: string,
  { env, home, stdout, stderr }: CommandContext,
): Promise<{ readonly name: string; readonly domain: string } | undefined> {
  const { name, domain } = parseEmail(text);
  if (!isUserName(name) && name.length <= 64) {
    stderr.write(`user invalid ${plain(name)}\n`);
  } else if (!/^[a-z0-9.-]*$/.test(domain) || domain.length > MAX_DOMAIN_NAME) {
    stderr.write(`domain invalid ${plain(domain)}\n`);
  } else {
    if (domain !== '') return { name, domain };
    const { findDefaultDomain } = await import('../accounts/default-domain.ts');
    return { name, domain: await findDefaultDomain(home, env) };
  }
  stdout.write('Error: Illegal username\n');
  return undefined;
}

/** The length of `-r[len]`; throws VpopmailError for more than 128. */
export function randomLength(value: string, usual: number): number {
  if (value === '') return usual;
  const length = /^[0-9]{1,4}$/.test(value) ? Number(value) : 0;
  if (length > 128) throw new VpopmailError(-27);
  return length > 0 ? length : usual;
}
