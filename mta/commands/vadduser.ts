// vadduser: adds an account to a domain (spec/vpopmail.md 3.4). Prints nothing when all went well.

import { createAccount } from '../accounts/account-changes.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { checkUserName } from '../accounts/names.ts';
import { beginNewHash, makeRandomPassword } from '../accounts/new-account.ts';
import { changeWords } from '../accounts/onchange.ts';
import {
  accountCommand,
  FAILED,
  randomLength,
  readAddress,
  readOptions,
  readQuota,
  withRecords,
} from './account-command.ts';
import { askPassword } from './ask-password.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vadduser: usage: [options] email_address [passwd]
options: -v (print the version)
         -q quota_in_bytes (sets the users quota, use NOQUOTA for unlimited)
         -c comment (sets the gecos comment field)
         -e standard_encrypted_password (stores this hash: '$6$...', in single quotes)
         -r[len] (generate a len (default 12) char random password)

Without a password it is asked for; from a script, it is the first line of standard input.
`;

export const run = accountCommand(usage, addUser);

async function addUser(args: readonly string[], context: CommandContext): Promise<number> {
  const { options, rest, bad } = readOptions('vadduser', args, 'svc:nq:e:r::', context);
  const [email = '', given, ...more] = rest;
  if (bad !== undefined || email === '' || more.length > 0) {
    context.stdout.write(usage);
    return FAILED;
  }
  const value = (letter: string): string | undefined =>
    options.findLast((one) => one.letter === letter)?.value;
  if (value('s') !== undefined) context.stderr.write('Warning: The -s option has been disabled.\n');
  const random = value('r');
  const length = random === undefined ? 0 : randomLength(random, 12);
  if (random !== undefined && given !== undefined) {
    context.stdout.write("Error: don't use -r option when giving password on command line\n");
    return FAILED;
  }
  // vpopmail vadduser: of a comment with a colon nothing is stored, not even the account.
  if (value('c')?.includes(':') === true) throw new VpopmailError(-20, 'a comment holds no colon');
  const address = await readAddress(email, context);
  if (address === undefined) return FAILED;
  if (address.domain === '') {
    context.stdout.write('You did not use a full email address for the user name\n');
    context.stdout.write('Only full email addresses should be used\n');
    return FAILED;
  }
  const crypted = value('e');
  const password = random === undefined ? (given ?? '') : makeRandomPassword(length);
  // It is made while the domain is looked for and its files are opened; what is wrong with it is told in its turn.
  const early =
    crypted === undefined && password !== '' ? beginNewHash(context.home, address.name, password) : undefined;
  early?.catch(() => undefined);
  return withRecords(context, async ({ store, findDomain }) => {
    const domain = await findDomain(address.domain);
    if (domain === undefined) {
      context.stdout.write('Error: Domain does not exist\n');
      return FAILED;
    }
    const name = checkUserName(address.name);
    const exists = (): number => {
      context.stdout.write('Error: User already exists\n');
      return FAILED;
    };
    // Whoever is there is not asked for a password; else the store says so, which has the whole file at hand anyway.
    const isAsked = crypted === undefined && password === '';
    if (isAsked && (await store.find(domain, name)) !== undefined) return exists();
    const clear = crypted !== undefined ? '' : password || (await askPassword(email, context));
    if (crypted === undefined && clear === '') {
      context.stdout.write(`Error: No password entered\n${usage}`);
      return FAILED;
    }
    const hashing =
      crypted === undefined ? await (early ?? beginNewHash(context.home, name, clear)) : undefined;
    const passwordHash = crypted ?? hashing?.done ?? '';
    const gecos = value('c') || name;
    const size = value('q');
    const quota = size === undefined ? undefined : readQuota('vadduser', size, context);
    const account = { name, passwordHash, gecos, quota };
    const as = await ownerRights(domain.directory);
    try {
      await as(domain, () => createAccount(store, domain, context.home.vpopmail, account));
    } catch (error) {
      if (error instanceof VpopmailError && error.code === -2) return exists();
      throw error;
    }
    await tellChanges(context, domain, changeWords.accountAdded(`${name}@${domain.realName}`));
    if (random !== undefined) context.stdout.write(`Random password: ${password}\n`);
    return 0;
  });
}
