// Special uses of folders (RFC 6154) that a client gave with CREATE: a small file of ours in the root of the Maildir,
// because neither Courier nor Dovecot keeps them and the index may be deleted at any time. One line a folder, use and
// directory parted by a TAB: `\Archive<TAB>.Old.2019`. The file is a preference: lines that make no sense, name a folder
// that is gone or give a use a second time are passed over. Uses by name alone are roles.ts.
import { replacePrivateFile } from '../../mta/maildir/private-file.ts';
import { cleanSpecialUse, parseSpecialUses, specialUseFile } from '../../mta/maildir/special-folders.ts';
import { readSmallFile, type SmallFilePlace } from './small-files.ts';
import type { FolderRole } from './types.ts';

export { cleanSpecialUse };

type Place = SmallFilePlace;

const largest = 262_144;

const roleOfUse: Readonly<Record<string, FolderRole>> = {
  '\\Drafts': 'drafts',
  '\\Sent': 'sent',
  '\\Archive': 'archive',
  '\\Junk': 'junk',
  '\\Trash': 'trash',
};

/** The role of the webmail that a use stands for. */
export const roleOfSpecialUse = (use: string | undefined): FolderRole | undefined =>
  use === undefined ? undefined : roleOfUse[use];

/** The use that a role stands for. */
export const specialUseOfRole = (role: FolderRole): string | undefined =>
  Object.entries(roleOfUse).find(([, known]) => known === role)?.[0];

export const formatSpecialUses = (uses: ReadonlyMap<string, string>): Buffer =>
  Buffer.from([...uses].map(([directory, use]) => `${use}\t${directory}\n`).join(''), 'utf8');

/** The uses of a Maildir by directory; none when there is no file of the owner's. */
export async function readSpecialUses(place: Place): Promise<Map<string, string>> {
  const file = await readSmallFile(place, specialUseFile, largest);
  return file ? parseSpecialUses(file.content) : new Map();
}

/** Writes what `change` leaves of the uses, durably, when that is something else. */
export async function changeSpecialUses(
  place: Place,
  change: (uses: Map<string, string>) => void,
): Promise<void> {
  const uses = await readSpecialUses(place);
  const before = formatSpecialUses(uses);
  change(uses);
  const after = formatSpecialUses(uses);
  if (!after.equals(before))
    await replacePrivateFile(place.maildir, specialUseFile, after, place, place.names);
}
