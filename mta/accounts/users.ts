// Who controls a local address: the question that qmail-lspawn asks before each local delivery (spec/qmail.md 5.2).
// First users/cdb (or users/assign itself when there is no cdb), then the users of the machine by qmail-getpw's rules,
// then the user alias. Answers follow changes of the files at once. A read error is an exception with a plain message;
// the caller makes it a temporary failure.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CachedFile, isMissing } from '../control/cached-file.ts';
import { lowerAscii } from '../formats/address.ts';
import { Cdb, CdbError } from '../formats/cdb.ts';
import { compileAssign } from './assign.ts';
import type { SystemUser } from './passwd-file.ts';
import { parsePasswd } from './passwd-file.ts';

/** The user who controls an address, with the arguments that qmail-local gets. */
export interface ControllingUser {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** '' or '-'. */
  readonly dash: string;
  /** What is left of the local part, in its original case. */
  readonly ext: string;
}

export interface Users {
  /**
   * `local` is the local part of a stored local address (with its prepend). Undefined: nobody, not even alias.
   * `trustMs`: a look at the files that is no older than so many milliseconds is good enough.
   */
  find(local: string, trustMs?: number): Promise<ControllingUser | undefined>;
}

/** Users together with what vpopmail asks of users/assign: the entry of exactly `+prefix`. */
export interface AssignedUsers extends Users {
  findWildcard(prefix: string, trustMs?: number): Promise<ControllingUser | undefined>;
}

/** Who controls an address cannot be told now. `report` is what qmail-lspawn says of it (spec/qmail.md 1.4). */
export class UserLookupError extends Error {
  override name = 'UserLookupError';
  readonly report: string;

  constructor(report: string, error: unknown) {
    super(`cannot look up the user of an address: ${(error as Error).message}`, { cause: error });
    this.report = report;
  }
}

/** qmail-lspawn's exit codes 117, 115 and 118. */
const troubleReadingCdb = 'Trouble reading users/cdb in qmail-lspawn.';
const nfsFailure = 'NFS failure in qmail-local.';
const otherFailure = 'Temporary failure in qmail-lspawn.';

/** Looks a local part up in users/cdb as nughde_get of qmail-lspawn does. Throws CdbError. */
export function findInUsersCdb(cdb: Cdb, local: string, file = 'users/cdb'): ControllingUser | undefined {
  const original = Buffer.from(local, 'utf8');
  const key = Buffer.from(`!${lowerAscii(local)}\0`, 'utf8');
  const wildcards = cdb.find(Buffer.alloc(0));
  if (wildcards === undefined) throw new CdbError(file, 'the record of wildcard characters is missing');
  for (let length = key.length; length > 0; length--) {
    const isWildcard = length < key.length;
    // qmail-lspawn: a prefix is only tried when its last byte ends some wildcard; the bare ! always.
    if (isWildcard && length > 1 && !wildcards.includes(key[length - 1]!)) continue;
    const found = cdb.find(key.subarray(0, length));
    if (found === undefined) continue;
    const name = key.toString('utf8', 1, isWildcard ? length : length - 1);
    const user = parseUserData(found, name, file);
    const rest = isWildcard ? original.toString('utf8', length - 1) : '';
    return { ...user, ext: user.ext + rest };
  }
  return undefined;
}

function parseUserData(data: Buffer, name: string, file: string): ControllingUser {
  const [user = '', uid = '', gid = '', home = '', dash = '', ext = ''] = data.toString('utf8').split('\0');
  if (!/^[0-9]+$/.test(uid) || !/^[0-9]+$/.test(gid) || !home.startsWith('/'))
    throw new CdbError(file, `the entry of ${JSON.stringify(name)} has no uid, gid and home`);
  return { user, uid: Number(uid), gid: Number(gid), home, dash, ext };
}

/** Names of system users to try, longest first, with what each leaves over: qmail-getpw's loop. */
export function* systemUserCandidates(
  local: string,
): Generator<{ readonly name: string; readonly dash: string; readonly ext: string }> {
  for (let end = local.length; end >= 0; end--) {
    const name = local.slice(0, end);
    // qmail-getpw: the name buffer holds 31 bytes.
    if (Buffer.byteLength(name) >= 32) continue;
    if (end === local.length) yield { name: lowerAscii(name), dash: '', ext: '' };
    else if (local[end] === '-') yield { name: lowerAscii(name), dash: '-', ext: local.slice(end + 1) };
  }
}

/** Options for tests and unusual machines. */
export interface UsersOptions {
  /** Default /etc/passwd. */
  readonly passwdFile?: string | undefined;
}

/** Opens the users of a qmail directory. Nothing is read before the first question. */
export function openUsers(qmailDir: string, options: UsersOptions = {}): AssignedUsers {
  const cdbFile = new CachedFile(join(qmailDir, 'users', 'cdb'), (bytes, path) =>
    bytes === undefined ? undefined : Cdb.from(bytes, path),
  );
  const assignFile = new CachedFile(join(qmailDir, 'users', 'assign'), (bytes, path) =>
    bytes === undefined ? undefined : Cdb.from(compileAssign(bytes.toString('latin1')), path),
  );
  const passwdFile = new CachedFile(options.passwdFile ?? '/etc/passwd', (bytes) =>
    parsePasswd(bytes?.toString('utf8') ?? ''),
  );
  const aliasHome = join(qmailDir, 'alias');

  const assigned = async (trustMs: number): Promise<Cdb | undefined> =>
    (await cdbFile.read(trustMs)) ?? (await assignFile.read(trustMs));

  const findAssigned = (local: string, trustMs: number): Promise<ControllingUser | undefined> =>
    telling(troubleReadingCdb, async () => {
      const cdb = await assigned(trustMs);
      return cdb && findInUsersCdb(cdb, local, cdbFile.path);
    });

  async function findSystemUser(local: string, trustMs: number): Promise<ControllingUser | undefined> {
    const users = await passwdFile.read(trustMs);
    for (const { name, dash, ext } of systemUserCandidates(local)) {
      const user = users.get(name);
      if (user === undefined || user.uid === 0) continue;
      if (await telling(nfsFailure, () => ownsHome(user)))
        return { user: name, uid: user.uid, gid: user.gid, home: user.home, dash, ext };
    }
    return undefined;
  }

  async function findAlias(local: string, trustMs: number): Promise<ControllingUser | undefined> {
    const system = (await passwdFile.read(trustMs)).get('alias');
    const rest = { user: 'alias', dash: '-', ext: local };
    if (system !== undefined && system.home === aliasHome)
      return { ...rest, uid: system.uid, gid: system.gid, home: system.home };
    try {
      // A home of our own may stand beside an installed qmail: its alias directory is this one's.
      const owner = await stat(aliasHome);
      if (owner.isDirectory()) return { ...rest, uid: owner.uid, gid: owner.gid, home: aliasHome };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    return system && { ...rest, uid: system.uid, gid: system.gid, home: system.home };
  }

  return {
    find: (local, trustMs = 0) =>
      telling(
        otherFailure,
        async () =>
          (await findAssigned(local, trustMs)) ??
          (await findSystemUser(local, trustMs)) ??
          (await findAlias(local, trustMs)),
      ),
    findWildcard: (prefix, trustMs = 0) =>
      telling(troubleReadingCdb, async () => {
        const data = (await assigned(trustMs))?.find(Buffer.from(`!${lowerAscii(prefix)}`, 'utf8'));
        return data && parseUserData(data, prefix, cdbFile.path);
      }),
  };
}

/** An error of the look-up becomes one with its report; an inner one keeps its own. */
async function telling<T>(report: string, lookup: () => Promise<T>): Promise<T> {
  try {
    return await lookup();
  } catch (error) {
    throw error instanceof UserLookupError ? error : new UserLookupError(report, error);
  }
}

/** qmail-getpw: a home that is missing or not the user's own does not count; other errors are temporary. */
async function ownsHome(user: SystemUser): Promise<boolean> {
  try {
    return (await stat(user.home)).uid === user.uid;
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
