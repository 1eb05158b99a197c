// Where .qmail lines of new lists find ezmlm's programs, and with whose rights commands of lists work.
import { stat } from 'node:fs/promises';
import { findListPrograms, type ListSite } from '../lists/domain-lists.ts';
import { systemError } from '../lists/errors.ts';
import type { CommandContext } from './command.ts';
import { ownerRights } from './owner-rights.ts';

/** $EZMLM_BIN; where they have always been, when they are there; else beside vpopmail's programs, where our links are made. */
export async function findListSite({ env, home }: CommandContext): Promise<ListSite> {
  return { programs: env.EZMLM_BIN || (await findListPrograms(home.vpopmail)), etc: env.EZMLM_ETC };
}

/** Works as the owner of a directory, when root calls: what he laid into it leads nowhere that he could not go himself. */
export async function asOwnerOf<T>(directory: string, work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  const owner = await stat(directory).catch((error: unknown) => {
    throw systemError(`unable to look at ${directory}`, error);
  });
  const as = await ownerRights(directory);
  return as({ uid: owner.uid, gid: owner.gid }, work);
}
