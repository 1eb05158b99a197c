// Which names of a domain are a mailing list's, for pages of lists and of aliases: what leads into the directory of a list is
// shown with the list, not among the aliases. Lists elsewhere than in the domain's directory are aliases to these pages.
import { findDomainLists, isInDomain, type ListPlace } from '../../lists/domain-lists.ts';
import type { Domain } from '../types.ts';
import { aliasNameOf } from './alias-files.ts';

/** Lists that forms may change: those of the domain's own directories, with names that aliases may have. */
export const findListPlaces = async (domain: Domain): Promise<readonly ListPlace[]> =>
  (await findDomainLists(domain)).filter(
    ({ directory, files }) => isInDomain(domain, directory) && files.some((file) => aliasNameOf(file)),
  );

/** Names of aliases that are a list's own. */
export async function listAliasNamesOfLists(domain: Domain): Promise<ReadonlySet<string>> {
  const names = (await findListPlaces(domain)).flatMap(({ files }) => files.map(aliasNameOf));
  return new Set(names.filter((name) => name !== undefined));
}
