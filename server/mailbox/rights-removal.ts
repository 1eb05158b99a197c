// What is taken off the folders of those who share when an account or a domain is removed: the rights that its addresses
// were given (courierimapacl; RFC 4314), so that whoever gets an address later sees nothing that was shared with the former
// person. Looked for where the removed one would have found folders: in the accounts of control/sharedindex. A folder whose
// list cannot be changed is told in the log and stops nothing.
import type { Accounts } from '../../mta/accounts/types.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { describeError } from '../../mta/maildir/calls.ts';
import { SharedAccounts } from './shared-accounts.ts';
import { readSharedLists } from './shared-listing.ts';
import type { Mailboxes } from './types.ts';

export interface RightsRemovalParts {
  readonly accounts: Pick<Accounts, 'findAccount'>;
  readonly mailboxes: Pick<Mailboxes, 'open'>;
  /** control/sharedindex */
  readonly sharedIndex: string;
  readonly log: Log;
}

/** Does an entry name the removed one? Names of users without a domain are of the owner's. */
function isOf(removed: string, identifier: string, ownerDomain: string): boolean {
  const name = /^-?user=(.+)$/.exec(identifier.toLowerCase())?.[1];
  if (name === undefined) return false;
  const address = name.includes('@') ? name : `${name}@${ownerDomain}`;
  return removed.startsWith('@') ? address.endsWith(removed) : address === removed;
}

/** @param removed `name@domain`, or `@domain` for all of a domain; lower case */
export async function removeSharedRights(parts: RightsRemovalParts, removed: string): Promise<void> {
  const { accounts, mailboxes, sharedIndex, log } = parts;
  const shared = new SharedAccounts({ accounts, log, indexPath: () => sharedIndex });
  if (!shared.isOn) return;
  const viewer = { address: removed, maildir: '' };
  for await (const { level, entry } of shared.entries(viewer)) {
    try {
      const owner = await shared.ownerOf(viewer, level, entry);
      if (owner === undefined) continue;
      const { account } = owner;
      for (const { folder, entries } of (await readSharedLists(account.maildir)) ?? [])
        for (const { identifier } of entries) {
          if (!isOf(removed, identifier, account.domain)) continue;
          const mailbox = await mailboxes.open(account);
          const refusal = await mailbox.uids.changeAcl(folder, identifier, undefined);
          const done = refusal ?? 'taken off, for the address is removed';
          log(`rights of ${quoted(identifier)} on ${quoted(folder)} of ${quoted(account.address)}: ${done}`);
        }
    } catch (error) {
      log(
        `warning: rights of ${quoted(removed)} may be left in ${quoted(entry.maildir)}: ${quoted(describeError(error))}`,
      );
    }
  }
}
