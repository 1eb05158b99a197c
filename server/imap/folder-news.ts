// What changed between two pictures of an account's folders (RFC 5465 5.4, 5.5): made, gone, renamed, subscribed. A folder
// keeps its MAILBOXID when it is renamed (RFC 8474), so whoever renamed it, and however, the old name is known. Pure.
import type { FolderEntry } from '../mailbox/uid-types.ts';
import { separator } from './names.ts';

export interface FolderPicture {
  /** MAILBOXID by folder; '' where it is not known. */
  readonly ids: ReadonlyMap<string, string>;
  /** Also of names without a folder. */
  readonly subscribed: ReadonlySet<string>;
}

export interface FolderEvent {
  readonly kind: 'name' | 'subscription';
  readonly folder: string;
  /** It was renamed. */
  readonly oldName?: string | undefined;
}

export const takePicture = (
  entries: readonly FolderEntry[],
  subscriptions: readonly string[],
): FolderPicture => ({
  ids: new Map(entries.map(({ folder, mailboxId }) => [folder, mailboxId])),
  subscribed: new Set(subscriptions),
});

/** It was not there, or was another one of this name. */
export function isNewFolder(folder: string, before: FolderPicture, after: FolderPicture): boolean {
  const [one, other] = [before.ids.get(folder), after.ids.get(folder)];
  return other !== undefined && (one === undefined || (one !== '' && other !== '' && one !== other));
}

/** Without those whose names are in `own`: the client itself did that. */
export function compareFolders(
  before: FolderPicture,
  after: FolderPicture,
  own: ReadonlySet<string>,
): FolderEvent[] {
  const oldNames = new Map([...before.ids].map(([folder, id]) => [id, folder]));
  const renamed = new Map<string, string>();
  for (const [folder, id] of after.ids) {
    const old = id === '' ? undefined : oldNames.get(id);
    if (old !== undefined && old !== folder) renamed.set(folder, old);
  }
  const left = new Set(renamed.values());
  const events = new Map<string, FolderEvent>();
  const note = (folder: string, oldName?: string): void => {
    if (!own.has(folder)) events.set(folder, { kind: 'name', folder, oldName });
  };
  const noteWithParent = (folder: string): void => {
    if (own.has(folder)) return;
    note(folder);
    // RFC 5465 5.4: the parent is affected, also one that is no folder.
    const parent = parentOf(folder);
    if (parent !== undefined && !events.has(parent)) note(parent);
  };
  for (const folder of before.ids.keys())
    if (!after.ids.has(folder) && !left.has(folder)) noteWithParent(folder);
  for (const folder of after.ids.keys()) {
    const old = renamed.get(folder);
    if (old === undefined) {
      if (isNewFolder(folder, before, after)) noteWithParent(folder);
    } else if (!goesAlong(folder, old, renamed)) note(folder, old);
  }
  const names: FolderEvent[] = [...events.values()];
  for (const folder of [...before.subscribed, ...after.subscribed]) {
    if (before.subscribed.has(folder) === after.subscribed.has(folder) || own.has(folder)) continue;
    // A folder that was renamed takes its subscription along.
    const old = renamed.get(folder);
    if (old !== undefined && before.subscribed.has(old)) continue;
    if (left.has(folder) && !after.ids.has(folder)) continue;
    names.push({ kind: 'subscription', folder });
  }
  return names;
}

const parentOf = (folder: string): string | undefined => {
  const at = folder.lastIndexOf(separator);
  return at > 0 ? folder.slice(0, at) : undefined;
};

/** RFC 5465 5.4: what lies below a folder is renamed with it, and not told. */
function goesAlong(folder: string, old: string, renamed: ReadonlyMap<string, string>): boolean {
  for (let parent = parentOf(folder); parent !== undefined; parent = parentOf(parent)) {
    const oldParent = renamed.get(parent);
    if (oldParent !== undefined && old === oldParent + folder.slice(parent.length)) return true;
  }
  return false;
}
