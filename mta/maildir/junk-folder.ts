// The folder for junk of a Maildir: the one that a client named so (RFC 6154), else one of the names that programs use,
// else `Junk`, made and subscribed to at first need. Deliveries ask here.
import { findFolderOfUse, makeFolder } from './folders.ts';
import type { NameSource } from './name.ts';
import type { FileOwner } from './private-file.ts';
import { usualFolderNames } from './special-folders.ts';

/**
 * The name of the directory in a Maildir that junk goes to; made when there is none. Rejects with system errors.
 * @param maildir an absolute path
 */
export async function findJunkFolder(
  maildir: string,
  owner: FileOwner | undefined,
  names: NameSource,
): Promise<string> {
  const place = { maildir, owner, names };
  return (await findFolderOfUse(place, '\\Junk')) ?? makeFolder(place, usualFolderNames['\\Junk'][0]);
}
