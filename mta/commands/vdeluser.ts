// vdeluser: removes an account with all its mail (spec/vpopmail.md 3.4). The account that gets the mail of a catch-all is
// kept: its domain would lose mail without a word.

import { removeAccount } from '../accounts/account-changes.ts';
import { findCatchAllAccount } from '../accounts/catch-all.ts';
import { VpopmailError } from '../accounts/errors.ts';
import { changeWords } from '../accounts/onchange.ts';
import { removeNoted } from '../accounts/removal-notes.ts';
import { accountCommand, readAddress, readOptions, showUsage, withRecords } from './account-command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vdeluser: usage: [options] email_address
options: -v (print version number)
`;

export const run = accountCommand(usage, async (args, context) => {
  const { rest, bad } = readOptions('vdeluser', args, 'v', context);
  const [email = ''] = rest;
  if (bad !== undefined || email === '') return showUsage(usage, context);
  const address = await readAddress(email, context);
  if (address === undefined) return new VpopmailError(-1).exitStatus;
  return withRecords(context, async ({ store, findDomain }) => {
    const domain = await findDomain(address.domain);
    if (domain === undefined) throw new VpopmailError(-11);
    const record = await store.find(domain, address.name);
    if (record === undefined) throw new VpopmailError(-10);
    if ((await findCatchAllAccount(domain))(record)) throw new VpopmailError(-55);
    // His own files could lead elsewhere what is removed.
    const as = await ownerRights(domain.directory, context.home.state);
    const removed = `${record.name}@${domain.realName}`;
    await removeNoted(
      { home: context.home, as, warn: (line) => void context.stderr.write(`${line}\n`) },
      removed,
      {
        directory: record.directory,
        owner: domain,
        isThere: async () => (await store.find(domain, record.name)) !== undefined,
      },
      () => as(domain, () => removeAccount(store, domain, record.name)),
    );
    await tellChanges(context, domain, changeWords.accountRemoved(removed));
    return 0;
  });
});
