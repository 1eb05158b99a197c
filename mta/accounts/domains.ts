// A new virtual domain in qmail's and vpopmail's files, in the order that never loses mail: directory, accounts and
// .qmail-default first, then users/assign and its cdb, then virtualdomains, and rcpthosts last, which lets mail in
// (spec/vpopmail.md 1.2, 1.3). Each file is changed under vpopmail's lock and replaced in one durable step. When a step
// fails, the earlier ones are taken back: the domain is there as a whole or not at all.
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Home } from '../home.ts';
import type { NewAccount } from './account-changes.ts';
import { createAccount } from './account-changes.ts';
import { readControl } from './cdb-store.ts';
import { formatControl, nextControl } from './directories.ts';
import { hasAssignLine, readText, routeDomain, withAssign, withDomainAssigned } from './domain-files.ts';
import type { Owner, RunAsOwner } from './durable.ts';
import { asOurselves, createFile, makeDirectory, replaceFile, syncDirectory } from './durable.ts';
import { VpopmailError } from './errors.ts';
import { makeHashDirectories } from './homes.ts';
import { checkDomainName, MAX_DIRECTORY } from './names.ts';
import { openAccountStore } from './open-store.ts';
import { parsePasswd } from './passwd-file.ts';
import { tellQmailSend } from './qmail-send-signal.ts';
import { shellWord } from './shell-word.ts';
import type { AccountStore } from './store.ts';
import type { Undo } from './undo.ts';
import { takeBack, withUndo } from './undo.ts';

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
  /** Does what lies in the owner's directories as the owner; only users/ and control/ are then touched as who we are. */
  readonly as?: RunAsOwner | undefined;
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

/** Adds the domain with its postmaster account. Throws VpopmailError -12, -13, ...; AssignError; LockBusyError. */
export async function addDomain(home: Home, wanted: NewDomain): Promise<void> {
  const name = checkDomainName(wanted.name);
  const { owner, as = asOurselves } = wanted;
  await withAssign(
    home,
    async (assign) => {
      if (hasAssignLine(assign.text, name)) throw new VpopmailError(-13);
      const store = openAccountStore(home);
      try {
        await withUndo(async (undo) => {
          const base = wanted.base ?? home.vpopmail;
          await makeMissingDirectory(base, owner);
          const made: Undo[] = [];
          // What was made as the owner is taken back as the owner, the last step first.
          undo.push(() => as(owner, () => takeBack(made)));
          const directory = await as(owner, () => makeDomainDirectory(home, store, name, wanted, made));
          undo.push(await assign.write(withDomainAssigned(assign.text, name, name, directory, owner)));
          await routeDomain(home, name, undo);
        });
      } finally {
        await store.close();
      }
    },
    wanted.bulk,
  );
  await tellQmailSend(home.qmail);
}

async function makeDomainDirectory(
  home: Home,
  store: AccountStore,
  name: string,
  wanted: NewDomain,
  undo: Undo[],
): Promise<string> {
  const { owner } = wanted;
  const domains = join(wanted.base ?? home.vpopmail, 'domains');
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
  // Only what was made here is taken back: a database may have the domain's accounts already, of another machine.
  await store.addDomain(domain);
  undo.push(() => store.removeDomain(domain));
  await createAccount(store, domain, home.vpopmail, { ...wanted.postmaster, name: 'postmaster' });
  await replaceFile(join(domains, '.dir-control'), formatControl(control), 0o600, owner);
  await syncDirectory(directory);
  await syncDirectory(dirname(directory));
  return directory;
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
