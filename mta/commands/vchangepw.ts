// vchangepw: a user changes the own password (spec/vpopmail.md 3.4): address, old password, new one twice, asked at the
// terminal, or as lines of standard input. Meant as a login shell, so nothing is taken from the arguments.

import { readDomainLimits, setPasswordHash } from '../accounts/account-changes.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { effectiveFlags } from '../accounts/limits.ts';
import { hashNewPassword } from '../accounts/new-account.ts';
import { changeWords } from '../accounts/onchange.ts';
import { createPasswordHasher } from '../accounts/password.ts';
import { AccountFlag } from '../accounts/types.ts';
import { accountCommand, readAddress, withSite } from './account-command.ts';
import { openQuestions } from './ask-password.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vchangepw: changes your own password: asks for the address, the old password and the new one
`;

/** vpopmail: a wrong old password, or nobody. */
const REFUSED = 3;

export const run = accountCommand(usage, async (_args, context) => {
  const { home, stdout } = context;
  const questions = openQuestions(context);
  try {
    const email = await questions.ask('Please enter the email address: ');
    if (email === '') {
      stdout.write('\n\n');
      return 0;
    }
    stdout.write(`${email}\n`);
    const address = await readAddress(email, context);
    if (address === undefined) return new VpopmailError(-1).exitStatus;
    const old = await questions.askHidden('Enter old password: ');
    return await withSite(context, async ({ store, accounts }) => {
      const domain = await accounts.findDomain(address.domain);
      const record = domain && (await store.find(domain, address.name));
      const hasher = createPasswordHasher({ threads: 1 });
      const fits = await hasher.verify(old, record?.password ?? '').finally(() => hasher.close());
      if (!fits || record === undefined || domain === undefined) {
        stdout.write('Error: authentication failed!\n');
        return REFUSED;
      }
      const password = await questions.askTwice(email);
      const limits = await readDomainLimits(store, domain, home.vpopmail);
      if ((effectiveFlags(record.flags, limits) & AccountFlag.noPasswordChange) !== 0)
        throw new VpopmailError(-1);
      const hash = await hashNewPassword(home, record.name, password);
      const as = await ownerRights(domain.directory);
      await as(domain, () => setPasswordHash(store, domain, record.name, hash, { onlyIf: record.password }));
      await tellChanges(context, domain, changeWords.accountChanged(`${record.name}@${domain.realName}`));
      stdout.write('Password successfully changed.\n');
      return 0;
    });
  } finally {
    questions.close();
  }
});
