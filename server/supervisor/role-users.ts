// The users of the roles as a start needs them: found, and able to reach the program and the site.
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RoleUserError, readRoleUsers, type SiteUsers } from '../../mta/accounts/role-users.ts';
import type { Home } from '../../mta/home.ts';
import { programRoot } from '../../mta/root.ts';
import { StartError } from './start-error.ts';

/** The roles cannot have users of their own here; the text says what is missing. */
export class SeparationError extends StartError {
  override name = 'SeparationError';
}

/** @throws SeparationError; StartError when a user cannot be used; ControlError */
export async function findRoleUsers(home: Home): Promise<SiteUsers> {
  let users: SiteUsers;
  try {
    users = await readRoleUsers(home.qmail);
  } catch (error) {
    if (!(error instanceof RoleUserError)) throw error;
    throw error.isMissing ? new SeparationError(error.message) : new StartError(error.message);
  }
  for (const path of [process.execPath, programRoot(), home.home, home.qmail, home.vpopmail])
    await checkReach(path);
  return users;
}

/** Every user must be able to walk to `path`. @throws SeparationError */
export async function checkReach(path: string): Promise<void> {
  const real = await realpath(path).catch(() => path);
  for (let place = real; ; place = dirname(place)) {
    const stats = await stat(place).catch(() => undefined);
    if (stats && (stats.mode & 0o001) === 0)
      throw new SeparationError(
        `${place} is closed to the users of the roles, who must reach ${path}: open it (chmod o+x), move what is in it, or start with --one-process`,
      );
    if (dirname(place) === place) return;
  }
}
