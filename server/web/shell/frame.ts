// What the frame around a page shows: the folder column with its counts, the toast of the last operation, who is
// signed in. Special folders come first and are always there, also before the Maildir has them (webmail.md F1, F2).
import { type Account, AccountFlag } from '../../../mta/accounts/types.ts';
import type { Folder, FolderRole, Mailbox } from '../../mailbox/types.ts';
import type { Operation } from '../state/operations.ts';
import type { Translate } from '../words/words.ts';
import { cleanLine } from './foreign.ts';
import { countText, type Formats } from './formats.ts';
import { withField } from './paths.ts';

/** One line of the folder column. */
export interface FolderEntry {
  readonly name: string;
  readonly label: string;
  readonly href: string;
  readonly icon: string;
  /** Steps to the inside for nested own folders. */
  readonly depth: number;
  /** '' when there is nothing to show. */
  readonly count: string;
  /** The count in words, for readers. */
  readonly countWords: string;
  readonly here: boolean;
  /** Unread mail: bold. Junk's count stays grey. */
  readonly strong: boolean;
}

const special: readonly { role: Exclude<FolderRole, 'folder'> | 'starred'; name: string; icon: string }[] = [
  { role: 'inbox', name: 'INBOX', icon: 'inbox' },
  { role: 'starred', name: '', icon: 'star' },
  { role: 'drafts', name: 'Drafts', icon: 'file-pen' },
  { role: 'sent', name: 'Sent', icon: 'send' },
  { role: 'archive', name: 'Archive', icon: 'archive' },
  { role: 'junk', name: 'Junk', icon: 'shield-alert' },
  { role: 'trash', name: 'Trash', icon: 'trash-2' },
];

/** The page of a folder; its name is one path segment. */
export const folderPath = (name: string): string => `/f/${encodeURIComponent(name)}`;

/** The role that a name has by custom, for special folders that are not made yet. */
export function specialRole(name: string): Exclude<FolderRole, 'folder'> | undefined {
  const found = special.find((entry) => entry.name === name && entry.role !== 'starred');
  return found?.role === 'starred' ? undefined : found?.role;
}

/** The folder of a name. The mailbox's list of folders may be a moment old; looking into the folder brings it up to date. */
export async function findFolder(mailbox: Mailbox, name: string): Promise<Folder | undefined> {
  const find = async () => (await mailbox.folders()).find((folder) => folder.name === name);
  const found = await find();
  if (found) return found;
  await mailbox.list({ folder: name, limit: 1 });
  return find();
}

/** The name people see for a folder: translated for special ones, the path for their own. */
export function folderLabel(folder: Pick<Folder, 'name' | 'role'>, t: Translate): string {
  return folder.role === 'folder'
    ? cleanLine(folder.name.replaceAll('.', ' / '), 120)
    : t(`folder.${folder.role}`);
}

/** Lines of the folder column: the seven special ones, then the user's own, A to Z. `here` is a name or ':starred'. */
export function folderEntries(
  folders: readonly Folder[],
  here: string | undefined,
  t: Translate,
  formats: Formats,
): { readonly special: readonly FolderEntry[]; readonly own: readonly FolderEntry[] } {
  const entry = (
    name: string,
    role: FolderRole | 'starred',
    icon: string,
    folder: Folder | undefined,
  ): FolderEntry => {
    // F2: unread on Inbox, Archive, Junk and own folders, the total on Drafts, nothing on Sent and Trash.
    const count =
      role === 'drafts'
        ? (folder?.total ?? 0)
        : role === 'sent' || role === 'trash' || role === 'starred'
          ? 0
          : (folder?.unread ?? 0);
    return {
      name,
      label: role === 'folder' ? cleanLine(folder?.label ?? name, 120) : t(`folder.${role}`),
      href: role === 'starred' ? '/v/starred' : folderPath(name),
      icon,
      depth: role === 'folder' ? Math.min(folder?.depth ?? 0, 6) : 0,
      count: countText(count, formats, t),
      countWords:
        count === 0
          ? ''
          : role === 'drafts'
            ? t('folder.total', { n: count })
            : t('folder.unread', { n: count }),
      here: here === (role === 'starred' ? ':starred' : name),
      strong: count > 0 && role !== 'drafts' && role !== 'junk',
    };
  };
  const order = new Intl.Collator(undefined, { numeric: true });
  const own = folders
    .filter((folder) => folder.role === 'folder')
    .toSorted((a, b) => {
      // By parts, so that `A.B` stays under `A` and before `A-C`.
      const left = a.name.split('.');
      const right = b.name.split('.');
      for (let i = 0; i < Math.min(left.length, right.length); i++) {
        const way =
          order.compare(left[i]!, right[i]!) || (left[i]! < right[i]! ? -1 : Number(left[i] !== right[i]));
        if (way !== 0) return way;
      }
      return left.length - right.length;
    });
  return {
    special: special.map(({ role, name, icon }) => {
      const folder = folders.find((candidate) => candidate.role === role);
      return entry(folder?.name ?? name, role, icon, folder);
    }),
    own: own.map((folder) => entry(folder.name, 'folder', 'folder', folder)),
  };
}

/** The toast under a page: what was done, and whether it can be undone. */
export interface Toast {
  readonly op: string;
  readonly words: string;
  readonly canUndo: boolean;
  /** Where Undo leads back to: this page without the toast. */
  readonly back: string;
  /** A page that shows what came of it. */
  readonly href?: string | undefined;
  /** The draft of a letter that is about to leave, and how long pages still offer Undo (outbox/toast.ts). */
  readonly letter?: string | undefined;
  readonly seconds?: number | undefined;
}

/** The toast for `?u=`; an id that is not the reader's own shows nothing. */
export function toastOf(operation: Operation | undefined, address: string, t: Translate): Toast | undefined {
  if (!operation) return undefined;
  return {
    op: operation.id,
    words: operation.undone ? t('act.undone') : cleanLine(operation.words),
    canUndo: !operation.undone && operation.payload !== undefined,
    back: withField(address, 'u', undefined),
    href: operation.href || undefined,
  };
}

/** Is the link to the administration worth showing? A hint from the account's own flags: who may is decided behind it. */
export function isAdministrator(account: Pick<Account, 'name' | 'flags'> | undefined): boolean {
  if (!account) return false;
  const bits = AccountFlag.domainAdmin | AccountFlag.systemAdmin;
  return account.name === 'postmaster' || (account.flags & bits) !== 0;
}

/** Two letters for the account button. */
export function initials(text: string): string {
  const words = cleanLine(text)
    .split(/[\s._@-]+/)
    .filter((word) => word !== '');
  const letters =
    words.length > 1 ? [words[0], words[1]].map((word) => [...word!][0]) : [...(words[0] ?? '')];
  return letters.slice(0, 2).join('').toUpperCase();
}
