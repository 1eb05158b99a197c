// Which folder plays which role: Sent, Drafts, Archive, Junk, Trash by their names, also those that other programs
// chose (Outlook's "Sent Items", "Spam"). Trash alone has a reserved name in Maildir++ (spec/maildir-imap.md 2.1).
// Pure: names in, roles and order out.
import { usualFolderNames } from '../../mta/maildir/special-folders.ts';
import type { Folder, FolderRole } from './types.ts';

export type SpecialRole = Exclude<FolderRole, 'folder' | 'inbox'>;

/** Names that play a role, the one we make first. */
const roleNames: Readonly<Record<SpecialRole, readonly string[]>> = {
  drafts: usualFolderNames['\\Drafts'],
  sent: usualFolderNames['\\Sent'],
  archive: usualFolderNames['\\Archive'],
  junk: usualFolderNames['\\Junk'],
  trash: usualFolderNames['\\Trash'],
};

export const specialRoles: readonly SpecialRole[] = ['drafts', 'sent', 'archive', 'junk', 'trash'];

/** Name of the folder that is made for a role. */
export const canonicalName = (role: SpecialRole): string => roleNames[role][0]!;

/** The role whose canonical name this is. */
export const roleOfCanonicalName = (name: string): SpecialRole | undefined =>
  specialRoles.find((role) => canonicalName(role) === name);

/** One folder a role: the first name of the table that exists, exact case before any case. */
export function assignRoles(names: readonly string[]): ReadonlyMap<string, FolderRole> {
  const roles = new Map<string, FolderRole>([['INBOX', 'inbox']]);
  const exact = new Set(names);
  const lower = new Map<string, string>();
  for (const name of names) if (!lower.has(name.toLowerCase())) lower.set(name.toLowerCase(), name);
  for (const role of specialRoles) {
    const candidates = roleNames[role];
    const found =
      candidates.find((name) => exact.has(name)) ??
      candidates.map((name) => lower.get(name.toLowerCase())).find((name) => name !== undefined);
    if (found !== undefined && found !== 'INBOX') roles.set(found, role);
  }
  return roles;
}

const roleOrder: readonly FolderRole[] = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash', 'folder'];

const { compare } = new Intl.Collator('en', { sensitivity: 'base', numeric: true });

/** Special folders first, in the order of the left column; own folders A to Z as a tree (spec/webmail.md F1). */
export function sortFolders(folders: readonly Folder[]): Folder[] {
  const keyed = folders.map((folder) => ({ folder, parts: folder.name.split('.') }));
  keyed.sort((a, b) => {
    const byRole = roleOrder.indexOf(a.folder.role) - roleOrder.indexOf(b.folder.role);
    if (byRole !== 0) return byRole;
    for (let i = 0; i < Math.min(a.parts.length, b.parts.length); i++) {
      const byPart = compare(a.parts[i]!, b.parts[i]!);
      if (byPart !== 0) return byPart;
    }
    if (a.parts.length !== b.parts.length) return a.parts.length - b.parts.length;
    return a.folder.name < b.folder.name ? -1 : 1;
  });
  return keyed.map(({ folder }) => folder);
}

/** Makes the list's entry of a folder from its name, role and counters. */
export function describeFolder(
  name: string,
  role: FolderRole,
  total: number,
  unread: number,
  pending = 0,
): Folder {
  const parts = name.split('.');
  const described = { name, label: parts.at(-1)!, depth: parts.length - 1, role, total, unread };
  return pending > 0 ? { ...described, pending } : described;
}
