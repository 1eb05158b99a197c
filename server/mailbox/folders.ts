// The folders of one Maildir++: found in the root directory, made when a role needs them, noted in Courier's
// subscriptions (spec/maildir-imap.md 2.1, 2.2, 2.9). Names from requests are only looked up in what was listed; a
// path is made of a listed directory name, or of a checked new one. Symbolic links are no folders (security.md F2).
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { errorCode, renameFile, statName, unlinkFile } from '../../mta/maildir/calls.ts';
import { makeMaildir } from '../../mta/maildir/create.ts';
import { decodeFolderName, encodeFolderName, isValidFolderName } from '../../mta/maildir/folder-name.ts';
import { type AccountContext, type FolderState, folderPath, lstatExact } from './context.ts';
import { FolderNameError } from './errors.ts';
import { assignRoles, canonicalName, type SpecialRole } from './roles.ts';

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
    newMtime: row.new_mtime,
    curMtime: row.cur_mtime,
    newListed: row.new_listed,
    curListed: row.cur_listed,
    suspect: row.suspect === 1,
    movedUnder: '',
    scanning: undefined,
    touched: undefined,
    expected: undefined,
    verifyTimer: undefined,
    numbering: undefined,
    numberingFault: undefined,
    numberAgainAt: 0,
    keywordLetters: [],
    keywordStamp: undefined,
    keywordsDue: 0,
    courierKeywords: undefined,
  };
}

/** Names of the folder directories in a Maildir, without the Maildir itself. */
export async function listFolderDirectories(maildir: string): Promise<string[]> {
  const found: string[] = [];
  const unsure: string[] = [];
  for (const entry of await readdir(maildir, { withFileTypes: true })) {
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
    if ((await statName(`${maildir}/${name}`).catch(() => undefined))?.isDirectory()) found.push(name);
  }
  const complete: string[] = [];
  for (const name of found) {
    const cur = await statName(`${maildir}/${name}/cur`).catch(() => undefined);
    if (cur?.isDirectory()) complete.push(name);
  }
  return complete;
}

/** Brings `context.folders` in line with the Maildir: new folders in, gone ones out (with their rows), roles dealt. */
export async function discoverFolders(context: AccountContext): Promise<void> {
  const { db, folders } = context;
  const directories = new Set(['', ...(await listFolderDirectories(context.maildir))]);
  const rows = db.all<FolderRow>(
    'SELECT id, directory, new_mtime, cur_mtime, new_listed, cur_listed, suspect FROM folder',
  );
  const known = new Map(rows.map((row) => [row.directory, row]));
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
    await dropFolderRows(context, row.id);
  }
  nameFolders(context);
}

async function dropFolderRows(context: AccountContext, id: number): Promise<void> {
  const { db } = context;
  for (;;) {
    const { changes } = db.transaction(() =>
      db.run('DELETE FROM message WHERE id IN (SELECT id FROM message WHERE folder = ? LIMIT 500)', id),
    );
    if (changes === 0) break;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  db.run('DELETE FROM folder WHERE id = ?', id);
}

/** Deals names and roles. One logical name in two encodings: both are shown, the second with a mark (2.2). */
function nameFolders(context: AccountContext): void {
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
  const roles = assignRoles(states.map((state) => state.name));
  for (const state of states) state.role = roles.get(state.name) ?? 'folder';
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
  const style = [...context.folders.keys()].some(isModifiedUtf7) ? 'utf-7' : 'utf-8';
  const directory = encodeFolderName(name, style);
  const owner = { uid: context.uid, gid: context.gid };
  await makeMaildir(`${context.maildir}/${directory}`, { folder: true, owner });
  await subscribe(context, `INBOX${directory}`);
  await discoverFolders(context);
  const made = context.folders.get(directory);
  if (!made) throw new Error(`folder ${directory} was made and is not there`);
  return made;
}

/** The folder of a role, made under its usual name at first need. */
export async function makeRole(context: AccountContext, role: SpecialRole): Promise<FolderState> {
  return findRole(context, role) ?? (await makeFolder(context, canonicalName(role)));
}

const isModifiedUtf7 = (directory: string): boolean =>
  /&[A-Za-z0-9+,]/.test(directory) && decodeFolderName(directory) !== directory.slice(1);

/**
 * Adds a line to courierimapsubscribed: read, written to a new file, renamed into place, as Courier does. A file that
 * cannot be read is left alone: subscriptions are a wish of other clients, not worth failing for.
 */
async function subscribe(context: AccountContext, line: string): Promise<void> {
  const path = `${folderPath(context, { directory: '' })}/courierimapsubscribed`;
  let lines: string[] = [];
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > 4 * 1024 * 1024) return;
      lines = (await file.readFile('utf8')).split('\n').filter((entry) => entry !== '');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return;
  }
  if (lines.includes(line)) return;
  if (lines.length === 0) lines.push('INBOX');
  const temporary = `${context.maildir}/tmp/${context.names.next()}_subscribed${randomBytes(4).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      if (process.geteuid?.() === 0) await file.chown(context.uid, context.gid);
      await file.writeFile(`${[...lines, line].join('\n')}\n`);
    } finally {
      await file.close();
    }
    await renameFile(temporary, path);
  } catch (error) {
    await unlinkFile(temporary).catch(() => {});
    throw error;
  }
}
