// What the frame around a page shows beside the folder column (column.ts): names and addresses of folders, the toast of
// the last operation, who is signed in. Special folders are always there, also before the Maildir has them.
import { type Account, AccountFlag } from '../../../mta/accounts/types.ts';
import type { Folder, FolderRole, Mailbox } from '../../mailbox/types.ts';
import { snoozedFolder } from '../snooze/store.ts';
import type { Operation } from '../state/operations.ts';
import type { Translate } from '../words/words.ts';
import { cleanLine } from './foreign.ts';
import { withField } from './paths.ts';

/** Pages that app.css and app.js are enough for: what is seen first. A list with an open message needs `read` as well. */
export const firstViews: ReadonlySet<string> = new Set([
  'list/page',
  'login/login',
  'login/code',
  'help/offline',
]);
/** Pages that need `read` besides. */
export const readingViews: ReadonlySet<string> = new Set([
  'conversation/page',
  'message/page',
  'message/view-page',
]);

/** The style sheets and scripts of a page behind app.css and app.js, by name and in order (static/build.mjs). */
export function filesBehind(view: string, isOpen: boolean): readonly ('read' | 'pages')[] {
  if (firstViews.has(view)) return isOpen ? ['read'] : [];
  return readingViews.has(view) ? ['read'] : ['read', 'pages'];
}

/** Places that are always there, in the order of the column (webmail.md F1). */
export const special: readonly {
  role: Exclude<FolderRole, 'folder'> | 'starred';
  name: string;
  icon: string;
}[] = [
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
  if (folder.role === 'folder' && folder.name === snoozedFolder) return t('folder.snoozed');
  return folder.role === 'folder'
    ? cleanLine(folder.name.replaceAll('.', ' / '), 120)
    : t(`folder.${folder.role}`);
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
  /** What could be done next, and what that is called. */
  readonly next?: { readonly href: string; readonly words: string } | undefined;
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
    next: operation.undone ? undefined : nextOf(operation.payload, t),
  };
}

/** After a message was moved by hand (webmail.md R2): a rule that does it. */
function nextOf(payload: unknown, t: Translate): Toast['next'] {
  const { always } = (payload ?? {}) as { readonly always?: unknown };
  return typeof always === 'string' ? { href: always, words: t('rules.always') } : undefined;
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
