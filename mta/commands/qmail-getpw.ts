// qmail-getpw: which user of the machine a local address belongs to (qmail-getpw(8); spec/qmail.md 5.4): six fields, each
// with a NUL: user, uid, gid, home, dash, extension. The longest name that fits wins; without one it is user alias.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePasswd, type SystemUser } from '../accounts/passwd-file.ts';
import { systemUserCandidates } from '../accounts/users.ts';
import { isMissing } from '../control/cached-file.ts';
import { errorCode } from '../maildir/calls.ts';
import type { CommandContext } from './command.ts';
import { Fatal, reportFatal, systemFatal } from './fatal.ts';

export const usage = `qmail-getpw: usage: qmail-getpw local

Prints user, uid, gid, home, dash and extension for a local address, each ended by a NUL.
Exit 116: there is no user alias. Exit 115: a home cannot be looked at now.
`;

/** qlx.h: the exit statuses that qmail-lspawn knows. */
const NFS_FAILURE = 115;
const NO_ALIAS = 116;

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('qmail-getpw', context, async () => {
    const [local] = args;
    if (local === undefined || args.length > 1) {
      context.stderr.write(usage);
      return 100;
    }
    const users = parsePasswd(await readPasswd());
    const found = (await findUser(users, local)) ?? {
      user: await findAlias(users, join(context.home.qmail, 'alias')),
      dash: '-',
      ext: local,
    };
    const { name, uid, gid, home } = found.user;
    context.stdout.write([name, uid, gid, home, found.dash, found.ext].map((field) => `${field}\0`).join(''));
    return 0;
  });
}

async function readPasswd(): Promise<string> {
  try {
    return await readFile('/etc/passwd', 'utf8');
  } catch (error) {
    throw systemFatal('unable to read /etc/passwd', error);
  }
}

async function findUser(
  users: ReadonlyMap<string, SystemUser>,
  local: string,
): Promise<{ user: SystemUser; dash: string; ext: string } | undefined> {
  for (const { name, dash, ext } of systemUserCandidates(local)) {
    const user = users.get(name);
    if (user !== undefined && user.uid !== 0 && (await ownsHome(user))) return { user, dash, ext };
  }
  return undefined;
}

async function ownsHome({ uid, home }: SystemUser): Promise<boolean> {
  try {
    return (await stat(home)).uid === uid;
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'EACCES') return false;
    throw new Fatal(NFS_FAILURE, `unable to look at ${home}: ${errorCode(error)}`);
  }
}

/** A home of our own may stand beside an installed qmail: then its alias directory says who alias is. */
async function findAlias(users: ReadonlyMap<string, SystemUser>, aliasHome: string): Promise<SystemUser> {
  const system = users.get('alias');
  if (system?.home === aliasHome) return system;
  try {
    const { uid, gid } = await stat(aliasHome);
    return { name: 'alias', uid, gid, home: aliasHome };
  } catch (error) {
    if (!isMissing(error))
      throw new Fatal(NFS_FAILURE, `unable to look at ${aliasHome}: ${errorCode(error)}`);
  }
  if (system === undefined) throw new Fatal(NO_ALIAS, 'unable to find user alias');
  return system;
}
