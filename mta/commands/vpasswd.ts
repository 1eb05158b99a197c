// vpasswd: sets the password of an account (spec/vpopmail.md 3.4). Prints nothing when all went well.

import { setPasswordHash } from '../accounts/account-changes.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { hashNewPassword, makeRandomPassword } from '../accounts/new-account.ts';
import { changeWords } from '../accounts/onchange.ts';
import { AccountFlag } from '../accounts/types.ts';
import {
  accountCommand,
  FAILED,
  randomLength,
  readAddress,
  readOptions,
  withRecords,
} from './account-command.ts';
import { askPassword } from './ask-password.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vpasswd: usage: [options] email_address [password]
options: -v (print version number)
         -r[len] (generate a len (default 12) char random password)

Without a password it is asked for; from a script, it is the first line of standard input.
`;

export const run = accountCommand(usage, changePassword);

async function changePassword(args: readonly string[], context: CommandContext): Promise<number> {
  const { options, rest, bad } = readOptions('vpasswd', args, 'vr::', context);
  const [email = '', given, ...more] = rest;
  if (bad !== undefined || email === '' || more.length > 0) {
    context.stdout.write(usage);
    return FAILED;
  }
  const random = options.findLast(({ letter }) => letter === 'r')?.value;
  if (random !== undefined && given !== undefined) {
    context.stdout.write("Error: don't use -r option when giving password on command line\n");
    return FAILED;
  }
  const length = random === undefined ? 0 : randomLength(random, 12);
  const address = await readAddress(email, context);
  if (address === undefined) return FAILED;
  const known = random !== undefined ? makeRandomPassword(length) : (given ?? '');
  // It is made while the account is looked for; what is wrong with it is told in its turn.
  const early = known === '' ? undefined : hashNewPassword(context.home, address.name, known);
  early?.catch(() => undefined);
  return withRecords(context, async ({ store, findDomain }) => {
    const domain = await findDomain(address.domain);
    const account = domain && (await store.find(domain, address.name));
    // vpopmail: the same words for nobody and for one who may not change it.
    if (account === undefined || domain === undefined || (account.flags & AccountFlag.noPasswordChange) !== 0)
      throw new VpopmailError(-1);
    const password = known || (await askPassword(email, context));
    if (password === '') {
      context.stdout.write('Error: No password entered\n');
      return FAILED;
    }
    const as = await ownerRights(domain.directory);
    const hash = await (early ?? hashNewPassword(context.home, account.name, password));
    await as(domain, () => setPasswordHash(store, domain, account.name, hash));
    await tellChanges(context, domain, changeWords.accountChanged(`${account.name}@${domain.realName}`));
    if (random !== undefined) context.stdout.write(`Random password: ${password}\n`);
    return 0;
  });
}
