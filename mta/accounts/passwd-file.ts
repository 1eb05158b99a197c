// /etc/passwd: the users of this machine, as getpwnam finds them in files. Other sources of the C library (LDAP, NIS)
// are not asked; a site that has them writes its users into users/assign with qmail-pw2u, as for a fast qmail.

/** One user of the machine. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Parses passwd(5); lines that are not users are skipped. The first of equal names counts, as in getpwnam. */
export function parsePasswd(text: string): ReadonlyMap<string, SystemUser> {
  const users = new Map<string, SystemUser>();
  for (const line of text.split('\n')) {
    const [name, , uid, gid, , home] = line.split(':');
    if (!name || home === undefined || !/^[0-9]+$/.test(uid ?? '') || !/^[0-9]+$/.test(gid ?? '')) continue;
    if (!users.has(name)) users.set(name, { name, uid: Number(uid), gid: Number(gid), home });
  }
  return users;
}
