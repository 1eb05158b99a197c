// qmail-lspawn's part of a local delivery (spec/qmail.md 5.2): what an address is, who controls it, and that nobody
// delivers as root. What follows, qmail-local's part, runs as that user.
import { type ControllingUser, UserLookupError } from '../accounts/users.ts';
import { lowerAscii, splitAddress } from '../formats/address.ts';
import { type Log, quoted } from '../log.ts';
import { type Outcome, permanent, success, temporary } from '../outcome.ts';

/** A recipient with the user who controls it. */
export interface ControlledAddress {
  readonly user: ControllingUser;
  readonly local: string;
  readonly host: string;
}

/** qmail-lspawn's lookup; rejects when it cannot be answered now. */
export interface ControllerLookup {
  find(local: string, trustMs?: number): Promise<ControllingUser | undefined>;
}

/**
 * Finds the user, or gives the outcome that the delivery ends with at once. `disabled`: domains whose mail waits
 * (control/disableddomains).
 */
export async function findController(
  recipient: string,
  users: ControllerLookup,
  log: Log,
  trustMs?: number,
  disabled?: ReadonlySet<string>,
): Promise<ControlledAddress | Outcome> {
  if (!recipient.includes('@')) return permanent('Sorry, address must include host name. (#5.1.3)');
  const { local, domain } = splitAddress(recipient);
  // spec/qmail.md 1.4: an empty local part is a trash address.
  if (local === '') return success('');
  let user: ControllingUser | undefined;
  try {
    user = await users.find(local, trustMs);
  } catch (error) {
    log(`warning: ${quoted(error instanceof Error ? error.message : String(error))}`);
    return temporary(error instanceof UserLookupError ? error.report : 'Temporary failure in qmail-lspawn.');
  }
  // qmail-getpw: who is nobody else's is alias's; without alias this machine is not whole.
  if (!user) return temporary('Unable to find alias user!');
  // The user of a virtual domain is the real domain, also behind an alias domain (users/assign).
  if (disabled?.has(lowerAscii(user.user)) || disabled?.has(lowerAscii(domain)))
    return temporary('Sorry, mail for this domain is put off for now. (#4.2.1)');
  if (user.uid === 0) return temporary('Not allowed to perform deliveries as root.');
  return { user, local, host: domain };
}
