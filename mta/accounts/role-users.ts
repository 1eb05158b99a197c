// The users of the roles (security.md 1): out of control/roleusers and the machine's /etc/passwd and /etc/group, as
// numbers. Every role that reads strangers' bytes has a user of its own; none may be root.
import { readFile } from 'node:fs/promises';
import { type RoleUserEntry, type RoleUserName, roleUserNames } from '../control/definitions/roles.ts';
import { readSettings } from '../control/settings.ts';
import { parsePasswd } from './passwd-file.ts';

/** One user as processes and files know it. */
export interface RoleUser {
  readonly uid: number;
  readonly gid: number;
  /** USER:GROUP as they were given, for people. */
  readonly name: string;
}

/** The user of each role, and the uid of the user alias where there is one. */
export type SiteUsers = Readonly<Record<RoleUserName, RoleUser>> & { readonly alias: number | undefined };

/** A user is not there, or cannot be used; the text says which and what is expected. */
export class RoleUserError extends Error {
  override name = 'RoleUserError';
  /** True: there is no such user or group. */
  readonly isMissing: boolean;

  constructor(message: string, isMissing = false) {
    super(message);
    this.isMissing = isMissing;
  }
}

/** How qmail's and vpopmail's installations make them (INSTALL.ids). */
const makeLines: Readonly<Record<RoleUserName, string>> = {
  queue: 'groupadd qmail; useradd -g qmail -d /var/qmail -s /usr/sbin/nologin qmailq',
  send: 'useradd -g qmail -d /var/qmail -s /usr/sbin/nologin qmails',
  remote: 'useradd -g qmail -d /var/qmail -s /usr/sbin/nologin qmailr',
  smtpd: 'groupadd nofiles; useradd -g nofiles -d /var/qmail -s /usr/sbin/nologin qmaild',
  accounts: 'groupadd -g 89 vchkpw; useradd -u 89 -g vchkpw -d /home/vpopmail -s /usr/sbin/nologin vpopmail',
  web: 'groupadd -g 89 vchkpw; useradd -u 89 -g vchkpw -d /home/vpopmail -s /usr/sbin/nologin vpopmail',
};

/** Finds the users of a qmail directory. @throws RoleUserError, ControlError */
export async function readRoleUsers(qmail: string): Promise<SiteUsers> {
  const { roleusers } = await readSettings(qmail, ['roleusers']);
  const [passwd, group] = await Promise.all(
    ['/etc/passwd', '/etc/group'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return resolveRoleUsers(roleusers, passwd as string, group as string);
}

/** The same on texts of passwd(5) and group(5). */
export function resolveRoleUsers(
  entries: ReadonlyMap<RoleUserName, RoleUserEntry>,
  passwdText: string,
  groupText: string,
): SiteUsers {
  const passwd = parsePasswd(passwdText);
  const groups = new Map(
    groupText.split('\n').flatMap((line) => {
      const [name, , gid] = line.split(':');
      return name && /^\d+$/.test(gid ?? '') ? [[name, Number(gid)] as const] : [];
    }),
  );
  const resolve = (role: RoleUserName): RoleUser => {
    const { user, group } = entries.get(role) as RoleUserEntry;
    const known = /^\d+$/.test(user)
      ? [...passwd.values()].find(({ uid }) => uid === Number(user))
      : passwd.get(user);
    const uid = /^\d+$/.test(user) ? Number(user) : known?.uid;
    if (uid === undefined)
      throw new RoleUserError(
        `there is no user ${user} for the role ${role}: make it (${makeLines[role]}), name another in control/roleusers, or start with --one-process`,
        true,
      );
    const gid = group === undefined ? known?.gid : /^\d+$/.test(group) ? Number(group) : groups.get(group);
    if (gid === undefined)
      throw new RoleUserError(
        group === undefined
          ? `control/roleusers: ${role}:${user} needs a group, as there is no such user`
          : `there is no group ${group} for the role ${role}`,
        true,
      );
    if (uid === 0 || gid === 0)
      throw new RoleUserError(`control/roleusers: the role ${role} must not be root or of root's group`);
    return { uid, gid, name: group === undefined ? user : `${user}:${group}` };
  };
  const users = Object.fromEntries(roleUserNames.map((role) => [role, resolve(role)])) as Record<
    RoleUserName,
    RoleUser
  >;
  checkApart(users);
  return { ...users, alias: passwd.get('alias')?.uid };
}

/** Two roles of one uid could do everything to each other; accounts and web share the owner of the Maildirs. */
function checkApart(users: Readonly<Record<RoleUserName, RoleUser>>): void {
  const apart = ['queue', 'send', 'remote', 'smtpd', 'accounts'] as const;
  for (const [index, one] of apart.entries())
    for (const other of apart.slice(index + 1))
      if (users[one].uid === users[other].uid)
        throw new RoleUserError(`control/roleusers: ${one} and ${other} must be different users`);
  for (const other of apart.slice(0, -1))
    if (users.web.uid === users[other].uid)
      throw new RoleUserError(`control/roleusers: ${other} and web must be different users`);
  // qmail-rspawn: runs as qmailr with qmail's group, by which it reads queue/mess.
  if (users.remote.gid !== users.queue.gid)
    throw new RoleUserError(
      'control/roleusers: the role remote needs the group of the role queue, to read queue/mess',
    );
}
