// The folder column (webmail.md 1.2): special folders first, then the person's own in a tree by the dots of Maildir++, each
// with its count; what lies below a closed one is counted with it. A name that only holds other folders is a line without
// a link. Folders that the person took out of the lists are told as a number. Below all of it stands the quota (F6).
// Pure: folders and choices in, lines out.
import type { Folder, FolderRole } from '../../mailbox/types.ts';
import type { Quota } from '../../mailbox/uid-types.ts';
import type { Translate } from '../words/words.ts';
import { cleanLine } from './foreign.ts';
import { countText, type Formats } from './formats.ts';
import { folderLabel, folderPath, special } from './frame.ts';

/** One line of the folder column. */
export interface FolderEntry {
  readonly name: string;
  readonly label: string;
  /** '' for a name that only holds other folders. */
  readonly href: string;
  /** It leads to a page that is no list of messages. */
  readonly isPage?: boolean;
  /** The page on which it is named and changed; '' when there is none. */
  readonly menuHref: string;
  readonly icon: string;
  /** '' when there is nothing to show. */
  readonly count: string;
  /** The count in words, for readers. */
  readonly countWords: string;
  readonly here: boolean;
  /** What is looked at lies below this line and is not shown. */
  readonly holdsHere: boolean;
  /** Unread mail: bold. Junk's count stays grey. */
  readonly strong: boolean;
  readonly children: readonly FolderEntry[];
  /** The children are not shown; `count` has theirs in it. */
  readonly closed: boolean;
}

export interface FolderColumn {
  readonly special: readonly FolderEntry[];
  readonly own: readonly FolderEntry[];
  /** Folders that are not shown, and whether there is unread mail in one. */
  readonly hidden: { readonly count: number; readonly strong: boolean };
  /** Own folders that are shown: from some number on they can be filtered. */
  readonly ownCount: number;
}

/** Made once: making one takes as long as all else that a column is made of. */
const { compare } = new Intl.Collator(undefined, { numeric: true });

/** A folder, or a name between two dots that is none. */
interface Node {
  readonly name: string;
  folder: Folder | undefined;
  readonly children: Node[];
}

/** Puts own folders below the folder or name that holds them. `tops`: special folders by name. */
function makeTree(shown: readonly Folder[], tops: ReadonlyMap<string, Node>): readonly Node[] {
  const nodes = new Map<string, Node>(tops);
  const roots: Node[] = [];
  const nodeOf = (name: string): Node => {
    const known = nodes.get(name);
    if (known) return known;
    const node: Node = { name, folder: undefined, children: [] };
    nodes.set(name, node);
    const dot = name.lastIndexOf('.');
    (dot < 0 ? roots : nodeOf(name.slice(0, dot)).children).push(node);
    return node;
  };
  for (const folder of shown) nodeOf(folder.name).folder = folder;
  const labelOf = (node: Node): string => node.name.slice(node.name.lastIndexOf('.') + 1);
  const sort = (list: Node[]): void => {
    list.sort((a, b) => compare(labelOf(a), labelOf(b)) || (a.name < b.name ? -1 : 1));
    for (const { children } of list) sort(children);
  };
  sort(roots);
  for (const { children } of tops.values()) sort(children);
  return roots;
}

/**
 * Lines of the folder column. `here` is a name or ':starred'; `closed` are the names of the folders whose subtree is
 * not shown (F3).
 */
export function folderColumn(
  folders: readonly Folder[],
  here: string | undefined,
  t: Translate,
  formats: Formats,
  closed: readonly string[] = [],
): FolderColumn {
  const isClosed = new Set(closed);
  const own = folders.filter((folder) => folder.role === 'folder');
  const shown = own.filter((folder) => !folder.isHidden || folder.name === here);
  const hidden = own.filter((folder) => folder.isHidden);
  const tops = new Map<string, Node>();
  for (const folder of folders)
    if (folder.role !== 'folder') tops.set(folder.name, { name: folder.name, folder, children: [] });
  const roots = makeTree(shown, tops);

  /** F2: unread on Inbox, Archive, Junk and own folders, the total on Drafts, nothing on Sent and Trash. */
  const numberOf = (node: Node, role: FolderRole | 'starred'): number => {
    if (role === 'drafts') return node.folder?.total ?? 0;
    return role === 'sent' || role === 'trash' || role === 'starred' ? 0 : (node.folder?.unread ?? 0);
  };
  const holds = (node: Node): boolean => node.children.some((child) => child.name === here || holds(child));
  const sumOf = (node: Node): number =>
    node.children.reduce((sum, child) => sum + (child.folder?.unread ?? 0) + sumOf(child), 0);

  /** `quiet`: deleted folders below Trash, whose unread mail waits for nobody. */
  const entryOf = (node: Node, role: FolderRole | 'starred', icon: string, quiet: boolean): FolderEntry => {
    const isShut = node.children.length > 0 && isClosed.has(node.name);
    const number = quiet ? 0 : numberOf(node, role) + (isShut && role !== 'trash' ? sumOf(node) : 0);
    const isFolder = role !== 'folder' || node.folder !== undefined;
    return {
      name: node.name,
      label:
        role === 'folder'
          ? cleanLine(node.name.slice(node.name.lastIndexOf('.') + 1), 120)
          : t(`folder.${role}`),
      href: role === 'starred' ? '/v/starred' : isFolder ? folderPath(node.name) : '',
      menuHref: node.folder === undefined ? '' : `/folders/${encodeURIComponent(node.name)}`,
      icon,
      count: countText(number, formats, t),
      countWords:
        number === 0
          ? ''
          : role === 'drafts'
            ? t('folder.total', { n: number })
            : t('folder.unread', { n: number }),
      here: here === (role === 'starred' ? ':starred' : node.name),
      holdsHere: isShut && here !== undefined && holds(node),
      strong: number > 0 && role !== 'drafts' && role !== 'junk',
      children: node.children.map((child) => entryOf(child, 'folder', 'folder', quiet || role === 'trash')),
      closed: isShut,
    };
  };
  return {
    special: special.map(({ role, name, icon }) => {
      const found = role === 'starred' ? undefined : folders.find((folder) => folder.role === role);
      const node = found && tops.get(found.name);
      return entryOf(node ?? { name, folder: undefined, children: [] }, role, icon, false);
    }),
    own: roots.map((node) => entryOf(node, 'folder', 'folder', false)),
    hidden: { count: hidden.length, strong: hidden.some(({ unread }) => unread > 0) },
    ownCount: shown.length,
  };
}

/** All lines of a column, one below the other. */
export function flatEntries(entries: readonly FolderEntry[]): readonly FolderEntry[] {
  return entries.flatMap((entry) => [entry, ...flatEntries(entry.children)]);
}

/** What the line of the quota says. */
export interface QuotaLine {
  /** "3.8 GB of 10 GB used", and from 85 % on that it is nearly full. */
  readonly words: string;
  /** Exact numbers, for `title`. */
  readonly exact: string;
  /** 0 to 100. */
  readonly percent: number;
  readonly level: 'plenty' | 'warn' | 'full';
}

/** F6: the tighter of the two limits. Undefined: there is no quota. */
export function quotaLine(quota: Quota | undefined, t: Translate, formats: Formats): QuotaLine | undefined {
  if (!quota) return undefined;
  const share = ({ used, limit }: Quota['bytes']): number => (limit ? used / limit : 0);
  const isBytes = share(quota.bytes) >= share(quota.messages) && quota.bytes.limit !== undefined;
  const { used, limit } = isBytes ? quota.bytes : quota.messages;
  if (!limit) return undefined;
  const level = used / limit >= 0.95 ? 'full' : used / limit >= 0.85 ? 'warn' : 'plenty';
  const values = {
    used: isBytes ? formats.size(used) : formats.number(used),
    limit: isBytes ? formats.size(limit) : formats.number(limit),
    n: limit,
    percent: formats.percent(Math.floor((used / limit) * 100) / 100),
  };
  const key = used >= limit ? 'over' : level;
  return {
    words: t(isBytes ? `quota.${key}` : `quota.${key}Messages`, values),
    exact: t('quota.exact', { bytes: quota.bytes.used, n: quota.messages.used }),
    percent: Math.max(0, Math.min(100, Math.round((used / limit) * 100))),
    level,
  };
}

/** Folders in the order of the column with how deep each lies, for lists and choices. */
export function orderedFolders(
  folders: readonly Folder[],
  t: Translate,
): readonly { readonly folder: Folder; readonly label: string }[] {
  const roles: readonly FolderRole[] = ['inbox', 'drafts', 'sent', 'archive', 'junk', 'trash', 'folder'];
  const specials = folders.filter(({ role }) => role !== 'folder');
  /** Folders below a special one stand with it. */
  const rankOf = ({ name }: Folder): number =>
    roles.indexOf(
      specials.find((one) => name === one.name || name.startsWith(`${one.name}.`))?.role ?? 'folder',
    );
  return folders
    .map((folder) => ({
      folder,
      label: folderLabel(folder, t),
      rank: rankOf(folder),
      key: folder.name.replaceAll('.', '\u0001'),
    }))
    .toSorted((a, b) => a.rank - b.rank || compare(a.key, b.key));
}
