// The folders of one Maildir++: found in the root directory, made when a role needs them, noted in Courier's
// subscriptions (spec/maildir-imap.md 2.1, 2.2, 2.9). Names from requests are only looked up in what was listed; a
// path is made of a listed directory name, or of a checked new one. Symbolic links are no folders (security.md F2).
import { makeMaildir } from '../../mta/maildir/create.ts';
import { decodeFolderName, encodeFolderName, isValidFolderName } from '../../mta/maildir/folder-name.ts';
import { type AccountContext, type FolderState, lstatExact } from './context.ts';
import { FolderNameError } from './errors.ts';
import { assignRoles, canonicalName, type SpecialRole } from './roles.ts';
import { readSpecialUses, roleOfSpecialUse, specialUseOfRole } from './special-use.ts';
import { changeSubscriptions } from './subscription-files.ts';

interface FolderRow {
  readonly id: number;
  readonly directory: string;
  readonly new_mtime: string;
  readonly cur_mtime: string;
  readonly new_listed: number;
  readonly cur_listed: number;
  readonly suspect: number;
}

function stateOf(row: FolderRow): FolderState {
  return {
    id: row.id,
    directory: row.directory,
    name: row.directory === '' ? 'INBOX' : decodeFolderName(row.directory),
    role: 'folder',
    specialUse: undefined,
    newMtime: row.new_mtime,
    curMtime: row.cur_mtime,
    newListed: row.new_listed,
    curListed: row.cur_listed,
    suspect: row.suspect === 1,
    replacedTimes: new Set(),
    isWritable: true,
    movedUnder: '',
    scanning: undefined,
    scanWaiters: 0,
    sight: undefined,
    touched: undefined,
    expected: undefined,
    verifyTimer: undefined,
    numbering: undefined,
    numberingFault: undefined,
    keepTimer: undefined,
    keepCost: 0,
    numberAgainAt: 0,
    // What an earlier process could not read is tried at the first look.
    retryAt: 0,
    sweepAt: 0,
    keywordLetters: [],
    keywordStamp: undefined,
    keywordsDue: 0,
    courierKeywords: undefined,
  };
}

/** Names of the folder directories in a Maildir, without the Maildir itself. */
export async function listFolderDirectories({
  maildir,
  files,
}: Pick<AccountContext, 'maildir' | 'files'>): Promise<string[]> {
  const found: string[] = [];
  const unsure: string[] = [];
  for (const entry of await files.entries(maildir)) {
    const { name } = entry;
    // Dovecot deletes a mailbox by renaming it to `..something` first; one dot alone is no name.
    if (!name.startsWith('.') || name.startsWith('..') || name.length < 2 || name.includes('\ufffd'))
      continue;
    if (name.endsWith('.') || name.slice(1).includes('..')) continue;
    if (entry.isDirectory()) found.push(name);
    else if (!entry.isFile() && !entry.isSymbolicLink()) unsure.push(name);
  }
  // File systems that give no types.
  for (const name of unsure) {
    if ((await files.lstat(`${maildir}/${name}`).catch(() => undefined))?.isDirectory()) found.push(name);
  }
  const complete: string[] = [];
  for (const name of found) if (await hasMessages(files, `${maildir}/${name}`)) complete.push(name);
  return complete;
}

/** A directory that cannot be looked into is a folder all the same: whoever opens it is told, and nobody else. */
async function hasMessages(files: AccountContext['files'], path: string): Promise<boolean> {
  try {
    return (await files.lstat(`${path}/cur`))?.isDirectory() ?? false;
  } catch {
    return true;
  }
}

/** Brings `context.folders` in line with the Maildir: new folders in, gone ones out (with their rows), roles dealt. */
export async function discoverFolders(context: AccountContext): Promise<void> {
  const { db, folders } = context;
  let directories: ReadonlySet<string>;
  let uses: ReadonlyMap<string, string>;
  let before: number;
  do {
    before = context.folderMoves;
    directories = new Set(['', ...(await listFolderDirectories(context))]);
    uses = await readSpecialUses(context);
    // A listing from before a rename names folders that are none, and misses those that are.
  } while (before !== context.folderMoves);
  const rows = db.all<FolderRow>(
    'SELECT id, directory, new_mtime, cur_mtime, new_listed, cur_listed, suspect FROM folder',
  );
  const known = new Map(rows.map((row) => [row.directory, row]));
  // Another process renamed or removed it: what we knew belongs to another directory, or to none.
  for (const [directory, state] of folders) {
    if (known.get(directory)?.id === state.id) continue;
    clearTimeout(state.verifyTimer);
    folders.delete(directory);
  }
  for (const directory of directories) {
    if (folders.has(directory)) continue;
    if (!known.has(directory)) db.run('INSERT OR IGNORE INTO folder (directory) VALUES (?)', directory);
    const row = db.get<FolderRow>('SELECT * FROM folder WHERE directory = ?', directory);
    if (row) folders.set(directory, stateOf(row));
  }
  for (const row of rows) {
    if (directories.has(row.directory)) continue;
    // A folder that was made since the directory was read is not gone.
    if (await lstatExact(`${context.maildir}/${row.directory}/cur`)) continue;
    const state = folders.get(row.directory);
    if (state) clearTimeout(state.verifyTimer);
    folders.delete(row.directory);
    await dropFolderRows(context, row);
  }
  nameFolders(context, uses);
}

/** Forgets a folder that is gone, unless it got another directory meanwhile (folder-changes.ts). */
async function dropFolderRows(
  context: AccountContext,
  row: Pick<FolderRow, 'id' | 'directory'>,
): Promise<void> {
  const { db } = context;
  for (;;) {
    const { changes } = db.transaction(() =>
      db.run(
        `DELETE FROM message WHERE id IN (SELECT id FROM message WHERE folder =
           (SELECT id FROM folder WHERE id = ? AND directory = ?) LIMIT 500)`,
        row.id,
        row.directory,
      ),
    );
    if (changes === 0) break;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  db.run('DELETE FROM folder WHERE id = ? AND directory = ?', row.id, row.directory);
}

/** Deals names and roles. One logical name in two encodings: both are shown, the second with a mark (2.2). */
function nameFolders(context: AccountContext, uses: ReadonlyMap<string, string>): void {
  const taken = new Set<string>(['INBOX']);
  const states = [...context.folders.values()].sort((a, b) => (a.directory < b.directory ? -1 : 1));
  for (const state of states) {
    if (state.directory === '') continue;
    const plain = decodeFolderName(state.directory).normalize('NFC');
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain} (${n})`;
    taken.add(name);
    state.name = name;
  }
  // What somebody said of a folder rules over what its name says (RFC 6154).
  const told = new Map(states.map((state) => [state, uses.get(state.directory)]));
  const toldRoles = new Set([...told.values()].map(roleOfSpecialUse));
  const roles = assignRoles(states.map((state) => state.name));
  for (const state of states) {
    const byName = roles.get(state.name) ?? 'folder';
    const use = told.get(state);
    state.role = roleOfSpecialUse(use) ?? (toldRoles.has(byName) ? 'folder' : byName);
    state.specialUse = use ?? specialUseOfRole(state.role);
  }
}

/** The folder of this name among those that exist. */
export function findFolder(context: AccountContext, name: string): FolderState | undefined {
  const wanted = name.normalize('NFC');
  for (const state of context.folders.values()) if (state.name === wanted) return state;
  return undefined;
}

/** The folder that plays a role, if there is one. */
export function findRole(context: AccountContext, role: SpecialRole): FolderState | undefined {
  for (const state of context.folders.values()) if (state.role === role) return state;
  return undefined;
}

/** Makes a folder and subscribes to it; one that is there already is no error. Throws FolderNameError. */
export async function makeFolder(context: AccountContext, name: string): Promise<FolderState> {
  const existing = findFolder(context, name);
  if (existing) return existing;
  const fault = isValidFolderName(name);
  if (fault !== undefined) throw new FolderNameError(fault);
  const made = await makeFolderDirectory(context, name);
  await subscribe(context, [name.normalize('NFC')]);
  return made;
}

/** Makes the directory of a folder whose name was checked. */
export async function makeFolderDirectory(context: AccountContext, name: string): Promise<FolderState> {
  const directory = encodeFolderName(name, folderStyle(context));
  const owner = { uid: context.uid, gid: context.gid };
  await makeMaildir(`${context.maildir}/${directory}`, { folder: true, owner });
  await discoverFolders(context);
  const made = context.folders.get(directory);
  if (!made) throw new Error(`folder ${directory} was made and is not there`);
  return made;
}

/** The folder of a role, made under its usual name at first need. */
export async function makeRole(context: AccountContext, role: SpecialRole): Promise<FolderState> {
  return findRole(context, role) ?? (await makeFolder(context, canonicalName(role)));
}

/** How new folders of this Maildir spell their names: as those that are there (spec/maildir-imap.md 2.2). */
export const folderStyle = (context: AccountContext): 'utf-8' | 'utf-7' =>
  [...context.folders.keys()].some(isModifiedUtf7) ? 'utf-7' : 'utf-8';

/** A name that is spelt in modified UTF-7. */
export const isModifiedUtf7 = (directory: string): boolean =>
  /&[A-Za-z0-9+,]/.test(directory) && decodeFolderName(directory) !== directory.slice(1);

/**
 * Subscribes to folders. Who subscribed to nothing saw all folders: the first ones ever bring along INBOX and all that
 * are there, so that none goes out of sight.
 */
export async function subscribe(context: AccountContext, names: readonly string[]): Promise<void> {
  await changeSubscriptions(context, folderStyle(context), (before) => [
    ...new Set([...(before.length === 0 ? allNames(context) : before), ...names]),
  ]);
}

/** Takes folders into the lists of folders and out of them. */
export async function showFolders(
  context: AccountContext,
  shown: readonly string[],
  hidden: readonly string[],
): Promise<void> {
  const leaving = new Set(hidden.map((name) => name.normalize('NFC')));
  await changeSubscriptions(context, folderStyle(context), (before) => {
    const all = [...(before.length === 0 ? allNames(context) : before), ...shown];
    return [...new Set(all.map((name) => name.normalize('NFC')))].filter((name) => !leaving.has(name));
  });
}

/** INBOX first, then A to Z. */
const allNames = (context: AccountContext): readonly string[] => [
  'INBOX',
  ...[...context.folders.values()]
    .map(({ name }) => name)
    .filter((name) => name !== 'INBOX')
    .sort(),
];
