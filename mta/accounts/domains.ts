// A new virtual domain in qmail's and vpopmail's files, in the order that never loses mail: directory, accounts and
// .qmail-default first, then users/assign and its cdb, then virtualdomains, and rcpthosts last, which lets mail in
// (spec/vpopmail.md 1.2, 1.3). Each file is changed under vpopmail's lock and replaced in one durable step. When a step
// fails, the earlier ones are taken back: the domain is there as a whole or not at all.
import { dirname, join } from 'node:path';
import type { Home } from '../home.ts';
import type { NewAccount } from './account-changes.ts';
import { createAccount } from './account-changes.ts';
import { readControl } from './cdb-store.ts';
import { formatControl, nextControl } from './directories.ts';
import { hasAssignLine, readText, routeDomain, withAssign, withDomainAssigned } from './domain-files.ts';
import type { Owner, RunAsOwner } from './durable.ts';
import {
  asOurselves,
  createFile,
  makeDirectory,
  makeMissingDirectory,
  replaceFile,
  syncDirectory,
} from './durable.ts';
import { VpopmailError } from './errors.ts';
import { holderOf, removeDirectory } from './holder.ts';
import { makeHashDirectories } from './homes.ts';
import { checkDomainName, MAX_DIRECTORY } from './names.ts';
import { openAccountStore } from './open-store.ts';
import { parsePasswd } from './passwd-file.ts';
import { tellQmailSend } from './qmail-send-signal.ts';
import { shellWord } from './shell-word.ts';
import type { AccountStore } from './store.ts';
import type { Domain } from './types.ts';
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
  const { owner } = wanted;
  await withAssign(
    home,
    async (assign) => {
      if (hasAssignLine(assign.text, name)) throw new VpopmailError(-13);
      const store = openAccountStore(home);
      try {
        await withUndo(async (undo) => {
          const base = wanted.base ?? home.vpopmail;
          await makeMissingDirectory(base, 0o700, owner);
          const made: Undo[] = [];
          undo.push(() => takeBack(made));
          const directory = await makeDomainDirectory(home, store, name, wanted, made);
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

/** Makes its place as who holds the place, and what lies in it as its owner. */
async function makeDomainDirectory(
  home: Home,
  store: AccountStore,
  name: string,
  wanted: NewDomain,
  undo: Undo[],
): Promise<string> {
  const { owner, as = asOurselves } = wanted;
  const base = wanted.base ?? home.vpopmail;
  const domains = join(base, 'domains');
  const inBase = await inPlaceOf(base, wanted);
  await inBase(() => makeMissingDirectory(domains, 0o700, owner));
  const inDomains = await inPlaceOf(domains, wanted);
  const { control, directory } = await inDomains(async () => {
    const next = nextControl(await readControl(domains));
    const path = join(domains, next.path, name);
    if (Buffer.byteLength(path) > MAX_DIRECTORY) throw new VpopmailError(-30, path);
    await makeHashDirectories(domains, next.path, owner);
    try {
      await makeDirectory(path, 0o700, owner);
    } catch (error) {
      throw new VpopmailError(-14, `${path}: ${(error as Error).message}`);
    }
    return { control: next, directory: path };
  });
  undo.push(() => removeDirectory(directory, owner, as));
  await as(owner, () => fillDomain(home, store, { name, realName: name, directory, ...owner }, wanted, undo));
  await inDomains(async () => {
    await replaceFile(join(domains, '.dir-control'), formatControl(control), 0o600, owner);
    await syncDirectory(dirname(directory));
  });
  return directory;
}

/**
 * How names are put into a directory: as its owner-to-be where it is his. In root's and in other people's, whom the new
 * name is taken from at once, only root can.
 */
async function inPlaceOf(
  path: string,
  { owner, as = asOurselves }: NewDomain,
): Promise<<T>(work: () => Promise<T>) => Promise<T>> {
  const holder = await holderOf(path);
  return holder?.uid === owner.uid ? (work) => as(owner, work) : (work) => work();
}

async function fillDomain(
  home: Home,
  store: AccountStore,
  domain: Domain,
  { instruction, postmaster, owner, as = asOurselves }: NewDomain,
  undo: Undo[],
): Promise<void> {
  const { directory } = domain;
  const action = instructionOf(instruction ?? 'bounce-no-mailbox', directory);
  const line = `| ${shellWord(`${home.vpopmail}/bin/vdelivermail`)} '' ${action}\n`;
  await createFile(join(directory, '.qmail-default'), line, 0o600, owner);
  // Only what was made here is taken back: a database may have the domain's accounts already, of another machine.
  await store.addDomain(domain);
  undo.push(() => as(owner, () => store.removeDomain(domain)));
  await createAccount(store, domain, home.vpopmail, { ...postmaster, name: 'postmaster' });
  await syncDirectory(directory);
}

/** The instruction goes into a line that a shell may read: only what an address, a path or a word can hold. */
function instructionOf(wanted: string, directory: string): string {
  if (!/^[A-Za-z0-9@._+=/~^-]+$/.test(wanted)) throw new VpopmailError(-20, JSON.stringify(wanted));
  if (wanted === 'delete' || wanted === 'bounce-no-mailbox' || wanted.includes('@') || wanted.startsWith('/'))
    return wanted;
  return `${directory}/${wanted}`;
}
