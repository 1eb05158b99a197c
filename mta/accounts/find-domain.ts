// A virtual domain by its name: the entry `+domain-` of users/assign (vpopmail's vget_assign), the real one or an alias of it.
// Its accounts are not looked at.
import { lowerAscii } from '../formats/address.ts';
import { keptDomain } from '../formats/idn.ts';
import type { Domain } from './types.ts';
import type { AssignedUsers } from './users.ts';

/** @param trustMs a look at users/cdb no older than so many milliseconds is good enough */
export async function findDomain(
  users: AssignedUsers,
  domain: string,
  trustMs = 0,
): Promise<Domain | undefined> {
  const name = keptDomain(domain);
  // vpopmail vget_assign: a domain has a dot; its entry is `+domain-`.
  if (!name.includes('.') || name.length > 255) return undefined;
  const entry = await users.findWildcard(`${name}-`, trustMs);
  if (entry === undefined) return undefined;
  return { name, realName: lowerAscii(entry.user), directory: entry.home, uid: entry.uid, gid: entry.gid };
}
