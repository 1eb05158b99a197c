// CREATE, DELETE and RENAME of folders as IMAP asks for them (RFC 9051 6.3.4 to 6.3.6; spec/maildir-imap.md 2.1).
// A renamed folder keeps its row of the index, so UIDVALIDITY, UIDs, MODSEQ and MAILBOXID stay, and its subscription
// and special use go along, as those of the folders below it. A deleted one is renamed to a name that every program
// passes over, then removed: it is gone at once, and what a crash leaves of it goes at the next opening.
// INBOX and Trash are nobody's to delete (2.1); folders below a deleted one stay, each is a directory of its own.
// Runs inside the index worker, one change after another (context.exclusive).
import { renameSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { quoted } from '../../mta/log.ts';
import { errorCode, renameFile } from '../../mta/maildir/calls.ts';
import { encodeFolderName, isValidFolderName } from '../../mta/maildir/folder-name.ts';
import { syncDirectory } from '../../mta/maildir/private-file.ts';
import { type AccountContext, type FolderState, folderPath, lstatExact } from './context.ts';
import { discoverFolders, findFolder, folderStyle, isModifiedUtf7, makeFolderDirectory } from './folders.ts';
import type { SpecialRole } from './roles.ts';
import { changeSpecialUses, cleanSpecialUse, specialUseOfRole } from './special-use.ts';
import { changeSubscriptions } from './subscription-files.ts';
import { MailboxRefusal } from './uid-types.ts';
import { noteFolderGone } from './usage.ts';

/** Directories of deleted folders on their way out: two dots, as Dovecot does it, so that nobody lists them. */
const removedPrefix = '..facteur-removed.';

const isInbox = (name: string): boolean => /^inbox$/i.test(name);

/** The folder of that name, also one that another program made since the last look. */
export async function requireFolder(context: AccountContext, name: string): Promise<FolderState> {
  const wanted = isInbox(name) ? 'INBOX' : name;
  const known = findFolder(context, wanted);
  if (known && (await context.files.lstat(`${folderPath(context, known)}/cur`))) return known;
  await discoverFolders(context);
  const found = findFolder(context, wanted);
  if (!found) throw new MailboxRefusal('no such folder', 'There is no folder of this name.');
  return found;
}

/** Why no folder can get this name (security.md I3); undefined: it can. */
export function faultOfNewName(name: string): string | undefined {
  const fault = isValidFolderName(name);
  if (fault !== undefined) return fault;
  if (/[%*]/.test(name)) return 'A folder name cannot hold % or *.';
  // What lies below INBOX is written without it; a second spelling would be another folder.
  if (/^inbox\./i.test(name)) return 'A folder name cannot begin with INBOX.';
  if (/^(?:cur|new|tmp)$/.test(name)) return 'cur, new and tmp are no names of folders.';
  return undefined;
}

async function checkNewName(context: AccountContext, name: string): Promise<void> {
  if (isInbox(name)) throw new MailboxRefusal('exists', 'INBOX is always there.');
  const fault = faultOfNewName(name);
  if (fault !== undefined) throw new MailboxRefusal('bad name', fault);
  await discoverFolders(context);
  if (findFolder(context, name)) throw new MailboxRefusal('exists', 'There is a folder of this name.');
}

/** RFC 9051 6.3.4, RFC 6154 3. A use that another folder was given goes over to this one. */
export async function createFolder(
  context: AccountContext,
  name: string,
  specialUse: string | undefined,
): Promise<void> {
  const use = specialUse === undefined ? undefined : cleanSpecialUse(specialUse);
  if (specialUse !== undefined && use === undefined) {
    throw new MailboxRefusal('bad name', 'This special use is not known here.');
  }
  await checkNewName(context, name);
  const made = await makeFolderDirectory(context, name);
  if (use === undefined) return;
  await changeSpecialUses(context, (uses) => {
    for (const [directory, other] of uses) if (other === use) uses.delete(directory);
    uses.set(made.directory, use);
  });
  await discoverFolders(context);
}

/** RFC 6154: the folder plays a role. One that plays another keeps it: two roles in one folder would mix its mail. */
export async function giveRole(context: AccountContext, role: SpecialRole, name: string): Promise<void> {
  const folder = await requireFolder(context, name);
  if (folder.role === role) return;
  if (folder.role !== 'folder') throw new MailboxRefusal('reserved', 'This folder plays another role.');
  const use = specialUseOfRole(role)!;
  await changeSpecialUses(context, (uses) => {
    for (const [directory, other] of uses) if (other === use) uses.delete(directory);
    uses.set(folder.directory, use);
  });
  await discoverFolders(context);
}

/**
 * Removes a folder that holds no message and is shown nowhere any more; false: there is one in it, and it stays. Looked at
 * only when its directory has left: mail that comes in at that moment finds no folder, and is not acknowledged.
 */
export async function removeEmptyFolder(context: AccountContext, name: string): Promise<boolean> {
  const folder = await requireFolder(context, name);
  if (folder.role !== 'folder') throw new MailboxRefusal('reserved', 'This folder plays a role.');
  await folder.scanning?.catch(() => {});
  const gone = `${context.maildir}/${removedPrefix}${context.names.next()}`;
  await renameFile(folderPath(context, folder), gone);
  const halves = await Promise.all(['new', 'cur'].map((half) => readdir(`${gone}/${half}`)));
  if (halves.flat().some((file) => !file.startsWith('.'))) {
    await renameFile(gone, folderPath(context, folder));
    return false;
  }
  await syncDirectory(context.maildir);
  await discoverFolders(context);
  await removeDirectory(context, gone);
  await changeSubscriptions(context, folderStyle(context), (before) =>
    before.filter((other) => other !== folder.name),
  );
  return true;
}

/** RFC 9051 6.3.5. */
export async function removeFolder(context: AccountContext, name: string): Promise<void> {
  if (isInbox(name)) throw new MailboxRefusal('reserved', 'INBOX cannot be deleted.');
  await discoverFolders(context);
  const folder = findFolder(context, name);
  if (!folder) {
    const prefix = `${name.normalize('NFC')}.`;
    const hasChildren = [...context.folders.values()].some((state) => state.name.startsWith(prefix));
    if (hasChildren) throw new MailboxRefusal('has children', 'This name only holds other folders.');
    throw new MailboxRefusal('no such folder', 'There is no folder of this name.');
  }
  // Courier: "Cannot delete this folder".
  if (folder.directory === '.Trash') throw new MailboxRefusal('reserved', 'Trash cannot be deleted.');
  await folder.scanning?.catch(() => {});
  const gone = `${context.maildir}/${removedPrefix}${context.names.next()}`;
  const noteUsage = await noteFolderGone(context, folder);
  await renameFile(folderPath(context, folder), gone);
  await syncDirectory(context.maildir);
  await noteUsage();
  await changeSpecialUses(context, (uses) => uses.delete(folder.directory));
  await discoverFolders(context);
  await removeDirectory(context, gone);
}

/** Removes what deleted folders left behind when something ended us too early. */
export async function sweepRemovedFolders(context: AccountContext): Promise<void> {
  for (const name of await readdir(context.maildir)) {
    if (name.startsWith(removedPrefix)) await removeDirectory(context, `${context.maildir}/${name}`);
  }
}

async function removeDirectory(context: AccountContext, path: string): Promise<void> {
  try {
    // Links in it are removed, never followed.
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    context.log(
      `mailbox: a deleted folder is still on disk: ${quoted(path)}: ${errorCode(error) || 'error'}`,
    );
  }
}

interface Renaming {
  readonly folder: FolderState;
  readonly name: string;
  readonly directory: string;
}

/**
 * RFC 9051 6.3.6: the folder and those below it. INBOX is not for this function: its messages move.
 * What cannot be renamed takes back what was.
 */
export async function renameFolder(context: AccountContext, name: string, to: string): Promise<void> {
  if (isInbox(to)) throw new MailboxRefusal('exists', 'INBOX is always there.');
  await checkNewName(context, to);
  const from = name.normalize('NFC');
  const target = to.normalize('NFC');
  if (target.startsWith(`${from}.`)) {
    throw new MailboxRefusal('bad name', 'A folder cannot move below itself.');
  }
  const renamings: Renaming[] = [];
  for (const folder of context.folders.values()) {
    if (folder.name !== from && !folder.name.startsWith(`${from}.`)) continue;
    if (folder.directory === '.Trash') throw new MailboxRefusal('reserved', 'Trash cannot be renamed.');
    const newName = `${target}${folder.name.slice(from.length)}`;
    renamings.push({ folder, name: newName, directory: directoryFor(context, folder, newName) });
  }
  if (renamings.length === 0) {
    throw new MailboxRefusal('no such folder', 'There is no folder of this name.');
  }
  for (const renaming of renamings) {
    const fault = faultOfNewName(renaming.name);
    if (fault !== undefined) throw new MailboxRefusal('bad name', fault);
    if (await lstatExact(`${context.maildir}/${renaming.directory}`)) {
      throw new MailboxRefusal('exists', 'There is a folder of this name.');
    }
  }
  await applyRenamings(context, renamings);
  const names = new Map(renamings.map(({ folder, name: newName }) => [folder.name, newName]));
  const directories = new Map(renamings.map(({ folder, directory }) => [folder.directory, directory]));
  await changeSpecialUses(context, (uses) => {
    const entries = [...uses];
    uses.clear();
    for (const [directory, use] of entries) uses.set(directories.get(directory) ?? directory, use);
  });
  await discoverFolders(context);
  await changeSubscriptions(context, folderStyle(context), (before) =>
    // Also of a folder below it that is only a name by now.
    before.map((old) =>
      old.startsWith(`${from}.`) ? `${target}${old.slice(from.length)}` : (names.get(old) ?? old),
    ),
  );
}

/** Its new directory, spelt as its old one was. */
function directoryFor(context: AccountContext, folder: FolderState, name: string): string {
  if (isModifiedUtf7(folder.directory)) return encodeFolderName(name, 'utf-7');
  return encodeFolderName(name, /[^\x00-\x7f]/.test(folder.directory) ? 'utf-8' : folderStyle(context));
}

async function applyRenamings(context: AccountContext, renamings: readonly Renaming[]): Promise<void> {
  const done: Renaming[] = [];
  try {
    // All in one turn: who looks between two of them would tell of folders that are gone, and of others that came.
    for (;;) {
      const scans = renamings.map(({ folder }) => folder.scanning).filter((scan) => scan !== undefined);
      if (scans.length === 0) break;
      await Promise.allSettled(scans);
    }
    for (const renaming of renamings) {
      moveDirectory(context, renaming.folder, renaming.folder.directory, renaming.directory);
      done.push(renaming);
    }
    await syncDirectory(context.maildir);
  } catch (error) {
    for (const { folder, directory } of done.reverse()) {
      moveDirectory(context, folder, directory, folder.directory);
    }
    await discoverFolders(context);
    throw error;
  }
}

/**
 * The directory and its row in one transaction: another process that misses the directory waits for our lock before it
 * forgets a folder, and then sees that the row has another one. A rename is one short call of the system.
 */
function moveDirectory(context: AccountContext, folder: FolderState, from: string, to: string): void {
  const { db, maildir, folders } = context;
  db.transaction(() => {
    // Somebody else's look at the new name, taken in the moment between.
    db.run('DELETE FROM folder WHERE directory = ? AND total = 0 AND uid_validity = 0', to);
    renameSync(`${maildir}/${from}`, `${maildir}/${to}`);
    try {
      db.run('UPDATE folder SET directory = ? WHERE id = ?', to, folder.id);
    } catch (error) {
      renameSync(`${maildir}/${to}`, `${maildir}/${from}`);
      throw error;
    }
  });
  context.folderMoves += 1;
  clearTimeout(folder.verifyTimer);
  folders.delete(from);
  folders.delete(to);
}
