// vdeloldusers: lists, and with -D removes, accounts that nobody has logged in to for so many days (spec/vpopmail.md 3.4).
// An account that was never used counts from its making; postmaster and who gets the mail of a catch-all are kept.

import { removeAccount } from '../accounts/account-changes.ts';
import { findCatchAllAccount } from '../accounts/catch-all.ts';
import { listDomains } from '../accounts/domain-list.ts';
import { changeWords } from '../accounts/onchange.ts';
import { removeNoted } from '../accounts/removal-notes.ts';
import type { AccountRecord, AccountStore } from '../accounts/store.ts';
import type { Domain } from '../accounts/types.ts';
import { accountCommand, FAILED, readOptions, showUsage, withSite } from './account-command.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';
import { tellChanges } from './tell-changes.ts';

export const usage = `vdeloldusers: usage: [options]
options: -a age_in_days (will delete accounts older than this date)
                        (default is 6 months or 180 days)
         -v (print version number and exit)
         -d [domain] (process only [domain])
         -e (process every domain)
         -D (actually delete users. no users are deleted without this option)
         -V (verbose -- print old users that will be deleted)
`;

const DAYS = 180;

export const run = accountCommand(usage, async (args, context) => {
  const { home, stdout } = context;
  const { options, bad } = readOptions('vdeloldusers', args, 'vVDd:a:e', context);
  const has = (letter: string): boolean => options.some((one) => one.letter === letter);
  if (has('v')) return FAILED;
  if (bad !== undefined || args.length === 0) return showUsage(usage, context);
  const domain = options.findLast(({ letter }) => letter === 'd')?.value;
  if (domain === undefined && !has('e')) {
    stdout.write('error: you must supply either the -e or -d [domain] options\n');
    return FAILED;
  }
  const age = options.findLast(({ letter }) => letter === 'a')?.value ?? String(DAYS);
  // vpopmail takes what is no number for 0 days, which is everybody.
  if (!/^[0-9]{1,6}$/.test(age)) {
    stdout.write('error: -a needs a number of days\n');
    return FAILED;
  }
  const before = Date.now() / 1000 - Number(age) * 86_400;
  return withSite(context, async ({ store, accounts }) => {
    const wanted = domain === undefined ? await listDomains(home) : [await accounts.findDomain(domain)];
    let isFound = false;
    for (const one of wanted)
      if (one !== undefined)
        isFound = (await deleteOld(one, store, before, has('V'), context, has('D'))) || isFound;
    if (!isFound) stdout.write('no old users found\n');
    else if (!has('D')) {
      stdout.write(' ** no users were deleted  **\n');
      stdout.write(' ** use -D to delete users **\n');
    }
    return 0;
  });
});

/** @returns whether there was somebody old */
async function deleteOld(
  domain: Domain,
  store: AccountStore,
  before: number,
  isTold: boolean,
  context: CommandContext,
  isDone: boolean,
): Promise<boolean> {
  const { home, stdout, stderr } = context;
  const old: Pick<AccountRecord, 'name' | 'directory'>[] = [];
  const isCatchAll = await findCatchAllAccount(domain);
  for await (const record of store.each(domain)) {
    if (record.name === 'postmaster') {
      if (isTold) stdout.write(`skipping postmaster@${domain.name}\n`);
      continue;
    }
    const login = await store.lastLogin(domain, record);
    if (login === undefined || login.at === 0 || login.at >= before) continue;
    if (isCatchAll(record)) {
      stderr.write(`skipping ${record.name}@${domain.name}: gets the mail of the catch-all\n`);
      continue;
    }
    old.push({ name: record.name, directory: record.directory });
    if (isTold) stdout.write(`${record.name}@${domain.name}\n`);
  }
  if (isDone) {
    const notes = {
      home,
      as: await ownerRights(domain.directory, home.state),
      warn: (line: string) => void stderr.write(`${line}\n`),
    };
    for (const { name, directory } of old) {
      const isThere = async (): Promise<boolean> => (await store.find(domain, name)) !== undefined;
      const removed = `${name}@${domain.realName}`;
      await removeNoted(notes, removed, { directory, owner: domain, isThere }, () =>
        notes.as(domain, () => removeAccount(store, domain, name)),
      );
      await tellChanges(context, domain, changeWords.accountRemoved(removed));
    }
  }
  return old.length > 0;
}
