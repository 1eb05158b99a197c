// Whether the account of an open session is still let in, at any door: it is gone, another one has its name, its domain is
// put off, or its administrator shut this service for it or for its domain. Sessions ask now and then, before a command.
import type { Account, AccountDirectory, LoginService } from '../../mta/accounts/types.ts';

/** What the doors of mail ask of accounts. */
export type DoorAccounts = Pick<AccountDirectory, 'authenticate' | 'findAccount' | 'scram' | 'isShut'>;

/** Milliseconds between two looks of one session. */
export const lookAgainAfter = 10_000;

/** `account`: as it was when it signed in. */
export async function isStillWelcome(
  accounts: Pick<DoorAccounts, 'findAccount' | 'isShut'>,
  account: Account,
  service: LoginService,
): Promise<boolean> {
  const known = await accounts.findAccount(account.address);
  if (known === undefined || known.directory !== account.directory || known.isDisabled) return false;
  return !(await accounts.isShut(known, service));
}
