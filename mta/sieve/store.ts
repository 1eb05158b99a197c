// The Sieve scripts of an account on disk, for those who change them: ManageSieve, webmail, `facteur sieve`. Files and
// link are Pigeonhole's (script-names.ts), 0600 in a directory 0700, owned as the account's home is. A change is one
// durable step under a lock; nothing is followed that leads out of the directory (security.md F2). Whether a script is
// right is the language's to say (compile.ts), whether somebody may change it the caller's. Deliveries read by script-reader.ts.
import { constants, type Stats } from 'node:fs';
import { lchown, link, lstat, readdir, readlink, rename, rm, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountHome } from '../accounts/account-files.ts';
import { lockAccountFiles } from '../accounts/account-files.ts';
import { makeDirectory, replaceFile, syncDirectory } from '../accounts/durable.ts';
import { isMissing } from '../control/cached-file.ts';
import { dropFile, errorCode, openFile, readWhole, statFile } from '../maildir/calls.ts';
import { compileScript } from './compile.ts';
import {
  activeLink,
  handMadeName,
  nameOfFile,
  nameOfTarget,
  scriptPath,
  scriptsDirectory,
  whyNoScriptName,
} from './script-names.ts';
import { type Compiled, type ScriptFault, SIEVE_SCRIPT_BYTES } from './types.ts';

/** One script as people see it. */
export interface StoredScript {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  /** It runs on every letter. */
  readonly isActive: boolean;
}

/** Why nothing was changed, or nothing can be read; the text is for the account's owner. */
export class ScriptStoreError extends Error {
  override name = 'ScriptStoreError';
  /**
   * name: it cannot be one; missing: no such script; exists: there is one; active: it may not go while it runs; count,
   * size: more than may be; faults: it is wrong, see `faults`; odd: something lies there that is not ours to touch.
   */
  readonly kind: 'name' | 'missing' | 'exists' | 'active' | 'count' | 'size' | 'faults' | 'odd';
  readonly faults: readonly ScriptFault[];

  constructor(kind: ScriptStoreError['kind'], message: string, faults: readonly ScriptFault[] = []) {
    super(message);
    this.kind = kind;
    this.faults = faults;
  }
}

/** What is looked at before a script is saved. */
export interface ScriptLimits {
  /** Scripts of an account: control/sievescripts. */
  readonly most: number;
  /** Undefined: it is saved whatever it says. */
  readonly check: ((source: string, name: string) => Compiled | Promise<Compiled>) | undefined;
}

/** The check of the language itself. */
export const checkScript = (source: string, name: string): Compiled =>
  compileScript(Buffer.from(source, 'utf8'), { name });

/** What the name of the active script is now. */
type Active =
  | { readonly kind: 'none' }
  /** The script may be missing all the same. */
  | { readonly kind: 'link'; readonly name: string }
  /** No link but a file, made by hand; listed under this name. */
  | { readonly kind: 'file'; readonly name: string; readonly stats: Stats }
  /** A link that leads out of the directory; the next choice replaces it. */
  | { readonly kind: 'stray' }
  | { readonly kind: 'odd' };

/** The account's scripts by name. None where there is no directory. @throws system errors */
export async function listScripts(home: AccountHome): Promise<readonly StoredScript[]> {
  const active = await readActive(home);
  const found: StoredScript[] = [];
  for (const file of await listFiles(home)) {
    const name = nameOfFile(file);
    if (name === undefined) continue;
    const stats = await statThere(join(home.directory, scriptPath(name)));
    if (stats?.isFile() !== true) continue;
    const isActive = active.kind === 'link' && active.name === name;
    found.push({ name, size: stats.size, changedAt: stats.mtimeMs, isActive });
  }
  if (active.kind === 'file') {
    const { size, mtimeMs } = active.stats;
    found.push({ name: active.name, size, changedAt: mtimeMs, isActive: true });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of a script; bytes that are no UTF-8 as U+FFFD. @throws ScriptStoreError: name, missing, size, odd */
export async function readScript(home: AccountHome, name: string): Promise<string> {
  checkName(name);
  const active = await readActive(home);
  const isHandMade = active.kind === 'file' && active.name === name;
  return readText(home, join(home.directory, isHandMade ? activeLink : scriptPath(name)), name);
}

/**
 * Saves a script under a name, new or known; an active one rules from the next letter on. Gives what is doubtful in it.
 * @throws ScriptStoreError: name, count, size, faults, odd
 */
export async function writeScript(
  home: AccountHome,
  name: string,
  source: string | Buffer,
  limits: ScriptLimits,
): Promise<readonly ScriptFault[]> {
  const { text, faults } = await examineScript(name, source, limits);
  await changeScripts(home, async () => {
    await checkRoom(home, name, limits.most);
    await replaceFile(join(home.directory, scriptPath(name)), text, 0o600, home);
  });
  return faults;
}

/** Whether it could be saved, without saving it: HAVESPACE and CHECKSCRIPT. @throws ScriptStoreError as writeScript */
export async function checkRoom(home: AccountHome, name: string, most: number, bytes = 0): Promise<void> {
  checkName(name);
  checkSize(bytes);
  const scripts = await listScripts(home);
  if (scripts.length >= most && !scripts.some((each) => each.name === name))
    throw new ScriptStoreError('count', `An account may have ${most} scripts; remove one first.`);
}

/** The text as it will be saved, and what is doubtful in it. @throws ScriptStoreError: name, size, faults */
export async function examineScript(
  name: string,
  source: string | Buffer,
  { check }: Pick<ScriptLimits, 'check'>,
): Promise<{ readonly text: string; readonly faults: readonly ScriptFault[] }> {
  checkName(name);
  checkSize(Buffer.byteLength(source));
  let text: string;
  try {
    text = typeof source === 'string' ? source : new TextDecoder('utf-8', { fatal: true }).decode(source);
  } catch {
    throw new ScriptStoreError('faults', 'A script is text in UTF-8; this one holds other bytes.', [
      { line: 1, column: 1, message: 'expected text in UTF-8, found other bytes' },
    ]);
  }
  const { script, faults } = (await check?.(text, name)) ?? { script: null, faults: [] };
  if (script === undefined) {
    const [first] = faults;
    const words = first ? `line ${first.line}: ${first.message}` : 'the script is not valid';
    throw new ScriptStoreError('faults', words, faults);
  }
  return { text, faults };
}

/** Gives a script another name; an active one stays active. @throws ScriptStoreError: name, missing, exists, odd */
export async function renameScript(home: AccountHome, name: string, to: string): Promise<void> {
  checkName(name);
  checkName(to);
  await changeScripts(home, async () => {
    const scripts = await listScripts(home);
    const script = scripts.find((each) => each.name === name);
    if (script === undefined) throw missing(name);
    if (name === to) return;
    if (scripts.some((each) => each.name === to))
      throw new ScriptStoreError('exists', `There is a script ${to}.`);
    const [from, target] = [join(home.directory, scriptPath(name)), join(home.directory, scriptPath(to))];
    // Both names while the link changes: there is no moment without the active script.
    await link(from, target);
    await syncDirectory(join(home.directory, scriptsDirectory));
    if (script.isActive) await setLink(home, to);
    await unlink(from);
    await syncDirectory(join(home.directory, scriptsDirectory));
  });
}

/** Removes a script that is not active. @throws ScriptStoreError: name, missing, active, odd */
export async function removeScript(home: AccountHome, name: string): Promise<void> {
  checkName(name);
  await changeScripts(home, async () => {
    const script = (await listScripts(home)).find((each) => each.name === name);
    if (script === undefined) throw missing(name);
    if (script.isActive)
      throw new ScriptStoreError('active', `${name} is the active script; deactivate it first.`);
    await unlink(join(home.directory, scriptPath(name)));
    await syncDirectory(join(home.directory, scriptsDirectory));
  });
}

/** Makes a script the one that runs; undefined: none does. @throws ScriptStoreError: name, missing, odd */
export async function activateScript(home: AccountHome, name: string | undefined): Promise<void> {
  if (name !== undefined) checkName(name);
  await changeScripts(home, async () => {
    if ((await readActive(home)).kind === 'odd')
      throw new ScriptStoreError(
        'odd',
        `${activeLink} in the home of the account is neither a script nor a link.`,
      );
    if (name === undefined) {
      await rm(join(home.directory, activeLink), { force: true });
      await syncDirectory(home.directory);
      return;
    }
    if (!(await listScripts(home)).some((each) => each.name === name)) throw missing(name);
    await setLink(home, name);
  });
}

const missing = (name: string): ScriptStoreError =>
  new ScriptStoreError('missing', `There is no script ${name}.`);

function checkName(name: string): void {
  const why = whyNoScriptName(name);
  if (why !== undefined) throw new ScriptStoreError('name', why);
}

function checkSize(bytes: number): void {
  if (bytes > SIEVE_SCRIPT_BYTES)
    throw new ScriptStoreError(
      'size',
      `A script may have ${SIEVE_SCRIPT_BYTES} bytes; this one has ${bytes}.`,
    );
}

/** One change at a time, with the directory made and a script that was put in the link's place moved into it. */
async function changeScripts(home: AccountHome, work: () => Promise<void>): Promise<void> {
  await lockAccountFiles(home, 'sieve.lock', async () => {
    const directory = join(home.directory, scriptsDirectory);
    const stats = await statThere(directory);
    if (stats === undefined) {
      await makeDirectory(directory, 0o700, home);
      await syncDirectory(home.directory);
    } else if (!stats.isDirectory()) {
      throw new ScriptStoreError('odd', `${scriptsDirectory} in the home of the account is no directory.`);
    }
    const active = await readActive(home);
    if (active.kind === 'file') {
      await link(join(home.directory, activeLink), join(home.directory, scriptPath(active.name)));
      await syncDirectory(directory);
      await setLink(home, active.name);
    }
    await work();
  });
}

async function setLink(home: AccountHome, name: string): Promise<void> {
  const [path, fresh] = [join(home.directory, activeLink), join(home.directory, `${activeLink}.tmp`)];
  await rm(fresh, { force: true });
  await symlink(scriptPath(name), fresh);
  if (process.geteuid?.() === 0) await lchown(fresh, home.uid, home.gid);
  await rename(fresh, path);
  await syncDirectory(home.directory);
}

async function readActive(home: AccountHome): Promise<Active> {
  const path = join(home.directory, activeLink);
  const stats = await statThere(path);
  if (stats === undefined) return { kind: 'none' };
  if (stats.isFile()) return { kind: 'file', name: await findFreeName(home), stats };
  if (!stats.isSymbolicLink()) return { kind: 'odd' };
  const target = await readlink(path).catch(ignoreMissing);
  if (target === undefined) return { kind: 'none' };
  const name = nameOfTarget(home.directory, target);
  return name === undefined ? { kind: 'stray' } : { kind: 'link', name };
}

/** Under which name a script is kept that lies in the link's place. */
async function findFreeName(home: AccountHome): Promise<string> {
  const taken = new Set(await listFiles(home));
  for (let number = 1; ; number++) {
    const name = number === 1 ? handMadeName : `${handMadeName}-${number}`;
    if (!taken.has(`${name}.sieve`)) return name;
  }
}

async function listFiles(home: AccountHome): Promise<readonly string[]> {
  const directory = join(home.directory, scriptsDirectory);
  // A link would show another account's.
  if ((await statThere(directory))?.isDirectory() !== true) return [];
  return (await readdir(directory).catch(ignoreMissing)) ?? [];
}

async function readText(home: AccountHome, path: string, name: string): Promise<string> {
  if ((await statThere(join(home.directory, scriptsDirectory)))?.isSymbolicLink() === true)
    throw new ScriptStoreError('odd', `${scriptsDirectory} in the home of the account is no directory.`);
  let descriptor: number;
  try {
    // O_NONBLOCK: a FIFO must not hold us.
    descriptor = await openFile(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isMissing(error)) throw missing(name);
    if (['ELOOP', 'EMLINK', 'ENXIO'].includes(errorCode(error)))
      throw new ScriptStoreError('odd', `The script ${name} is no plain file.`);
    throw error;
  }
  try {
    const stats = await statFile(descriptor);
    if (!stats.isFile() || !mayOwnerRead(stats, home))
      throw new ScriptStoreError('odd', `The script ${name} is no plain file of this account.`);
    checkSize(stats.size);
    return (await readWhole(descriptor, SIEVE_SCRIPT_BYTES)).toString('utf8');
  } finally {
    dropFile(descriptor);
  }
}

/** What the kernel would say to the owner: we may be root, and a name must not lend somebody else's file. */
export const mayOwnerRead = (
  stats: Pick<Stats, 'uid' | 'gid' | 'mode'>,
  owner: Omit<AccountHome, 'directory'>,
): boolean =>
  (stats.mode & (stats.uid === owner.uid ? 0o400 : stats.gid === owner.gid ? 0o040 : 0o004)) !== 0;

const statThere = async (path: string): Promise<Stats | undefined> => lstat(path).catch(ignoreMissing);

function ignoreMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
