// With whose rights a command that root calls changes what lies in a domain's place: with those of its owner, for a moment
// (accounts/holder.ts says why). Whoever else calls it has their own rights and no others.
import { asOurselves, type RunAsOwner } from '../accounts/durable.ts';
import { isRootsAlone } from '../accounts/holder.ts';
import { assumeIdentity } from '../run-as.ts';

/** `places`: where it lies. Once in a process: the effective ids are those of all of it. */
export async function ownerRights(...places: readonly string[]): Promise<RunAsOwner> {
  if (process.getuid?.() !== 0 || process.geteuid?.() !== 0) return asOurselves;
  // Where its owner cannot come, he has laid no links, and could do nothing for us.
  for (const place of places) if (!(await isRootsAlone(place))) return assumeIdentity({ uid: 0, gid: 0 });
  return asOurselves;
}
