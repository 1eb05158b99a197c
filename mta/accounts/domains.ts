// A new virtual domain in qmail's and vpopmail's files, in the order that never loses mail: directory, accounts and
// .qmail-default first, then users/assign and its cdb, then virtualdomains, and rcpthosts last, which lets mail in
// (spec/vpopmail.md 1.2, 1.3). Each file is changed under vpopmail's lock and replaced in one durable step. When a step
// fails, the earlier ones are taken back: the domain is there as a whole or not at all.
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissing } from '../control/cached-file.ts';
import { lowerAscii } from '../formats/address.ts';
import { makeCdb } from '../formats/cdb.ts';
import type { Home } from '../home.ts';
import type { NewAccount } from './account-changes.ts';
import { createAccount } from './account-changes.ts';
import { compileAssign, formatAssignment, parseAssign } from './assign.ts';
import { readControl } from './cdb-store.ts';
import {
  addAssignLine,
  addListLine,
  assignLineDomain,
  countListLines,
  removeAssignLine,
  removeListLine,
  removeMapLine,
  setMapLine,
} from './control-lines.ts';
import { formatControl, nextControl } from './directories.ts';
import type { Owner } from './durable.ts';
import { createFile, makeDirectory, replaceFile, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { makeHashDirectories } from './homes.ts';
import { withFileLock } from './lock.ts';
import { checkDomainName, MAX_DIRECTORY } from './names.ts';
import { openAccountStore } from './open-store.ts';
import { parsePasswd } from './passwd-file.ts';
import type { AccountStore } from './store.ts';
import { textToLatin1 } from './vpasswd.ts';

/** vpopmail: rcpthosts with this many lines is full, more go to morercpthosts. */
const RCPTHOSTS_LINES = 50;

export interface NewDomain {
  readonly name: string;
  readonly postmaster: Omit<NewAccount, 'name'>;
  /** Who owns the domain's files; see defaultOwner. */
  readonly owner: Owner;
  /** vpopmail's home or `-d`: the domain lies in BASE/domains/. Default: home.vpopmail. */
  readonly base?: string | undefined;
  /** What vdelivermail does for unknown users: `bounce-no-mailbox`, `delete`, an address, or a path. A bare name is
   * a user of the domain. */
  readonly instruction?: string | undefined;
  /** `-O`: users/cdb is not compiled yet. */
  readonly bulk?: boolean | undefined;
}

/** vpopmail's conventional user and group ids. */
const VPOPMAIL: Owner = { uid: 89, gid: 89 };

/**
 * The owner of new domains. Root gives them to the user vpopmail of this machine, or without one to vpopmail's
 * conventional ids, for no mail is delivered as root; everybody else keeps them.
 */
export async function defaultOwner(passwdFile = '/etc/passwd'): Promise<Owner> {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (own.uid !== 0) return own;
  const vpopmail = parsePasswd((await readText(passwdFile)) ?? '').get('vpopmail');
  return vpopmail === undefined ? VPOPMAIL : { uid: vpopmail.uid, gid: vpopmail.gid };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Adds the domain with its postmaster account. Throws VpopmailError -12, -13, ...; AssignError; LockBusyError. */
export async function addDomain(home: Home, wanted: NewDomain): Promise<void> {
  const name = checkDomainName(wanted.name);
  const assignPath = join(home.qmail, 'users', 'assign');
  await withFileLock(`${assignPath}.lock`, async () => {
    const assign = (await readText(assignPath)) ?? '';
    if (assign !== '') parseAssign(assign);
    if (assign.split('\n').some((line) => assignLineDomain(line)?.toLowerCase() === name))
      throw new VpopmailError(-13);
    const undo: (() => Promise<unknown>)[] = [];
    const store = openAccountStore(home);
    try {
      const directory = await makeDomainDirectory(home, store, name, wanted, undo);
      const line = domainAssignment(name, directory, wanted.owner);
      undo.push(() => writeAssign(home, removeAssignLine(assign, name), wanted.bulk));
      await writeAssign(home, addAssignLine(assign, line), wanted.bulk);
      await routeDomain(home, name, undo);
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    } finally {
      await store.close();
    }
  });
}

/** The line of a domain in users/assign, as latin1 like the text it goes into. */
export function domainAssignment(domain: string, directory: string, owner: Owner): string {
  return formatAssignment({
    wildcard: true,
    local: `${domain}-`,
    user: domain,
    uid: String(owner.uid),
    gid: String(owner.gid),
    home: textToLatin1(directory),
    dash: '-',
    ext: '',
  });
}

/** qmail-newu: compiles users/assign into users/cdb. Throws AssignError and leaves the cdb alone; throws ENOENT. */
export async function compileUsers(qmailDir: string): Promise<void> {
  const users = join(qmailDir, 'users');
  const text = await readFile(join(users, 'assign'), 'latin1');
  // cdb.tmp, then rename, mode 0644: what qmail-newu does.
  await replaceFile(join(users, 'cdb'), compileAssign(text), 0o644);
}

async function writeAssign(home: Home, text: string, bulk: boolean | undefined): Promise<void> {
  const whole = text === '' ? '.\n' : text;
  // Compiled first: a bad file is refused before it is written.
  compileAssign(whole);
  await replaceFile(join(home.qmail, 'users', 'assign'), Buffer.from(whole, 'latin1'), 0o644);
  if (bulk !== true) await compileUsers(home.qmail);
}

async function makeDomainDirectory(
  home: Home,
  store: AccountStore,
  name: string,
  wanted: NewDomain,
  undo: (() => Promise<unknown>)[],
): Promise<string> {
  const { owner } = wanted;
  const domains = join(wanted.base ?? home.vpopmail, 'domains');
  await makeMissingDirectory(dirname(domains), owner);
  await makeMissingDirectory(domains, owner);
  const control = nextControl(await readControl(domains));
  const directory = join(domains, control.path, name);
  if (Buffer.byteLength(directory) > MAX_DIRECTORY) throw new VpopmailError(-30, directory);
  await makeHashDirectories(domains, control.path, owner);
  try {
    await makeDirectory(directory, 0o700, owner);
  } catch (error) {
    throw new VpopmailError(-14, `${directory}: ${(error as Error).message}`);
  }
  undo.push(() => rm(directory, { recursive: true, force: true }));
  const instruction = instructionOf(wanted.instruction ?? 'bounce-no-mailbox', directory);
  const line = `| ${shellWord(`${home.vpopmail}/bin/vdelivermail`)} '' ${instruction}\n`;
  await createFile(join(directory, '.qmail-default'), line, 0o600, owner);
  const domain = { name, realName: name, directory, ...owner };
  undo.push(() => store.removeDomain(domain));
  await store.addDomain(domain);
  await createAccount(store, domain, home.vpopmail, { ...wanted.postmaster, name: 'postmaster' });
  await replaceFile(join(domains, '.dir-control'), formatControl(control), 0o600, owner);
  await syncDirectory(directory);
  await syncDirectory(dirname(directory));
  return directory;
}

/** A path as one word for the shell: as it is, as vpopmail writes it, or in quotes when it has blanks and the like. */
function shellWord(path: string): string {
  return /^[\p{L}\p{N}_./+-]+$/u.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** The instruction goes into a line that a shell may read: only what an address, a path or a word can hold. */
function instructionOf(wanted: string, directory: string): string {
  if (!/^[A-Za-z0-9@._+=/~^-]+$/.test(wanted)) throw new VpopmailError(-20, JSON.stringify(wanted));
  if (wanted === 'delete' || wanted === 'bounce-no-mailbox' || wanted.includes('@') || wanted.startsWith('/'))
    return wanted;
  return `${directory}/${wanted}`;
}

async function makeMissingDirectory(path: string, owner: Owner): Promise<void> {
  try {
    await makeDirectory(path, 0o700, owner);
    await syncDirectory(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes mail for the domain ours: not local, virtual, and accepted from outside. */
async function routeDomain(home: Home, name: string, undo: (() => Promise<unknown>)[]): Promise<void> {
  const control = (file: string): string => join(home.qmail, 'control', file);
  const change = async (file: string, edit: (text: string) => string, back: (text: string) => string) => {
    await editControlFile(control(file), edit);
    undo.push(() => editControlFile(control(file), back));
  };
  const locals = await readText(control('locals'));
  const me = (await readText(control('me')))?.split('\n')[0]?.trimEnd();
  // Without the file, the one local domain is me: taking me out of the locals needs an empty file.
  if (locals !== undefined || (me !== undefined && lowerAscii(me) === name)) {
    const wasLocal = (locals ?? name).split('\n').some((line) => lowerAscii(line.trimEnd()) === name);
    await change(
      'locals',
      (text) => removeListLine(text, name),
      (text) => (wasLocal ? addListLine(text, name) : text),
    );
  }
  await change(
    'virtualdomains',
    (text) => setMapLine(text, name, name),
    (text) => removeMapLine(text, name),
  );
  if (countListLines((await readText(control('rcpthosts'))) ?? '') < RCPTHOSTS_LINES) {
    await change(
      'rcpthosts',
      (text) => addListLine(text, name),
      (text) => removeListLine(text, name),
    );
    return;
  }
  await change(
    'morercpthosts',
    (text) => addListLine(text, name),
    (text) => removeListLine(text, name),
  );
  undo.push(() => compileMoreRcpthosts(home.qmail));
  await compileMoreRcpthosts(home.qmail);
}

async function editControlFile(path: string, edit: (text: string) => string): Promise<void> {
  await withFileLock(`${path}.lock`, async () => {
    const text = await readText(path);
    const edited = edit(text ?? '');
    if (edited !== text) await replaceFile(path, Buffer.from(edited, 'latin1'), 0o644);
  });
}

/** qmail-newmrh: control/morercpthosts into its cdb. */
export const compileMoreRcpthosts = (qmailDir: string): Promise<void> =>
  compileKeyFile(join(qmailDir, 'control', 'morercpthosts'));

/** A file of keys into its cdb, as qmail-newmrh and qmail-newmvrt do it: keys in lower case, no data. */
export async function compileKeyFile(path: string): Promise<void> {
  const keys = ((await readText(path)) ?? '')
    .split('\n')
    .map((line) => lowerAscii(line.replace(/[ \t]+$/, '')))
    .filter((line) => line !== '' && !line.startsWith('#'));
  const entries = keys.map((key): [Buffer, Buffer] => [Buffer.from(key, 'latin1'), Buffer.alloc(0)]);
  await replaceFile(`${path}.cdb`, makeCdb(entries), 0o644);
}
