// vsetuserquota: sets the quota of an account, or of all of a domain (spec/vpopmail.md 2.4, 3.4).

import { setQuota, setQuotaOfAll } from '../accounts/account-changes.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { changeWords } from '../accounts/onchange.ts';
import { MAX_QUOTA_TEXT } from '../accounts/quota.ts';
import {
  accountCommand,
  readAddress,
  readOptions,
  readQuota,
  showUsage,
  withSite,
} from './account-command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vsetuserquota: [options] email_address|domain_name quota
options:
-v (print version number)

If you specify a domain name rather than an email address,
the quota will be applied to all users in that domain
`;

export const run = accountCommand(usage, async (args, context) => {
  const { rest, bad } = readOptions('vsetuserquota', args, 'v', context);
  const [whom = '', given = ''] = rest;
  if (bad !== undefined || whom === '' || given === '') return showUsage(usage, context);
  const address = whom.includes('@')
    ? await readAddress(whom, context)
    : { name: undefined, domain: whom.toLowerCase() };
  if (address === undefined) return new VpopmailError(-1).exitStatus;
  return withSite(context, async ({ store, accounts }) => {
    const domain = await accounts.findDomain(address.domain);
    if (domain === undefined) throw new VpopmailError(-11);
    if (given.length > MAX_QUOTA_TEXT) throw new VpopmailError(-29);
    const quota = readQuota('vsetuserquota', given, context);
    const { name: one } = address;
    const as = await ownerRights(domain.directory);
    const changed = await as(domain, async () =>
      one === undefined
        ? await setQuotaOfAll(store, domain, quota)
        : [(await setQuota(store, domain, one, quota)).name],
    );
    const words = changed.map((name) => changeWords.accountChanged(`${name}@${domain.realName}`));
    await tellChanges(context, domain, ...words);
    return 0;
  });
});
