// Which folders a LIST or LSUB shows, and how (RFC 9051 6.3.9 with RFC 5258 and RFC 6154): patterns, parents that are no
// folders themselves, children, subscriptions, special uses. Pure: what is there goes in, lines come out.
import type { FolderEntry } from '../mailbox/uid-types.ts';
import { matchesPattern, separator } from './names.ts';

export interface ListChoice {
  /** Whole patterns: the reference is in front. */
  readonly patterns: readonly string[];
  readonly onlySubscribed: boolean;
  readonly onlySpecialUse: boolean;
  /** RFC 5258 RECURSIVEMATCH: parents of what matches the options, too. */
  readonly isRecursive: boolean;
  readonly showsSubscribed: boolean;
}

/** RFC 9051 7.3.1: \NonExistent implies \Noselect, which is what clients know that do not ask for more. */
const missing = ({ onlySubscribed, showsSubscribed }: ListChoice): readonly string[] =>
  onlySubscribed || showsSubscribed ? ['\\NonExistent'] : ['\\NonExistent', '\\Noselect'];

export interface ListLine {
  /** With its prefix; not encoded. */
  readonly name: string;
  /** Undefined: there is no such folder. */
  readonly folder: string | undefined;
  readonly attributes: readonly string[];
  readonly hasSubscribedChild: boolean;
}

interface Node {
  folder: string | undefined;
  specialUse: string | undefined;
  isSubscribed: boolean;
  hasChild: boolean;
  hasSubscribedBelow: boolean;
  /** Something below it matches the patterns. */
  hasMatchBelow: boolean;
  /** Something subscribed below it does not. */
  hasHiddenBelow: boolean;
}

/**
 * @param entries folders that are there
 * @param subscriptions names, also of folders that are not there
 * @param nameOf a folder as the client sees it
 */
export function listFolders(
  entries: readonly Omit<FolderEntry, 'mailboxId' | 'directory'>[],
  subscriptions: readonly string[],
  nameOf: (folder: string) => string,
  choice: ListChoice,
): ListLine[] {
  const nodes = new Map<string, Node>();
  const node = (name: string): Node => {
    let known = nodes.get(name);
    if (known === undefined) {
      known = {
        folder: undefined,
        specialUse: undefined,
        isSubscribed: false,
        hasChild: false,
        hasSubscribedBelow: false,
        hasMatchBelow: false,
        hasHiddenBelow: false,
      };
      nodes.set(name, known);
    }
    return known;
  };
  for (const entry of entries) {
    const name = nameOf(entry.folder);
    Object.assign(node(name), {
      folder: entry.folder,
      specialUse: entry.specialUse,
      isSubscribed: entry.isSubscribed,
    });
    for (const parent of parentsOf(name)) node(parent).hasChild = true;
  }
  for (const folder of subscriptions) node(nameOf(folder)).isSubscribed = true;
  for (const name of [...nodes.keys()]) for (const parent of parentsOf(name)) node(parent);
  const shown = new Set<string>();
  for (const [name, { isSubscribed, folder }] of nodes) {
    const isMatch = choice.patterns.some((pattern) => matchesPattern(name, pattern));
    if (isMatch) shown.add(name);
    for (const parent of parentsOf(name)) {
      const above = node(parent);
      if (folder !== undefined && isMatch) above.hasMatchBelow = true;
      if (!isSubscribed) continue;
      above.hasSubscribedBelow = true;
      if (!isMatch) above.hasHiddenBelow = true;
    }
  }
  const lines: ListLine[] = [];
  for (const name of [...shown].sort(compareNames)) {
    const { folder, specialUse, isSubscribed, ...below } = nodes.get(name)!;
    const isSelecting = choice.onlySubscribed || choice.onlySpecialUse;
    const isChosen = isSelecting
      ? (!choice.onlySubscribed || isSubscribed) && (!choice.onlySpecialUse || specialUse !== undefined)
      : // A parent that is no folder stands for children that the patterns leave out.
        folder !== undefined || (below.hasChild && !below.hasMatchBelow);
    const recurses = choice.isRecursive && choice.onlySubscribed;
    if (!isChosen && !(recurses && below.hasHiddenBelow)) continue;
    lines.push({
      name,
      folder,
      attributes: [
        ...(folder === undefined ? missing(choice) : []),
        below.hasChild ? '\\HasChildren' : '\\HasNoChildren',
        ...(isSubscribed && (choice.showsSubscribed || choice.onlySubscribed) ? ['\\Subscribed'] : []),
        ...(specialUse === undefined ? [] : [specialUse]),
      ],
      hasSubscribedChild: recurses && below.hasSubscribedBelow,
    });
  }
  return lines;
}

function* parentsOf(name: string): Generator<string> {
  for (let at = name.lastIndexOf(separator); at > 0; at = name.lastIndexOf(separator, at - 1))
    yield name.slice(0, at);
}

/** INBOX first, parents before their children. */
function compareNames(one: string, other: string): number {
  if (one === 'INBOX' || other === 'INBOX') return one === other ? 0 : one === 'INBOX' ? -1 : 1;
  const [left, right] = [one.replaceAll(separator, '\0'), other.replaceAll(separator, '\0')];
  return left < right ? -1 : left > right ? 1 : 0;
}
