// The folders of a Maildir as deliveries find and make them (spec/maildir-imap.md 2): by name, and by use (the one that a
// client named so, RFC 6154, else one of the names that programs use). The mailbox of webmail and IMAP has an index and
// the same names (server/mailbox/folders.ts). No symbolic link is a folder: it could lead elsewhere.
import { join } from 'node:path';
import { readNames, statName } from './calls.ts';
import { makeMaildir } from './create.ts';
import { decodeFolderName, encodeFolderName, isValidFolderName } from './folder-name.ts';
import type { NameSource } from './name.ts';
import { type FileOwner, readPrivateFile, replacePrivateFile } from './private-file.ts';
import { namesOfUse, parseSpecialUses, specialUseFile } from './special-folders.ts';
import { formatCourierSubscriptions, parseCourierSubscriptions } from './subscriptions.ts';

/** Whose Maildir; `maildir` is an absolute path. */
export interface FolderPlace {
  readonly maildir: string;
  readonly owner: FileOwner | undefined;
  readonly names: NameSource;
}

const largest = 4 * 1_048_576;

/**
 * A folder's name out of how people and programs write it: '/' or '.' between levels, below INBOX or beside it. '' is the
 * inbox. Undefined: no folder can have it.
 */
export function normalizeFolderName(name: string): string | undefined {
  const parts = name.normalize('NFC').split(/[/.]/);
  if (/^inbox$/i.test(parts[0]!)) parts.shift();
  if (parts.length === 0) return '';
  const plain = parts.join('.');
  return isValidFolderName(plain) === undefined ? plain : undefined;
}

const listEntries = async ({ maildir }: FolderPlace): Promise<readonly string[]> =>
  (await readNames(maildir)).filter((name) => /^\.[^.]/.test(name));

const isFolder = async ({ maildir }: FolderPlace, entry: string): Promise<boolean> =>
  (await statName(join(maildir, entry)).catch(() => undefined))?.isDirectory() ?? false;

/** The directory of a folder, by its plain name. Undefined: there is none. Rejects with system errors. */
export async function findFolder(place: FolderPlace, name: string): Promise<string | undefined> {
  // Nearly always: as we write it.
  const usual = encodeFolderName(name);
  if (await isFolder(place, usual)) return usual;
  for (const entry of await listEntries(place))
    if (decodeFolderName(entry).normalize('NFC') === name && (await isFolder(place, entry))) return entry;
  return undefined;
}

/** The directory of the folder with a use (`\Junk` ...), as the standard spells it. Undefined: there is none. */
export async function findFolderOfUse(place: FolderPlace, use: string): Promise<string | undefined> {
  const entries = await listEntries(place);
  const told = await readPrivateFile(join(place.maildir, specialUseFile), place.owner, largest);
  for (const [entry, known] of told ? parseSpecialUses(told.content) : [])
    if (known === use && entries.includes(entry) && (await isFolder(place, entry))) return entry;
  const byName = new Map(entries.map((entry) => [decodeFolderName(entry).normalize('NFC'), entry]));
  const lower = new Map([...byName].map(([name, entry]) => [name.toLowerCase(), entry]));
  for (const table of [byName, lower])
    for (const name of namesOfUse(use)) {
      const entry = table.get(table === lower ? name.toLowerCase() : name);
      if (entry !== undefined && (await isFolder(place, entry))) return entry;
    }
  return undefined;
}

/** Makes a folder, subscribes to it, and gives its directory; one that is there already is no error. */
export async function makeFolder(place: FolderPlace, name: string): Promise<string> {
  const known = await findFolder(place, name);
  if (known !== undefined) return known;
  // As those that are there are spelt (spec/maildir-imap.md 2.2).
  const isUtf7 = (await listEntries(place)).some(
    (entry) => /&[A-Za-z0-9+,]/.test(entry) && decodeFolderName(entry) !== entry.slice(1),
  );
  const made = encodeFolderName(name, isUtf7 ? 'utf-7' : 'utf-8');
  await makeMaildir(join(place.maildir, made), { folder: true, owner: place.owner });
  await subscribe(place, name, isUtf7 ? 'utf-7' : 'utf-8');
  return made;
}

/** Who subscribed to nothing sees all folders; another's list of names gets one more. */
async function subscribe(
  { maildir, owner, names }: FolderPlace,
  name: string,
  style: 'utf-8' | 'utf-7',
): Promise<void> {
  const file = await readPrivateFile(join(maildir, 'courierimapsubscribed'), owner, largest);
  const before = file && parseCourierSubscriptions(file.content);
  if (!before || before.folders.length === 0 || before.folders.includes(name)) return;
  const after = { ...before, folders: [...before.folders, name] };
  const content = formatCourierSubscriptions(after, style);
  await replacePrivateFile(maildir, 'courierimapsubscribed', content, owner, names);
}
