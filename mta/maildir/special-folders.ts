// Folders with a use (RFC 6154): what programs call them, and the uses that clients gave (our file `facteur-special-use`:
// one line a folder, use and directory parted by a TAB). Deliveries and the mailbox of webmail and IMAP read the same.
// Pure.

/** Uses of folders that clients gave. */
export const specialUseFile = 'facteur-special-use';

/** Names that play a role by themselves, the one we make first. */
export const usualFolderNames = {
  '\\Drafts': ['Drafts', 'Draft'],
  '\\Sent': ['Sent', 'Sent Items', 'Sent Messages', 'Sent Mail'],
  '\\Archive': ['Archive', 'Archives'],
  '\\Junk': ['Junk', 'Spam', 'Junk E-mail', 'Junk Email', 'Bulk Mail'],
  '\\Trash': ['Trash', 'Deleted Items', 'Deleted Messages'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** RFC 6154 and RFC 8457. `\All` and `\Flagged` name views that a Maildir has none of, but a client may want the mark. */
const knownUses: readonly string[] = [...Object.keys(usualFolderNames), '\\Flagged', '\\Important', '\\All'];

/** The use as the standard spells it; undefined for one that is not known. */
export const cleanSpecialUse = (use: string): string | undefined =>
  knownUses.find((known) => known.toLowerCase() === use.toLowerCase());

/** The names of a use; none for one that is known by its mark alone. */
export const namesOfUse = (use: string): readonly string[] =>
  Object.entries(usualFolderNames).find(([known]) => known === use)?.[1] ?? [];

/** Reads the file's lines: use by directory. A use belongs to the first folder that has it. */
export function parseSpecialUses(content: Buffer): Map<string, string> {
  const uses = new Map<string, string>();
  const given = new Set<string>();
  for (const line of content.toString('utf8').split('\n', 10_000)) {
    const tab = line.indexOf('\t');
    const use = cleanSpecialUse(line.slice(0, Math.max(0, tab)));
    const directory = line.slice(tab + 1);
    if (use === undefined || given.has(use) || uses.has(directory) || !directory.startsWith('.')) continue;
    given.add(use);
    uses.set(directory, use);
  }
  return uses;
}
