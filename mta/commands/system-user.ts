// Users of this machine by name and password: /etc/passwd with /etc/shadow, where that can be read (getspnam(3),
// crypt(3)). Unknown and locked users cost the same time as others. Hashes that cannot be checked here (yescrypt) are a
// refusal that is told on nobody's account but the log's.
import { readFile } from 'node:fs/promises';
import type { PasswordHasher } from '../accounts/password.ts';
import { isMissing } from '../control/cached-file.ts';
import { errorCode } from '../maildir/calls.ts';
import { Fatal } from './fatal.ts';

export interface MachineUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A hash that no password fits in practice, of the usual kind: what unknown users are checked against. */
const DUMMY = `$6$nobodyhere$${'.'.repeat(86)}`;
const DAY_SECONDS = 86_400;

/** The fields of the first line of a passwd or shadow file that has this name. */
export function findColonLine(text: string, name: string): readonly string[] | undefined {
  return text
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
}

/** The stored hash of a shadow line; undefined when the account has expired (shadow(5), field 8, days since 1970). */
export function usableHash(shadow: readonly string[], now: number): string | undefined {
  const expires = shadow[7];
  const hasExpired =
    expires !== undefined && /^[0-9]+$/.test(expires) && now / DAY_SECONDS >= Number(expires);
  return hasExpired ? undefined : shadow[1];
}

/** The user, if the password is right. Undefined: refused. Throws Fatal 111 when a file cannot be read. */
export async function checkSystemUser(
  name: string,
  password: string,
  hasher: PasswordHasher,
): Promise<MachineUser | undefined> {
  const passwd = findColonLine((await readAccountFile('/etc/passwd')) ?? '', name);
  const shadow = findColonLine((await readAccountFile('/etc/shadow')) ?? '', name);
  const stored = shadow === undefined ? undefined : usableHash(shadow, Date.now() / 1000);
  if (passwd !== undefined && stored?.startsWith('$y$') === true)
    throw new Fatal(1, `the password of ${name} is stored as yescrypt, which cannot be checked here`);
  const fits = await hasher.verify(password, stored || DUMMY);
  if (!fits || !stored || passwd === undefined || name === '') return undefined;
  const [, , uid = '', gid = '', , home = '', shell = ''] = passwd;
  if (!/^[0-9]+$/.test(uid) || !/^[0-9]+$/.test(gid) || !home.startsWith('/')) return undefined;
  return { uid: Number(uid), gid: Number(gid), home, shell: shell || '/bin/sh' };
}

/** Without the right to read it there are no users of the machine to check. */
async function readAccountFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'EACCES') return undefined;
    throw new Fatal(111, `unable to read ${path}: ${errorCode(error)}`);
  }
}
